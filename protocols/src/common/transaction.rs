use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Kinds, ProcessId, RequestId, fingerprint};
use smallvec::SmallVec;

/// A transaction's number: that of the request that asked for it, so numbers grow in the order in
/// which clients ask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TxId(pub u32);

impl From<RequestId> for TxId {
    fn from(id: RequestId) -> TxId {
        TxId(id.0)
    }
}

impl fmt::Display for TxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tx{}", self.0)
    }
}

/// A datum of a service: an index into its keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key(pub u16);

/// What a transaction does to a datum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// Adds to it; refused where a constraint forbids the sum.
    Add(Key, i64),
    /// Reads it.
    Read(Key),
}

impl Op {
    /// The datum.
    pub const fn key(self) -> Key {
        match self {
            Op::Add(key, _) | Op::Read(key) => key,
        }
    }

    /// The same to another datum.
    #[must_use]
    pub const fn of(self, key: Key) -> Op {
        match self {
            Op::Add(_, amount) => Op::Add(key, amount),
            Op::Read(_) => Op::Read(key),
        }
    }

    /// Whether it changes the datum.
    pub const fn writes(self) -> bool {
        matches!(self, Op::Add(..))
    }
}

/// What takes a branch's changes back: the amounts with the other sign, the last one first. It
/// undoes what they mean and not what they saw: meanwhile others may have changed the data.
pub fn undoing(ops: &[Op]) -> Ops {
    let undo = |op: &Op| match *op {
        Op::Add(key, amount) => Some(Op::Add(key, amount.saturating_neg())),
        Op::Read(_) => None,
    };
    ops.iter().rev().filter_map(undo).collect()
}

/// What a branch does, in order. Nearly always one operation, which then needs no allocation.
pub type Ops = SmallVec<[Op; 1]>;

/// A few processes; up to eight need no allocation.
pub type Parties = SmallVec<[ProcessId; 8]>;

/// The part of a transaction that one service does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Branch {
    /// Who.
    pub process: ProcessId,
    /// What.
    pub ops: Ops,
}

impl Branch {
    /// Whether it only reads.
    pub fn reads_only(&self) -> bool {
        !self.ops.iter().any(|op| op.writes())
    }
}

/// A transaction over several services; at most [`Transaction::BRANCHES`], one a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    name: Box<str>,
    branches: SmallVec<[Branch; 2]>,
    participants: Parties,
    updaters: Parties,
    /// What its source says the data are now, to who shows them.
    states: Option<Arc<[(Key, i64)]>>,
    /// Of all of it: it is hashed far more often than it is made.
    fingerprint: u64,
}

impl Transaction {
    /// The most branches that a transaction can have: sets of them are 64-bit words.
    pub const BRANCHES: usize = 64;

    /// A transaction of these branches.
    ///
    /// # Panics
    /// With no branch, with more than [`Transaction::BRANCHES`], or with two of one process.
    pub fn new(name: &str, branches: impl IntoIterator<Item = Branch>) -> Transaction {
        let branches: SmallVec<[Branch; 2]> = branches.into_iter().collect();
        assert!((1..=Transaction::BRANCHES).contains(&branches.len()), "1 to 64 branches");
        let participants: Parties = branches.iter().map(|b| b.process).collect();
        let twice = |(n, p): (usize, &ProcessId)| participants[..n].contains(p);
        assert!(!participants.iter().enumerate().any(twice), "one branch a process");
        let updaters = branches.iter().filter(|b| !b.reads_only()).map(|b| b.process).collect();
        let fingerprint = fingerprint::of(&(&name, &branches));
        let (name, states) = (name.into(), None);
        Transaction { name, branches, participants, updaters, states, fingerprint }
    }

    /// The same, said with what the data of its source are now, by the keys of who shows them.
    #[must_use]
    pub fn saying(&self, states: Arc<[(Key, i64)]>) -> Transaction {
        let fingerprint = fingerprint::of(&(self.fingerprint, &states));
        Transaction { states: Some(states), fingerprint, ..self.clone() }
    }

    /// What it is called in traces.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its branches, each of another process.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The processes of all branches, in their order.
    pub fn participants(&self) -> &Parties {
        &self.participants
    }

    /// The processes of the branches that come after that of this one, and so are undone before it.
    /// Today branches come one after the other, in their order; nobody comes after a stranger.
    pub fn after(&self, process: ProcessId) -> &[ProcessId] {
        let place = self.participants.iter().position(|&party| party == process);
        place.map_or(&[], |place| &self.participants[place + 1..])
    }

    /// The process of the first branch: where the transaction begins, and who tells the others.
    pub fn source(&self) -> ProcessId {
        self.participants[0]
    }

    /// The processes of the branches that write.
    pub fn updaters(&self) -> &[ProcessId] {
        &self.updaters
    }
}

impl Hash for Transaction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

/// A transaction as clients ask for it: shared, never changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Work(pub Arc<Transaction>);

/// What one participant is told of a transaction: its own branch, and who else writes.
#[derive(Clone, Debug)]
pub struct Part {
    work: Work,
    branch: u8,
}

impl Part {
    /// The branch with that place in `work`.
    ///
    /// # Panics
    /// If there is no such branch.
    pub fn new(work: Work, branch: usize) -> Part {
        assert!(branch < work.0.branches.len(), "a part is one of the branches");
        Part { work, branch: branch as u8 }
    }

    /// What to do.
    pub fn ops(&self) -> &[Op] {
        &self.work.0.branches[usize::from(self.branch)].ops
    }

    /// Whether it is the first of its transaction.
    pub fn is_of_source(&self) -> bool {
        self.branch == 0
    }

    /// What its source says the data are now, if it does.
    pub fn states(&self) -> Option<&[(Key, i64)]> {
        self.work.0.states.as_deref()
    }

    /// All that write, itself included if it does.
    pub fn updaters(&self) -> &[ProcessId] {
        &self.work.0.updaters
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.ops() == other.ops()
            && self.updaters() == other.updaters()
            && self.states() == other.states()
    }
}

impl Eq for Part {}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ops().hash(state);
        self.updaters().hash(state);
        if let Some(states) = self.states() {
            states.hash(state);
        }
    }
}

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
    /// Branches in the order of their processes.
    fn renamed(&self, by: &Renaming) -> Work {
        let Transaction { name, branches, .. } = &*self.0;
        let branch = |branch: &Branch| Branch { process: by.of(branch.process), ..branch.clone() };
        let mut branches: SmallVec<[Branch; 2]> = branches.iter().map(branch).collect();
        branches.sort_by_key(|branch| branch.process);
        let renamed = Transaction::new(name, branches);
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

impl Kinds for Work {
    const KINDS: &'static [&'static str] = &["transaction"];

    fn kind(&self) -> usize {
        0
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
