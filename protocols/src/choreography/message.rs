use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{TxId, Work};

/// What has happened, as others are told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// A step is done; for the service of the next one.
    Done,
    /// A step was refused, or is undone; for the service of the one before it.
    Failed,
    /// The last step is done; for the service of the first one.
    Completed,
}

/// What services send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// An event. It carries the whole transaction: who reacts must know what is to come.
    Event {
        /// Of which transaction.
        tx: TxId,
        /// What it does.
        work: Work,
        /// What has happened.
        what: What,
    },
    /// The event was received, and what it asks for is durable.
    Received {
        /// Of which transaction.
        tx: TxId,
        /// Which event.
        what: What,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["step-done", "step-failed", "completed", "received"];

    fn kind(&self) -> usize {
        match self {
            Message::Event { what: What::Done, .. } => 0,
            Message::Event { what: What::Failed, .. } => 1,
            Message::Event { what: What::Completed, .. } => 2,
            Message::Received { .. } => 3,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Event { tx, what: What::Done, .. } => write!(f, "step of {tx} done"),
            Message::Event { tx, what: What::Failed, .. } => write!(f, "step of {tx} failed"),
            Message::Event { tx, what: What::Completed, .. } => write!(f, "{tx} completed"),
            Message::Received { tx, .. } => write!(f, "received {tx}"),
        }
    }
}

/// The names of timers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The receipt of an event is waited for no longer.
    Resend {
        /// Of which transaction.
        tx: TxId,
        /// How often it was sent again.
        attempt: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["resend"];

    fn kind(&self) -> usize {
        match self {
            Timer::Resend { .. } => 0,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Resend { tx, attempt } => write!(f, "resend {tx} #{attempt}"),
        }
    }
}
