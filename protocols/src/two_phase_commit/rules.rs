//! What the knobs say of a participant.

use std::borrow::Cow;

use dtxsim_core::ProcessId;

use super::TwoPhaseCommit;
use super::knobs::{Presumption, Reads, Termination};
use crate::common::{Op, Outcome};

impl TwoPhaseCommit {
    /// Whether a branch of these operations votes READ.
    pub(super) fn votes_read(&self, ops: &[Op]) -> bool {
        self.knobs.read_only_votes
            && self.knobs.presumption != Presumption::Nothing
            && !ops.iter().any(|op| op.writes())
    }

    /// Those operations of a branch that lock what they are about.
    pub(super) fn locking<'a>(&self, ops: &'a [Op]) -> Cow<'a, [Op]> {
        match self.knobs.reads {
            Reads::Locking => ops.into(),
            Reads::ReadCommitted => ops.iter().copied().filter(|op| op.writes()).collect(),
        }
    }

    /// Whether participants acknowledge that outcome; if so, they force it first.
    pub(super) fn acknowledges(&self, outcome: Outcome) -> bool {
        match (self.knobs.presumption, outcome) {
            (Presumption::Nothing, Outcome::Commit | Outcome::Abort)
            | (Presumption::Abort, Outcome::Commit)
            | (Presumption::Commit, Outcome::Abort) => true,
            (Presumption::Abort, Outcome::Abort) | (Presumption::Commit, Outcome::Commit) => false,
        }
    }

    /// Whom a participant in doubt asks.
    pub(super) fn asked_by(
        &self,
        me: ProcessId,
        peers: &[ProcessId],
    ) -> impl Iterator<Item = ProcessId> {
        let peers = match self.knobs.termination {
            Termination::None => &[],
            Termination::Cooperative => peers,
        };
        std::iter::once(self.coordinator).chain(peers.iter().copied().filter(move |&p| p != me))
    }
}
