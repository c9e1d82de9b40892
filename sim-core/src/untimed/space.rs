//! What a search sees of a world: states as words, and what follows from each.

use crate::protocol::Protocol;
use crate::untimed::action::Action;
use crate::untimed::layout::{Rewrite, TooNarrow};

/// A way to represent the states of a world.
pub(crate) trait Space {
    type Protocol: Protocol;
    /// What is enough to say later which action it was.
    type Step: Copy;

    /// How many words a state takes now.
    fn words(&self) -> usize;

    /// The first state, to `sink`.
    ///
    /// # Errors
    /// If a number needs a wider field: see [`Space::widen`].
    fn first(&mut self, sink: &mut impl FnMut(Successor<'_, Self::Step>)) -> Result<(), TooNarrow>;

    /// All that follows from a state, to `sink`, always in the same order.
    ///
    /// # Errors
    /// If a number needs a wider field: see [`Space::widen`]. What went to `sink` is void.
    fn expand(
        &mut self,
        state: &[u64],
        sink: &mut impl FnMut(Successor<'_, Self::Step>),
    ) -> Result<(), TooNarrow>;

    /// From here on states are packed otherwise; gives back how to write old ones anew.
    fn widen(&mut self, wanted: TooNarrow) -> Rewrite;

    /// A state's hash, as [`Successor`] has it.
    fn hash(&self, state: &[u64], scratch: &mut Vec<u32>) -> u64;

    /// How often a protocol's code was run.
    fn runs(&self) -> u64;

    /// Bytes that it takes, states aside.
    fn bytes(&self) -> usize;

    /// The action of a step out of `state`.
    fn action(&self, state: &[u64], step: Self::Step) -> Action<Self::Protocol>;
}

/// A state that follows from another.
pub(crate) struct Successor<'a, S> {
    pub(crate) words: &'a [u64],
    pub(crate) hash: u64,
    pub(crate) step: S,
    /// Whether it takes a fault to get there.
    pub(crate) fault: bool,
    /// The properties that are violated on the way, a bit each.
    pub(crate) violated: u64,
    /// The properties whose premise came true on the way, a bit each.
    pub(crate) premises: u64,
}
