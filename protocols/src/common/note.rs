use std::fmt;
use std::sync::Arc;

use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Interval, Kinds, ProcessId, RequestId};

use super::business::KeySpec;
use super::deed::Deed;
use super::transaction::{Key, TxId, Work, renamed_parties};

/// How a transaction ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// Everything of it happens.
    Commit,
    /// Nothing of it happens.
    Abort,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Commit => "commit",
            Outcome::Abort => "abort",
        })
    }
}

/// A participant's vote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Vote {
    /// It can commit, and can still abort.
    Yes,
    /// It aborts.
    No,
    /// It has only read: either is the same to it.
    Read,
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Vote::Yes => "yes",
            Vote::No => "no",
            Vote::Read => "read",
        })
    }
}

/// What a recovering process finds of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// It voted YES and knows no decision.
    InDoubt,
    /// It knows the decision.
    Decided(Outcome),
}

/// What processes say of themselves: all that properties are judged by. The vocabulary of every
/// protocol that makes transactions over several services happen.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Note {
    /// A coordinator has taken up a transaction.
    Began {
        /// Which.
        tx: TxId,
        /// What it does.
        work: Work,
    },
    /// A participant has made up its mind; what the vote stands on is as durable as it will be.
    Voted {
        /// On which transaction.
        tx: TxId,
        /// How.
        vote: Vote,
    },
    /// A process has decided, or learnt the decision and acted on it.
    Decided {
        /// On which transaction.
        tx: TxId,
        /// How.
        outcome: Outcome,
        /// Whether a crash cannot make it forget.
        forced: bool,
    },
    /// A client was told.
    Answered {
        /// About which transaction.
        tx: TxId,
        /// What.
        outcome: Outcome,
    },
    /// A process holds locks for a transaction, until it decides.
    Locked {
        /// Which.
        tx: TxId,
    },
    /// A committed change.
    Changed {
        /// Of which datum.
        key: Key,
        /// Its new value.
        value: i64,
    },
    /// A recovering process found this in its log.
    Restored {
        /// Of which transaction.
        tx: TxId,
        /// What.
        standing: Standing,
    },
    /// Said at rest: this is the committed value of a datum.
    Balance {
        /// Which.
        key: Key,
        /// Its value.
        value: i64,
    },
    /// Said at rest: this process cannot go on with a transaction until one of these says so.
    Waiting {
        /// Which transaction.
        tx: TxId,
        /// For whom.
        waits_for: Arc<[ProcessId]>,
        /// What it keeps locked meanwhile.
        holding: Arc<[Key]>,
    },
    /// Said at rest: this datum is locked.
    Holding {
        /// By which transaction.
        tx: TxId,
        /// Which datum.
        key: Key,
    },
    /// A service has done this of a transaction, and it is durable. Said before anybody else can
    /// know. A transaction has one branch a process, so who says it says which branch.
    Did {
        /// Of which transaction.
        tx: TxId,
        /// What.
        deed: Deed,
        /// Whether it was carried out: `false` if there was nothing to do, and the service only
        /// remembers it.
        changed: bool,
    },
    /// A recovering service found this deed in its log: a crash may fall between the record of a
    /// deed and its note. Said in the order of the log.
    Recalled {
        /// Of which transaction.
        tx: TxId,
        /// What.
        deed: Deed,
        /// How often it was carried out; zero if it only remembers that there was nothing to do.
        times: u8,
    },
    /// A broker has durably accepted the event of a transaction.
    Published {
        /// Of which transaction.
        tx: TxId,
        /// For whom.
        to: ProcessId,
    },
    /// Automation has given up on a transaction, which is durable: a person must act. Said when it
    /// is so, again by a recovery, and again at rest.
    NeedsPerson {
        /// Which.
        tx: TxId,
    },
    /// Said at rest: something of this datum is reserved, and neither confirmed nor cancelled.
    Reserved {
        /// By which transaction.
        tx: TxId,
        /// Which datum.
        key: Key,
    },
    /// A service has read a datum for a transaction. Not said of what one local transaction reads
    /// and writes at once: that goes without saying.
    Read {
        /// For which transaction.
        tx: TxId,
        /// Which datum.
        key: Key,
    },
}

