//! Small numbers packed into words.

/// Where each of a state's numbers is. No number straddles two words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    fields: Vec<Field>,
    words: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Field {
    word: u32,
    shift: u32,
    bits: u32,
}

/// A number that its field is too narrow for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooNarrow {
    pub(crate) slot: usize,
    pub(crate) bits: u32,
}

impl Layout {
    /// Fields of these widths, in few words: the widest are placed first.
    pub(crate) fn new(widths: &[u32]) -> Layout {
        let mut order: Vec<usize> = (0..widths.len()).collect();
        order.sort_by_key(|&slot| (std::cmp::Reverse(widths[slot]), slot));
        let mut fields = vec![Field { word: 0, shift: 0, bits: 0 }; widths.len()];
        let mut used: Vec<u32> = vec![0];
        for slot in order {
            let bits = widths[slot];
            let word = used.iter().position(|&used| used + bits <= 64).unwrap_or(used.len());
            if word == used.len() {
                used.push(0);
            }
            fields[slot] = Field { word: word as u32, shift: used[word], bits };
            used[word] += bits;
        }
        Layout { fields, words: used.len() }
    }

    /// The same with one field widened.
    pub(crate) fn widened(&self, wanted: TooNarrow) -> Layout {
        let mut widths: Vec<u32> = self.fields.iter().map(|field| field.bits).collect();
        widths[wanted.slot] = wanted.bits;
        Layout::new(&widths)
    }

    /// How many words a state takes.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// How many bits of them mean something.
    pub(crate) fn bits(&self) -> u32 {
        self.fields.iter().map(|field| field.bits).sum()
    }

    /// All numbers of a state.
    #[inline]
    pub(crate) fn unpack(&self, words: &[u64], numbers: &mut [u32]) {
        for (field, number) in self.fields.iter().zip(numbers) {
            *number = (words[field.word as usize] >> field.shift) as u32 & mask(field.bits);
        }
    }

    /// Puts one number in the place of another.
    #[inline]
    pub(crate) fn replace(
        &self,
        words: &mut [u64],
        slot: usize,
        (old, new): (u32, u32),
    ) -> Result<(), TooNarrow> {
        let field = self.fields[slot];
        if new > mask(field.bits) {
            return Err(TooNarrow { slot, bits: 32 - new.leading_zeros() });
        }
        words[field.word as usize] ^= u64::from(old ^ new) << field.shift;
        Ok(())
    }
}

/// From one layout to another.
pub(crate) struct Rewrite {
    old: Layout,
    new: Layout,
    numbers: Vec<u32>,
}

impl Rewrite {
    pub(crate) fn new(old: Layout, new: Layout) -> Rewrite {
        let numbers = vec![0; old.fields.len()];
        Rewrite { old, new, numbers }
    }

    pub(crate) fn words(&self) -> usize {
        self.new.words
    }

    /// Writes a state of the old layout in the new one; `new` is all zeroes.
    pub(crate) fn write(&mut self, old: &[u64], new: &mut [u64]) {
        self.old.unpack(old, &mut self.numbers);
        for (slot, &number) in self.numbers.iter().enumerate() {
            let placed = self.new.replace(new, slot, (0, number));
            debug_assert_eq!(placed, Ok(()), "fields only ever grow");
        }
    }
}

#[inline]
fn mask(bits: u32) -> u32 {
    ((1u64 << bits) - 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let layout = Layout::new(&[1, 30, 32, 7, 1, 3, 31]);
        assert_eq!((layout.words(), layout.bits()), (2, 105));
        let numbers = [1, 1 << 29, u32::MAX, 100, 0, 5, 7];
        let mut words = [0; 2];
        for (slot, &number) in numbers.iter().enumerate() {
            layout.replace(&mut words, slot, (0, number)).expect("it fits");
        }
        let mut back = [0; 7];
        layout.unpack(&words, &mut back);
        assert_eq!(back, numbers);
    }

    #[test]
    fn what_does_not_fit_is_said_and_fits_after_widening() {
        let layout = Layout::new(&[2, 2]);
        let error = layout.replace(&mut [0], 1, (0, 4)).expect_err("4 takes three bits");
        assert_eq!(error, TooNarrow { slot: 1, bits: 3 });
        assert_eq!(layout.widened(error).replace(&mut [0], 1, (0, 4)), Ok(()));
    }
}
