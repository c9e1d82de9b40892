//! Three-phase commit, centralised: between the votes and the decision all are told that all have
//! voted YES, so that nobody can be committed while somebody who is up is uncertain. If the
//! coordinator fails, those that are up elect another, and need not wait for it.
//!
//! Source: Bernstein, Hadzilacos & Goodman, *Concurrency Control and Recovery in Database
//! Systems*, 1987, section 7.5 (the protocol, its termination protocol, election, recovery, total
//! failure); Skeen, *Nonblocking Commit Protocols*, SIGMOD 1981.
//!
//! | | coordinator | participant |
//! |---|---|---|
//! | 1 | START; VOTE-REQ to all | |
//! | 2 | | PREPARED, YES; or ABORTED, NO |
//! | 3 | all YES: PRE-COMMIT to all; else ABORT, to all but those that voted NO | |
//! | 4 | | PRE-COMMITTED, ACK |
//! | 5 | COMMIT, to all | |
//! | 6 | | COMMITTED, final ack |
//! | | end | |
//!
//! Records in capitals are forced. It counts on a network that loses nothing and is never slower
//! than the time-outs, and on who is silent having failed. So nothing is sent twice, but for what
//! repairs failures: inquiries of processes that recover, and decisions without a final
//! acknowledgement. Where that is not so, agreement can be violated.
//!
//! The coordinator waits for all votes, or for its time-out, even when one is NO.

mod coordinator;
pub mod costs;
mod knobs;
mod message;
mod participant;
mod record;
mod recovery;
mod termination;

pub use coordinator::Coordinator;
pub use knobs::{Flaw, Knobs, Timeouts};
pub use message::{Message, Status, Timer};
pub use participant::Participant;
pub use record::{Prepared, Record};
pub use recovery::Logged;

use std::sync::Arc;

use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::{
    Business, COORDINATOR, KeySpec, Note, Processes, TxId, Work, back_off, services,
};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

/// Three-phase commit for one set of services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ThreePhaseCommit {
    topology: Topology,
    /// It has the lowest number, so that all participants come after it in elections.
    coordinator: ProcessId,
    /// The data of each process; none for the coordinator.
    keys: Arc<[Vec<KeySpec>]>,
    knobs: Knobs,
    /// So many repetitions count for a back-off; none in a world without time.
    back_off: u8,
    /// The coordinator sends one message too many: to see that the cost tables notice.
    extra_message: bool,
}

/// One process' volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The coordinator.
    Coordinator(Coordinator),
    /// A participant.
    Participant(Participant),
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "three_phase_commit",
    summary: "two-phase commit with a phase between; non-blocking if silence means failure",
    broken: &[
        (
            Flaw::NaiveTimeouts.name(),
            "no termination protocol: who waits too long aborts, or commits after a pre-commit",
            "agreement",
        ),
        (
            Flaw::PrecommitNotLogged.name(),
            "a participant acknowledges a pre-commit that it has not logged",
            "agreement",
        ),
        (
            Flaw::AnyUncertainMeansAbort.name(),
            "a new coordinator aborts as soon as one process is uncertain",
            "agreement",
        ),
    ],
    properties: Property::OF_ATOMIC_COMMITMENT,
    by_request: Property::OF_ISOLATED_COMMITMENT,
};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// The world of a setup whose choice is three-phase commit.
///
/// # Errors
/// If the choice is another, or the knobs contradict each other.
pub fn world(setup: Setup) -> Result<World<ThreePhaseCommit>, SetupError> {
    let Choice::ThreePhaseCommit(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let protocol = ThreePhaseCommit::new(&setup.business, &setup.placement, knobs)?;
    let keys = protocol.keys.clone();
    Ok(setup.around(protocol, keys))
}

impl ThreePhaseCommit {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If the time-outs do not nest, or there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        knobs: Knobs,
    ) -> Result<ThreePhaseCommit, SetupError> {
        if let Some((which, why)) = knobs.timeouts.nesting() {
            return Err(SetupError(format!("the time-out `{which}` is too short: {why}")));
        }
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        let topology = services::coordinated(business, placement);
        let coordinator = topology.find(COORDINATOR).expect("it has one");
        let keys = services::keys(business, &topology);
        let back_off = back_off::DOUBLINGS;
        Ok(ThreePhaseCommit { topology, coordinator, keys, knobs, back_off, extra_message: false })
    }

    fn keys(&self, process: ProcessId) -> &[KeySpec] {
        &self.keys[process.index()]
    }

    /// All that take part in a transaction but one: participants and coordinator.
    fn others(&self, me: ProcessId, mut participants: Processes) -> Processes {
        participants.insert(self.coordinator);
        participants.without(me)
    }

    /// The timer of who waits for that coordinator.
    fn patience(&self, coordinator: ProcessId, tx: TxId) -> Timer {
        if coordinator == self.coordinator {
            Timer::Coordinator { tx }
        } else {
            Timer::Elected { tx }
        }
    }

    /// Counts repetitions as far as they matter for the back-off, so that states stay finite.
    fn next_attempt(&self, attempt: u8) -> u8 {
        back_off::next(attempt, self.back_off)
    }
}

impl Protocol for ThreePhaseCommit {
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
            State::Participant(Participant::boot(self, me, log, out))
        }
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::Coordinator(coordinator) => coordinator.step(self, event, out),
            State::Participant(participant) => participant.step(self, me, event, out),
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        let timeouts = &self.knobs.timeouts;
        let doubled = |first, attempt| back_off::wait(first, attempt, timeouts.resend_most);
        match *timer {
            Timer::Votes { .. } => timeouts.votes,
            Timer::Acks { .. } => timeouts.acks,
            Timer::Resend { attempt, .. } => doubled(timeouts.resend, attempt),
            Timer::Coordinator { .. } => timeouts.coordinator,
            Timer::Elected { .. } => timeouts.elected,
            Timer::States { .. } => timeouts.states,
            Timer::Inquire { attempt, .. } => doubled(timeouts.inquiry, attempt),
        }
    }

    fn untimed(&self) -> Self {
        ThreePhaseCommit { back_off: 0, ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        if me == self.coordinator {
            coordinator::compact(log);
        } else {
            recovery::compact(self.keys(me), log);
        }
    }

    fn report(&self, me: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::Coordinator(coordinator) => coordinator.report(say),
            State::Participant(participant) => participant.report(self, me, say),
        }
    }

    fn door(&self, _: &Work) -> ProcessId {
        self.coordinator
    }

    fn answers(note: &Note) -> Option<RequestId> {
        note.answers()
    }

    fn describe(&self, by: ProcessId, note: &Note) -> String {
        note.describe(self.keys(by))
    }

    fn intervals(note: &Note) -> [Option<Interval>; 2] {
        note.intervals()
    }
}
