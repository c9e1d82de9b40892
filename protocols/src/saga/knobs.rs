use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

use super::graph::Graph;
use crate::common::Op;

/// What becomes of the step that was refused when a saga turns back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedStep {
    /// It did nothing, so it is not compensated: `m` actions and `m - 1` compensations
    /// (Garcia-Molina & Salem).
    #[default]
    Classic,
    /// It is compensated like those before it: `m` and `m`. Services must bear being asked to undo
    /// what they have not done (DTM).
    Dtm,
}

/// How many handle what the orchestrator is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Workers {
    /// One, who handles one thing after the other.
    #[default]
    One,
    /// Two at once. Each reads the state of a saga and writes it later, if it is still what it has
    /// read; if not, it starts again.
    Two,
}

/// What is done about the isolation that sagas do not have (Frank & Zahle, *Semantic ACID
/// Properties in Multidatabases Using Remote Procedure Calls and Update Propagations*, 1998, as
/// Richardson lists them, *Microservices Patterns*, ch. 4). The sixth, a version file, notes what
/// comes in the wrong order and so makes order not matter; services always have it: it is the row
/// of an undoing that has overtaken its step, without which a saga is broken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Countermeasure {
    /// Steps add amounts to what is there: their order does not matter.
    #[default]
    CommutativeUpdates,
    /// Nothing: a saga looks at its data first, and then its steps write what it has worked out.
    Nothing,
    /// The same, and what one saga has looked at no other may look at before it is over.
    SemanticLock,
    /// As without any, and steps that only give come last; they are only made when no step can be
    /// refused any more.
    PessimisticView,
    /// As without any, and a step is refused if its data have changed since they were looked at.
    RereadValue,
    /// A semantic lock for steps of at least that amount; nothing for others.
    ByValue(i64),
}

impl Countermeasure {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Countermeasure::CommutativeUpdates => "commutative_updates",
            Countermeasure::Nothing => "none",
            Countermeasure::SemanticLock => "semantic_lock",
            Countermeasure::PessimisticView => "pessimistic_view",
            Countermeasure::RereadValue => "reread_value",
            Countermeasure::ByValue(_) => "by_value",
        }
    }

    /// Whether a saga looks at its data before its first step.
    pub(super) fn looks_first(self) -> bool {
        self != Countermeasure::CommutativeUpdates
    }

    /// Whether a step that does that locks what it is about.
    pub(super) fn locks(self, ops: &[Op]) -> bool {
        let moves = |op: &Op, least: i64| match *op {
            Op::Add(_, amount) => amount.unsigned_abs() >= least.unsigned_abs(),
            Op::Read(_) => false,
        };
        match self {
            Countermeasure::SemanticLock => true,
            Countermeasure::ByValue(least) => ops.iter().any(|op| moves(op, least)),
            Countermeasure::CommutativeUpdates
            | Countermeasure::Nothing
            | Countermeasure::PessimisticView
            | Countermeasure::RereadValue => false,
        }
    }
}

impl fmt::Display for Countermeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Countermeasure::ByValue(least) => write!(f, "({least})"),
            Countermeasure::CommutativeUpdates
            | Countermeasure::Nothing
            | Countermeasure::SemanticLock
            | Countermeasure::PessimisticView
            | Countermeasure::RereadValue => Ok(()),
        }
    }
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Compensations run in the order of the steps.
    ForwardCompensation,
    /// A compensation is registered when its step has returned: one whose outcome is unknown is
    /// not compensated.
    LateRegistration,
    /// A service that has nothing to undo does not remember that it was asked to.
    UndoForgotten,
    /// It remembers, but not durably.
    UndoInMemory,
    /// A service undoes what it has not done.
    BlindUndo,
    /// A service does again what it is asked again.
    NotIdempotent,
    /// A compensation that was refused is recorded as done.
    FailedUndoPassedOver,
    /// The start of a saga is not forced before its first call.
    UnforcedStart,
    /// That a step is about to be called is not forced before.
    UnforcedStep,
    /// The turn to backward recovery is not logged.
    UnloggedTurn,
    /// The client is told before the end of the saga is durable.
    AnswersBeforeEnd,
    /// A worker writes the state of a saga as if it were still what it has read.
    StateUnchecked,
    /// All compensations run at once, whatever came after what.
    ParallelCompensation,
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a call is made again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
    /// So long one of two workers takes between reading and writing.
    pub handling: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
            handling: Nanos::from_millis(1),
        }
    }
}

