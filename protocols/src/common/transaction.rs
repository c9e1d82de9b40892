use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Kinds, ProcessId, RequestId};

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

    /// Whether it changes the datum.
    pub const fn writes(self) -> bool {
        matches!(self, Op::Add(..))
    }
}

/// The part of a transaction that one service does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Branch {
    /// Who.
    pub process: ProcessId,
    /// What, in order.
    pub ops: Arc<[Op]>,
}

impl Branch {
    /// Whether it only reads.
    pub fn reads_only(&self) -> bool {
        !self.ops.iter().any(|op| op.writes())
    }
}

/// A transaction over several services; at most [`Transaction::BRANCHES`], one a service.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Transaction {
    /// What it is called in traces.
    pub name: Arc<str>,
    /// Its branches, each of another process.
    pub branches: Box<[Branch]>,
    /// The processes of all branches, in their order.
    pub participants: Arc<[ProcessId]>,
    /// The processes of the branches that write.
    pub updaters: Arc<[ProcessId]>,
}

/// A transaction as clients ask for it: shared, never changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Work(pub Arc<Transaction>);

impl Transaction {
    /// The most branches that a transaction can have: sets of them are 64-bit words.
    pub const BRANCHES: usize = 64;

    /// A transaction of these branches.
    ///
    /// # Panics
    /// With no branch, with more than [`Transaction::BRANCHES`], or with two of one process.
    pub fn new(name: Arc<str>, branches: Vec<Branch>) -> Transaction {
        assert!((1..=Transaction::BRANCHES).contains(&branches.len()), "1 to 64 branches");
        let participants: Arc<[ProcessId]> = branches.iter().map(|b| b.process).collect();
        let twice = |(n, p): (usize, &ProcessId)| participants[..n].contains(p);
        assert!(!participants.iter().enumerate().any(twice), "one branch a process");
        let updaters =
            branches.iter().filter(|branch| !branch.reads_only()).map(|b| b.process).collect();
        Transaction { name, branches: branches.into(), participants, updaters }
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
        f.write_str(&self.0.name)
    }
}
