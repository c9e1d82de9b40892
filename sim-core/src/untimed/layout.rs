//! Small numbers packed into words.

/// Where each of a state's numbers is. No number straddles two words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    fields: Vec<Field>,
    words: usize,
}

/// Where one of the numbers is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    word: u32,
    shift: u32,
    /// The largest number that fits.
    most: u32,
}

impl Field {
    /// Puts one number in the place of another.
    #[inline]
    pub(crate) fn replace(
        self,
        words: &mut [u64],
        (old, new): (u32, u32),
    ) -> Result<(), TooNarrow> {
        if new > self.most {
            return Err(TooNarrow);
        }
        words[self.word as usize] ^= u64::from(old ^ new) << self.shift;
        Ok(())
    }
}

/// At most so many bits more than wanted.
const SLACK: u32 = 4;

/// A number is too large for its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooNarrow;

impl Layout {
    /// Fields of these widths, in few words: the widest are placed first.
    pub(crate) fn new(widths: &[u32]) -> Layout {
        let mut order: Vec<usize> = (0..widths.len()).collect();
        order.sort_by_key(|&slot| (std::cmp::Reverse(widths[slot]), slot));
        let mut fields = vec![Field { word: 0, shift: 0, most: 0 }; widths.len()];
        let mut used: Vec<u32> = vec![0];
        for slot in order {
            let bits = widths[slot];
            let word = used.iter().position(|&used| used + bits <= 64).unwrap_or(used.len());
            if word == used.len() {
                used.push(0);
            }
            let most = ((1u64 << bits) - 1) as u32;
            fields[slot] = Field { word: word as u32, shift: used[word], most };
            used[word] += bits;
        }
        Layout { fields, words: used.len() }
    }

    /// Fields of these widths, or of a few bits more each if that takes no more words: states are
    /// not to be rewritten for every bit.
    pub(crate) fn roomy(widths: &[u32]) -> Layout {
        let exact = Layout::new(widths);
        let with = |more: u32| {
            let widen = |&bits: &u32| (bits + more.min(bits / 2)).min(32);
            Layout::new(&widths.iter().map(widen).collect::<Vec<_>>())
        };
        let wider = (1..=SLACK).rev().map(with).find(|wider| wider.words <= exact.words);
        wider.unwrap_or(exact)
    }

    /// How many words a state takes.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// All numbers of a state.
    #[inline]
    pub(crate) fn unpack(&self, words: &[u64], numbers: &mut [u32]) {
        for (field, number) in self.fields.iter().zip(numbers) {
            *number = (words[field.word as usize] >> field.shift) as u32 & field.most;
        }
    }

    /// A fingerprint of the numbers of a state, the same in whatever layout they are.
    ///
    /// With each number what went before is permuted, so two states of which only one number
    /// differs never have the same; of others one in 2^64 pairs has.
    #[inline]
    pub(crate) fn print(&self, words: &[u64]) -> u64 {
        let number =
            |field: &Field| (words[field.word as usize] >> field.shift) as u32 & field.most;
        self.fields.iter().fold(0, |print, field| permuted(print, number(field)))
    }

    /// Where the number of a slot is.
    #[inline]
    pub(crate) fn field(&self, slot: usize) -> Field {
        self.fields[slot]
    }

    /// Puts one number in the place of another.
    #[inline]
    pub(crate) fn replace(
        &self,
        words: &mut [u64],
        slot: usize,
        change: (u32, u32),
    ) -> Result<(), TooNarrow> {
        self.fields[slot].replace(words, change)
    }
}

/// A permutation of 64 bits for every number: two rounds of the finalizer of splitmix64 (Steele,
/// Lea, Flood: *Fast Splittable Pseudorandom Number Generators*, 2014).
#[inline]
fn permuted(print: u64, number: u32) -> u64 {
    let mut bits = (print ^ u64::from(number)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
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

    /// How states are packed from here on.
    pub(crate) fn new_layout(&self) -> &Layout {
        &self.new
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let layout = Layout::new(&[1, 30, 32, 7, 1, 3, 31]);
        assert_eq!(layout.words(), 2);
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
    fn a_fingerprint_is_of_numbers_wherever_they_are() {
        let (narrow, wide) = (Layout::new(&[9, 3, 20, 31]), Layout::new(&[32, 17, 32, 31]));
        let print = |layout: &Layout, numbers: &[u32; 4]| {
            let mut words = vec![0; layout.words()];
            for (slot, &number) in numbers.iter().enumerate() {
                layout.replace(&mut words, slot, (0, number)).expect("it fits");
            }
            layout.print(&words)
        };
        let numbers = [500, 7, 1 << 19, 1];
        assert_eq!(print(&narrow, &numbers), print(&wide, &numbers));
        assert_ne!(print(&narrow, &numbers), print(&narrow, &[500, 7, 1, 1 << 19]));
    }

    /// Of any 32 bits of 100,000 prints about n(n-1)/2^33 pairs are the same.
    #[test]
    fn fingerprints_collide_as_often_as_the_odds_say() {
        let layout = Layout::new(&[9, 9, 9]);
        let states =
            (0..47).flat_map(|a| (0..47).flat_map(move |b| (0..47).map(move |c| [a, b, c])));
        let prints: Vec<u64> =
            states.map(|[a, b, c]: [u64; 3]| layout.print(&[a | b << 9 | c << 18])).collect();
        let wanted = (prints.len() * (prints.len() - 1)) as f64 / 2f64.powi(33);
        for shift in [0, 16, 32] {
            let mut bits: Vec<u32> = prints.iter().map(|print| (print >> shift) as u32).collect();
            bits.sort_unstable();
            let same = bits.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64;
            assert!((same - wanted).abs() < 4.0 * wanted.sqrt(), "{same} of {wanted} wanted");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_and_room_is_used() {
        let layout = Layout::new(&[2, 2]);
        assert_eq!(layout.replace(&mut [0], 1, (0, 4)), Err(TooNarrow));
        assert_eq!(Layout::roomy(&[2, 3]).replace(&mut [0], 1, (0, 8)), Ok(()));
        assert_eq!(Layout::roomy(&[2; 33]).words(), Layout::new(&[2; 33]).words());
    }
}
