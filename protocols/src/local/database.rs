//! The database.

use dtxsim_core::Outbox;

use super::Local;
use super::record::{Record, replayed};
use crate::common::{Deed, KeySpec, LocalStore, Note, Outcome, Standing, TxId, Work};

/// The data, as they are in memory.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Database {
    store: LocalStore,
}

impl Database {
    /// It begins, or comes back: what is committed is in the log.
    pub(super) fn boot(keys: &[KeySpec], log: &[Record], out: &mut Outbox<Local>) -> Database {
        let (store, past) = replayed(keys, log);
        for tx in past {
            out.note(Note::Recalled { tx, deed: Deed::Action, times: 1 });
            out.note(Note::Restored { tx, standing: Standing::Decided(Outcome::Commit) });
        }
        Database { store }
    }

    /// All of a transaction, or nothing. An abort needs no record: of what is not in the log
    /// nothing has happened.
    pub(super) fn transact(
        &mut self,
        keys: &[KeySpec],
        tx: TxId,
        work: &Work,
        out: &mut Outbox<Local>,
    ) {
        out.note(Note::Began { tx, work: work.clone() });
        let ops = &work.0.branches()[0].ops;
        let outcome = match self.store.execute(tx, ops, keys) {
            Ok(writes) => {
                out.force(Record::Committed { tx, writes: writes.clone() });
                out.note(Note::Did { tx, deed: Deed::Action, changed: true });
                for &(key, value) in &writes {
                    out.note(Note::Changed { key, value });
                }
                Outcome::Commit
            }
            Err(_) => Outcome::Abort,
        };
        out.note(Note::Decided { tx, outcome, forced: true });
        out.note(Note::Answered { tx, outcome });
    }

    pub(super) fn report(&self, say: &mut Vec<Note>) {
        self.store.report(say);
    }
}
