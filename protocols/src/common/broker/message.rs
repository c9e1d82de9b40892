use std::fmt;

use dtxsim_core::{Kinds, ProcessId};

use crate::common::{Part, TxId, Work};

/// What a broker and those around it send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Publisher to broker: an event.
    Publish {
        /// Of which transaction.
        tx: TxId,
        /// What it says.
        work: Work,
    },
    /// Broker to publisher: the event is durable.
    Accepted {
        /// Of which transaction.
        tx: TxId,
    },
    /// Broker to receiver: an event.
    Deliver {
        /// Of which transaction.
        tx: TxId,
        /// The receiver's part of it.
        part: Part,
    },
    /// Receiver to broker: it need not be delivered again.
    Consumed {
        /// Of which transaction.
        tx: TxId,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["publish", "accepted", "deliver", "consumed"];

    fn kind(&self) -> usize {
        match self {
            Message::Publish { .. } => 0,
            Message::Accepted { .. } => 1,
            Message::Deliver { .. } => 2,
            Message::Consumed { .. } => 3,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Publish { tx, .. }
            | Message::Accepted { tx }
            | Message::Deliver { tx, .. }
            | Message::Consumed { tx } => write!(f, "{} {tx}", Message::KINDS[self.kind()]),
        }
    }
}

/// A broker's timer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// What is outstanding is delivered again.
    Redeliver {
        /// To whom.
        to: ProcessId,
        /// How often it has been.
        attempt: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["redeliver"];

    fn kind(&self) -> usize {
        match self {
            Timer::Redeliver { .. } => 0,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Redeliver { to, attempt } => write!(f, "redeliver to {to} #{attempt}"),
        }
    }
}
