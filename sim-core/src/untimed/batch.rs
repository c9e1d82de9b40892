//! Successors on their way into a search.

use crate::untimed::asleep::Asleep;
use crate::untimed::search::Hit;
use crate::untimed::space::{Halt, Nature, Sink, Successor};
use crate::untimed::visited::same;

/// Successors that have yet to be looked up.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) words: Vec<u64>,
    /// Whose successors they are, and where those of the next begin.
    pub(crate) parents: Vec<(u32, usize)>,
    /// Premises that came true on steps, those of one step together.
    pub(crate) premises: Vec<u64>,
    /// Of each, who sleeps in it; if anybody sleeps.
    pub(crate) asleep: Vec<Asleep>,
}

impl Batch {
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.parents.clear();
        self.premises.clear();
        self.asleep.clear();
    }
}

/// Takes the successors of one state into the batch.
pub(crate) struct Gather<'a, const REDUCED: bool> {
    pub(crate) batch: &'a mut Batch,
    pub(crate) transitions: &'a mut u64,
    pub(crate) natures: &'a mut [u64; Nature::COUNT],
    pub(crate) hits: &'a mut Vec<Hit>,
    pub(crate) from: &'a [u64],
    pub(crate) parent: Option<u32>,
    pub(crate) violated: u64,
    pub(crate) asleep: Asleep,
}

impl<S: Copy, const REDUCED: bool> Sink<S> for Gather<'_, REDUCED> {
    const STUTTERS: bool = false;
    const FAULTS: bool = true;
    const REDUCED: bool = REDUCED;

    #[inline]
    fn asleep(&self) -> Asleep {
        self.asleep
    }

    #[inline(always)]
    fn put(&mut self, successor: Successor<'_, S>) -> Result<(), Halt> {
        *self.transitions += 1;
        successor.nature.count(self.natures);
        if successor.premises != 0 {
            self.batch.premises.push(successor.premises);
        }
        let mut fresh = successor.violated & !self.violated;
        while fresh != 0 {
            let property = fresh.trailing_zeros() as usize;
            fresh &= fresh - 1;
            self.hits.push(Hit { property, state: self.parent });
        }
        if !same(successor.words, self.from) {
            if let [word] = successor.words {
                self.batch.words.push(*word);
            } else {
                self.batch.words.extend_from_slice(successor.words);
            }
            if REDUCED {
                self.batch.asleep.push(successor.asleep);
            }
        }
        Ok(())
    }

    #[inline]
    fn stutter(&mut self, count: u32) {
        *self.transitions += u64::from(count);
    }
}
