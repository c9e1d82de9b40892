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
    /// How often the calls that are under way have been made again.
    pub(super) attempt: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Course {
    /// The data of this step are looked at; those of the steps before it have been.
    Looking { step: u8 },
    /// These are done; called are those that come after none but these.
    Forward { done: Steps },
    /// These have to be undone, those first that come before none of them.
    Backward { left: Steps },
}

/// Which way calls that nobody has answered go on.
pub(super) enum Silence {
    Again(u8),
    Unknown,
    GiveUp,
}

impl Live {
    /// The steps that are called: all that can be.
    pub(super) fn calls(&self, protocol: &Saga) -> Steps {
        let work = &*self.work.0;
        match self.course {
            Course::Looking { step } => 1 << step,
            Course::Forward { done } => work.first_of(work.all() & !done),
            Course::Backward { left } => match protocol.knobs.broken {
                Some(Flaw::ForwardCompensation) => work.first_of(left),
                Some(Flaw::ParallelCompensation) => left,
                Some(_) | None => work.last_of(left),
            },
        }
    }

    /// What has to be undone of the steps that are called, whose outcome nobody knows.
    pub(super) fn unknown(&self, protocol: &Saga) -> Steps {
        match protocol.knobs.broken {
            Some(Flaw::LateRegistration) => 0,
            Some(_) | None => self.calls(protocol),
        }
    }

    /// The step of a process, if it is called.
    pub(super) fn called(&self, protocol: &Saga, process: ProcessId) -> Option<u8> {
        let step = self.work.0.participants().iter().position(|&party| party == process)?;
        (self.calls(protocol) & 1 << step != 0).then_some(step as u8)
    }

    /// Whose steps are called.
    pub(super) fn asks(&self, protocol: &Saga) -> impl Iterator<Item = ProcessId> + use<'_> {
        let calls = self.calls(protocol);
        let parties = self.work.0.participants().iter().enumerate();
        parties.filter(move |(step, _)| calls & 1 << step != 0).map(|(_, &party)| party)
    }

    /// The steps that are done once this one is: where they come one after the other, it tells of
    /// all before it.
    pub(super) fn done_with(&self, step: u8) -> Steps {
        let before = match self.course {
            Course::Forward { done } if self.work.0.is_graph() => done,
            Course::Looking { .. } | Course::Forward { .. } | Course::Backward { .. } => {
                self.work.0.before(usize::from(step))
            }
        };
        before | 1 << step
    }

    pub(super) fn silence(&self, protocol: &Saga) -> Silence {
        let steps_back = match self.course {
            Course::Looking { .. } => true,
            Course::Forward { .. } => protocol.can_be_compensated(&self.work, self.calls(protocol)),
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
