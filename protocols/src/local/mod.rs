//! A modular monolith: all modules share one database, and a transaction over several of them is
//! one local transaction. The baseline: what a distributed protocol must be worth giving up.
//!
//! Sources: Gray & Reuter, *Transaction Processing: Concepts and Techniques*, 1993, ch. 10, on
//! atomic transactions with a log; Ibryam, *Distributed transaction patterns for microservices
//! compared*, Red Hat Developer, 2021, on the modular monolith as the first of the patterns.
//!
//! | step | what happens |
//! |---|---|
//! | request | all operations of all modules are computed; a constraint refuses all of them |
//! | commit | one record with all after-images is forced: the transaction has happened |
//! | answer | the client is told |
//! | recovery | after-images are put in again, in the order of the log |
//!
//! There is one process on one host, and so no messages, nobody in doubt, and nobody to wait for
//! but the host itself, which is the unit of failure. Transactions come one after the other, so
//! each reads what those before it have written.

mod database;
mod folded;
mod record;

pub use database::Database;
pub use record::{Message, Record, Timer};

use std::fmt;

use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::{Business, KeySpec, Note, Work};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

use folded::Folded;

/// The one process.
pub const DATABASE: &str = "database";

/// It has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs;

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one database")
    }
}

/// One database for the data of all services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Local {
    topology: Topology,
    keys: Vec<KeySpec>,
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "local",
    summary: "a modular monolith: one database, one local transaction; the baseline",
    broken: &[],
    properties: &[
        Property::Agreement,
        Property::Stability,
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::ExactlyOnceEffect,
    ],
    by_request: &[Property::ReadYourWrites],
};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// The database, on a host of its own, whatever services there are.
pub fn topology() -> Topology {
    let mut topology = Topology::default();
    topology.add(DATABASE, DATABASE);
    topology
}

/// The world of a setup whose choice is the monolith.
///
/// # Errors
/// If the choice is another, or there are too many data for one database.
pub fn world(setup: Setup) -> Result<World<Local>, SetupError> {
    let Choice::Local(Knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let protocol = Local::new(&setup.business)?;
    let keys = vec![protocol.keys.clone()].into();
    let workload = Box::new(Folded::new(&setup.business));
    Ok(setup.around_work(protocol, keys, workload))
}

impl Local {
    /// One database for the services of a business, whose data are called after them.
    ///
    /// # Errors
    /// If there are more than 65,536 data.
    pub fn new(business: &Business) -> Result<Local, SetupError> {
        let services = business.services.iter();
        let all = services.flat_map(|service| service.keys.iter().map(move |key| (service, key)));
        let named = all.map(|(service, key)| KeySpec {
            name: format!("{}.{}", service.name, key.name),
            ..key.clone()
        });
        let keys: Vec<KeySpec> = named.collect();
        if keys.len() > usize::from(u16::MAX) + 1 {
            return Err(SetupError(format!("{} data are too many for one database", keys.len())));
        }
        Ok(Local { topology: topology(), keys })
    }
}

impl Protocol for Local {
    type State = Database;
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Request = Work;
    type Note = Note;

    const INTERVALS: &'static [&'static str] = Note::INTERVALS;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, _: ProcessId, log: &[Record], out: &mut Outbox<Self>) -> Database {
        Database::boot(&self.keys, log, out)
    }

    fn step(
        &self,
        _: ProcessId,
        database: &mut Database,
        event: Event<Self>,
        out: &mut Outbox<Self>,
    ) {
        match event {
            Event::Request { id, request } => {
                database.transact(&self.keys, id.into(), &request, out);
            }
            Event::Message { message, .. } => match message {},
            Event::Timer(timer) => match timer {},
            // Nothing is left to choice.
            Event::Chosen(_) => {}
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        match *timer {}
    }

    fn compact(&self, _: ProcessId, log: &mut Vec<Record>) {
        record::compact(&self.keys, log);
    }

    fn report(&self, _: ProcessId, database: &Database, say: &mut Vec<Note>) {
        database.report(say);
    }

    fn door(&self, _: &Work) -> ProcessId {
        ProcessId(0)
    }

    fn answers(note: &Note) -> Option<RequestId> {
        note.answers()
    }

    fn describe(&self, _: ProcessId, note: &Note) -> String {
        note.describe(&self.keys)
    }

    fn intervals(note: &Note) -> [Option<Interval>; 2] {
        note.intervals()
    }
}
