//! Two-phase commit, centralised: a coordinator asks all participants for their votes and tells
//! them the decision.
//!
//! Sources: Mohan, Lindsay & Obermarck, *Transaction Management in the R\* Distributed Database
//! Management System*, ACM TODS 11(4), 1986 (records, presumed nothing, abort and commit, read-only
//! votes); Bernstein, Hadzilacos & Goodman, *Concurrency Control and Recovery in Database
//! Systems*, 1987, ch. 7 (blocking, cooperative termination).
//!
//! | presumed | coordinator | participant that votes YES |
//! |---|---|---|
//! | nothing | COMMIT or ABORT, end | PREPARED, COMMITTED or ABORTED, ack |
//! | abort | COMMIT, end; or abort | PREPARED, COMMITTED, ack; or aborted |
//! | commit | COLLECTING, COMMIT; or end | PREPARED, committed; or ABORTED, ack |
//!
//! Records in capitals are forced. The R\* paper has FIFO sessions; here messages may be late,
//! lost, doubled and overtaken, which takes three things more: the coordinator says with every
//! request to prepare which transactions it has forgotten, so that a late copy is known as one; a
//! participant that is told to abort what it never heard of remembers that; and presumed commit
//! forces NO votes, unless [`Knobs::sessions`] promises the paper's network.
//!
//! The coordinator waits for all votes, or for its time-out, even when one is NO: so the published
//! abort costs, which count no decision sent to a NO voter, are exact.

mod coordinator;
pub mod costs;
mod knobs;
mod message;
mod participant;
mod record;
mod renamed;
mod rules;

pub use coordinator::Coordinator;
pub use knobs::{Flaw, Knobs, Presumption, Reads, Termination, Timeouts};
pub use message::{Message, Timer};
pub use participant::Participant;
pub use record::{Prepared, Record};

use std::sync::Arc;

use dtxsim_core::symmetry::Symmetry;
use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::{Business, COORDINATOR, KeySpec, Note, Outcome, Work, back_off, services};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError, Words};

/// Two-phase commit for one set of services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TwoPhaseCommit {
    topology: Topology,
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
    name: "two_phase_commit",
    summary: "coordinator and participants with write-ahead logs; presumed nothing, abort, commit",
    broken: &[
        (
            Flaw::VoteBeforePrepare.name(),
            "a participant votes before its prepare record is durable",
            "durability",
        ),
        (
            Flaw::UnforcedDecision.name(),
            "the coordinator sends its decision before forcing it",
            "agreement",
        ),
        (
            Flaw::AckBeforeForce.name(),
            "a participant acknowledges a commit before forcing it",
            "agreement",
        ),
        (
            Flaw::ForgetsBeforeAcks.name(),
            "the coordinator forgets a commit before all have acknowledged it",
            "agreement",
        ),
        (
            Flaw::UnforcedCollecting.name(),
            "presumed commit whose collecting record is not forced",
            "commit-validity",
        ),
        (
            Flaw::LocksLostAtRestart.name(),
            "a participant that restarts has lost the locks of what it prepared",
            "conservation",
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

/// The world of a setup whose choice is two-phase commit.
///
/// # Errors
/// If the choice is another, or the knobs contradict each other.
pub fn world(setup: Setup) -> Result<World<TwoPhaseCommit>, SetupError> {
    let Choice::TwoPhaseCommit(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let protocol = TwoPhaseCommit::new(&setup.business, &setup.placement, knobs)?;
    let keys = protocol.keys.clone();
    Ok(setup.around(protocol, keys))
}

impl TwoPhaseCommit {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If the knobs contradict each other, or there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        knobs: Knobs,
    ) -> Result<TwoPhaseCommit, SetupError> {
        if let Some(flaw) = knobs.broken
            && !flaw.presumptions().contains(&knobs.presumption)
        {
            let text = format!("`{}` does nothing under this presumption", flaw.name());
            return Err(SetupError(text));
        }
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        let topology = services::coordinated(business, placement);
        let coordinator = topology.find(COORDINATOR).expect("it has one");
        let keys = services::keys(business, &topology);
        let back_off = back_off::DOUBLINGS;
        Ok(TwoPhaseCommit { topology, coordinator, keys, knobs, back_off, extra_message: false })
    }

    fn keys(&self, process: ProcessId) -> &[KeySpec] {
        &self.keys[process.index()]
    }

    /// What the coordinator answers about a transaction of which it knows nothing.
    fn presumed(&self) -> Outcome {
        match self.knobs.presumption {
            Presumption::Nothing | Presumption::Abort => Outcome::Abort,
            Presumption::Commit => Outcome::Commit,
        }
    }

    /// Counts repetitions as far as they matter for the back-off, so that states stay finite.
    fn next_attempt(&self, attempt: u8) -> u8 {
        back_off::next(attempt, self.back_off)
    }
}

impl Protocol for TwoPhaseCommit {
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
            Timer::Resend { attempt, .. } => doubled(timeouts.resend, attempt),
            Timer::Inquire { attempt: 0, .. } => timeouts.inquiry,
            Timer::Inquire { attempt, .. } => doubled(timeouts.resend, attempt - 1),
        }
    }

    fn untimed(&self) -> Self {
        TwoPhaseCommit { back_off: 0, ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        if me == self.coordinator {
            coordinator::compact(self, log);
        } else {
            participant::compact(self.keys(me), log);
        }
    }

    /// Participants whose data begin alike and are bound alike. Transactions are told apart: older
    /// ones are forgotten first.
    fn symmetry(&self) -> Option<Symmetry<Self>> {
        let participants = self.topology.ids().filter(|&process| process != self.coordinator);
        let alike = services::alike(participants, &self.keys);
        (!self.extra_message).then(|| Symmetry::among(alike))
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
