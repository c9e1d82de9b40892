//! Choreographed saga: nobody leads. Each service carries its step out when it hears that the one
//! before it is done, and takes it back when it hears that the one after it has failed.
//!
//! Sources: Garcia-Molina & Salem, *Sagas*, SIGMOD 1987; Richardson, *Microservices Patterns*,
//! 2018, ch. 4 (choreography-based sagas: order created, stock reserved, payment completed or
//! failed, order cancelled) and ch. 3 (outbox, and why not a dual write).
//!
//! ```text
//! client    orders                  inventory                 payment
//!   | order   |                         |                         |
//!   |-------->| ACTED: data and event   |                         |
//!   |         |------------------------>| ACTED                   |
//!   |         |                received |------------------------>| REFUSED
//!   |         |<------------------------|                received |
//!   |         |                         |<------------------------| failed
//!   |         |                  failed | UNDID                   |
//!   |         |<------------------------|                         |
//!   |   abort | UNDID, ABORTED          |                         |
//!   |<--------|                         |                         |
//! ```
//!
//! Records in capitals are forced. A step or its compensation, the row that says that it is done,
//! and the event that says so to others are one local transaction: an outbox and an inbox. Events
//! are sent until they are received, from one service to the next without a broker. The last step's
//! event goes to the first service, which tells its client.
//!
//! A step is called by the event of the one before it, and undone by that of the one after it, so
//! no undoing can overtake its step. Nobody waits for anybody but for a receipt; nobody knows how a
//! transaction stands as a whole.

pub mod costs;
mod here;
mod knobs;
mod message;
mod record;
mod service;

pub use knobs::{Flaw, Knobs, Timeouts};
pub use message::{Message, Timer, What};
pub use record::{Record, Snapshot};
pub use service::{Row, Service, Stands};

use std::sync::Arc;

use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::{Business, KeySpec, Note, Retry, Work, services};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

/// Choreographed sagas over one set of services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Choreography {
    topology: Topology,
    /// The data of each process.
    keys: Arc<[Vec<KeySpec>]>,
    knobs: Knobs,
    retry: Retry,
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "choreography",
    summary: "services react to each other's events, forwards and backwards; nobody leads",
    broken: &[
        (
            Flaw::EventAfterCommit.name(),
            "a dual write: the step is committed, and then its event is sent, once",
            "termination",
        ),
        (
            Flaw::EventBeforeCommit.name(),
            "a dual write: the event is sent, and then its step is committed",
            "saga-outcome",
        ),
        (Flaw::NoInbox.name(), "a service does again what it is told again", "exactly-once-effect"),
    ],
    properties: &[
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::ExactlyOnceEffect,
        Property::NoHang,
        Property::NullSafe,
        Property::CompensationOrder,
        Property::CompensationComplete,
        Property::SagaOutcome,
    ],
    by_request: &[Property::NoDirtyRead, Property::NoLostUpdate, Property::ReadYourWrites],
};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// Services, and nobody else.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::peers(business, "service", placement)
}

/// The world of a setup whose choice is a choreographed saga.
///
/// # Errors
/// If the choice is another, or there are too many services.
pub fn world(setup: Setup) -> Result<World<Choreography>, SetupError> {
    let Choice::Choreography(knobs) = setup.choice.clone() else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let business = &setup.business;
    if business.services.len() > Business::SERVICES {
        return Err(SetupError(format!("at most {} services", Business::SERVICES)));
    }
    let topology = topology(business, &setup.placement);
    let keys = services::keys(business, &topology);
    let Timeouts { resend, resend_most } = knobs.timeouts;
    let retry = Retry::new(resend, resend_most, None);
    let protocol = Choreography { topology, keys: keys.clone(), knobs, retry };
    Ok(setup.around(protocol, keys))
}

impl Protocol for Choreography {
    type State = Service;
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Request = Work;
    type Note = Note;

    const INTERVALS: &'static [&'static str] = Note::INTERVALS;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, log: &[Record], out: &mut Outbox<Self>) -> Service {
        Service::boot(self, me, log, out)
    }

    fn step(&self, me: ProcessId, state: &mut Service, event: Event<Self>, out: &mut Outbox<Self>) {
        state.step(self, me, event, out);
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        match *timer {
            Timer::Resend { attempt, .. } => self.retry.wait(attempt),
        }
    }

    fn untimed(&self) -> Self {
        Choreography { retry: self.retry.untimed(), ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        service::compact(&self.keys[me.index()], log);
    }

    fn report(&self, me: ProcessId, state: &Service, say: &mut Vec<Note>) {
        state.report(self, me, say);
    }

    fn door(&self, work: &Work) -> ProcessId {
        work.0.source()
    }

    fn answers(note: &Note) -> Option<RequestId> {
        note.answers()
    }

    fn describe(&self, by: ProcessId, note: &Note) -> String {
        note.describe(&self.keys[by.index()])
    }

    fn intervals(note: &Note) -> [Option<Interval>; 2] {
        note.intervals()
    }
}
