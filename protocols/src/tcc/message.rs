use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{Deed, Oldest, Part, TxId};

/// What a coordinator asks of a branch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operation {
    /// Reserve what it needs.
    Try,
    /// Use what was reserved.
    Confirm,
    /// Give back what was reserved.
    Cancel,
}

impl Operation {
    /// What it is for those who judge it.
    pub const fn deed(self) -> Deed {
        match self {
            Operation::Try => Deed::Try,
            Operation::Confirm => Deed::Confirm,
            Operation::Cancel => Deed::Cancel,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deed().fmt(f)
    }
}

/// One operation on one branch, as a service is asked for it. Each says all that it takes, as calls
/// of an interface do: who has no row of the branch could carry it out all the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Call {
    /// Of which transaction.
    pub tx: TxId,
    /// What.
    pub operation: Operation,
    /// The service's branch of it.
    pub part: Part,
    /// What the coordinator still knows.
    pub oldest: Oldest,
}

/// What coordinator and services send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Coordinator to service.
    Call(Call),
    /// Service to coordinator.
    Reply {
        /// About which transaction.
        tx: TxId,
        /// What was asked.
        operation: Operation,
        /// Whether it is so: if not, a Try is refused, and of the others a person must hear.
        done: bool,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &[
        "try",
        "confirm",
        "cancel",
        "tried",
        "refused",
        "confirmed",
        "unconfirmable",
        "cancelled",
        "uncancellable",
    ];

    fn kind(&self) -> usize {
        match self {
            Message::Call(Call { operation: Operation::Try, .. }) => 0,
            Message::Call(Call { operation: Operation::Confirm, .. }) => 1,
            Message::Call(Call { operation: Operation::Cancel, .. }) => 2,
            Message::Reply { operation: Operation::Try, done: true, .. } => 3,
            Message::Reply { operation: Operation::Try, done: false, .. } => 4,
            Message::Reply { operation: Operation::Confirm, done: true, .. } => 5,
            Message::Reply { operation: Operation::Confirm, done: false, .. } => 6,
            Message::Reply { operation: Operation::Cancel, done: true, .. } => 7,
            Message::Reply { operation: Operation::Cancel, done: false, .. } => 8,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Message::Call(Call { tx, .. }) | Message::Reply { tx, .. }) = self;
        write!(f, "{} {tx}", Message::KINDS[self.kind()])
    }
}

/// The names of timers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The coordinator waits no longer for branches to be tried.
    Tries {
        /// Of which transaction.
        tx: TxId,
    },
    /// The coordinator sends again what was not acknowledged.
    Resend {
        /// About which transaction.
        tx: TxId,
        /// Which repetition this is, from zero.
        attempt: u8,
    },
    /// A service gives up a reservation.
    Expiry {
        /// Of which transaction.
        tx: TxId,
    },
    /// A service that has checked acts: only [`super::Fence::CheckThenAct`].
    Act(Thread),
}

/// One of those who carry out calls at a service that checks and then acts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Thread {
    /// Of which transaction.
    pub tx: TxId,
    /// What.
    pub operation: Operation,
    /// There may be several for one branch and operation.
    pub number: u8,
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["tries", "resend", "expiry", "act"];

    fn kind(&self) -> usize {
        match self {
            Timer::Tries { .. } => 0,
            Timer::Resend { .. } => 1,
            Timer::Expiry { .. } => 2,
            Timer::Act(_) => 3,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Tries { tx } => write!(f, "tries of {tx}"),
            Timer::Resend { tx, attempt } => write!(f, "resend {tx} #{attempt}"),
            Timer::Expiry { tx } => write!(f, "expiry of {tx}"),
            Timer::Act(Thread { tx, operation, number }) => {
                write!(f, "act on {operation} {tx} #{number}")
            }
        }
    }
}
