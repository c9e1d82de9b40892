//! Undo logs: a step is undone by what its data were before it, and not by a compensation.

use dtxsim_core::ProcessId;

use super::Saga;
use super::draft::Draft;
use super::service::Service;
use crate::common::transaction::undoing;
use crate::common::{Key, LocalStore, Part, TxId, Writes};

/// How services keep undo logs. Whoever has branches at several services holds the global lock of
/// what it changes until the service hears that it is over. Who has one is outside of all that: it
/// holds no lock, so nothing of it is ever put back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct UndoLogs {
    /// Whether what is read asks for the global lock.
    pub(crate) reads_ask: bool,
    /// Whether a transaction of one branch asks for it.
    pub(crate) local_ask: bool,
    /// Whether data are restored that others have changed since.
    pub(crate) blindly: bool,
}

impl Service {
    /// Whether what is only read may be read.
    pub(super) fn may_read(&self, protocol: &Saga, tx: TxId, part: &Part) -> bool {
        let keys: Vec<Key> = part.ops().iter().map(|op| op.key()).collect();
        !protocol.undo_logs.is_some_and(|rules| rules.reads_ask) || !self.is_held(tx, &keys, false)
    }

    /// Carries a branch out and keeps its before-images; `None` if that cannot be done.
    pub(super) fn carry_out_logged(
        &mut self,
        protocol: &Saga,
        rules: UndoLogs,
        (me, tx): (ProcessId, TxId),
        part: &Part,
    ) -> Option<Writes> {
        let is_local = part.is_alone();
        let before = self.values_of(part.ops().iter().filter(|op| op.writes()));
        let asks = part.ops().iter().filter(|op| op.writes() || rules.reads_ask);
        let keys: Vec<Key> = asks.map(|op| op.key()).collect();
        if (!is_local || rules.local_ask) && self.is_held(tx, &keys, false) {
            return None;
        }
        let writes = self.store.execute(tx, part.ops(), protocol.keys(me)).ok()?;
        self.drafts.insert(tx, Draft { seen: before, locks: !is_local, stale: false });
        Some(writes)
    }

    /// What takes a step back; `None` if that cannot be done.
    pub(super) fn take_back(
        &mut self,
        protocol: &Saga,
        (me, tx): (ProcessId, TxId),
        part: &Part,
    ) -> Option<Writes> {
        let keys = protocol.keys(me);
        let Some(rules) = protocol.undo_logs else {
            return self.store.execute(tx, &undoing(part.ops()), keys).ok();
        };
        let before = &self.drafts.get(&tx)?.seen;
        let mut then = LocalStore::restored(self.store.values().to_vec());
        then.apply(before);
        let after = then.execute(tx, part.ops(), keys).ok()?;
        let is_clean = after.iter().all(|&(key, value)| self.value(key) == value);
        (is_clean || rules.blindly).then(|| before.clone())
    }
}
