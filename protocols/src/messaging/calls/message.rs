use std::fmt;

use dtxsim_core::Kinds;

use crate::common::{Part, TxId};

/// What a caller and a receiver send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Caller to receiver: it is to do its part.
    Call {
        /// Of which transaction.
        tx: TxId,
        /// The receiver's part of it.
        part: Part,
    },
    /// Receiver to caller: it has, or it refuses for good.
    Result {
        /// Of which transaction.
        tx: TxId,
        /// Whether it refuses.
        refused: bool,
    },
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["call", "result"];

    fn kind(&self) -> usize {
        match self {
            Message::Call { .. } => 0,
            Message::Result { .. } => 1,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Result { tx, refused: true } => write!(f, "result {tx}: refused"),
            Message::Call { tx, .. } | Message::Result { tx, refused: false } => {
                write!(f, "{} {tx}", Message::KINDS[self.kind()])
            }
        }
    }
}
