//! What a service's log amounts to.

use std::sync::Arc;

use dtxsim_core::{Outbox, Table};

use super::record::Record;
use super::{Messaging, transactions};
use crate::common::{Deed, KeySpec, LocalStore, Note, Outcome, Standing, TxId, Work};

/// All that is durable of a service.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Memory {
    /// Committed values, by key.
    pub values: Vec<i64>,
    /// Rows of events that are not relayed, in the order of their commits.
    pub rows: Vec<(TxId, Work)>,
    /// The highest number of an event that is relayed.
    pub relayed: Option<TxId>,
    /// Events of which it knows that it has had them.
    pub inbox: Table<TxId, Received>,
    /// Rows of which calls are made no more.
    pub given_up: Table<TxId, ()>,
    /// How transactions have ended whose events a broker keeps back: it may ask at any time.
    pub ended: Table<TxId, Outcome>,
    /// How often it has started as a producer of the broker's transactions.
    pub epoch: u32,
    /// The latest that it did, in order: what a recovery says of it.
    pub past: Vec<(TxId, Past)>,
}

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Received {
    /// It has had its effect.
    Done,
    /// It was refused for good.
    Refused,
}

/// What a service did of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Past {
    /// Its source, it committed.
    Committed,
    /// Its source, it aborted.
    Aborted,
    /// A consumer, it had the effect so often.
    Effect(u8),
}

/// A compacted log tells so many of the latest: a crash takes the notes of the last few at most.
const KEPT: usize = 64;

impl Memory {
    /// `may_be_asked`: whether somebody may want to know how a transaction has ended.
    pub(super) fn replay(keys: &[KeySpec], may_be_asked: bool, log: &[Record]) -> Memory {
        let mut memory = Memory {
            values: keys.iter().map(|key| key.initial).collect(),
            rows: Vec::new(),
            relayed: None,
            inbox: Table::new(),
            given_up: Table::new(),
            ended: Table::new(),
            epoch: 0,
            past: Vec::new(),
        };
        for record in log {
            memory.take(record, may_be_asked);
        }
        memory
    }

    fn take(&mut self, record: &Record, may_be_asked: bool) {
        match record {
            Record::Snapshot(memory) => *self = Memory::clone(memory),
            Record::Committed { tx, writes, row } => {
                self.write(writes);
                self.rows.extend(row.iter().map(|work| (*tx, work.clone())));
                self.past.push((*tx, Past::Committed));
                if may_be_asked {
                    self.ended.insert(*tx, Outcome::Commit);
                }
            }
            Record::Row { tx, work } => self.rows.push((*tx, work.clone())),
            Record::Relayed { tx } => {
                self.rows.retain(|(row, _)| row != tx);
                self.relayed = self.relayed.max(Some(*tx));
            }
            Record::Aborted { tx } => {
                self.past.push((*tx, Past::Aborted));
                if may_be_asked {
                    self.ended.insert(*tx, Outcome::Abort);
                }
            }
            Record::Effect { tx, writes, inbox } => {
                self.write(writes);
                self.count(*tx);
                if *inbox {
                    self.inbox.insert(*tx, Received::Done);
                }
            }
            Record::Inbox { tx } => drop(self.inbox.insert(*tx, Received::Done)),
            Record::Refused { tx } => drop(self.inbox.insert(*tx, Received::Refused)),
            Record::GivenUp { tx } => {
                self.rows.retain(|(row, _)| row != tx);
                self.given_up.insert(*tx, ());
            }
            Record::Transaction(transactions::Record::Started { epoch }) => self.epoch = *epoch,
            // The broker's records are in its own log.
            Record::Broker(_)
            | Record::Half(_)
            | Record::Transaction(
                transactions::Record::Fenced { .. }
                | transactions::Record::Produced { .. }
                | transactions::Record::Ended { .. }
                | transactions::Record::Kept(_),
            ) => {}
        }
    }

    fn write(&mut self, writes: &[(crate::common::Key, i64)]) {
        for &(key, value) in writes {
            self.values[usize::from(key.0)] = value;
        }
    }

    fn count(&mut self, tx: TxId) {
        let known = self.past.iter_mut().find(|(known, _)| *known == tx);
        match known {
            Some((_, Past::Effect(times))) => *times = times.saturating_add(1),
            Some((_, Past::Committed | Past::Aborted)) | None => {
                self.past.push((tx, Past::Effect(1)));
            }
        }
    }

    pub(super) fn store(&self) -> LocalStore {
        LocalStore::restored(self.values.clone())
    }

    /// What a recovery says.
    pub(super) fn recall(&self, out: &mut Outbox<Messaging>) {
        let decided = |tx, outcome| Note::Restored { tx, standing: Standing::Decided(outcome) };
        let action = |tx, times| Note::Recalled { tx, deed: Deed::Action, times };
        for &(tx, past) in &self.past {
            match past {
                Past::Committed => {
                    out.note(action(tx, 1));
                    out.note(decided(tx, Outcome::Commit));
                }
                Past::Aborted => out.note(decided(tx, Outcome::Abort)),
                Past::Effect(times) => out.note(action(tx, times)),
            }
        }
        for (&tx, received) in self.inbox.iter() {
            match received {
                Received::Done => {}
                Received::Refused => out.note(Note::NeedsPerson { tx }),
            }
        }
    }
}

/// A log as one record.
pub(super) fn compact(keys: &[KeySpec], may_be_asked: bool, log: &mut Vec<Record>) {
    let mut memory = Memory::replay(keys, may_be_asked, log);
    let beyond = memory.past.len().saturating_sub(KEPT);
    memory.past.drain(..beyond);
    log.clear();
    log.push(Record::Snapshot(Arc::new(memory)));
}
