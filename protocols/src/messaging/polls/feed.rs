//! A service as a source: what it has committed stays where others can read it.

use std::sync::Arc;

use dtxsim_core::{ProcessId, Table};

use super::{Change, Flaw, Message, Rules};
use crate::common::broker::receivers;
use crate::common::{Note, TxId, Work};
use crate::messaging::service::{Out, Service};

/// A table of changes, and how far everybody is.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Feed {
    /// What this service has committed: number, transaction, what it says. By number.
    changes: Vec<(u32, TxId, Work)>,
    /// Up to which number others have stored that they have read, as far as they have said since
    /// the last crash.
    known: Table<ProcessId, u32>,
    /// Up to which number this service has read the tables of others.
    pub(super) offsets: Table<ProcessId, u32>,
}

impl Feed {
    /// Of a service that is so far.
    pub(in crate::messaging) fn resumed(offsets: Table<ProcessId, u32>) -> Feed {
        Feed { offsets, ..Feed::default() }
    }

    /// A change has been committed.
    pub(in crate::messaging) fn add(&mut self, rules: Rules, tx: TxId, work: Work) {
        let number = if rules.broken == Some(Flaw::NumberBeforeCommit) {
            // That of its request, which came before.
            tx.0 + 1
        } else {
            self.changes.len() as u32 + 1
        };
        let at = self.changes.partition_point(|(other, ..)| *other < number);
        self.changes.insert(at, (number, tx, work));
    }

    /// Up to which number this service has read another's table.
    pub(super) fn offset(&self, of: ProcessId) -> u32 {
        self.offsets.get(&of).copied().unwrap_or(0)
    }

    /// What a reader has not read.
    fn after(&self, number: u32, reader: ProcessId) -> impl Iterator<Item = Change> + '_ {
        let at = self.changes.partition_point(|(known, ..)| *known <= number);
        self.changes[at..].iter().filter_map(move |(number, tx, work)| {
            let (_, part) = receivers(work).find(|(to, _)| *to == reader)?;
            Some(Change { number: *number, tx: *tx, part })
        })
    }

    /// Says at rest what others are not known to have read.
    pub(in crate::messaging) fn report(&self, say: &mut Vec<Note>) {
        for (number, tx, work) in &self.changes {
            for (to, _) in receivers(work) {
                if self.known.get(&to).is_none_or(|known| known < number) {
                    let (waits_for, holding) = ([to].into(), Arc::default());
                    say.push(Note::Waiting { tx: *tx, waits_for, holding });
                }
            }
        }
    }
}

impl Service {
    /// A reader asks what is new. That nothing is changes nothing.
    pub(in crate::messaging) fn polled(&mut self, reader: ProcessId, after: u32, out: &mut Out) {
        let Some(feed) = &mut self.feed else { return };
        // A query that comes late is no step back.
        if feed.known.get(&reader).is_none_or(|&known| known < after) && after > 0 {
            feed.known.insert(reader, after);
        }
        let changes = feed.after(after, reader).collect();
        out.send(reader, Message::Changes { changes }.into());
    }
}
