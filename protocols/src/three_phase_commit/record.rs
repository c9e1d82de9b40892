use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use crate::common::store::Writes;
use crate::common::{Outcome, Part, Processes, Snapshot, TxId};

/// What is written to the logs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// Coordinator: these are about to be asked.
    Start {
        /// Which transaction.
        tx: TxId,
        /// Who takes part.
        participants: Processes,
    },
    /// Coordinator: decided, and these must be told.
    Decided {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
        /// Who does not know.
        told: Processes,
    },
    /// Coordinator: nobody will ask about it any more.
    End {
        /// Which transaction.
        tx: TxId,
    },
    /// Participant: it can commit, whatever happens.
    Prepared {
        /// Which transaction.
        tx: TxId,
        /// What it did there.
        prepared: Prepared,
    },
    /// Participant: it has a PRE-COMMIT.
    PreCommitted {
        /// For which transaction.
        tx: TxId,
    },
    /// Participant: it was up, and the coordinator had failed.
    CoordinatorDown {
        /// Of which transaction.
        tx: TxId,
    },
    /// Participant: its branch is committed.
    Committed {
        /// Which transaction.
        tx: TxId,
    },
    /// Participant: its branch is aborted, or will be should it ever be asked.
    Aborted {
        /// Which transaction.
        tx: TxId,
    },
    /// Participant: all that earlier records amount to.
    Snapshot(Arc<Snapshot>),
}

/// What a participant must know of a transaction that it is prepared to commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Prepared {
    /// Its branch, to be locked again after a restart.
    pub part: Part,
    /// Who takes part, itself included.
    pub participants: Processes,
    /// After-images.
    pub writes: Writes,
    /// The coordinator had forgotten all transactions before this one.
    pub oldest: TxId,
}

impl Record {
    /// The transaction that it is about; a snapshot is about none.
    pub fn tx(&self) -> Option<TxId> {
        match self {
            Record::Start { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::Prepared { tx, .. }
            | Record::PreCommitted { tx }
            | Record::CoordinatorDown { tx }
            | Record::Committed { tx }
            | Record::Aborted { tx } => Some(*tx),
            Record::Snapshot(_) => None,
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[
        "start",
        "commit",
        "abort",
        "end",
        "prepared",
        "pre-committed",
        "coordinator-down",
        "committed",
        "aborted",
        "snapshot",
    ];

    fn kind(&self) -> usize {
        match self {
            Record::Start { .. } => 0,
            Record::Decided { outcome: Outcome::Commit, .. } => 1,
            Record::Decided { outcome: Outcome::Abort, .. } => 2,
            Record::End { .. } => 3,
            Record::Prepared { .. } => 4,
            Record::PreCommitted { .. } => 5,
            Record::CoordinatorDown { .. } => 6,
            Record::Committed { .. } => 7,
            Record::Aborted { .. } => 8,
            Record::Snapshot(_) => 9,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Snapshot(snapshot) => write!(f, "snapshot of {} keys", snapshot.values.len()),
            Record::Start { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::Prepared { tx, .. }
            | Record::PreCommitted { tx }
            | Record::CoordinatorDown { tx }
            | Record::Committed { tx }
            | Record::Aborted { tx } => write!(f, "{} {tx}", Record::KINDS[self.kind()]),
        }
    }
}
