//! The reference model: two-phase commit as the TLA+ module `TwoPhase` has it, action by action.
//!
//! Source: Lamport & Gray, module `TwoPhase` (`transaction_commit/TwoPhase.tla` of the repository
//! tlaplus/Examples), which goes with Gray & Lamport, *Consensus on Transaction Commit*, ACM TODS
//! 31(1), 2006.
//!
//! | action | here |
//! |---|---|
//! | `RMPrepare`, `RMChooseToAbort` | timers of a resource manager, set while it is working |
//! | `RMRcvCommitMsg`, `RMRcvAbortMsg` | messages, taken in every state |
//! | `TMRcvPrepared` | a message, taken in the initial state |
//! | `TMAbort` | a timer of the transaction manager, set in its initial state |
//! | `TMCommit` | likewise, but from when all are prepared |
//!
//! The module says what may happen, and not when: its spontaneous actions are timers, which an
//! untimed executor lets run out at any moment, and its messages are a set from which nothing is
//! taken, which is a kind of network there. Then the states are those of the module, 6ⁿ + 4ⁿ + 2ⁿ
//! for n resource managers. A timed run is one of the behaviours, in which all commit.
//!
//! There are no clients, no data and no logs, and nobody crashes.

mod message;
mod resource_manager;
#[cfg(test)]
mod tests;
mod transaction_manager;

pub use message::{Message, Record, Timer};
pub use resource_manager::ResourceManager;
pub use transaction_manager::TransactionManager;

use std::fmt;

use dtxsim_core::fault::{Fault, FaultPlan};
use dtxsim_core::symmetry::{Renamed, Renaming, Symmetry};
use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};
use serde::{Deserialize, Serialize};

use crate::common::{Business, Note, Transactions, TxId, Work, services};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

/// The reference model for one set of resource managers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TwoPhaseTla {
    topology: Topology,
    knobs: Knobs,
}

/// The knobs of the reference model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The transaction manager may commit when all but one are prepared.
    CommitWhenOneIsMissing,
}

/// One process' state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The transaction manager.
    TransactionManager(TransactionManager),
    /// A resource manager.
    ResourceManager(ResourceManager),
}

/// The name of the transaction manager's process; services, which are the resource managers, have
/// their own.
pub const TRANSACTION_MANAGER: &str = "transaction_manager";

/// The transaction manager; the resource managers come after it.
const TM: ProcessId = ProcessId(0);

/// There is one transaction.
const TX: TxId = TxId(0);

/// What listings say.
pub const FAMILY: Family = Family {
    name: "two_phase_tla",
    summary: "the reference model: two-phase commit as the TLA+ module TwoPhase has it",
    broken: &[(
        Flaw::CommitWhenOneIsMissing.name(),
        "the transaction manager may commit when all but one are prepared",
        "consistent",
    )],
    properties: &[Property::Consistent],
    by_request: Property::OF_ATOMIC_COMMITMENT,
};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// The transaction manager on a host of its own, and each resource manager on its own, but for
/// those placed together.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    let roles = ("transaction_manager", "resource_manager");
    services::led(business, TRANSACTION_MANAGER, roles, placement)
}

/// The world of a setup whose choice is the reference model.
///
/// # Errors
/// If the choice is another, or the setup has what the model knows nothing of: clients, crashes.
pub fn world(setup: Setup) -> Result<World<TwoPhaseTla>, SetupError> {
    let refused = |what: &str| Err(SetupError(format!("{} knows no {what}", FAMILY.name)));
    let Choice::TwoPhaseTla(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let clients = match &setup.business.transactions {
        Transactions::Listed(listed) => !listed.is_empty(),
        Transactions::Generated(_) => true,
    };
    if clients {
        return refused("transactions but its own");
    }
    let FaultPlan { script, swarm, .. } = &setup.surroundings.faults;
    let mut faults = script.iter().map(|scripted| &scripted.fault);
    let crashes = faults.any(|fault| matches!(fault, Fault::Crash { .. }));
    if crashes || swarm.crashes > 0 {
        return refused("crashes");
    }
    let protocol = TwoPhaseTla::new(&setup.business, &setup.placement, knobs)?;
    let keys = vec![Vec::new(); protocol.topology.processes.len()].into();
    Ok(setup.around(protocol, keys))
}

impl TwoPhaseTla {
    /// The model whose resource managers are the services of a business.
    ///
    /// # Errors
    /// If there are too many of them.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        knobs: Knobs,
    ) -> Result<TwoPhaseTla, SetupError> {
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        Ok(TwoPhaseTla { topology: topology(business, placement), knobs })
    }

    /// `RM`
    fn managers(&self) -> impl Iterator<Item = ProcessId> {
        self.topology.ids().filter(|&process| process != TM)
    }

    /// A resource manager's place among them.
    fn place(&self, manager: ProcessId) -> usize {
        manager.index() - TM.index() - 1
    }

    /// How many must be prepared for the transaction manager to commit.
    fn needed(&self) -> u32 {
        let all = self.managers().count() as u32;
        match self.knobs.broken {
            None => all,
            Some(Flaw::CommitWhenOneIsMissing) => all.saturating_sub(1),
        }
    }
}

impl Protocol for TwoPhaseTla {
    type State = State;
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Request = Work;
    type Note = Note;

    const INTERVALS: &'static [&'static str] = Note::INTERVALS;
    const SYMMETRIC: bool = true;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, _: &[Record], out: &mut Outbox<Self>) -> State {
        if me == TM {
            State::TransactionManager(TransactionManager::boot(self, out))
        } else {
            State::ResourceManager(ResourceManager::boot(out))
        }
    }

    fn step(&self, _: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::TransactionManager(manager) => manager.step(self, event, out),
            State::ResourceManager(manager) => manager.step(event, out),
        }
    }

    /// So that in a timed run all prepare, and then all commit.
    fn delay(&self, timer: &Timer) -> Nanos {
        match timer {
            Timer::Prepare | Timer::Commit => Nanos::from_millis(1),
            Timer::Abort => Nanos::from_secs(1),
        }
    }

    fn report(&self, _: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::TransactionManager(_) => {}
            State::ResourceManager(manager) => manager.report(say),
        }
    }

    fn door(&self, _: &Work) -> ProcessId {
        TM
    }

    fn answers(_: &Note) -> Option<RequestId> {
        None
    }

    /// The resource managers.
    fn symmetry(&self) -> Option<Symmetry<Self>> {
        Some(Symmetry::among(vec![self.managers().collect()]))
    }

    fn intervals(note: &Note) -> [Option<Interval>; 2] {
        note.intervals()
    }
}

impl Renamed for State {
    fn renamed(&self, by: &Renaming) -> State {
        match self {
            State::TransactionManager(manager) => State::TransactionManager(manager.renamed(by)),
            State::ResourceManager(_) => *self,
        }
    }
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 1] = [Flaw::CommitWhenOneIsMissing];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::CommitWhenOneIsMissing => "commit_when_one_is_missing",
        }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken {
            None => Ok(()),
            Some(flaw) => write!(f, "BROKEN: {}", flaw.name()),
        }
    }
}
