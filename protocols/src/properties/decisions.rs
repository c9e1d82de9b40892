use std::marker::PhantomData;

use dtxsim_core::monitor::{Aside, Finding, Monitor, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{Data, Topology};

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
pub(super) trait Rule: Data + Default {
    /// Which.
    const PROPERTY: Property;
    /// Whether its judgement depends on who voted YES.
    const MINDS_VOTES: bool;

    /// Judges a decision.
    fn judge(decision: &Decision, topology: &Topology) -> Ruling;
}

/// The monitor of such a property. Premise: a decision on which its rule is not moot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Decisions<R> {
    roll: Roll,
    premises: Aside<u64>,
    rule: PhantomData<R>,
}

impl<R: Rule> Default for Decisions<R> {
    fn default() -> Self {
        Decisions { roll: Roll::new(R::MINDS_VOTES), premises: Aside(0), rule: PhantomData }
    }
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
                self.premises.0 += 1;
                None
            }
            Ruling::Broken(finding) => {
                self.premises.0 += 1;
                Some(finding)
            }
        }
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        Some(Box::new(Decisions { roll: self.roll.renamed(by), ..self.clone() }))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.roll.clear();
        self.premises = Aside(0);
    }
}