impl Note {
    /// Names of the intervals that notes open and close.
    pub const INTERVALS: &'static [&'static str] = &["in-doubt", "locks-held", "needs-person"];

    /// The bit of [`dtxsim_core::monitor::Monitor::interest`] for each kind, in the order of
    /// [`Kinds::KINDS`].
    pub const fn bit(kind: usize) -> u64 {
        1 << kind
    }

    /// See [`Note::bit`].
    pub const BEGAN: u64 = Note::bit(0);
    /// See [`Note::bit`].
    pub const VOTED: u64 = Note::bit(1);
    /// See [`Note::bit`].
    pub const DECIDED: u64 = Note::bit(2);
    /// See [`Note::bit`].
    pub const ANSWERED: u64 = Note::bit(3);
    /// See [`Note::bit`].
    pub const LOCKED: u64 = Note::bit(4);
    /// See [`Note::bit`].
    pub const CHANGED: u64 = Note::bit(5);
    /// See [`Note::bit`].
    pub const RESTORED: u64 = Note::bit(6);
    /// See [`Note::bit`].
    pub const DID: u64 = Note::bit(10);
    /// See [`Note::bit`].
    pub const RECALLED: u64 = Note::bit(11);
    /// See [`Note::bit`].
    pub const PUBLISHED: u64 = Note::bit(12);
    /// See [`Note::bit`].
    pub const NEEDS_PERSON: u64 = Note::bit(13);
    /// See [`Note::bit`].
    pub const READ: u64 = Note::bit(15);

    /// The request that this note answers to its client, if it does.
    pub fn answers(&self) -> Option<RequestId> {
        match self {
            Note::Answered { tx, .. } => Some(RequestId(tx.0)),
            Note::Began { .. }
            | Note::Voted { .. }
            | Note::Decided { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => None,
        }
    }

    /// As traces show it, with the names of the data of the process that says it.
    pub fn describe(&self, keys: &[KeySpec]) -> String {
        match self {
            Note::Changed { key, value } => {
                format!("{} is now {value}", keys[usize::from(key.0)].name)
            }
            Note::Read { tx, key } => {
                format!("read {} for {tx}", keys[usize::from(key.0)].name)
            }
            Note::Began { .. }
            | Note::Voted { .. }
            | Note::Decided { .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. } => self.to_string(),
        }
    }

    /// The intervals that this note opens or closes.
    pub fn intervals(&self) -> [Option<Interval>; 2] {
        let edge = |name, tx: TxId, opens| Some(Interval { name, subject: u64::from(tx.0), opens });
        match self {
            Note::Voted { tx, vote: Vote::Yes } => [edge(0, *tx, true), None],
            Note::Locked { tx } => [edge(1, *tx, true), None],
            Note::Decided { tx, .. } => [edge(0, *tx, false), edge(1, *tx, false)],
            // No protocol sees that person come.
            Note::NeedsPerson { tx } => [edge(2, *tx, true), None],
            Note::Began { .. }
            | Note::Voted { .. }
            | Note::Answered { .. }
            | Note::Changed { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Published { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => [None, None],
        }
    }
}

impl Renamed for Note {
    fn renamed(&self, by: &Renaming) -> Note {
        match self {
            Note::Began { tx, work } => Note::Began { tx: *tx, work: work.renamed(by) },
            Note::Waiting { tx, waits_for, holding } => {
                let waits_for = renamed_parties(waits_for, by).as_slice().into();
                Note::Waiting { tx: *tx, waits_for, holding: holding.clone() }
            }
            Note::Published { tx, to } => Note::Published { tx: *tx, to: by.of(*to) },
            Note::Voted { .. }
            | Note::Decided { .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => self.clone(),
        }
    }
}

impl Kinds for Note {
    const KINDS: &'static [&'static str] = &[
        "began",
        "voted",
        "decided",
        "answered",
        "locked",
        "changed",
        "restored",
        "balance",
        "waiting",
        "holding",
        "did",
        "recalled",
        "published",
        "needs-person",
        "reserved",
        "read",
    ];

    fn kind(&self) -> usize {
        match self {
            Note::Began { .. } => 0,
            Note::Voted { .. } => 1,
            Note::Decided { .. } => 2,
            Note::Answered { .. } => 3,
            Note::Locked { .. } => 4,
            Note::Changed { .. } => 5,
            Note::Restored { .. } => 6,
            Note::Balance { .. } => 7,
            Note::Waiting { .. } => 8,
            Note::Holding { .. } => 9,
            Note::Did { .. } => 10,
            Note::Recalled { .. } => 11,
            Note::Published { .. } => 12,
            Note::NeedsPerson { .. } => 13,
            Note::Reserved { .. } => 14,
            Note::Read { .. } => 15,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Began { tx, work } => write!(f, "began {tx} ({work})"),
            Note::Voted { tx, vote } => write!(f, "voted {vote} on {tx}"),
            Note::Decided { tx, outcome, .. } => write!(f, "decided {outcome} of {tx}"),
            Note::Answered { tx, outcome } => write!(f, "told the client: {outcome} of {tx}"),
            Note::Locked { tx } => write!(f, "holds locks for {tx}"),
            Note::Changed { key, value } => write!(f, "key {} is now {value}", key.0),
            Note::Restored { tx, standing: Standing::InDoubt } => {
                write!(f, "recovered {tx} in doubt")
            }
            Note::Restored { tx, standing: Standing::Decided(outcome) } => {
                write!(f, "recovered the decision to {outcome} {tx}")
            }
            Note::Balance { key, value } => write!(f, "key {} is {value}", key.0),
            Note::Waiting { tx, .. } => write!(f, "waits for the decision on {tx}"),
            Note::Holding { tx, key } => write!(f, "key {} is locked by {tx}", key.0),
            Note::Did { tx, deed, changed: true } => write!(f, "did the {deed} of {tx}"),
            Note::Did { tx, deed, changed: false } => {
                write!(f, "had nothing to do for the {deed} of {tx}")
            }
            Note::Recalled { tx, deed, times: 0 } => {
                write!(f, "recovered that the {deed} of {tx} had nothing to do")
            }
            Note::Recalled { tx, deed, times: 1 } => write!(f, "recovered the {deed} of {tx}"),
            Note::Recalled { tx, deed, times } => {
                write!(f, "recovered the {deed} of {tx}, done {times} times")
            }
            Note::Published { tx, to } => write!(f, "published {tx} for {to}"),
            Note::NeedsPerson { tx } => write!(f, "gave up on {tx}: a person must act"),
            Note::Reserved { tx, key } => write!(f, "key {} has a reservation of {tx}", key.0),
            Note::Read { tx, key } => write!(f, "read key {} for {tx}", key.0),
        }
    }
}
