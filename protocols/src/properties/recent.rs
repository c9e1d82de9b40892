use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Data, Table};

use crate::common::{TxId, Work};
use dtxsim_core::monitor::Aside;

/// What is known of transactions, one entry each. Of those that are settled the latest are kept:
/// what comes later than thousands of other transactions is not judged any more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Recent<E> {
    entries: Table<TxId, E>,
    /// Those before it that have no entry are forgotten.
    oldest: TxId,
    names: Aside<Table<TxId, Work>>,
}

impl<E> Default for Recent<E> {
    fn default() -> Self {
        Recent { entries: Table::new(), oldest: TxId(0), names: Aside(Table::new()) }
    }
}

impl<E: Data + Default> Recent<E> {
    /// So many settled transactions are kept.
    const KEPT: usize = 4096;

    /// What is known of a transaction, nothing at first; `None` if it is forgotten.
    pub(super) fn entry(&mut self, tx: TxId) -> Option<&mut E> {
        if tx < self.oldest && !self.entries.contains(&tx) {
            return None;
        }
        Some(self.entries.entry(tx, E::default))
    }

    /// What is known of a transaction, if something is.
    pub(super) fn get(&self, tx: TxId) -> Option<&E> {
        self.entries.get(&tx)
    }

    /// What is known of each, in order, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (TxId, &mut E)> {
        self.entries.iter_mut().map(|(&tx, entry)| (tx, entry))
    }

    /// What is known of each, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TxId, &E)> {
        self.entries.iter().map(|(&tx, entry)| (tx, entry))
    }

    /// Learns a transaction's name; now and then, forgets old ones that are settled.
    pub(super) fn begin(
        &mut self,
        tx: TxId,
        work: &Work,
        is_settled: impl FnMut(TxId, &E) -> bool,
    ) {
        self.names.0.insert(tx, work.clone());
        self.forget(Recent::<E>::KEPT, is_settled);
    }

    fn forget(&mut self, kept: usize, mut is_settled: impl FnMut(TxId, &E) -> bool) {
        let is_full = |len: usize| len > kept && len.is_multiple_of(kept);
        if is_full(self.names.0.len()) {
            let beyond = self.names.0.keys().nth(self.names.0.len() - kept).copied();
            let oldest = beyond.expect("so many are there and more");
            self.names.0.retain(|&tx, _| tx >= oldest);
        }
        if is_full(self.entries.len()) {
            let beyond = self.entries.len() - kept;
            let oldest = self.entries.keys().nth(beyond).copied();
            let oldest = oldest.expect("so many are there and more");
            self.entries.retain(|&tx, entry| tx >= oldest || !is_settled(tx, entry));
            self.oldest = self.oldest.max(oldest);
        }
    }

    /// A transaction as a user knows it.
    pub(super) fn called(&self, tx: TxId) -> String {
        self.names.0.get(&tx).map_or_else(|| tx.to_string(), |work| format!("{tx} ({work})"))
    }
}

impl<E: Renamed + Clone> Renamed for Recent<E> {
    fn renamed(&self, by: &Renaming) -> Recent<E> {
        Recent { entries: self.entries.renamed(by), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_and_settled_is_forgotten_and_what_is_not_stays() {
        let mut recent: Recent<u8> = Recent::default();
        for tx in 0..8 {
            *recent.entry(TxId(tx)).expect("it is new") = u8::from(tx == 1);
            recent.forget(4, |_, entry| *entry == 0);
        }
        assert_eq!(recent.iter().map(|(tx, _)| tx.0).collect::<Vec<_>>(), [1, 4, 5, 6, 7]);
        assert_eq!(recent.entry(TxId(3)), None);
        assert_eq!(recent.entry(TxId(1)), Some(&mut 1));
        assert_eq!(recent.entry(TxId(8)), Some(&mut 0));
    }
}
