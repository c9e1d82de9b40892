//! A small hash with a fixed definition: the same bytes in, the same 64 bits out, on every
//! platform and in every version of the standard library.
//!
//! It mixes by folded multiplication, as wyhash and rapidhash do (Wang Yi, *wyhash*, 2019). It
//! guards against accidents, not against an adversary.

use std::hash::{Hash, Hasher};

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes `word` into `state`.
#[inline]
pub fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word ^ 0xa076_1d64_78bd_642f)
        * u128::from(MULTIPLIER.wrapping_add(word << 1));
    (product as u64) ^ ((product >> 64) as u64)
}

/// The fingerprint of any plain value.
#[inline]
pub fn of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = Fingerprinter::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A [`Hasher`] that takes every integer in little-endian order and every size as 64 bits.
#[derive(Clone, Debug)]
pub struct Fingerprinter(u64);

impl Default for Fingerprinter {
    fn default() -> Self {
        Fingerprinter(MULTIPLIER)
    }
}

impl Hasher for Fingerprinter {
    #[inline]
    fn finish(&self) -> u64 {
        mix(self.0, MULTIPLIER)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.write_u64(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0, word);
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.write_u64(u64::from(n));
    }

    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u128(&mut self, n: u128) {
        self.write_u64(n as u64);
        self.write_u64((n >> 64) as u64);
    }

    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    #[inline]
    fn write_i8(&mut self, n: i8) {
        self.write_u64(n as u64);
    }

    #[inline]
    fn write_i16(&mut self, n: i16) {
        self.write_u64(n as u64);
    }

    #[inline]
    fn write_i32(&mut self, n: i32) {
        self.write_u64(n as u64);
    }

    #[inline]
    fn write_i64(&mut self, n: i64) {
        self.write_u64(n as u64);
    }

    fn write_i128(&mut self, n: i128) {
        self.write_u128(n as u128);
    }

    #[inline]
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
}

/// A set of fingerprints: open addressing, a power of two slots, at most half of them full.
#[derive(Clone, Debug, Default)]
pub struct Prints {
    /// Zero marks a free slot.
    slots: Vec<u64>,
    len: usize,
    has_zero: bool,
}

impl Prints {
    /// How many fingerprints it holds.
    pub fn len(&self) -> usize {
        self.len + usize::from(self.has_zero)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts one in; whether it was not there.
    pub fn insert(&mut self, print: u64) -> bool {
        if print == 0 {
            return !std::mem::replace(&mut self.has_zero, true);
        }
        if self.len * 2 >= self.slots.len() {
            let grown = vec![0; (self.slots.len() * 2).max(1024)];
            for old in std::mem::replace(&mut self.slots, grown) {
                if old != 0 {
                    let at = self.seek(old);
                    self.slots[at] = old;
                }
            }
        }
        let at = self.seek(print);
        let fresh = self.slots[at] == 0;
        self.slots[at] = print;
        self.len += usize::from(fresh);
        fresh
    }

    /// The slot of a fingerprint, or the free one where it belongs.
    fn seek(&self, print: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = print as usize & mask;
        while self.slots[at] != 0 && self.slots[at] != print {
            at = (at + 1) & mask;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_pinned() {
        assert_eq!([of(&0u64), of("dtxsim"), of(&(1u8, -1i32))], PINNED);
    }

    const PINNED: [u64; 3] =
        [4_948_191_436_358_868_458, 7_687_988_115_945_758_855, 3_216_182_331_799_837_581];

    #[test]
    fn a_set_of_prints_is_a_set() {
        let (mut prints, mut model) = (Prints::default(), std::collections::BTreeSet::new());
        for n in 0..20_000u64 {
            let print = if n % 3 == 0 { n % 97 } else { of(&(n % 7000)) };
            assert_eq!(prints.insert(print), model.insert(print), "{print}");
            assert_eq!(prints.len(), model.len());
        }
    }

    #[test]
    fn close_values_are_far_apart() {
        let mut seen = std::collections::BTreeSet::new();
        for a in 0..200u64 {
            for b in 0..200u64 {
                assert!(seen.insert(of(&(a, b))), "{a} {b} collide");
            }
        }
    }
}
