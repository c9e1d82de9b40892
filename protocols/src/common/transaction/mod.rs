mod renamed;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dtxsim_core::{Kinds, ProcessId, RequestId, fingerprint};
use smallvec::SmallVec;

use super::processes::Processes;

pub use renamed::renamed_parties;

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

/// A set of branches, a bit each, by their place in the transaction.
pub type Places = u64;

/// A transaction over several services; at most [`Transaction::BRANCHES`], one a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    name: Box<str>,
    branches: SmallVec<[Branch; 2]>,
    participants: Parties,
    updaters: Parties,
    /// What comes before each branch, directly or through others, where they have an order of their
    /// own; none where they come one after the other.
    before: Option<Box<[Places]>>,
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
        let (name, before, states) = (name.into(), None, None);
        Transaction { name, branches, participants, updaters, before, states, fingerprint }
    }

    /// The same, where each branch comes after those that `earlier` says of its process, and after
    /// no others.
    #[must_use]
    pub fn ordered(&self, earlier: impl Fn(ProcessId) -> Processes) -> Transaction {
        let places = |processes: Processes| {
            let parties = self.participants.iter().enumerate();
            let found = parties.filter(|(_, party)| processes.contains(**party));
            found.fold(0, |places: Places, (place, _)| places | 1 << place)
        };
        let before = self.participants.iter().map(|&party| places(earlier(party)));
        let before: Box<[Places]> = before.collect();
        let fingerprint = fingerprint::of(&(self.fingerprint, &before));
        Transaction { before: Some(before), fingerprint, ..self.clone() }
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

    /// The processes of the branches that come after that of this one, directly or through others,
    /// and so are undone before it; nobody comes after a stranger.
    pub fn after(&self, process: ProcessId) -> Processes {
        let parties = || self.participants.iter().enumerate();
        let Some((place, _)) = parties().find(|(_, party)| **party == process) else {
            return Processes::NONE;
        };
        let later = parties().filter(|(other, _)| self.before(*other) & 1 << place != 0);
        later.map(|(_, &party)| party).collect()
    }

    /// The branches that come before the one at that place, directly or through others. They come
    /// one after the other, unless they have an order of their own.
    pub fn before(&self, place: usize) -> Places {
        self.before.as_ref().map_or((1 << place) - 1, |before| before[place])
    }

    /// Whether branches have an order of their own.
    pub fn is_graph(&self) -> bool {
        self.before.is_some()
    }

    /// All branches.
    pub fn all(&self) -> Places {
        Places::MAX >> (Transaction::BRANCHES - self.branches.len())
    }

    /// Those of some branches that come after none of them.
    pub fn first_of(&self, some: Places) -> Places {
        let first = self.places(some).filter(|&place| self.before(place) & some == 0);
        first.fold(0, |first, place| first | 1 << place)
    }

    /// Those of some branches that come before none of them.
    pub fn last_of(&self, some: Places) -> Places {
        self.places(some).fold(some, |last, place| last & !self.before(place))
    }

    fn places(&self, some: Places) -> impl Iterator<Item = usize> + use<> {
        (0..self.branches.len()).filter(move |place| some & 1 << place != 0)
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

    /// Whether it is all of its transaction.
    pub fn is_alone(&self) -> bool {
        self.work.0.branches.len() == 1
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

#[cfg(test)]
mod tests {
    use super::*;
    use dtxsim_core::symmetry::{Renamed as _, Renaming};

    fn transaction(processes: &[u16]) -> Transaction {
        let branch = |&p: &u16| Branch { process: ProcessId(p), ops: Ops::new() };
        Transaction::new("t", processes.iter().map(branch))
    }

    fn set(numbers: &[u16]) -> Processes {
        numbers.iter().map(|&n| ProcessId(n)).collect()
    }

    /// 3 comes first, 1 and 2 after it, 4 after all of them.
    fn diamond() -> Transaction {
        transaction(&[4, 3, 2, 1]).ordered(|process| match process.0 {
            4 => set(&[1, 2, 3]),
            3 => set(&[]),
            1.. | 0 => set(&[3, 7]),
        })
    }

    #[test]
    fn branches_come_one_after_the_other() {
        let chain = transaction(&[3, 1, 2]);
        assert_eq!(chain.after(ProcessId(3)), set(&[1, 2]));
        assert_eq!((chain.after(ProcessId(2)), chain.after(ProcessId(9))), (set(&[]), set(&[])));
        assert_eq!((chain.all(), chain.first_of(0b110), chain.last_of(0b110)), (7, 0b010, 0b100));
        assert_eq!((chain.first_of(0), chain.last_of(0)), (0, 0));
    }

    #[test]
    fn or_have_an_order_of_their_own() {
        let diamond = diamond();
        assert_eq!(diamond.first_of(0b1111), 0b0010);
        assert_eq!(diamond.first_of(0b1101), 0b1100);
        assert_eq!(diamond.last_of(0b1110), 0b1100);
        assert_eq!(diamond.after(ProcessId(3)), set(&[1, 2, 4]));
        assert_eq!(diamond.after(ProcessId(1)), set(&[4]));
        assert_ne!(diamond, transaction(&[4, 3, 2, 1]));
    }

    #[test]
    fn an_order_survives_other_names() {
        let swap = Renaming::swap(ProcessId(3), ProcessId(1));
        let work = Work(Arc::new(diamond()));
        let renamed = work.renamed(&swap);
        assert_eq!(renamed.0.after(ProcessId(1)), set(&[2, 3, 4]));
        assert_eq!(renamed.0.after(ProcessId(3)), set(&[4]));
        assert_eq!(renamed.renamed(&swap).renamed(&swap), renamed);
    }
}
