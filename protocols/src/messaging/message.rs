use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{TxId, broker};

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
    /// A local transaction that has its number commits.
    Commit {
        /// Which.
        tx: TxId,
    },
}

impl From<broker::Timer> for Timer {
    fn from(timer: broker::Timer) -> Timer {
        Timer::Broker(timer)
    }
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["redeliver", "republish", "handle", "commit"];

    fn kind(&self) -> usize {
        match self {
            Timer::Broker(timer) => timer.kind(),
            Timer::Republish { .. } => 1,
            Timer::Handle { .. } => 2,
            Timer::Commit { .. } => 3,
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
        }
    }
}
