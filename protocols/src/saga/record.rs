use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Kinds, Table};

use super::draft::Draft;
use super::service::Row;
use crate::common::{Outcome, Places, TxId, Work, Writes};

/// A set of steps, a bit each, by their place in the saga.
pub type Steps = Places;

/// What is written to the logs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// Orchestrator: a saga begins.
    Started {
        /// Which transaction.
        tx: TxId,
        /// What it does.
        work: Work,
    },
    /// Orchestrator: a step is done, and those are about to be called that have waited for it.
    Stepped {
        /// Of which transaction.
        tx: TxId,
        /// Which.
        step: u8,
    },
    /// Orchestrator: the saga turns back.
    Turned {
        /// Which transaction.
        tx: TxId,
        /// What has to be undone.
        left: Steps,
    },
    /// Orchestrator: a step is undone.
    Compensated {
        /// Of which transaction.
        tx: TxId,
        /// Which.
        step: u8,
    },
    /// Orchestrator: the saga is over, and nobody will ask about it any more.
    Ended {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
    },
    /// Orchestrator: it gives up, and a person must act.
    GivenUp {
        /// On which transaction.
        tx: TxId,
    },
    /// Service: the step and the fact that it is done, in one local transaction.
    Acted {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
        /// Before-images, where the service keeps an undo log.
        undo_log: Option<Draft>,
        /// All transactions before this one are over.
        oldest: TxId,
    },
    /// Service: the step is refused, whenever it is asked for again.
    Refused {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service: the compensation and the fact that it is done, in one local transaction.
    Undid {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
    },
    /// Service: there was nothing to undo, and there must never be.
    Fenced {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service: the compensation is refused, whenever it is asked for again.
    Stuck {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service: all that earlier records amount to.
    Snapshot(Arc<Snapshot>),
    /// Service: what was seen of the data of a step to come.
    Looked {
        /// Of which transaction.
        tx: TxId,
        /// What was seen.
        draft: Draft,
        /// All transactions before this one are over.
        oldest: TxId,
    },
    /// Orchestrator: all has been looked at, and the first step is about to be called.
    Viewed {
        /// Of which transaction.
        tx: TxId,
    },
}

/// A service's past as one record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Snapshot {
    /// Committed values, by key.
    pub values: Vec<i64>,
    /// What it remembers of transactions that are not over.
    pub rows: Table<TxId, Row>,
    /// What they have seen.
    pub drafts: Table<TxId, Draft>,
    /// All transactions before this one are over.
    pub oldest: TxId,
}

impl Record {
    /// The transaction that it is about; a snapshot is about none.
    pub fn tx(&self) -> Option<TxId> {
        match self {
            Record::Started { tx, .. }
            | Record::Stepped { tx, .. }
            | Record::Turned { tx, .. }
            | Record::Compensated { tx, .. }
            | Record::Ended { tx, .. }
            | Record::GivenUp { tx }
            | Record::Acted { tx, .. }
            | Record::Refused { tx }
            | Record::Undid { tx, .. }
            | Record::Fenced { tx }
            | Record::Stuck { tx }
            | Record::Looked { tx, .. }
            | Record::Viewed { tx } => Some(*tx),
            Record::Snapshot(_) => None,
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[
        "started",
        "stepped",
        "turned",
        "compensated",
        "committed",
        "aborted",
        "given-up",
        "acted",
        "refused",
        "undid",
        "fenced",
        "stuck",
        "snapshot",
        "looked",
        "viewed",
    ];

    fn kind(&self) -> usize {
        match self {
            Record::Started { .. } => 0,
            Record::Stepped { .. } => 1,
            Record::Turned { .. } => 2,
            Record::Compensated { .. } => 3,
            Record::Ended { outcome: Outcome::Commit, .. } => 4,
            Record::Ended { outcome: Outcome::Abort, .. } => 5,
            Record::GivenUp { .. } => 6,
            Record::Acted { .. } => 7,
            Record::Refused { .. } => 8,
            Record::Undid { .. } => 9,
            Record::Fenced { .. } => 10,
            Record::Stuck { .. } => 11,
            Record::Snapshot(_) => 12,
            Record::Looked { .. } => 13,
            Record::Viewed { .. } => 14,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Snapshot(snapshot) => write!(f, "snapshot of {} keys", snapshot.values.len()),
            Record::Stepped { tx, step } | Record::Compensated { tx, step } => {
                write!(f, "{} {tx} step {step}", Record::KINDS[self.kind()])
            }
            Record::Started { tx, .. }
            | Record::Turned { tx, .. }
            | Record::Ended { tx, .. }
            | Record::GivenUp { tx }
            | Record::Acted { tx, .. }
            | Record::Refused { tx }
            | Record::Undid { tx, .. }
            | Record::Fenced { tx }
            | Record::Stuck { tx }
            | Record::Looked { tx, .. }
            | Record::Viewed { tx } => write!(f, "{} {tx}", Record::KINDS[self.kind()]),
        }
    }
}
