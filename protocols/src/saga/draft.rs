//! What a saga has seen of a service's data before its steps, and the countermeasures that the
//! service takes.

use dtxsim_core::{Outbox, ProcessId};

use super::Saga;
use super::knobs::Countermeasure;
use super::message::Message;
use super::record::Record;
use super::service::{Service, Stands};
use crate::common::{Key, LocalStore, Note, Op, Part, TxId, Writes};

/// What a saga has seen of the data that its step here is about. The step writes what was worked
/// out from that. Where services keep undo logs, the before-images of a step that is done.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Draft {
    /// The values, as they were.
    pub seen: Writes,
    /// Whether another saga may not see or change these data before this one is over.
    pub locks: bool,
    /// Whether one of these data has been changed by another since.
    pub stale: bool,
}

impl Draft {
    pub(super) fn shares(&self, keys: &[Key]) -> bool {
        self.seen.iter().any(|(key, _)| keys.contains(key))
    }
}

impl Service {
    /// Looks at the data of a step to come, or says again what it said before.
    pub(super) fn look(
        &mut self,
        protocol: &Saga,
        tx: TxId,
        part: &Part,
        out: &mut Outbox<Saga>,
    ) -> Message {
        match self.rows.get(&tx).map(|row| row.stands) {
            Some(Stands::Done) => return Message::Looked { tx },
            // It comes too late.
            Some(Stands::Refused | Stands::Undone | Stands::Fenced | Stands::Stuck) => {
                return Message::Refused { tx };
            }
            None if self.drafts.contains(&tx) => return Message::Looked { tx },
            None => {}
        }
        let locks = protocol.knobs.countermeasure.locks(part.ops());
        let seen = self.values_of(part.ops());
        let draft = Draft { seen, locks, stale: false };
        if self.is_locked(tx, &draft) {
            self.remember(tx, Stands::Refused);
            out.force(Record::Refused { tx });
            return Message::Refused { tx };
        }
        let oldest = self.oldest;
        out.force(Record::Looked { tx, draft: draft.clone(), oldest });
        say_read(tx, &draft, out);
        self.drafts.insert(tx, draft);
        Message::Looked { tx }
    }

    /// Whether a saga that is not over, as far as the service knows, stands in the way.
    fn is_locked(&self, tx: TxId, draft: &Draft) -> bool {
        let keys: Vec<Key> = draft.seen.iter().map(|(key, _)| *key).collect();
        self.is_held(tx, &keys, draft.locks)
    }

    /// Whether another saga that is not over, as far as the service knows, has some of these data:
    /// locked, or by `any` means.
    pub(super) fn is_held(&self, tx: TxId, keys: &[Key], any: bool) -> bool {
        self.drafts.iter().any(|(&other, theirs)| {
            other != tx && self.is_open(other) && (any || theirs.locks) && theirs.shares(keys)
        })
    }

    /// Whether a saga that is not over, as far as the service knows, is not taken back here.
    pub(super) fn is_open(&self, tx: TxId) -> bool {
        match self.rows.get(&tx).map(|row| row.stands) {
            None | Some(Stands::Done | Stands::Stuck) => true,
            Some(Stands::Refused | Stands::Undone | Stands::Fenced) => false,
        }
    }

    pub(super) fn value(&self, key: Key) -> i64 {
        self.store.values()[usize::from(key.0)]
    }

    /// The data that these are about, as they are.
    pub(super) fn values_of<'a>(&self, ops: impl IntoIterator<Item = &'a Op>) -> Writes {
        let mut seen = Writes::new();
        for key in ops.into_iter().map(|op| op.key()) {
            if seen.iter().all(|(known, _)| *known != key) {
                seen.push((key, self.value(key)));
            }
        }
        seen
    }

    /// Carries a step out, from the data as they are or as its saga saw them; `None` if that cannot
    /// be done.
    pub(super) fn carry_out(
        &mut self,
        protocol: &Saga,
        (me, tx): (ProcessId, TxId),
        part: &Part,
    ) -> Option<Writes> {
        let (ops, keys) = (part.ops(), protocol.keys(me));
        let countermeasure = protocol.knobs.countermeasure;
        let writes = if let Some(rules) = protocol.undo_logs {
            self.carry_out_logged(protocol, rules, (me, tx), part)?
        } else if countermeasure.looks_first() {
            let draft = self.drafts.get(&tx)?;
            if draft.stale && countermeasure == Countermeasure::RereadValue {
                return None;
            }
            let mut then = LocalStore::restored(self.store.values().to_vec());
            then.apply(&draft.seen);
            then.execute(tx, ops, keys).ok()?
        } else {
            self.store.execute(tx, ops, keys).ok()?
        };
        self.change(tx, &writes);
        Some(writes)
    }

    /// Puts after-images in; what others have seen of these data is stale.
    pub(super) fn change(&mut self, tx: TxId, writes: &Writes) {
        self.store.apply(writes);
        let keys: Vec<Key> = writes.iter().map(|(key, _)| *key).collect();
        for (&other, draft) in self.drafts.iter_mut() {
            draft.stale |= other != tx && draft.shares(&keys);
        }
    }
}

/// Says what was read, which is durable.
pub(super) fn say_read(tx: TxId, draft: &Draft, out: &mut Outbox<Saga>) {
    for &(key, _) in &draft.seen {
        out.note(Note::Read { tx, key });
    }
}
