use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use super::memory::Memory;
use super::{half, transactions};
use crate::common::store::Writes;
use crate::common::{TxId, Work, broker};

/// What is written to the logs. A service's record is a local transaction: all of it or nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// The broker's.
    Broker(broker::Record),
    /// Source: it has done its branch.
    Committed {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
        /// The row of its event, if it has one here.
        row: Option<Work>,
    },
    /// Source: the row of an event by itself, which it should not be.
    Row {
        /// Of which transaction.
        tx: TxId,
        /// What the event says.
        work: Work,
    },
    /// Source: the broker has the event.
    Relayed {
        /// Of which transaction.
        tx: TxId,
    },
    /// Source: it has refused its branch.
    Aborted {
        /// Of which transaction.
        tx: TxId,
    },
    /// Consumer: it has done what an event asks for.
    Effect {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
        /// Whether the inbox row is in it.
        inbox: bool,
    },
    /// Consumer: the inbox row of an event by itself, which it should not be.
    Inbox {
        /// Of which transaction.
        tx: TxId,
    },
    /// Consumer: it refuses an event for good.
    Refused {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service: all that earlier records amount to.
    Snapshot(Arc<Memory>),
    /// The broker's, of events that it keeps back.
    Half(half::Record),
    /// Caller: it has no answer and calls no more.
    GivenUp {
        /// Of which transaction.
        tx: TxId,
    },
    /// Of the broker's transactions.
    Transaction(transactions::Record),
}

impl From<transactions::Record> for Record {
    fn from(record: transactions::Record) -> Record {
        Record::Transaction(record)
    }
}

impl From<half::Record> for Record {
    fn from(record: half::Record) -> Record {
        Record::Half(record)
    }
}

impl From<broker::Record> for Record {
    fn from(record: broker::Record) -> Record {
        Record::Broker(record)
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[
        "accepted",
        "consumed",
        "backlog",
        "committed",
        "row",
        "relayed",
        "aborted",
        "effect",
        "inbox",
        "refused",
        "snapshot",
        "half",
        "rolled-back",
        "set-aside",
        "given-up",
        "started",
        "fenced",
        "produced",
        "ended",
        "kept",
    ];

    fn kind(&self) -> usize {
        match self {
            Record::Broker(record) => record.kind(),
            Record::Committed { .. } => 3,
            Record::Row { .. } => 4,
            Record::Relayed { .. } => 5,
            Record::Aborted { .. } => 6,
            Record::Effect { .. } => 7,
            Record::Inbox { .. } => 8,
            Record::Refused { .. } => 9,
            Record::Snapshot(_) => 10,
            Record::Half(record) => 11 + record.kind(),
            Record::GivenUp { .. } => 14,
            Record::Transaction(record) => 15 + record.kind(),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Broker(record) => record.fmt(f),
            Record::Half(record) => record.fmt(f),
            Record::Transaction(record) => record.fmt(f),
            Record::Committed { tx, row: Some(_), .. } => write!(f, "committed {tx} with a row"),
            Record::Effect { tx, inbox: true, .. } => write!(f, "effect {tx} with an inbox row"),
            Record::Snapshot(memory) => write!(f, "snapshot of {} keys", memory.values.len()),
            Record::Committed { tx, row: None, .. }
            | Record::Effect { tx, inbox: false, .. }
            | Record::Row { tx, .. }
            | Record::Relayed { tx }
            | Record::Aborted { tx }
            | Record::GivenUp { tx }
            | Record::Inbox { tx }
            | Record::Refused { tx } => write!(f, "{} {tx}", Record::KINDS[self.kind()]),
        }
    }
}
