use std::fmt;

use dtxsim_core::Kinds;

use super::{calls, half, polls, transactions};
use crate::common::{TxId, broker};

/// What the processes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// About events that are published.
    Broker(broker::Message),
    /// About events that are kept back.
    Half(half::Message),
    /// Directly, without a broker.
    Call(calls::Message),
    /// Readers' queries, and their results.
    Poll(polls::Message),
    /// Of the broker's transactions.
    Transaction(transactions::Message),
}

impl From<broker::Message> for Message {
    fn from(message: broker::Message) -> Message {
        Message::Broker(message)
    }
}

impl From<calls::Message> for Message {
    fn from(message: calls::Message) -> Message {
        Message::Call(message)
    }
}

impl From<polls::Message> for Message {
    fn from(message: polls::Message) -> Message {
        Message::Poll(message)
    }
}

impl From<transactions::Message> for Message {
    fn from(message: transactions::Message) -> Message {
        Message::Transaction(message)
    }
}

impl From<half::Message> for Message {
    fn from(message: half::Message) -> Message {
        Message::Half(message)
    }
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &[
        "publish",
        "accepted",
        "deliver",
        "consumed",
        "half",
        "half-stored",
        "commit",
        "rollback",
        "check",
        "call",
        "result",
        "poll",
        "changes",
        "init",
        "inited",
        "produce",
        "produced",
        "end",
        "ended",
    ];

    fn kind(&self) -> usize {
        match self {
            Message::Broker(message) => message.kind(),
            Message::Half(message) => 4 + message.kind(),
            Message::Call(message) => 9 + message.kind(),
            Message::Poll(message) => 11 + message.kind(),
            Message::Transaction(message) => 13 + message.kind(),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Broker(message) => message.fmt(f),
            Message::Half(message) => message.fmt(f),
            Message::Call(message) => message.fmt(f),
            Message::Poll(message) => message.fmt(f),
            Message::Transaction(message) => message.fmt(f),
        }
    }
}

/// The names of timers. A timer that is set again and again counts how often, for its back-off.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The broker's.
    Broker(broker::Timer),
    /// An event is published again.
    Republish {
        /// Of which transaction.
        tx: TxId,
        /// How often it has been.
        attempt: u8,
    },
    /// A worker has looked an event up and acts on it.
    Handle {
        /// Of which transaction.
        tx: TxId,
        /// Which worker.
        worker: u8,
    },
    /// A local transaction that has begun commits.
    Commit {
        /// Which.
        tx: TxId,
    },
    /// Of events that are kept back.
    Half(half::Timer),
    /// Those who have not answered are called again.
    CallAgain {
        /// Of which transaction.
        tx: TxId,
        /// How often they have been.
        attempt: u8,
    },
    /// Others are asked what is new.
    Poll,
    /// Of the broker's transactions.
    Transaction(transactions::Timer),
}

impl From<transactions::Timer> for Timer {
    fn from(timer: transactions::Timer) -> Timer {
        Timer::Transaction(timer)
    }
}

impl From<half::Timer> for Timer {
    fn from(timer: half::Timer) -> Timer {
        Timer::Half(timer)
    }
}

impl From<broker::Timer> for Timer {
    fn from(timer: broker::Timer) -> Timer {
        Timer::Broker(timer)
    }
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &[
        "redeliver",
        "republish",
        "handle",
        "commit",
        "resend-half",
        "check-back",
        "call-again",
        "poll",
        "repeat",
        "expire",
    ];

    fn kind(&self) -> usize {
        match self {
            Timer::Broker(timer) => timer.kind(),
            Timer::Republish { .. } => 1,
            Timer::Handle { .. } => 2,
            Timer::Commit { .. } => 3,
            Timer::Half(timer) => 4 + timer.kind(),
            Timer::CallAgain { .. } => 6,
            Timer::Poll => 7,
            Timer::Transaction(timer) => 8 + timer.kind(),
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Broker(timer) => timer.fmt(f),
            Timer::Republish { tx, attempt } => write!(f, "republish {tx} #{attempt}"),
            Timer::Handle { tx, worker } => write!(f, "handle {tx} by worker {worker}"),
            Timer::Commit { tx } => write!(f, "commit {tx}"),
            Timer::Half(timer) => timer.fmt(f),
            Timer::CallAgain { tx, attempt } => write!(f, "call again {tx} #{attempt}"),
            Timer::Poll => f.write_str("poll"),
            Timer::Transaction(timer) => timer.fmt(f),
        }
    }
}
