use std::fmt;

use dtxsim_core::Kinds;

use super::recovery::Logged;
use crate::common::{Oldest, Outcome, Part, Processes, TxId, Vote};

/// Where a process stands with a transaction: the four states of the termination protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// It has not voted, has voted NO, or knows of an abort.
    Aborted,
    /// It has voted YES and heard nothing since.
    Uncertain,
    /// It has a PRE-COMMIT and no COMMIT.
    Committable,
    /// It knows of the commit.
    Committed,
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Status {
        match outcome {
            Outcome::Commit => Status::Committed,
            Outcome::Abort => Status::Aborted,
        }
    }
}

/// What processes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// VOTE-REQ. Coordinator to participant: do this, and vote.
    Prepare {
        /// Which transaction.
        tx: TxId,
        /// The participant's part of it.
        part: Part,
        /// All participants: who is elected, and who is asked, if the coordinator fails.
        participants: Processes,
        /// What the coordinator still knows.
        oldest: Oldest,
    },
    /// Participant to coordinator: YES or NO.
    Vote {
        /// Which transaction.
        tx: TxId,
        /// How.
        vote: Vote,
    },
    /// Coordinator, original or elected, to participant: all have voted YES.
    PreCommit {
        /// Which transaction.
        tx: TxId,
    },
    /// The answer to PRE-COMMIT.
    Ack {
        /// Which transaction.
        tx: TxId,
    },
    /// COMMIT or ABORT: from a coordinator, original or elected, or in answer to whom must know.
    Decision {
        /// Which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
    },
    /// Participant to original coordinator: the decision is safe here.
    FinalAck {
        /// Which transaction.
        tx: TxId,
    },
    /// UR-ELECTED. Participant to participant: all below you have failed, be our coordinator.
    UrElected {
        /// For which transaction.
        tx: TxId,
    },
    /// STATE-REQ. New coordinator to participant: how do you stand?
    StateReq {
        /// With which transaction.
        tx: TxId,
    },
    /// The answer to STATE-REQ.
    State {
        /// With which transaction.
        tx: TxId,
        /// How.
        status: Status,
    },
    /// From who recovers, to all others: what was decided?
    Inquiry {
        /// About which transaction.
        tx: TxId,
    },
    /// The answer of who recovers as well: it does not know either.
    Recovering {
        /// Which transaction.
        tx: TxId,
        /// What its log says.
        logged: Logged,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &[
        "prepare",
        "vote",
        "pre-commit",
        "ack",
        "commit",
        "abort",
        "final-ack",
        "ur-elected",
        "state-req",
        "state",
        "inquiry",
        "recovering",
    ];

    fn kind(&self) -> usize {
        match self {
            Message::Prepare { .. } => 0,
            Message::Vote { .. } => 1,
            Message::PreCommit { .. } => 2,
            Message::Ack { .. } => 3,
            Message::Decision { outcome: Outcome::Commit, .. } => 4,
            Message::Decision { outcome: Outcome::Abort, .. } => 5,
            Message::FinalAck { .. } => 6,
            Message::UrElected { .. } => 7,
            Message::StateReq { .. } => 8,
            Message::State { .. } => 9,
            Message::Inquiry { .. } => 10,
            Message::Recovering { .. } => 11,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Aborted => "aborted",
            Status::Uncertain => "uncertain",
            Status::Committable => "committable",
            Status::Committed => "committed",
        })
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Prepare { tx, .. } => write!(f, "prepare {tx}"),
            Message::Vote { tx, vote } => write!(f, "vote {vote} on {tx}"),
            Message::PreCommit { tx } => write!(f, "pre-commit {tx}"),
            Message::Ack { tx } => write!(f, "ack {tx}"),
            Message::Decision { tx, outcome } => write!(f, "{outcome} {tx}"),
            Message::FinalAck { tx } => write!(f, "final-ack {tx}"),
            Message::UrElected { tx } => write!(f, "ur-elected for {tx}"),
            Message::StateReq { tx } => write!(f, "state-req on {tx}"),
            Message::State { tx, status } => write!(f, "state of {tx}: {status}"),
            Message::Inquiry { tx } => write!(f, "inquiry about {tx}"),
            Message::Recovering { tx, logged } => write!(f, "recovering {tx}: {logged}"),
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
    /// A coordinator, original or elected, waits no longer for acknowledgements of PRE-COMMITs.
    Acks {
        /// Of which transaction.
        tx: TxId,
    },
    /// The coordinator tells its decision again to those that have not acknowledged it.
    Resend {
        /// On which transaction.
        tx: TxId,
        /// How often it has.
        attempt: u8,
    },
    /// A participant waits no longer for the original coordinator.
    Coordinator {
        /// Of which transaction.
        tx: TxId,
    },
    /// A participant waits no longer for the coordinator that it has elected.
    Elected {
        /// For which transaction.
        tx: TxId,
    },
    /// A new coordinator waits no longer for states.
    States {
        /// Of which transaction.
        tx: TxId,
    },
    /// Who recovers asks again.
    Inquire {
        /// About which transaction.
        tx: TxId,
        /// How often it has.
        attempt: u8,
    },
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] =
        &["votes", "acks", "resend", "coordinator", "elected", "states", "inquire"];

    fn kind(&self) -> usize {
        match self {
            Timer::Votes { .. } => 0,
            Timer::Acks { .. } => 1,
            Timer::Resend { .. } => 2,
            Timer::Coordinator { .. } => 3,
            Timer::Elected { .. } => 4,
            Timer::States { .. } => 5,
            Timer::Inquire { .. } => 6,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Votes { tx } => write!(f, "votes on {tx}"),
            Timer::Acks { tx } => write!(f, "acks of {tx}"),
            Timer::Resend { tx, attempt } => write!(f, "resend {tx} #{attempt}"),
            Timer::Coordinator { tx } => write!(f, "coordinator of {tx}"),
            Timer::Elected { tx } => write!(f, "elected for {tx}"),
            Timer::States { tx } => write!(f, "states of {tx}"),
            Timer::Inquire { tx, attempt } => write!(f, "inquire {tx} #{attempt}"),
        }
    }
}
