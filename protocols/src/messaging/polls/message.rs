use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use crate::common::{Part, TxId};

/// What readers and sources send each other: a query of a table, and its result.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Reader to source: what is there after this number? All up to it the reader has stored.
    Poll {
        /// The number; they begin at 1.
        after: u32,
    },
    /// Source to reader: this, in the order of numbers.
    Changes {
        /// What concerns the reader.
        changes: Arc<[Change]>,
    },
}

/// A row of a table of changes, as a reader sees it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Change {
    /// Its number.
    pub number: u32,
    /// Of which transaction.
    pub tx: TxId,
    /// The reader's part of it.
    pub part: Part,
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["poll", "changes"];

    fn kind(&self) -> usize {
        match self {
            Message::Poll { .. } => 0,
            Message::Changes { .. } => 1,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Poll { after } => write!(f, "poll after {after}"),
            Message::Changes { changes } if changes.is_empty() => f.write_str("changes: none"),
            Message::Changes { changes } => {
                f.write_str("changes:")?;
                changes.iter().try_for_each(|change| write!(f, " {}", change.tx))
            }
        }
    }
}
