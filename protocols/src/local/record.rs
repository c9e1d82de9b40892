//! The log of the database; and the messages and timers that it does not have.

use std::fmt;

use dtxsim_core::Kinds;

use crate::common::store::Writes;
use crate::common::{KeySpec, LocalStore, TxId};

/// What is written to the log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Record {
    /// A transaction has happened.
    Committed {
        /// Which.
        tx: TxId,
        /// After-images of all that it wrote.
        writes: Writes,
    },
    /// All that earlier records amount to: the values, and the last that have happened.
    Snapshot(Box<(Vec<i64>, Vec<TxId>)>),
}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &["committed", "snapshot"];

    fn kind(&self) -> usize {
        match self {
            Record::Committed { .. } => 0,
            Record::Snapshot(_) => 1,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Committed { tx, .. } => write!(f, "committed {tx}"),
            Record::Snapshot(all) => write!(f, "snapshot of {} keys", all.0.len()),
        }
    }
}

/// A compacted log tells so many of the latest: a crash takes the notes of the last few at most.
const KEPT: usize = 64;

/// The data that a log amounts to, and the transactions of which it tells.
pub(super) fn replayed(keys: &[KeySpec], log: &[Record]) -> (LocalStore, Vec<TxId>) {
    let mut store = LocalStore::new(keys);
    let mut past = Vec::new();
    for record in log {
        match record {
            Record::Committed { tx, writes } => {
                store.apply(writes);
                past.push(*tx);
            }
            Record::Snapshot(all) => {
                (store, past) = (LocalStore::restored(all.0.clone()), all.1.clone());
            }
        }
    }
    (store, past)
}

/// A log as one record.
pub(super) fn compact(keys: &[KeySpec], log: &mut Vec<Record>) {
    let (store, mut past) = replayed(keys, log);
    past.drain(..past.len().saturating_sub(KEPT));
    log.clear();
    log.push(Record::Snapshot(Box::new((store.values().to_vec(), past))));
}

/// There is nobody to send anything to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Message {}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &[];

    fn kind(&self) -> usize {
        match *self {}
    }
}

impl fmt::Display for Message {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// There is nothing to wait for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &[];

    fn kind(&self) -> usize {
        match *self {}
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
