use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use super::barrier::Barrier;
use super::message::Operation;
use crate::common::{Outcome, Part, Processes, Reservations, TxId, Work};

/// What is written to the logs. Each record of a service is one local transaction, its data and its
/// barrier row together; only a service that checks and then acts has rows of their own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// Coordinator: these branches are about to be tried, and must be confirmed or cancelled.
    Registered {
        /// Of which transaction.
        tx: TxId,
        /// All of it.
        work: Work,
        /// Whose branches.
        branches: Processes,
    },
    /// Coordinator: all branches are confirmed, or all that are registered are cancelled.
    Decided {
        /// Of which transaction.
        tx: TxId,
        /// Which of the two.
        outcome: Outcome,
    },
    /// Coordinator: all have acknowledged.
    End {
        /// Which transaction.
        tx: TxId,
    },
    /// Coordinator: it has done what it could, and that is not enough.
    NeedsPerson {
        /// For which transaction.
        tx: TxId,
    },
    /// Service: it has reserved what a branch needs.
    Tried {
        /// Of which transaction.
        tx: TxId,
        /// Its branch.
        part: Part,
        /// The coordinator had forgotten all transactions before this one.
        oldest: TxId,
    },
    /// Service: it has used what was reserved.
    Confirmed {
        /// Of which transaction.
        tx: TxId,
        /// Its branch.
        part: Part,
    },
    /// Service: it has given back what was reserved.
    Cancelled {
        /// Of which transaction.
        tx: TxId,
        /// Its branch.
        part: Part,
    },
    /// Service: there was nothing to cancel, and nothing of it may be tried any more.
    Fenced {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service: it has waited long enough, and has given back what was reserved.
    Expired {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service that checks and then acts: the row of what it has done.
    Row {
        /// Of which transaction.
        tx: TxId,
        /// What.
        operation: Operation,
    },
    /// Service: all that earlier records amount to.
    Snapshot(Arc<Snapshot>),
}

/// A service's data, reservations and rows, as one record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Snapshot {
    /// Committed values, by key.
    pub values: Vec<i64>,
    /// What is reserved.
    pub reservations: Reservations,
    /// What somebody may still ask for.
    pub barrier: Barrier,
}

impl Record {
    /// The transaction that it is about; a snapshot is about none.
    pub fn tx(&self) -> Option<TxId> {
        match self {
            Record::Registered { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::NeedsPerson { tx }
            | Record::Tried { tx, .. }
            | Record::Confirmed { tx, .. }
            | Record::Cancelled { tx, .. }
            | Record::Fenced { tx }
            | Record::Expired { tx }
            | Record::Row { tx, .. } => Some(*tx),
            Record::Snapshot(_) => None,
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[
        "registered",
        "confirm",
        "cancel",
        "end",
        "needs-person",
        "tried",
        "confirmed",
        "cancelled",
        "fenced",
        "expired",
        "row",
        "snapshot",
    ];

    fn kind(&self) -> usize {
        match self {
            Record::Registered { .. } => 0,
            Record::Decided { outcome: Outcome::Commit, .. } => 1,
            Record::Decided { outcome: Outcome::Abort, .. } => 2,
            Record::End { .. } => 3,
            Record::NeedsPerson { .. } => 4,
            Record::Tried { .. } => 5,
            Record::Confirmed { .. } => 6,
            Record::Cancelled { .. } => 7,
            Record::Fenced { .. } => 8,
            Record::Expired { .. } => 9,
            Record::Row { .. } => 10,
            Record::Snapshot(_) => 11,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Snapshot(snapshot) => write!(f, "snapshot of {} keys", snapshot.values.len()),
            Record::Row { tx, operation } => write!(f, "row {operation} {tx}"),
            Record::Registered { tx, .. }
            | Record::Decided { tx, .. }
            | Record::End { tx }
            | Record::NeedsPerson { tx }
            | Record::Tried { tx, .. }
            | Record::Confirmed { tx, .. }
            | Record::Cancelled { tx, .. }
            | Record::Fenced { tx }
            | Record::Expired { tx } => write!(f, "{} {tx}", Record::KINDS[self.kind()]),
        }
    }
}
