//! Coverage-guided: a walk that came to something new is kept up to there, and later ones go on
//! from a part of it at random. New is a local transition that no walk has taken before, or a fault
//! at a kind of message or process that it has not yet befallen.
//!
//! Source: the idea is that of greybox fuzzing, as in AFL; Gulcan, Ozkan, Majumdar & Nagendra,
//! *Model-guided Fuzzing of Distributed Systems*, 2024, applies it to schedules.

use super::random::any;
use super::{Strategy, View};
use crate::protocol::Protocol;
use crate::random::Stream;
use crate::ratio::Ratio;

/// The beginnings of walks that came to something new.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    kept: Vec<Vec<u32>>,
    /// What is replayed first.
    prefix: Vec<u32>,
    /// What was chosen so far, and how far of it something was new.
    chosen: Vec<u32>,
    new_until: usize,
}

/// At most so many beginnings are kept; the oldest are forgotten.
const KEPT_MAX: usize = 256;

impl<P: Protocol> Strategy<P> for Coverage {
    fn begin(&mut self, stream: &mut Stream, _: u32) {
        self.chosen.clear();
        self.prefix.clear();
        self.new_until = 0;
        if !self.kept.is_empty() && stream.chance(Ratio { num: 4, den: 5 }) {
            // Later ones more often: they are less trodden.
            let count = self.kept.len() as u64;
            let pick = stream.below(count).max(stream.below(count)) as usize;
            let kept = &self.kept[pick];
            let length = stream.between(0, kept.len() as u64) as usize;
            self.prefix = kept[..length].to_vec();
        }
    }

    fn forced(&mut self, view: &View<'_, P>) -> Option<usize> {
        let number = *self.prefix.get(self.chosen.len())? as usize;
        (number < view.actions.len()).then_some(number)
    }

    fn choose(&mut self, view: &View<'_, P>, stream: &mut Stream) -> usize {
        any(view, stream)
    }

    fn chosen(&mut self, _: &View<'_, P>, number: usize, is_new: bool, _: &mut Stream) {
        self.chosen.push(number as u32);
        if is_new {
            self.new_until = self.chosen.len();
        }
    }

    fn end(&mut self) {
        if self.new_until > 0 {
            if self.kept.len() == KEPT_MAX {
                self.kept.remove(0);
            }
            self.kept.push(self.chosen[..self.new_until].to_vec());
        }
    }
}
