//! Transactions when processes are called otherwise.

use std::sync::Arc;

use dtxsim_core::ProcessId;
use dtxsim_core::symmetry::{Renamed, Renaming};
use smallvec::SmallVec;

use super::{Branch, Key, Part, Parties, Transaction, TxId, Work};

impl Renamed for Key {
    fn renamed(&self, _: &Renaming) -> Key {
        *self
    }
}

impl Renamed for TxId {
    fn renamed(&self, _: &Renaming) -> TxId {
        *self
    }
}

/// Parties by their new names, in order.
pub fn renamed_parties(parties: &[ProcessId], by: &Renaming) -> Parties {
    let mut renamed: Parties = parties.iter().map(|&party| by.of(party)).collect();
    renamed.sort_unstable();
    renamed
}

impl Renamed for Work {
    /// Branches in the order of their processes; what comes before what stays as it is.
    fn renamed(&self, by: &Renaming) -> Work {
        let Transaction { name, branches, before, .. } = &*self.0;
        let branch = |branch: &Branch| Branch { process: by.of(branch.process), ..branch.clone() };
        let mut branches: SmallVec<[Branch; 2]> = branches.iter().map(branch).collect();
        branches.sort_by_key(|branch| branch.process);
        let mut renamed = Transaction::new(name, branches);
        if before.is_some() {
            let parties = || self.0.participants.iter();
            renamed = renamed.ordered(|process| {
                let is_later =
                    |party: &&ProcessId| self.0.after(**party).renamed(by).contains(process);
                parties().filter(is_later).map(|&party| by.of(party)).collect()
            });
        }
        let renamed = match &self.0.states {
            Some(states) => renamed.saying(states.clone()),
            None => renamed,
        };
        if renamed == *self.0 { self.clone() } else { Work(Arc::new(renamed)) }
    }
}

impl Renamed for Part {
    fn renamed(&self, by: &Renaming) -> Part {
        let process = by.of(self.work.0.branches[usize::from(self.branch)].process);
        let work = self.work.renamed(by);
        let branch = work.0.participants.iter().position(|&party| party == process);
        Part { branch: branch.expect("it is a branch by its new name") as u8, work }
    }
}
