//! Fingerprints of states, in the place of the states.

use crate::untimed::layout::Layout;
use crate::untimed::states::States;

/// Fingerprints by the numbers of their states.
pub(crate) struct Prints {
    all: States,
    /// How the states are packed that have one.
    layout: Layout,
}

impl Prints {
    /// None yet, of states that are packed like this.
    fn new(layout: &Layout) -> Prints {
        Prints { all: States::new(1, false), layout: layout.clone() }
    }

    /// None yet, if they are wanted and take less space than the states.
    pub(crate) fn wanted(are_wanted: bool, layout: &Layout) -> Option<Prints> {
        (are_wanted && layout.words() > 1).then(|| Prints::new(layout))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.len() == 0
    }

    /// The fingerprint of a state.
    #[inline]
    pub(crate) fn of(&self, state: &[u64]) -> u64 {
        self.layout.print(state)
    }

    /// That of a number.
    #[inline]
    pub(crate) fn get(&self, n: u32) -> u64 {
        self.all.get(n)[0]
    }

    /// That of the next number.
    pub(crate) fn push(&mut self, print: u64) {
        self.all.push(&[print], 0);
    }

    /// From here on states are packed like this.
    pub(crate) fn repack(&mut self, layout: &Layout) {
        self.layout = layout.clone();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.all.bytes()
    }

    /// Bytes that the next chunk takes.
    pub(crate) fn chunk_bytes(&self) -> usize {
        self.all.chunk_bytes()
    }
}
