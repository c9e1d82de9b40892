use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{TxId, Work};

/// What a producer and the broker send each other before an event is published.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Producer to broker: an event whose transaction is not decided.
    Half {
        /// Of which transaction.
        tx: TxId,
        /// What it says.
        work: Work,
    },
    /// Broker to producer: it is durable.
    HalfStored {
        /// Of which transaction.
        tx: TxId,
    },
    /// Producer to broker: the transaction has committed, so the event is to be published.
    Commit {
        /// Which.
        tx: TxId,
    },
    /// Producer to broker: it is rolled back, so the event is to be thrown away.
    Rollback {
        /// Which.
        tx: TxId,
    },
    /// Broker to producer: what became of it?
    Check {
        /// Which.
        tx: TxId,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["half", "half-stored", "commit", "rollback", "check"];

    fn kind(&self) -> usize {
        match self {
            Message::Half { .. } => 0,
            Message::HalfStored { .. } => 1,
            Message::Commit { .. } => 2,
            Message::Rollback { .. } => 3,
            Message::Check { .. } => 4,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Half { tx, .. }
            | Message::HalfStored { tx }
            | Message::Commit { tx }
            | Message::Rollback { tx }
            | Message::Check { tx } => write!(f, "{} {tx}", Message::KINDS[self.kind()]),
        }
    }
}

/// The timers of both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// Producer: a half message is sent again.
    Resend {
        /// Of which transaction.
        tx: TxId,
        /// How often it has been.
        attempt: u8,
    },
    /// Broker: it checks back.
    CheckBack {
        /// Which transaction.
        tx: TxId,
        /// How often it has.
        attempt: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["resend-half", "check-back"];

    fn kind(&self) -> usize {
        match self {
            Timer::Resend { .. } => 0,
            Timer::CheckBack { .. } => 1,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Resend { tx, attempt } => write!(f, "resend half {tx} #{attempt}"),
            Timer::CheckBack { tx, attempt } => write!(f, "check back {tx} #{attempt}"),
        }
    }
}
