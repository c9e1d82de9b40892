//! The broker's part: what receivers must not have yet. An event of an open transaction is kept
//! back, and so is all that comes after it for the same receiver: what is read is committed, in the
//! order of the log (Kafka's *last stable offset*).

use std::collections::VecDeque;
use std::sync::Arc;

use dtxsim_core::{ProcessId, Table};

use crate::common::{Note, Outcome, Part, Processes, TxId};

/// Of each receiver, all from the first event of an open transaction on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Held(Table<ProcessId, VecDeque<Entry>>);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Entry {
    tx: TxId,
    part: Part,
    /// Whose transaction is open; nobody's if it has committed and waits behind another.
    open: Option<ProcessId>,
}

/// An event, and for whom.
pub(super) type Event = (ProcessId, TxId, Part);

/// What the end of a transaction brings about.
#[derive(Default)]
pub(super) struct Outcomes {
    /// Its events that are committed.
    pub(super) committed: Vec<(TxId, ProcessId)>,
    /// What can be delivered, its own or what has waited behind it.
    pub(super) released: Vec<Event>,
}

impl Held {
    pub(super) fn append(&mut self, producer: ProcessId, (to, tx, part): Event) {
        let entry = Entry { tx, part, open: Some(producer) };
        self.0.entry(to, VecDeque::new).push_back(entry);
    }

    /// A marker is written in each of these partitions: all that a producer has open there ends.
    pub(super) fn end(
        &mut self,
        producer: ProcessId,
        partitions: Processes,
        outcome: Outcome,
    ) -> Outcomes {
        let mut all = Outcomes::default();
        for to in partitions.iter() {
            let Some(entries) = self.0.get_mut(&to) else { continue };
            let is_its = |entry: &Entry| entry.open == Some(producer);
            match outcome {
                Outcome::Commit => {
                    for entry in entries.iter_mut().filter(|entry| is_its(entry)) {
                        entry.open = None;
                        all.committed.push((entry.tx, to));
                    }
                }
                Outcome::Abort => entries.retain(|entry| !is_its(entry)),
            }
            while let Some(Entry { tx, part, .. }) = entries.pop_front_if(|e| e.open.is_none()) {
                all.released.push((to, tx, part));
            }
            if entries.is_empty() {
                self.0.remove(&to);
            }
        }
        all
    }

    /// Says at rest what is kept back, and by whom.
    pub(super) fn report(&self, say: &mut Vec<Note>) {
        for entries in self.0.iter().map(|(_, entries)| entries) {
            let mut by = None;
            for Entry { tx, open, .. } in entries {
                by = open.or(by);
                let waits_for = by.into_iter().collect();
                say.push(Note::Waiting { tx: *tx, waits_for, holding: Arc::default() });
            }
        }
    }
}
