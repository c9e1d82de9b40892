use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use super::memory::Memory;
use super::{events, half, polls, transactions};
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
        /// Whether the event was its own, and so the transaction is decided.
        own: bool,
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
    /// What the state of a service is the fold of.
    Event(events::Record),
    /// Reader: what it has read, and how far it is.
    Poll(polls::Record),
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

impl From<events::Record> for Record {
    fn from(record: events::Record) -> Record {
        Record::Event(record)
    }
}

impl From<polls::Record> for Record {
    fn from(record: polls::Record) -> Record {
        Record::Poll(record)
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
        "applied",
        "passed",
        "offset",
        "dead-letter",
        "appended",
        "folded",
        "folded-at",
        "started",
        "fenced",
        "produced",
        "ended",
        "kept",
    ];

    fn kind(&self) -> usize {
        match self {
            // It came later than those of the others.
            Record::Broker(broker::Record::DeadLetter { .. }) => 18,
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
            Record::Poll(record) => 15 + record.kind(),
            Record::Event(record) => 19 + record.kind(),
            Record::Transaction(record) => 22 + record.kind(),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Broker(record) => record.fmt(f),
            Record::Half(record) => record.fmt(f),
            Record::Poll(record) => record.fmt(f),
            Record::Event(record) => record.fmt(f),
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
