//! What matters in a trace: its violation, what led there, and the steps that a reader needs.

use std::collections::BTreeSet;

use dtxsim_core::trace::{Action, Done, Fated, Step, Trace};

use crate::fold::Weight;

/// A trace of at most so many steps up to its violation is shown whole.
const WHOLE_MAX: usize = 40;
/// Of a longer one so many steps are shown: some at its beginning ...
const CHOSEN_MAX: usize = 32;
const HEAD: usize = 4;
/// ... some up to a violation, whatever they are ...
const TAIL: usize = 8;
/// ... and if it is violated by the run as a whole, fewer of them: they are not to blame.
const TAIL_AT_REST: usize = 2;

/// What is looked for in a trace.
pub(crate) struct Focus {
    /// The step that violates something, or the last one.
    last: usize,
    /// Whether it violates something.
    violates: bool,
    /// Whether that was seen only when the run was over.
    at_rest: bool,
    /// The steps that led to the violation.
    causes: BTreeSet<usize>,
}

impl Focus {
    pub(crate) fn new(trace: &Trace, violation: Option<u64>) -> Focus {
        let end = trace.steps.len().saturating_sub(1);
        let step = violation.map(|step| usize::try_from(step).unwrap_or(usize::MAX));
        let (last, at_rest) = (step.unwrap_or(end).min(end), step.is_none_or(|step| step > end));
        let causes = if at_rest { BTreeSet::new() } else { causes(trace, last) };
        Focus { last, violates: violation.is_some(), at_rest, causes }
    }

    pub(crate) fn weight(&self, trace: &Trace, index: usize) -> Weight {
        if self.violates && index == self.last {
            Weight::Violates
        } else if fault(&trace.steps[index]).is_some() || self.causes.contains(&index) {
            Weight::Matters
        } else {
            Weight::Plain
        }
    }

    /// The steps to show, at most [`WHOLE_MAX`]: faults first, then what was noted, then causes.
    pub(crate) fn chosen(&self, trace: &Trace) -> BTreeSet<usize> {
        if self.last < WHOLE_MAX {
            return (0..=self.last).collect();
        }
        let tail = if self.at_rest { TAIL_AT_REST } else { TAIL };
        let mut chosen: BTreeSet<usize> =
            (0..HEAD).chain(self.last + 1 - tail..=self.last).collect();
        let between: Vec<usize> = (HEAD..self.last + 1 - tail).collect();
        let rank = |index: usize| {
            let step = &trace.steps[index];
            let noted = step.effects.iter().any(|done| matches!(done, Done::Noted(_)));
            match fault(step) {
                Some(Blow::Struck) => Some(0),
                Some(Blow::Felt) | None if noted => Some(1),
                Some(Blow::Felt) | None if self.causes.contains(&index) => Some(2),
                Some(Blow::Felt) if !self.at_rest => Some(3),
                Some(Blow::Felt) | None => None,
            }
        };
        for wanted in 0..=3 {
            let fits = |index: &&usize| rank(**index) == Some(wanted);
            // What is wrong in the end began early; what is wrong at a step began just before.
            let room = CHOSEN_MAX.saturating_sub(chosen.len());
            if self.at_rest {
                chosen.extend(between.iter().filter(fits).take(room));
            } else {
                chosen.extend(between.iter().rev().filter(fits).take(room));
            }
        }
        chosen
    }
}

/// The chain of causes of a step: who sent what is delivered there; before a step that no message
/// caused, what the same process did last.
fn causes(trace: &Trace, last: usize) -> BTreeSet<usize> {
    let (mut causes, mut at) = (BTreeSet::new(), last);
    while let Some(step) = trace.steps.get(at) {
        causes.insert(at);
        let sender = step.cause.and_then(|cause| usize::try_from(cause).ok());
        let before = || {
            let actor = step.action.actor()?;
            (0..at).rev().find(|&index| trace.steps[index].action.actor() == Some(actor))
        };
        match sender.filter(|&cause| cause < at).or_else(before) {
            Some(earlier) => at = earlier,
            None => break,
        }
    }
    causes
}

/// A part that a fault has in a step.
enum Blow {
    /// It happens.
    Struck,
    /// Someone suffers from it.
    Felt,
}

fn fault(step: &Step) -> Option<Blow> {
    let struck = |done: &Done| match done {
        Done::Sent { fate, .. } => match fate {
            Fated::Lost | Fated::Cut | Fated::Doubled(..) => true,
            Fated::Local | Fated::InFlight | Fated::Arrives(_) => false,
        },
        Done::CutShort => true,
        Done::Appended(_)
        | Done::Syncing
        | Done::Durable(_)
        | Done::Armed { .. }
        | Done::Asked(_)
        | Done::Noted(_)
        | Done::Violated(..) => false,
    };
    match &step.action {
        Action::Crash { .. }
        | Action::Restart { .. }
        | Action::Pause { .. }
        | Action::Partition { .. }
        | Action::Skew { .. }
        | Action::Boot { again: true, .. } => Some(Blow::Struck),
        Action::Undelivered { .. } | Action::Refused { .. } => Some(Blow::Felt),
        Action::Boot { again: false, .. }
        | Action::Deliver { .. }
        | Action::Timer { .. }
        | Action::Synced { .. }
        | Action::Chosen { .. }
        | Action::Request { .. }
        | Action::Resume { .. }
        | Action::Mend
        | Action::Heal => step.effects.iter().any(struck).then_some(Blow::Struck),
    }
}
