use std::fmt;
use std::marker::PhantomData;

use dtxsim_core::Topology;
use dtxsim_core::monitor::{Finding, Monitor, Seen};

use super::Property;
use super::roll::{Decision, Roll};
use crate::common::Note;

/// What a rule says of one decision.
pub(super) enum Ruling {
    /// It has nothing to say.
    Moot,
    /// It was observed.
    Observed,
    /// It was broken.
    Broken(Finding),
}

/// A property that can be judged decision by decision, given what was known before each.
pub(super) trait Rule: fmt::Debug + Default {
    /// Which.
    const PROPERTY: Property;

    /// Judges a decision.
    fn judge(decision: &Decision, topology: &Topology) -> Ruling;
}

/// The monitor of such a property. Premise: a decision on which its rule is not moot.
#[derive(Debug, Default)]
pub struct Decisions<R> {
    roll: Roll,
    premises: u64,
    rule: PhantomData<R>,
}

impl<R: Rule> Monitor<Note> for Decisions<R> {
    fn name(&self) -> &'static str {
        R::PROPERTY.name()
    }

    fn interest(&self) -> u64 {
        Roll::INTEREST
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let decision = self.roll.take(seen)?;
        match R::judge(&decision, topology) {
            Ruling::Moot => None,
            Ruling::Observed => {
                self.premises += 1;
                None
            }
            Ruling::Broken(finding) => {
                self.premises += 1;
                Some(finding)
            }
        }
    }

    fn premises(&self) -> u64 {
        self.premises
    }

    fn reset(&mut self) {
        self.roll.clear();
        self.premises = 0;
    }
}
