use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{Oldest, Outcome, Part, TxId, Vote};

/// What coordinator and participants send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Coordinator to participant: do this, and vote.
    Prepare {
        /// Which transaction.
        tx: TxId,
        /// The participant's part of it.
        part: Part,
        /// What the coordinator still knows.
        oldest: Oldest,
    },
    /// Participant to coordinator.
    Vote {
        /// Which transaction.
        tx: TxId,
        /// How.
        vote: Vote,
    },
    /// Coordinator, or a peer that knows, to participant.
    Decision {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
    },
    /// Participant to coordinator: the decision is safe here.
    Ack {
        /// Which transaction.
        tx: TxId,
    },
    /// Participant in doubt to coordinator, or to a peer: what was decided?
    Inquiry {
        /// Which transaction.
        tx: TxId,
    },
    /// Coordinator to a lone participant: do this, and decide by yourself.
    OnePhase {
        /// Which transaction.
        tx: TxId,
        /// All of it.
        part: Part,
        /// As in [`Message::Prepare`].
        oldest: Oldest,
    },
    /// A lone participant's decision.
    Done {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] =
        &["prepare", "vote", "commit", "abort", "ack", "inquiry", "one-phase", "done"];

    fn kind(&self) -> usize {
        match self {
            Message::Prepare { .. } => 0,
            Message::Vote { .. } => 1,
            Message::Decision { outcome: Outcome::Commit, .. } => 2,
            Message::Decision { outcome: Outcome::Abort, .. } => 3,
            Message::Ack { .. } => 4,
            Message::Inquiry { .. } => 5,
            Message::OnePhase { .. } => 6,
            Message::Done { .. } => 7,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Prepare { tx, .. } => write!(f, "prepare {tx}"),
            Message::Vote { tx, vote } => write!(f, "vote {vote} on {tx}"),
            Message::Decision { tx, outcome } => write!(f, "{outcome} {tx}"),
            Message::Ack { tx } => write!(f, "ack {tx}"),
            Message::Inquiry { tx } => write!(f, "inquiry about {tx}"),
            Message::OnePhase { tx, .. } => write!(f, "one-phase {tx}"),
            Message::Done { tx, outcome } => write!(f, "done: {outcome} {tx}"),
        }
    }
}

/// The names of timers. A timer that is set again and again counts how often, for its back-off.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The coordinator waits no longer for votes.
    Votes {
        /// On which transaction.
        tx: TxId,
    },
    /// The coordinator sends again what was not answered.
    Resend {
        /// About which transaction.
        tx: TxId,
        /// How often it has.
        attempt: u8,
    },
    /// A participant in doubt asks for the decision.
    Inquire {
        /// About which transaction.
        tx: TxId,
        /// How often it has.
        attempt: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["votes", "resend", "inquire"];

    fn kind(&self) -> usize {
        match self {
            Timer::Votes { .. } => 0,
            Timer::Resend { .. } => 1,
            Timer::Inquire { .. } => 2,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Votes { tx } => write!(f, "votes on {tx}"),
            Timer::Resend { tx, attempt } => write!(f, "resend {tx} #{attempt}"),
            Timer::Inquire { tx, attempt } => write!(f, "inquire {tx} #{attempt}"),
        }
    }
}
