use std::fmt;
use std::sync::Arc;

use dtxsim_core::Kinds;

use crate::common::{Ops, TxId, Work};
use crate::messaging::polls::Offset;

/// What is written to the log of a service whose state is the fold of its events.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// An event.
    Appended {
        /// Of which transaction.
        tx: TxId,
        /// The how manieth of the stream it is.
        version: u32,
        /// What it adds to what.
        ops: Ops,
        /// Why it was appended.
        kind: Kind,
    },
    /// A snapshot: the fold of all events up to some version.
    Folded {
        /// The values.
        values: Arc<[i64]>,
        /// Which version; none if that is a record of its own, which it should not be.
        version: Option<u32>,
    },
    /// Up to which version the last snapshot goes.
    FoldedAt(u32),
}

/// Why an event was appended.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A client has asked for it, and these others may want to know.
    Command(Option<Work>),
    /// An event of another was read, and the reader is so far by that; none if that is a record of
    /// its own.
    Replay(Option<Offset>),
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["appended", "folded", "folded-at"];

    fn kind(&self) -> usize {
        match self {
            Record::Appended { .. } => 0,
            Record::Folded { .. } => 1,
            Record::FoldedAt(_) => 2,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Appended { tx, version, kind, .. } => {
                write!(f, "appended {tx} as event {version}")?;
                match kind {
                    Kind::Replay(Some(Offset { number, .. })) => {
                        write!(f, " with position {number}")
                    }
                    Kind::Replay(None) | Kind::Command(_) => Ok(()),
                }
            }
            Record::Folded { version: Some(version), .. } => {
                write!(f, "folded up to event {version}")
            }
            Record::Folded { version: None, .. } => f.write_str("folded"),
            Record::FoldedAt(version) => write!(f, "folded at event {version}"),
        }
    }
}
