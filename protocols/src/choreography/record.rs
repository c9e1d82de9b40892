use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Kinds, Table};

use super::message::What;
use super::service::Row;
use crate::common::{Outcome, TxId, Work, Writes};

/// What is written to the logs. An event that is in a record is in the outbox with it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// A step, the fact that it is done, and its event, in one local transaction.
    Acted {
        /// Of which transaction.
        tx: TxId,
        /// What it does.
        work: Work,
        /// After-images.
        writes: Writes,
        /// What others are told.
        event: Option<What>,
    },
    /// A step is refused, and its event.
    Refused {
        /// Of which transaction.
        tx: TxId,
        /// What it does.
        work: Work,
        /// What others are told.
        event: Option<What>,
    },
    /// A compensation, the fact that it is done, and its event.
    Undid {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
        /// What others are told.
        event: Option<What>,
    },
    /// A compensation is refused: a person must act.
    Stuck {
        /// Of which transaction.
        tx: TxId,
    },
    /// The event of a transaction has left the outbox.
    Relayed {
        /// Of which transaction.
        tx: TxId,
    },
    /// The first service: the transaction is over.
    Ended {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
    },
    /// All that earlier records amount to.
    Snapshot(Arc<Snapshot>),
}

/// A service's past as one record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Snapshot {
    /// Committed values, by key.
    pub values: Vec<i64>,
    /// What it remembers of transactions.
    pub rows: Table<TxId, Row>,
}

impl Record {
    /// The transaction that it is about; a snapshot is about none.
    pub fn tx(&self) -> Option<TxId> {
        match self {
            Record::Acted { tx, .. }
            | Record::Refused { tx, .. }
            | Record::Undid { tx, .. }
            | Record::Stuck { tx }
            | Record::Relayed { tx }
            | Record::Ended { tx, .. } => Some(*tx),
            Record::Snapshot(_) => None,
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] =
        &["acted", "refused", "undid", "stuck", "relayed", "committed", "aborted", "snapshot"];

    fn kind(&self) -> usize {
        match self {
            Record::Acted { .. } => 0,
            Record::Refused { .. } => 1,
            Record::Undid { .. } => 2,
            Record::Stuck { .. } => 3,
            Record::Relayed { .. } => 4,
            Record::Ended { outcome: Outcome::Commit, .. } => 5,
            Record::Ended { outcome: Outcome::Abort, .. } => 6,
            Record::Snapshot(_) => 7,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Record::KINDS[self.kind()];
        match self.tx() {
            Some(tx) => write!(f, "{name} {tx}"),
            None => f.write_str(name),
        }
    }
}
