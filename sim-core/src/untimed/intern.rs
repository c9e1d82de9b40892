//! Values by number.

use std::hash::Hash;

use crate::fingerprint;
use crate::untimed::index::Index;

/// Different values, numbered as they come.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T> {
    values: Vec<T>,
    hashes: Vec<u64>,
    index: Index,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { values: Vec::new(), hashes: Vec::new(), index: Index::default() }
    }
}

impl<T: Eq + Hash> Interner<T> {
    /// The number of a value, and whether it is new.
    pub(crate) fn intern(&mut self, value: T) -> (u32, bool) {
        if self.index.is_full() {
            self.index.grow(|n| self.hashes[n as usize]);
        }
        let hash = fingerprint::of(&value);
        match self.index.find(hash, |n| self.values[n as usize] == value) {
            Ok(n) => (n, false),
            Err(at) => {
                self.values.push(value);
                self.hashes.push(hash);
                (self.index.put(at, hash), true)
            }
        }
    }

    pub(crate) fn get(&self, n: u32) -> &T {
        &self.values[n as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Of the table itself; what values own besides is not counted.
    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes() + self.values.len() * (size_of::<T>() + size_of::<u64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number() {
        let mut names = Interner::default();
        for round in 0..2 {
            for n in 0..1000u32 {
                assert_eq!(names.intern(n.to_string()), (n, round == 0));
            }
        }
        assert_eq!((names.len(), names.get(7).as_str()), (1000, "7"));
    }
}
