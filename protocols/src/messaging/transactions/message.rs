use std::fmt;

use dtxsim_core::{Kinds, ProcessId};

use super::Stamp;
use crate::common::{Outcome, Part, TxId};

/// What a producer and the broker send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Producer to broker: it has started, so what an earlier start has left open is over.
    Init {
        /// Which start.
        epoch: u32,
        /// What it has committed, and may not have told.
        committed: Option<TxId>,
    },
    /// Broker to producer: it may go on.
    Inited {
        /// Which start.
        epoch: u32,
        /// Whether what it has committed was aborted here.
        lost: bool,
    },
    /// Producer to broker: an event. The first of a transaction opens it.
    Produce {
        /// Which transaction.
        stamp: Stamp,
        /// What its client calls it.
        tx: TxId,
        /// For whom.
        to: ProcessId,
        /// The receiver's part of it.
        part: Part,
    },
    /// Broker to producer: the event is durable, and kept back.
    Produced {
        /// Of which transaction.
        stamp: Stamp,
        /// For whom.
        to: ProcessId,
    },
    /// Producer to broker: the transaction ends.
    End {
        /// Which.
        stamp: Stamp,
        /// How.
        outcome: Outcome,
    },
    /// Broker to producer: it has ended.
    Ended {
        /// Which.
        stamp: Stamp,
        /// How.
        outcome: Outcome,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] =
        &["init", "inited", "produce", "produced", "end", "ended"];

    fn kind(&self) -> usize {
        match self {
            Message::Init { .. } => 0,
            Message::Inited { .. } => 1,
            Message::Produce { .. } => 2,
            Message::Produced { .. } => 3,
            Message::End { .. } => 4,
            Message::Ended { .. } => 5,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = Message::KINDS[self.kind()];
        match self {
            Message::Init { epoch, committed: Some(tx) } => {
                write!(f, "{kind} {epoch}, {tx} committed")
            }
            Message::Inited { epoch, lost: true } => write!(f, "{kind} {epoch}, lost"),
            Message::Init { epoch, committed: None } | Message::Inited { epoch, lost: false } => {
                write!(f, "{kind} {epoch}")
            }
            Message::Produce { stamp, tx, to, .. } => write!(f, "{kind} {stamp} {tx} to {to}"),
            Message::Produced { stamp, to } => write!(f, "{kind} {stamp} to {to}"),
            Message::End { stamp, outcome } | Message::Ended { stamp, outcome } => {
                write!(f, "{kind} {stamp} {outcome}")
            }
        }
    }
}

/// The timers of both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// Producer: what was not answered is sent again.
    Repeat {
        /// How often it has been.
        attempt: u8,
    },
    /// Broker: a transaction has been open for too long.
    Expire {
        /// Whose.
        producer: ProcessId,
        /// Which.
        stamp: Stamp,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["repeat", "expire"];

    fn kind(&self) -> usize {
        match self {
            Timer::Repeat { .. } => 0,
            Timer::Expire { .. } => 1,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Repeat { attempt } => write!(f, "repeat #{attempt}"),
            Timer::Expire { producer, stamp } => write!(f, "expire {stamp} of {producer}"),
        }
    }
}
