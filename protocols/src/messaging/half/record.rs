use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{TxId, Work};

/// What the broker writes of events that it keeps back. That one is committed is said by its being
/// accepted as any other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// It keeps an event back.
    Half {
        /// Of which transaction.
        tx: TxId,
        /// What it says.
        work: Work,
    },
    /// It throws it away.
    RolledBack {
        /// Of which transaction.
        tx: TxId,
    },
    /// It has had no answer, and sets it aside for a person.
    SetAside {
        /// Of which transaction.
        tx: TxId,
    },
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["half", "rolled-back", "set-aside"];

    fn kind(&self) -> usize {
        match self {
            Record::Half { .. } => 0,
            Record::RolledBack { .. } => 1,
            Record::SetAside { .. } => 2,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Half { tx, .. } | Record::RolledBack { tx } | Record::SetAside { tx } => {
                write!(f, "{} {tx}", Record::KINDS[self.kind()])
            }
        }
    }
}
