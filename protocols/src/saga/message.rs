use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{Oldest, Part, TxId};

/// What orchestrator and services send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Orchestrator to service: carry out your step.
    Do {
        /// Of which transaction.
        tx: TxId,
        /// What to do.
        part: Part,
        /// Which transactions are not over.
        oldest: Oldest,
    },
    /// Orchestrator to service: undo your step, if you have carried it out.
    Undo {
        /// Of which transaction.
        tx: TxId,
        /// What the step does.
        part: Part,
        /// As in [`Message::Do`].
        oldest: Oldest,
    },
    /// Service to orchestrator: the step is done, and that is durable.
    Done {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service to orchestrator: the step is not done, and never will be.
    Refused {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service to orchestrator: nothing is left of the step, and nothing ever will be.
    Undone {
        /// Of which transaction.
        tx: TxId,
    },
    /// Service to orchestrator: the step is done and cannot be undone.
    CannotUndo {
        /// Of which transaction.
        tx: TxId,
    },
    /// Orchestrator to service: look at the data of your step, and remember what you see.
    Look {
        /// Of which transaction.
        tx: TxId,
        /// What the step will do.
        part: Part,
        /// As in [`Message::Do`].
        oldest: Oldest,
    },
    /// Service to orchestrator: it has looked, and that is durable.
    Looked {
        /// Of which transaction.
        tx: TxId,
    },
}

impl Message {
    /// The transaction that it is about.
    pub(super) const fn tx(&self) -> TxId {
        match self {
            Message::Do { tx, .. }
            | Message::Undo { tx, .. }
            | Message::Done { tx }
            | Message::Refused { tx }
            | Message::Undone { tx }
            | Message::CannotUndo { tx }
            | Message::Look { tx, .. }
            | Message::Looked { tx } => *tx,
        }
    }
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] =
        &["do", "undo", "done", "refused", "undone", "cannot-undo", "look", "looked"];

    fn kind(&self) -> usize {
        match self {
            Message::Do { .. } => 0,
            Message::Undo { .. } => 1,
            Message::Done { .. } => 2,
            Message::Refused { .. } => 3,
            Message::Undone { .. } => 4,
            Message::CannotUndo { .. } => 5,
            Message::Look { .. } => 6,
            Message::Looked { .. } => 7,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Do { tx, .. } => write!(f, "do {tx}"),
            Message::Undo { tx, .. } => write!(f, "undo {tx}"),
            Message::Done { tx } => write!(f, "done {tx}"),
            Message::Refused { tx } => write!(f, "refused {tx}"),
            Message::Undone { tx } => write!(f, "undone {tx}"),
            Message::CannotUndo { tx } => write!(f, "cannot undo {tx}"),
            Message::Look { tx, .. } => write!(f, "look for {tx}"),
            Message::Looked { tx } => write!(f, "looked for {tx}"),
        }
    }
}

/// The names of timers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The orchestrator waits no longer for the answer to its call.
    Call {
        /// Of which transaction.
        tx: TxId,
        /// How often it has made it again.
        attempt: u8,
    },
    /// A worker of the orchestrator has made up its mind, and writes.
    Write {
        /// Of which transaction.
        tx: TxId,
        /// Which worker.
        worker: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["call", "write"];

    fn kind(&self) -> usize {
        match self {
            Timer::Call { .. } => 0,
            Timer::Write { .. } => 1,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Call { tx, attempt } => write!(f, "call of {tx} #{attempt}"),
            Timer::Write { tx, worker } => write!(f, "write of {tx} by worker {worker}"),
        }
    }
}
