//! Orchestrated saga: a transaction is a sequence of local transactions, each of which commits at
//! once. An orchestrator calls them one after the other; if one cannot be done, it has those that
//! are done undone, the last one first.
//!
//! Sources: Garcia-Molina & Salem, *Sagas*, SIGMOD 1987 (`T1..Tn`, or `T1..Tj Cj..C1`; the saga
//! log, backward and forward recovery); Richardson, *Microservices Patterns*, 2018, ch. 4, after
//! Frank & Zahle, *Semantic ACID Properties in Multidatabases*, 1998 (compensatable, pivot and
//! retriable steps); the documentation of DTM (the failed step is compensated as well, which a
//! service must bear).
//!
//! | | forward | backward |
//! |---|---|---|
//! | orchestrator | STARTED, STEPPED .., COMMITTED | TURNED, compensated .., ABORTED |
//! | service | ACTED or REFUSED | UNDID, FENCED or STUCK |
//!
//! Records in capitals are forced. A step or its compensation, and the row that says that it is
//! done, are one record: a service knows what it has done by transaction and deed, and does
//! nothing twice. So after a crash the orchestrator calls again, and goes on in the direction in
//! which it went.
//!
//! A call without an answer has an unknown outcome: it may have been lost, be under way, or be
//! done. The compensation of a step is therefore registered before the call: STARTED registers that
//! of the first, STEPPED that of the next, and when the saga turns back the step called last is
//! undone like those before it. Its compensation may overtake it: a service
//! with nothing to undo remembers durably that it was asked to (FENCED), and refuses the late call.
//!
//! Steps before the pivot can be compensated. The pivot decides: until it has answered, nobody
//! turns back, and it is not undone. Steps after it only go forward, and must not be refused.
//!
//! Steps may form a graph ([`Graph`]; *Parallel Sagas* in Garcia-Molina & Salem; `AddBranchOrder`
//! of DTM): all are called whose predecessors are done, and backward all are undone whose
//! successors are. STEPPED then registers what it lets be called, and is lazy where others are
//! waited for. When the saga turns back, all steps that are under way are undone with those done.
//!
//! Two ends need a person: a compensation that is refused, for others have used what is to be
//! taken back; and a step that only goes forward and is refused. Sagas have no isolation.

pub mod costs;
mod course;
mod draft;
mod family;
mod graph;
mod knobs;
mod message;
mod orchestrator;
mod record;
mod service;
mod undo_log;
mod workers;

pub use draft::Draft;
pub use family::FAMILY;
pub use graph::Graph;
pub use knobs::{Countermeasure, FailedStep, Flaw, Knobs, Timeouts, Workers};
pub use message::{Message, Timer};
pub use orchestrator::Orchestrator;
pub use record::{Record, Snapshot, Steps};
pub use service::{Row, Service, Stands};
pub(crate) use undo_log::UndoLogs;

use std::sync::Arc;

use dtxsim_core::timed::World;
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use self::course::Course;
use crate::common::{
    Branch, Business, KeySpec, Note, Op, Processes, Retry, Transaction, Work, services,
};
use crate::setup::{Choice, Setup, SetupError, Words};

/// The name of the orchestrator's process.
pub const ORCHESTRATOR: &str = "orchestrator";

/// Sagas over one set of services.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Saga {
    topology: Topology,
    orchestrator: ProcessId,
    /// The data of each process; none for the orchestrator.
    keys: Arc<[Vec<KeySpec>]>,
    knobs: Knobs,
    /// How services undo what they have logged, if that is not left to compensations.
    undo_logs: Option<UndoLogs>,
    /// Whose step decides.
    pivot: Option<ProcessId>,
    /// Whose steps come before that of each process, where they form a graph.
    earlier: Option<Arc<[Processes]>>,
    /// How often a call is made again before its outcome counts as unknown.
    steps: Retry,
    /// How often one that must be answered is made again.
    insistent: Retry,
    /// The orchestrator sends one message too many: to see that the cost tables notice.
    extra_message: bool,
}

/// One process' volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The orchestrator.
    Orchestrator(Orchestrator),
    /// A service.
    Service(Service),
}

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// An orchestrator and services.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::led(business, ORCHESTRATOR, ("orchestrator", "service"), placement)
}

/// The world of a setup whose choice is a saga.
///
/// # Errors
/// If the choice is another, or the knobs do not fit the business.
pub fn world(setup: Setup) -> Result<World<Saga>, SetupError> {
    let Choice::Saga(knobs) = setup.choice.clone() else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    around(setup, knobs, None)
}

/// The world of a setup in which sagas have these knobs.
pub(crate) fn around(
    setup: Setup,
    knobs: Knobs,
    undo_logs: Option<UndoLogs>,
) -> Result<World<Saga>, SetupError> {
    let saga = Saga::new(&setup.business, &setup.placement, knobs)?;
    let keys = saga.keys.clone();
    Ok(setup.around(Saga { undo_logs, ..saga }, keys))
}

