//! Try, confirm, cancel: a coordinator has every service reserve what its branch needs, and then
//! has all of them use what they have reserved, or give it back.
//!
//! Sources: Helland, *Life beyond Distributed Transactions*, CIDR 2007 (tentative operations, which
//! are confirmed or cancelled later); Pardon & Pautasso, *Atomic Distributed Transactions: a
//! RESTful Design*, WWW 2014 (try, confirm and cancel; reservations that expire). The three
//! anomalies and the row that prevents them: documentation of Seata (TCC fence) and DTM
//! (sub-transaction barrier).
//!
//! | | coordinator | service |
//! |---|---|---|
//! | try | REGISTERED | TRIED; nothing if it refuses |
//! | all tried | CONFIRM | CONFIRMED |
//! | one refused, or time is up | CANCEL | CANCELLED, or FENCED if there was nothing to cancel |
//! | all have acknowledged | end | |
//!
//! Records in capitals are forced. A branch is registered before its Try is sent, so whatever was
//! tried is known to whoever recovers the coordinator: what is registered and undecided is
//! cancelled. Confirm and Cancel are sent until they are acknowledged; neither can be refused, for
//! what they need is reserved. So nobody holds a lock, and nobody sees that a value will change.
//!
//! A Cancel may find nothing to cancel (*empty rollback*), a Try may come after its Cancel
//! (*suspension*), and anything may come twice. A service therefore keeps a row for each branch and
//! operation, in the same local transaction as its effect: who finds the row does nothing again,
//! and a Cancel that finds no Try leaves the row that the Try will find. Rows are forgotten once
//! the coordinator has forgotten the transaction, which it says with every call.
//!
//! Where reservations expire ([`Knobs::expiry`]), a service cancels by itself when nothing has come
//! for long. If its coordinator then confirms, it must say that it cannot, and a person must act:
//! such an expiry buys availability with atomicity, as heuristic decisions do.

mod barrier;
mod coordinator;
pub mod costs;
mod knobs;
mod message;
mod record;
mod service;
mod unfenced;

pub use barrier::{Barrier, Row};
pub use coordinator::Coordinator;
pub use knobs::{Contradiction, Fence, Flaw, Knobs, Timeouts, Tries};
pub use message::{Call, Message, Operation, Thread, Timer};
pub use record::{Record, Snapshot};
pub use service::Service;

use std::sync::Arc;

use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::{Business, COORDINATOR, KeySpec, Note, Retry, Work, services};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

/// Try, confirm, cancel for one set of services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tcc {
    topology: Topology,
    coordinator: ProcessId,
    /// The data of each process; none for the coordinator.
    keys: Arc<[Vec<KeySpec>]>,
    knobs: Knobs,
    retry: Retry,
    /// The coordinator sends one message too many: to see that the cost tables notice.
    extra_message: bool,
}

/// One process' volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The coordinator.
    Coordinator(Coordinator),
    /// A service.
    Service(Service),
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "tcc",
    summary: "try, confirm, cancel: services reserve, then use what they reserved or give it back",
    broken: &[
        ("no_fence", "`fence: none`: a service carries out every call as it comes", "null-safe"),
        (
            "check_then_act",
            "`fence: check_then_act`: a service checks its row, and acts and writes it later",
            "no-hang",
        ),
        (
            Flaw::ConfirmBeforeDecision.name(),
            "the coordinator sends its Confirms before the decision is durable",
            "agreement",
        ),
        (
            Flaw::TryBeforeRegistration.name(),
            "the coordinator sends a Try before its branch is registered",
            "no-reservation-left",
        ),
        (
            Flaw::ConfirmedBeforeForce.name(),
            "a service acknowledges a Confirm before it is durable",
            "no-reservation-left",
        ),
        (
            Flaw::EmptyCancelForgotten.name(),
            "a service that has nothing to cancel remembers nothing",
            "no-hang",
        ),
        (
            Flaw::EmptyCancelRefused.name(),
            "a service that has nothing to cancel takes that for a failure",
            "termination",
        ),
        (
            Flaw::CancelNotRecorded.name(),
            "a Cancel is not recorded, recovery tries again, and any row is taken for success",
            "saga-outcome",
        ),
        (
            Flaw::HalfConfirmedDropped.name(),
            "the coordinator drops a transaction when its repetitions are used up",
            "termination",
        ),
        (
            Flaw::ExpiredConfirmAcknowledged.name(),
            "a service acknowledges the Confirm of a reservation that has expired",
            "saga-outcome",
        ),
    ],
    properties: &[
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::ExactlyOnceEffect,
        Property::NoHang,
        Property::NullSafe,
        Property::CompensationComplete,
        Property::SagaOutcome,
        Property::NoReservationLeft,
    ],
    // Of the coordinator, before and after a crash, and of its client. Not of dirty reads: what is
    // reserved is no version, so none is of who cancels.
    by_request: &[
        Property::Agreement,
        Property::Stability,
        Property::NoReadSkew,
        Property::ReadYourWrites,
    ],
};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// Processes and hosts for a business.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::led(business, COORDINATOR, ("coordinator", "service"), placement)
}

/// The world of a setup whose choice is try, confirm, cancel.
///
/// # Errors
/// If the choice is another, or the knobs contradict each other.
pub fn world(setup: Setup) -> Result<World<Tcc>, SetupError> {
    let Choice::Tcc(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let protocol = Tcc::new(&setup.business, &setup.placement, knobs)?;
    let keys = protocol.keys.clone();
    Ok(setup.around(protocol, keys))
}

impl Tcc {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If the knobs contradict each other, or there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        knobs: Knobs,
    ) -> Result<Tcc, SetupError> {
        if let Some(Contradiction { field, message }) = knobs.contradiction() {
            return Err(SetupError(format!("`{field}`: {message}")));
        }
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        let topology = topology(business, placement);
        let coordinator = topology.find(COORDINATOR).expect("it has one");
        let keys = services::keys(business, &topology);
        let Timeouts { resend, resend_most, .. } = knobs.timeouts;
        // The first sending waits for an answer as well.
        let limit = knobs.retries.map(|retries| retries.saturating_add(1));
        let retry = Retry::new(resend, resend_most, limit);
        Ok(Tcc { topology, coordinator, keys, knobs, retry, extra_message: false })
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.knobs.broken == Some(flaw)
    }
}

impl Protocol for Tcc {
    type State = State;
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Request = Work;
    type Note = Note;

    const INTERVALS: &'static [&'static str] = Note::INTERVALS;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, log: &[Record], out: &mut Outbox<Self>) -> State {
        if me == self.coordinator {
            State::Coordinator(Coordinator::boot(self, log, out))
        } else {
            State::Service(Service::boot(self, me, log, out))
        }
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::Coordinator(coordinator) => coordinator.step(self, event, out),
            State::Service(service) => service.step(self, me, event, out),
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        match *timer {
            Timer::Tries { .. } => self.knobs.timeouts.tries,
            Timer::Resend { attempt, .. } => self.retry.wait(attempt),
            Timer::Expiry { .. } => self.knobs.timeouts.expiry,
            Timer::Act(_) => unfenced::ACT,
        }
    }

    fn untimed(&self) -> Self {
        Tcc { retry: self.retry.untimed(), ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        if me == self.coordinator {
            coordinator::compact(log);
        } else {
            service::compact(self, me, log);
        }
    }

    fn report(&self, _: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::Coordinator(coordinator) => coordinator.report(say),
            State::Service(service) => service.report(self, say),
        }
    }

    fn door(&self, _: &Work) -> ProcessId {
        self.coordinator
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
