use std::fmt;

use dtxsim_core::{Kinds, ProcessId};

use crate::common::TxId;
use crate::common::store::Writes;

/// How far a reader is in the table of a source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Offset {
    /// Whose table.
    pub of: ProcessId,
    /// All up to this number it has read.
    pub number: u32,
}

/// What a reader writes to its log, a local transaction each.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// A change has had its effect.
    Applied {
        /// Of which transaction.
        tx: TxId,
        /// After-images.
        writes: Writes,
        /// How far the reader is by that; none if that is a record of its own.
        offset: Option<Offset>,
    },
    /// A change is refused for good.
    Passed {
        /// Of which transaction.
        tx: TxId,
        /// How far the reader is by that; none if that is a record of its own.
        offset: Option<Offset>,
    },
    /// How far the reader is, by itself, which it should not be.
    Moved(Offset),
}

impl Record {
    /// How far the reader is by it.
    pub(in crate::messaging) fn offset(&self) -> Option<Offset> {
        match self {
            Record::Applied { offset, .. } | Record::Passed { offset, .. } => *offset,
            Record::Moved(offset) => Some(*offset),
        }
    }
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["applied", "passed", "offset"];

    fn kind(&self) -> usize {
        match self {
            Record::Applied { .. } => 0,
            Record::Passed { .. } => 1,
            Record::Moved(_) => 2,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Applied { tx, .. } => write!(f, "applied {tx}")?,
            Record::Passed { tx, .. } => write!(f, "passed {tx}")?,
            Record::Moved(Offset { number, .. }) => return write!(f, "offset {number}"),
        }
        match self.offset() {
            Some(Offset { number, .. }) => write!(f, " with offset {number}"),
            None => Ok(()),
        }
    }
}