impl Saga {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If the pivot is no service, a limit is too high, steps are beside
    /// the pivot, knobs contradict each other, or there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        knobs: Knobs,
    ) -> Result<Saga, SetupError> {
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        if knobs.retries > Knobs::RETRIES {
            return Err(SetupError(format!("at most {} retries", Knobs::RETRIES)));
        }
        let topology = topology(business, placement);
        let orchestrator = topology.find(ORCHESTRATOR).expect("it has one");
        let pivot = match &knobs.pivot {
            None => None,
            Some(name) if business.services.iter().any(|service| service.name == *name) => {
                topology.find(name)
            }
            Some(name) => return Err(SetupError(format!("there is no service `{name}`"))),
        };
        let keys = services::keys(business, &topology);
        if let Some((_, why)) = knobs.contradiction() {
            return Err(SetupError(why.to_owned()));
        }
        let services = business.services.iter().map(|service| service.name.as_str());
        if let Some(objection) = knobs.objection(services) {
            return Err(SetupError(objection));
        }
        let earlier = knobs.after.as_ref().map(|graph| graph.earlier(&topology).into());
        let Timeouts { resend, resend_most, handling: _ } = knobs.timeouts;
        let times = Some(knobs.retries + 1);
        let steps = Retry::new(resend, resend_most, times);
        let insistent = Retry::new(resend, resend_most, times.filter(|_| knobs.gives_up));
        let extra_message = false;
        Ok(Saga {
            topology,
            orchestrator,
            keys,
            knobs,
            undo_logs: None,
            pivot,
            earlier,
            steps,
            insistent,
            extra_message,
        })
    }

    fn keys(&self, process: ProcessId) -> &[KeySpec] {
        &self.keys[process.index()]
    }

    /// The place of the pivot in a saga, if that service takes part. Where steps that only give
    /// come last, it is the last of the others, unless it is said.
    fn pivot(&self, work: &Work) -> Option<usize> {
        if let Some(pivot) = self.pivot {
            return work.0.participants().iter().position(|&party| party == pivot);
        }
        match self.knobs.countermeasure {
            Countermeasure::PessimisticView => {
                work.0.branches().iter().rposition(|branch| !only_gives(branch))
            }
            Countermeasure::CommutativeUpdates
            | Countermeasure::Nothing
            | Countermeasure::SemanticLock
            | Countermeasure::RereadValue
            | Countermeasure::ByValue(_) => None,
        }
    }

    /// The steps of a saga, in the order in which they are made, or with the order that their graph
    /// gives them.
    fn ordered(&self, work: Work) -> Work {
        if let Some(earlier) = &self.earlier {
            return Work(Arc::new(work.0.ordered(|process| earlier[process.index()])));
        }
        if self.knobs.countermeasure != Countermeasure::PessimisticView {
            return work;
        }
        let (last, first): (Vec<Branch>, Vec<Branch>) =
            work.0.branches().iter().cloned().partition(only_gives);
        Work(Arc::new(Transaction::new(work.0.name(), first.into_iter().chain(last))))
    }

    /// How a saga begins.
    fn first_course(&self) -> Course {
        if self.knobs.countermeasure.looks_first() {
            Course::Looking { step: 0 }
        } else {
            Course::Forward { done: 0 }
        }
    }

    /// Whether all of these steps come before the pivot.
    fn can_be_compensated(&self, work: &Work, steps: Steps) -> bool {
        let is_local = self.undo_logs.is_some() && work.0.branches().len() == 1;
        !is_local && self.pivot(work).is_none_or(|pivot| steps & !work.0.before(pivot) == 0)
    }

    /// Whether a step comes after the pivot.
    fn only_forward(&self, work: &Work, step: u8) -> bool {
        let before = work.0.before(usize::from(step));
        self.pivot(work).is_some_and(|pivot| before & 1 << pivot != 0)
    }
}

/// Whether all that a step does is to add to what others may take.
fn only_gives(branch: &Branch) -> bool {
    let gives = |op: &Op| matches!(op, Op::Add(_, amount) if *amount > 0);
    branch.ops.iter().all(gives)
}

impl Protocol for Saga {
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
        if me == self.orchestrator {
            State::Orchestrator(Orchestrator::boot(self, log, out))
        } else {
            State::Service(Service::boot(self, me, log, out))
        }
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::Orchestrator(orchestrator) => orchestrator.step(self, event, out),
            State::Service(service) => service.step(self, me, event, out),
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        // Both rules wait alike; they differ in when they end.
        match *timer {
            Timer::Call { attempt, .. } => self.insistent.wait(attempt),
            Timer::Write { .. } => self.knobs.timeouts.handling,
        }
    }

    fn untimed(&self) -> Self {
        let (steps, insistent) = (self.steps.untimed(), self.insistent.untimed());
        Saga { steps, insistent, ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        if me == self.orchestrator {
            orchestrator::compact(log);
        } else {
            service::compact(self.keys(me), log);
        }
    }

    fn report(&self, _: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::Orchestrator(orchestrator) => orchestrator.report(self, say),
            State::Service(service) => service.store.report(say),
        }
    }

    fn door(&self, _: &Work) -> ProcessId {
        self.orchestrator
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
