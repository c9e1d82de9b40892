use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Kinds, ProcessId};

use crate::common::{Part, TxId, Work};

/// What a broker writes to its log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// An event, for all its receivers.
    Accepted {
        /// Of which transaction.
        tx: TxId,
        /// What it says.
        work: Work,
    },
    /// A receiver has acknowledged the first event of its queue.
    Consumed {
        /// Of which transaction.
        tx: TxId,
        /// Who.
        by: ProcessId,
    },
    /// The first event of a receiver's queue is set aside: no delivery of it was acknowledged.
    DeadLetter {
        /// Of which transaction.
        tx: TxId,
        /// Who has not acknowledged it.
        to: ProcessId,
    },
    /// All that earlier records amount to.
    Backlog(Arc<Backlog>),
}

/// What a log says of queues, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Logged<'a> {
    /// A record of the broker.
    Record(&'a Record),
    /// By a record of another kind, an event came into the queue of a receiver.
    Admitted(ProcessId, TxId, Part),
}

/// What a broker still has to do, and what it has accepted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Backlog {
    /// What was not consumed: receiver, transaction, part.
    pub waiting: Vec<(ProcessId, TxId, Part)>,
    /// What is set aside: receiver, transaction.
    pub dead: Vec<(ProcessId, TxId)>,
    /// All that was accepted, if it minds.
    pub accepted: Vec<TxId>,
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["accepted", "consumed", "backlog", "dead-letter"];

    fn kind(&self) -> usize {
        match self {
            Record::Accepted { .. } => 0,
            Record::Consumed { .. } => 1,
            Record::Backlog(_) => 2,
            Record::DeadLetter { .. } => 3,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Accepted { tx, .. } => write!(f, "accepted {tx}"),
            Record::Consumed { tx, by } => write!(f, "consumed {tx} by {by}"),
            Record::DeadLetter { tx, to } => write!(f, "dead letter {tx} to {to}"),
            Record::Backlog(backlog) => write!(f, "backlog of {}", backlog.waiting.len()),
        }
    }
}
