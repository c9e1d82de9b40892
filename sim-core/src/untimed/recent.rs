//! States that were looked up a moment ago.

use crate::untimed::visited::{same, stride};

/// States that were looked up last, by the low bits of their hashes, whole.
pub(crate) struct Recent {
    words: Vec<u64>,
    stride: usize,
    mask: usize,
}

impl Recent {
    /// For every so many slots of the index there is one.
    const SLOTS_A_STATE: usize = 16;
    const STATES_MIN: usize = 1 << 12;
    const STATES_MAX: usize = 1 << 19;

    /// Every place must be filled before any is looked at.
    pub(crate) fn new(stride: usize) -> Recent {
        let states = Recent::STATES_MIN;
        Recent { words: vec![0; states * stride], stride, mask: states - 1 }
    }

    /// There is only the first state.
    pub(crate) fn fill(&mut self, first: &[u64]) {
        self.words.chunks_exact_mut(self.stride).for_each(|place| place.copy_from_slice(first));
    }

    /// Forgets all but the first state, and remembers more from now on.
    pub(crate) fn grow(&mut self, first: &[u64], slots: usize) {
        let wanted = slots / Recent::SLOTS_A_STATE;
        let states = wanted.clamp(Recent::STATES_MIN, Recent::STATES_MAX);
        self.words.resize(states * self.stride, 0);
        self.mask = states - 1;
        self.fill(first);
    }

    #[inline]
    pub(crate) fn has<const WORDS: usize>(&self, state: &[u64], hash: u64) -> bool {
        let stride = stride::<WORDS>(self.stride);
        same(&self.words[(hash as usize & self.mask) * stride..][..stride], state)
    }

    #[inline]
    pub(crate) fn put<const WORDS: usize>(&mut self, state: &[u64], hash: u64) {
        let stride = stride::<WORDS>(self.stride);
        let place = hash as usize & self.mask;
        self.words[place * stride..][..stride].copy_from_slice(state);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
    }
}
