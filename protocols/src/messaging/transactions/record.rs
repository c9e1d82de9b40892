use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Kinds, ProcessId};

use super::{Stamp, Transactions};
use crate::common::{Outcome, Part, TxId};

/// What is written of transactions.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// Producer: it has started.
    Started {
        /// Which start.
        epoch: u32,
    },
    /// Broker: a producer has started, and has nothing open any more.
    Fenced {
        /// Who.
        producer: ProcessId,
        /// Which start.
        epoch: u32,
        /// How what was open has ended.
        outcome: Outcome,
    },
    /// Broker: an event that it keeps back.
    Produced {
        /// Whose.
        producer: ProcessId,
        /// Of which transaction.
        stamp: Stamp,
        /// What its client calls it.
        tx: TxId,
        /// For whom.
        to: ProcessId,
        /// The receiver's part of it.
        part: Part,
    },
    /// Broker: a transaction has ended, in all its partitions.
    Ended {
        /// Whose.
        producer: ProcessId,
        /// Which.
        stamp: Stamp,
        /// How.
        outcome: Outcome,
    },
    /// Broker: all that earlier records amount to, but for what is to be delivered.
    Kept(Arc<Transactions>),
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["started", "fenced", "produced", "ended", "kept"];

    fn kind(&self) -> usize {
        match self {
            Record::Started { .. } => 0,
            Record::Fenced { .. } => 1,
            Record::Produced { .. } => 2,
            Record::Ended { .. } => 3,
            Record::Kept(_) => 4,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = Record::KINDS[self.kind()];
        match self {
            Record::Started { epoch } => write!(f, "{kind} {epoch}"),
            Record::Fenced { producer, epoch, .. } => write!(f, "{kind} {producer} at {epoch}"),
            Record::Produced { producer, stamp, tx, to, .. } => {
                write!(f, "{kind} {stamp} of {producer}: {tx} to {to}")
            }
            Record::Ended { producer, stamp, outcome } => {
                write!(f, "{kind} {stamp} of {producer} {outcome}")
            }
            Record::Kept(_) => f.write_str(kind),
        }
    }
}
