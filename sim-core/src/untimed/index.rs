//! From hashes to numbers: open addressing with tags.

/// Where the items themselves are, only the owner knows; this finds them by hash.
///
/// Slots are 32 bits: of a table of 2^k slots, k bits of a slot are the number of the item, and the
/// other 32 - k are bits of its hash that its place does not tell, so that few items are looked at
/// in vain. A free slot is all ones.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    slots: Vec<u32>,
    /// k
    bits: u32,
    len: usize,
}

const FREE: u32 = u32::MAX;
const BITS_MIN: u32 = 6;

/// Up to so many bits it grows fourfold.
const LARGE_BITS: u32 = 18;

/// At 2^32 slots nothing would be left of the hash, and the numbers would not fit.
const BITS_MAX: u32 = 31;

impl Default for Index {
    fn default() -> Self {
        Index { slots: vec![FREE; 1 << BITS_MIN], bits: BITS_MIN, len: 0 }
    }
}

impl Index {
    /// The most items.
    pub(crate) const ITEMS_MAX: usize = (1 << BITS_MAX) / 4 * 3;

    /// Whether it must grow before another item is put in: at three quarters of its slots.
    pub(crate) fn is_full(&self) -> bool {
        self.len >= self.slots.len() / 4 * 3
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u32>()
    }

    /// Makes it larger; `hash` tells every item's hash again.
    pub(crate) fn grow(&mut self, hash: impl Fn(u32) -> u64) {
        // Memory is short only where there are many.
        self.bits += if self.bits < LARGE_BITS { 2 } else { 1 };
        assert!(self.bits <= BITS_MAX, "the owner stops before {} items", Index::ITEMS_MAX);
        self.slots = Vec::new();
        self.rebuild(hash);
    }

    /// Puts all items in anew: their hashes have changed.
    pub(crate) fn rebuild(&mut self, hash: impl Fn(u32) -> u64) {
        self.slots.clear();
        self.slots.resize(1 << self.bits, FREE);
        // Every slot is looked at before any is filled: so the processor fetches several at a time.
        let mut hashes = [0; 64];
        let mut item = 0;
        while item < self.len as u32 {
            let chunk = (self.len as u32 - item).min(64);
            for (n, slot) in hashes[..chunk as usize].iter_mut().enumerate() {
                *slot = hash(item + n as u32);
            }
            let looked = hashes.iter().fold(0, |sum: u32, &hash| sum ^ self.peek(hash));
            std::hint::black_box(looked);
            for (n, &hash) in hashes[..chunk as usize].iter().enumerate() {
                let mut at = self.place(hash);
                while self.slots[at] != FREE {
                    at = self.after(at);
                }
                self.slots[at] = self.slot(hash, item + n as u32);
            }
            item += chunk;
        }
    }

    /// Bytes that it takes once it has grown.
    pub(crate) fn bytes_grown(&self) -> usize {
        self.bytes() * if self.bits < LARGE_BITS { 4 } else { 2 }
    }

    /// What stands first where an item with this hash would be, whatever it is: to be looked at
    /// for many hashes before [`Index::guess`], so that the processor fetches several at a time.
    #[inline]
    pub(crate) fn peek(&self, hash: u64) -> u32 {
        self.slots[self.place(hash)]
    }

    /// The item that was peeked at for this hash, if it may be the one.
    #[inline]
    pub(crate) fn guess(&self, hash: u64, peeked: u32) -> Option<u32> {
        let fits = peeked != FREE && self.fits(peeked, hash);
        fits.then(|| self.item(peeked))
    }

    /// The item with this hash for which `is_it` holds, or where to [put](Index::put) it.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = self.place(hash);
        loop {
            let slot = self.slots[at];
            if slot == FREE {
                return Err(at);
            }
            if self.fits(slot, hash) && is_it(self.item(slot)) {
                return Ok(self.item(slot));
            }
            at = self.after(at);
        }
    }

    /// Puts the next item in: items are numbered as they come. `at` is from [`Index::find`].
    #[inline]
    pub(crate) fn put(&mut self, at: usize, hash: u64) -> u32 {
        debug_assert!(!self.is_full() && self.slots[at] == FREE);
        let item = self.len as u32;
        self.slots[at] = self.slot(hash, item);
        self.len += 1;
        item
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        (hash >> (64 - self.bits)) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// The low bits of the hash above the item's number.
    #[inline]
    fn slot(&self, hash: u64, item: u32) -> u32 {
        (hash as u32) << self.bits | item
    }

    /// Whether the bits of a hash that a slot has are those of this one.
    #[inline]
    fn fits(&self, slot: u32, hash: u64) -> bool {
        (slot ^ (hash as u32) << self.bits) >> self.bits == 0
    }

    #[inline]
    fn item(&self, slot: u32) -> u32 {
        slot & ((1 << self.bits) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint;

    #[test]
    fn every_item_is_found_and_no_other() {
        let hash = |item: u32| fingerprint::of(&(item % 50_000));
        let mut index = Index::default();
        let mut items: Vec<u32> = Vec::new();
        for item in 0..120_000u32 {
            let value = item % 50_000;
            if index.is_full() {
                index.grow(|n| hash(items[n as usize]));
            }
            match index.find(hash(item), |n| items[n as usize] == value) {
                Ok(n) => assert_eq!((items[n as usize], item >= 50_000), (value, true)),
                Err(at) => {
                    assert_eq!(index.put(at, hash(item)) as usize, items.len());
                    items.push(value);
                }
            }
        }
        assert_eq!(items.len(), 50_000);
    }

    #[test]
    fn equal_hashes_are_told_apart_by_the_owner() {
        let mut index = Index::default();
        for item in 0..40 {
            let at = index.find(7, |_| false).expect_err("none is it");
            assert_eq!(index.put(at, 7), item);
        }
        assert_eq!(index.find(7, |n| n == 33), Ok(33));
    }
}
