//! What each kind of search keeps of states besides themselves.

use crate::untimed::asleep::{Asleep, Levels};
use crate::untimed::visited::Keeper;

/// Nothing else is kept of states.
pub(crate) struct Nothing;

impl Keeper for Nothing {
    const MINDS_KNOWN: bool = false;

    fn known(&mut self, _: usize, _: u32) {}

    fn fresh(&mut self, _: usize, _: u32) {}
}

/// New states go onto the stack.
pub(crate) struct Stack<'a>(pub(crate) &'a mut Vec<u32>);

impl Keeper for Stack<'_> {
    const MINDS_KNOWN: bool = false;

    fn known(&mut self, _: usize, _: u32) {}

    fn fresh(&mut self, _: usize, number: u32) {
        self.0.push(number);
    }
}

/// Who sleeps in each state is kept.
pub(crate) struct Sleepers<'a> {
    pub(crate) levels: &'a mut Levels,
    /// In the states of the batch; nobody in the first.
    pub(crate) sleepers: &'a [Asleep],
}

impl Keeper for Sleepers<'_> {
    const MINDS_KNOWN: bool = true;

    #[inline]
    fn known(&mut self, at: usize, number: u32) {
        self.levels.meet(number, self.sleepers[at]);
    }

    #[inline]
    fn fresh(&mut self, at: usize, _: u32) {
        self.levels.push(self.sleepers.get(at).copied().unwrap_or(0));
    }
}
