use std::hash::{Hash, Hasher};

use dtxsim_core::Table;

use super::note::Outcome;
use super::transaction::TxId;

/// The coordinator knows nothing any more of transactions before this one.
///
/// It rides along and is no part of what is asked: a request that is sent again with a newer one is
/// the same request, so it does not count in a message's hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oldest(pub TxId);

impl Hash for Oldest {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// The outcomes that a participant still knows, and from where on the coordinator may ask for them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Finished {
    outcomes: Table<TxId, Outcome>,
    oldest: TxId,
}

/// A participant's finished work, as one record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Snapshot {
    /// Committed values, by key.
    pub values: Vec<i64>,
    /// Outcomes that somebody may still ask for.
    pub finished: Finished,
}

impl Default for Finished {
    fn default() -> Self {
        Finished { outcomes: Table::new(), oldest: TxId(0) }
    }
}

impl Finished {
    /// The coordinator has forgotten all transactions before that one, and will never again ask
    /// about them. Of their outcomes the latest are kept, so that there are `kept` in all.
    pub fn forget_before(&mut self, oldest: TxId, kept: usize) {
        self.oldest = self.oldest.max(oldest);
        let mut beyond = self.outcomes.len().saturating_sub(kept);
        let oldest = self.oldest;
        self.outcomes.retain(|&tx, _| {
            let forgotten = beyond > 0 && tx < oldest;
            beyond -= usize::from(forgotten);
            !forgotten
        });
    }

    /// How a transaction ended, if that is known.
    pub fn get(&self, tx: TxId) -> Option<Outcome> {
        self.outcomes.get(&tx).copied()
    }

    /// Whether that is known.
    pub fn contains(&self, tx: TxId) -> bool {
        self.outcomes.contains(&tx)
    }

    /// A transaction has ended.
    pub fn insert(&mut self, tx: TxId, outcome: Outcome) {
        self.outcomes.insert(tx, outcome);
    }

    /// The coordinator still knows of transactions from this one on.
    pub fn oldest(&self) -> TxId {
        self.oldest
    }

    /// Whether a transaction is over, and how it ended is forgotten: whatever comes about it is
    /// late.
    pub fn forgot(&self, tx: TxId) -> bool {
        tx < self.oldest && !self.contains(tx)
    }

    /// All outcomes that are known, in order.
    pub fn iter(&self) -> impl Iterator<Item = (TxId, Outcome)> + '_ {
        self.outcomes.iter().map(|(&tx, &outcome)| (tx, outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_coordinator_has_forgotten_is_forgotten_and_the_latest_are_kept() {
        let mut finished = Finished::default();
        for tx in 0..6 {
            finished.insert(TxId(tx), Outcome::Commit);
        }
        let known = |finished: &Finished| finished.iter().map(|(tx, _)| tx.0).collect::<Vec<_>>();
        finished.forget_before(TxId(4), 3);
        assert_eq!(known(&finished), [3, 4, 5]);
        finished.forget_before(TxId(1), 0);
        assert_eq!(known(&finished), [4, 5], "the coordinator does not remember again");
        assert!(finished.forgot(TxId(3)) && !finished.forgot(TxId(4)) && !finished.forgot(TxId(9)));
    }
}
