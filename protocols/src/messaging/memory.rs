//! What a service's log amounts to.

use std::sync::Arc;

use dtxsim_core::{Outbox, ProcessId, Table};

use super::record::Record;
use super::{Here, Messaging, events, polls, transactions};
use crate::common::{Deed, Key, LocalStore, Note, Outcome, Standing, TxId, Work};

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
    /// Of which event each datum is, where that is minded.
    pub versions: Table<Key, TxId>,
    /// Up to which number it has read the changes of others.
    pub offsets: Table<ProcessId, u32>,
    /// Its events, where its state is the fold of them.
    pub stream: events::Stream,
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
    /// Its source, which has consumed its own event so often.
    Own(u8),
}

/// A compacted log tells so many of the latest: a crash takes the notes of the last few at most.
const KEPT: usize = 64;

impl Memory {
    pub(super) fn replay(here: Here<'_>, log: &[Record]) -> Memory {
        let mut memory = Memory {
            values: here.keys().iter().map(|key| key.initial).collect(),
            rows: Vec::new(),
            relayed: None,
            inbox: Table::new(),
            versions: Table::new(),
            offsets: Table::new(),
            stream: events::Stream::new(here.keys()),
            given_up: Table::new(),
            ended: Table::new(),
            epoch: 0,
            past: Vec::new(),
        };
        for record in log {
            memory.take(here, record);
        }
        memory
    }

    fn take(&mut self, here: Here<'_>, record: &Record) {
        // Whether somebody may want to know how a transaction has ended.
        let may_be_asked = here.half().is_some();
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
            Record::Effect { tx, writes, inbox, own } => {
                self.write(writes);
                for &(key, _) in writes.iter().filter(|_| here.keeps_versions()) {
                    self.versions.insert(key, *tx);
                }
                self.count(*tx, if *own { Past::Own(1) } else { Past::Effect(1) });
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
            Record::Poll(record) => self.take_read(record),
            Record::Event(record) => self.take_event(record),
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

    fn take_event(&mut self, record: &events::Record) {
        self.stream.take(record, &mut self.values);
        match record {
            events::Record::Appended { tx, kind: events::Kind::Command(work), .. } => {
                self.rows.extend(work.iter().map(|work| (*tx, work.clone())));
                self.past.push((*tx, Past::Committed));
            }
            events::Record::Appended { tx, kind: events::Kind::Replay(offset), .. } => {
                self.count(*tx, Past::Effect(1));
                self.moved(*offset);
            }
            events::Record::Folded { .. } | events::Record::FoldedAt(_) => {}
        }
    }

    fn moved(&mut self, offset: Option<polls::Offset>) {
        if let Some(polls::Offset { of, number }) = offset {
            self.offsets.insert(of, number);
        }
    }

    fn take_read(&mut self, record: &polls::Record) {
        match record {
            polls::Record::Applied { tx, writes, offset: _ } => {
                self.write(writes);
                self.count(*tx, Past::Effect(1));
            }
            polls::Record::Passed { tx, offset: _ } => {
                self.inbox.insert(*tx, Received::Refused);
            }
            polls::Record::Moved(_) => {}
        }
        self.moved(record.offset());
    }

    fn write(&mut self, writes: &[(Key, i64)]) {
        for &(key, value) in writes {
            self.values[usize::from(key.0)] = value;
        }
    }

    fn count(&mut self, tx: TxId, once: Past) {
        let known = self.past.iter_mut().find(|(known, _)| *known == tx);
        match known {
            Some((_, Past::Effect(times) | Past::Own(times))) => *times = times.saturating_add(1),
            Some((_, Past::Committed | Past::Aborted)) | None => self.past.push((tx, once)),
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
                Past::Own(times) => {
                    out.note(action(tx, times));
                    out.note(decided(tx, Outcome::Commit));
                }
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
pub(super) fn compact(here: Here<'_>, log: &mut Vec<Record>) {
    let mut memory = Memory::replay(here, log);
    let beyond = memory.past.len().saturating_sub(KEPT);
    memory.past.drain(..beyond);
    log.clear();
    log.push(Record::Snapshot(Arc::new(memory)));
}
