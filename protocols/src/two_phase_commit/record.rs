use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use crate::common::store::Writes;
use crate::common::{Outcome, Part, Parties, Snapshot, TxId};

/// What is written to the logs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// Coordinator, presumed commit: these are about to be asked.
    Collecting {
        /// Which transaction.
        tx: TxId,
        /// Who takes part.
        parties: Parties,
    },
    /// Coordinator: decided, and these must be told.
    Decided {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
        /// Who does not know.
        parties: Parties,
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
    /// Lone participant: prepared and committed in one.
    OnePhase {
        /// Which transaction.
        tx: TxId,
        /// What it did.
        prepared: Prepared,
    },
    /// Participant: all that earlier records amount to.
    Snapshot(Arc<Snapshot>),
}

/// What a participant must know of a transaction that it is prepared to commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Prepared {
    /// Its branch, to be locked again after a restart, and whom else to ask for the decision.
    pub part: Part,
    /// After-images.
    pub writes: Writes,
    /// The coordinator had forgotten all transactions before this one.
    pub oldest: TxId,
}

impl Record {
    /// The transaction that it is about; a snapshot is about none.
    pub fn tx(&self) -> Option<TxId> {
        match self {
            Record::Collecting { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::Prepared { tx, .. }
            | Record::Committed { tx }
            | Record::Aborted { tx }
            | Record::OnePhase { tx, .. } => Some(*tx),
            Record::Snapshot(_) => None,
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[
        "collecting",
        "commit",
        "abort",
        "end",
        "prepared",
        "committed",
        "aborted",
        "one-phase",
        "snapshot",
    ];

    fn kind(&self) -> usize {
        match self {
            Record::Collecting { .. } => 0,
            Record::Decided { outcome: Outcome::Commit, .. } => 1,
            Record::Decided { outcome: Outcome::Abort, .. } => 2,
            Record::End { .. } => 3,
            Record::Prepared { .. } => 4,
            Record::Committed { .. } => 5,
            Record::Aborted { .. } => 6,
            Record::OnePhase { .. } => 7,
            Record::Snapshot(_) => 8,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Snapshot(snapshot) => write!(f, "snapshot of {} keys", snapshot.values.len()),
            Record::Collecting { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::Prepared { tx, .. }
            | Record::Committed { tx }
            | Record::Aborted { tx }
            | Record::OnePhase { tx, .. } => write!(f, "{} {tx}", Record::KINDS[self.kind()]),
        }
    }
}