/// The knobs of a saga.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// The service whose step decides: those before it can be compensated, it cannot, and those
    /// after it only go forward. `None`: every step can be compensated, and the last one decides.
    pub pivot: Option<String>,
    /// Which services' steps come after which others'. `None`: steps are made one after the other,
    /// in the order of the branches.
    pub after: Option<Graph>,
    /// Whether the step that was refused is compensated.
    pub failed_step: FailedStep,
    /// A call of a step that can be compensated is made again so often; then its outcome counts as
    /// unknown, and the saga turns back.
    pub retries: u8,
    /// Whether all other calls, too, are made again only so often, and then a person is needed. If
    /// not, they are made until they are answered.
    pub gives_up: bool,
    /// What is done about the isolation that there is not.
    pub countermeasure: Countermeasure,
    /// How many handle what the orchestrator is told.
    pub workers: Workers,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// The most retries: time-outs that double grow no longer after so many.
    pub const RETRIES: u8 = 10;

    /// Which knob another contradicts, and why.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let two = self.workers == Workers::Two;
        if !two && self.broken == Some(Flaw::StateUnchecked) {
            let why = "one worker finds what it has left: that takes `workers: two`";
            return Some(("broken", why));
        }
        let graph = self.after.is_some();
        if graph && two {
            let why = "two workers know sagas of one step after the other: \
                       `after` takes `workers: one`";
            return Some(("workers", why));
        }
        if graph && self.countermeasure != Countermeasure::default() {
            let why = "sagas that look at their data first make one step after the other: \
                       `after` takes `countermeasure: commutative_updates`";
            return Some(("countermeasure", why));
        }
        None
    }

    /// Why steps of these services cannot come in the order that is asked for.
    pub(super) fn objection<'s>(
        &self,
        services: impl Iterator<Item = &'s str> + Clone,
    ) -> Option<String> {
        let graph = self.after.as_ref()?;
        if let Some(name) = graph.services().into_iter().find(|n| services.clone().all(|s| s != *n))
        {
            return Some(format!("there is no service `{name}`"));
        }
        let pivot = self.pivot.as_ref()?;
        let beside = graph.beside(pivot, services)?;
        Some(format!("`{beside}` comes neither before nor after the pivot `{pivot}`"))
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs {
            pivot: None,
            after: None,
            failed_step: FailedStep::default(),
            retries: 2,
            gives_up: false,
            countermeasure: Countermeasure::default(),
            workers: Workers::One,
            broken: None,
            timeouts: Timeouts::default(),
        }
    }
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 13] = [
        Flaw::ForwardCompensation,
        Flaw::LateRegistration,
        Flaw::UndoForgotten,
        Flaw::UndoInMemory,
        Flaw::BlindUndo,
        Flaw::NotIdempotent,
        Flaw::FailedUndoPassedOver,
        Flaw::UnforcedStart,
        Flaw::UnforcedStep,
        Flaw::UnloggedTurn,
        Flaw::AnswersBeforeEnd,
        Flaw::StateUnchecked,
        Flaw::ParallelCompensation,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::ForwardCompensation => "forward_compensation",
            Flaw::LateRegistration => "late_registration",
            Flaw::UndoForgotten => "undo_forgotten",
            Flaw::UndoInMemory => "undo_in_memory",
            Flaw::BlindUndo => "blind_undo",
            Flaw::NotIdempotent => "not_idempotent",
            Flaw::FailedUndoPassedOver => "failed_undo_passed_over",
            Flaw::UnforcedStart => "unforced_start",
            Flaw::UnforcedStep => "unforced_step",
            Flaw::UnloggedTurn => "unlogged_turn",
            Flaw::AnswersBeforeEnd => "answers_before_end",
            Flaw::StateUnchecked => "state_unchecked",
            Flaw::ParallelCompensation => "parallel_compensation",
        }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.failed_step {
            FailedStep::Classic => "failed_step: classic",
            FailedStep::Dtm => "failed_step: dtm",
        })?;
        if let Some(pivot) = &self.pivot {
            write!(f, ", pivot: {pivot}")?;
        }
        if let Some(graph) = &self.after {
            write!(f, ", after: {graph}")?;
        }
        write!(f, ", retries: {}", self.retries)?;
        if self.gives_up {
            f.write_str(", gives_up")?;
        }
        if self.countermeasure != Countermeasure::default() {
            write!(f, ", countermeasure: {}", self.countermeasure)?;
        }
        if self.workers == Workers::Two {
            f.write_str(", workers: two")?;
        }
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}
