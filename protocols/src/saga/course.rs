//! What a saga that is not over has come to.

use dtxsim_core::ProcessId;

use super::Saga;
use super::knobs::Flaw;
use super::record::Steps;
use crate::common::{Retry, Work};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Live {
    pub(super) work: Work,
    pub(super) course: Course,
    /// How often the call that is under way has been made again.
    pub(super) attempt: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Course {
    /// The data of this step are looked at; those of the steps before it have been.
    Looking { step: u8 },
    /// This step is called; those before it are done.
    Forward { step: u8 },
    /// These have to be undone, the last one first.
    Backward { left: Steps },
}

/// Which way a call that nobody has answered goes on.
pub(super) enum Silence {
    Again(u8),
    Unknown,
    GiveUp,
}

impl Live {
    /// The step that is called.
    pub(super) fn at(&self, protocol: &Saga) -> u8 {
        let place = match self.course {
            Course::Looking { step } | Course::Forward { step } => return step,
            Course::Backward { left }
                if protocol.knobs.broken == Some(Flaw::ForwardCompensation) =>
            {
                left.trailing_zeros()
            }
            Course::Backward { left } => left.ilog2(),
        };
        place as u8
    }

    /// Whose step it is.
    pub(super) fn asks(&self, protocol: &Saga) -> ProcessId {
        self.work.0.branches()[usize::from(self.at(protocol))].process
    }

    pub(super) fn silence(&self, protocol: &Saga) -> Silence {
        let steps_back = match self.course {
            Course::Looking { .. } => true,
            Course::Forward { step } => protocol.can_be_compensated(&self.work, step),
            Course::Backward { .. } => false,
        };
        let retry: Retry = if steps_back { protocol.steps } else { protocol.insistent };
        match retry.next(self.attempt) {
            Some(attempt) => Silence::Again(attempt),
            None if steps_back => Silence::Unknown,
            None => Silence::GiveUp,
        }
    }
}
