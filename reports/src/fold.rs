//! Traces as lines: whole, or folded to what a reader needs.

use std::collections::BTreeSet;

use dtxsim_core::trace::{Action, Done, Fated, Step, Trace};
use serde::{Serialize, Serializer};

use crate::table::wrap;

/// A trace of at most so many steps up to its violation is shown whole.
const WHOLE_MAX: usize = 40;
/// Of a longer one so many steps are shown: some at its beginning ...
const CHOSEN_MAX: usize = 32;
const HEAD: usize = 4;
/// ... some up to a violation, whatever they are ...
const TAIL: usize = 8;
/// ... and if it is violated by the run as a whole, fewer of them: they are not to blame.
const TAIL_AT_REST: usize = 2;

const WIDTH: usize = 80;
/// Where effects begin: in a world with a clock ...
const INDENT: usize = 24;
/// ... and in one without.
const INDENT_UNTIMED: usize = 10;

/// One line of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its text, without a newline.
    pub text: String,
    /// How much it matters.
    pub weight: Weight,
}

/// How much a line matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// Some steps are left out here.
    Gap,
    /// It happened.
    Plain,
    /// A fault, or one of the causes of the violation. Begins with `*`.
    Matters,
    /// The violation. Begins with `>`.
    Violates,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What is looked for in a trace.
struct Focus {
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
    fn new(trace: &Trace, violation: Option<u64>) -> Focus {
        let end = trace.steps.len().saturating_sub(1);
        let step = violation.map(|step| usize::try_from(step).unwrap_or(usize::MAX));
        let (last, at_rest) = (step.unwrap_or(end).min(end), step.is_none_or(|step| step > end));
        let causes = if at_rest { BTreeSet::new() } else { causes(trace, last) };
        Focus { last, violates: violation.is_some(), at_rest, causes }
    }

    fn weight(&self, trace: &Trace, index: usize) -> Weight {
        if self.violates && index == self.last {
            Weight::Violates
        } else if fault(&trace.steps[index]).is_some() || self.causes.contains(&index) {
            Weight::Matters
        } else {
            Weight::Plain
        }
    }

    /// The steps to show, at most [`WHOLE_MAX`]: faults first, then what was noted, then causes.
    fn chosen(&self, trace: &Trace) -> BTreeSet<usize> {
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

/// Every step, every effect.
pub fn full(trace: &Trace, violation: Option<u64>) -> Vec<Line> {
    let focus = Focus::new(trace, violation);
    let steps = 0..trace.steps.len();
    steps.flat_map(|index| lines(trace, index, focus.weight(trace, index), &|_| true)).collect()
}

/// The steps up to a violation, or all. If they are many: the first and the last few, and of those
/// between the faults, what was noted, and the causes of the violation. Timers that are set are
/// left out.
pub fn fold(trace: &Trace, violation: Option<u64>) -> Vec<Line> {
    if trace.steps.is_empty() {
        return Vec::new();
    }
    let focus = Focus::new(trace, violation);
    let shown = |done: &Done| match done {
        Done::Armed { .. } => false,
        Done::Appended(_)
        | Done::Syncing
        | Done::Durable(_)
        | Done::Sent { .. }
        | Done::Asked(_)
        | Done::Noted(_)
        | Done::CutShort
        | Done::Violated(..) => true,
    };
    let (mut folded, mut next) = (Vec::new(), 0);
    for index in focus.chosen(trace) {
        if index > next {
            folded.push(gap(index - next));
        }
        folded.extend(lines(trace, index, focus.weight(trace, index), &shown));
        next = index + 1;
    }
    if next < trace.steps.len() {
        folded.push(gap(trace.steps.len() - next));
    }
    folded
}

/// The chain of causes of a step: who sent what is delivered there; before a step that no message
/// caused, what the same process did last.
fn causes(trace: &Trace, last: usize) -> BTreeSet<usize> {
    let (mut causes, mut at) = (BTreeSet::new(), last);
    while let Some(step) = trace.steps.get(at) {
        causes.insert(at);
        let sender = step.cause.and_then(|cause| usize::try_from(cause).ok());
        let before = || {
            let actor = actor(&step.action)?;
            (0..at).rev().find(|&index| self::actor(&trace.steps[index].action) == Some(actor))
        };
        match sender.filter(|&cause| cause < at).or_else(before) {
            Some(earlier) => at = earlier,
            None => break,
        }
    }
    causes
}

/// Who acts.
fn actor(action: &Action) -> Option<usize> {
    match action {
        Action::Boot { process, .. }
        | Action::Timer { process, .. }
        | Action::Synced { process }
        | Action::Chosen { process, .. }
        | Action::Request { process, .. }
        | Action::Deliver { to: process, .. } => Some(*process),
        Action::Undelivered { .. }
        | Action::Refused { .. }
        | Action::Crash { .. }
        | Action::Restart { .. }
        | Action::Pause { .. }
        | Action::Resume { .. }
        | Action::Partition { .. }
        | Action::Mend
        | Action::Skew { .. }
        | Action::Heal => None,
    }
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

fn gap(steps: usize) -> Line {
    let s = if steps == 1 { "" } else { "s" };
    Line { text: format!("{:>6} {steps} more step{s}", "..."), weight: Weight::Gap }
}

/// A step: what happened, then what was done about it, as many effects a line as fit.
fn lines(trace: &Trace, index: usize, weight: Weight, shown: &dyn Fn(&Done) -> bool) -> Vec<Line> {
    let step = &trace.steps[index];
    let mark = match weight {
        Weight::Violates => '>',
        Weight::Matters => '*',
        Weight::Plain | Weight::Gap => ' ',
    };
    let (indent, at) = match trace.timed {
        true => (INDENT, format!(" {:>13}", step.at.to_string())),
        false => (INDENT_UNTIMED, String::new()),
    };
    let head = format!("{mark}{:>5}{at}  ", step.index);
    let mut lines = wrapped(&head, indent, &trace.action_text(&step.action), weight);
    let mut open = String::new();
    for done in step.effects.iter().filter(|done| shown(done)) {
        let text = trace.effect_text(done);
        let apart = matches!(done, Done::Violated(..));
        let together = indent + open.chars().count() + 2 + text.chars().count();
        if !open.is_empty() && !apart && together <= WIDTH {
            open += &format!("; {text}");
            continue;
        }
        lines.extend(effects(&std::mem::take(&mut open), indent, weight));
        if apart {
            lines.extend(effects(&text, indent, Weight::Violates));
        } else {
            open = text;
        }
    }
    lines.extend(effects(&open, indent, weight));
    lines
}

fn effects(text: &str, indent: usize, weight: Weight) -> Vec<Line> {
    if text.is_empty() { Vec::new() } else { wrapped(&" ".repeat(indent), indent, text, weight) }
}

/// A text behind `head`; what does not fit goes below, farther to the right than effects.
fn wrapped(head: &str, indent: usize, text: &str, weight: Weight) -> Vec<Line> {
    let fits = head.chars().count() + text.chars().count() <= WIDTH;
    let room = if fits { WIDTH } else { WIDTH - indent - 2 };
    let pieces = wrap(text, room).into_iter().enumerate();
    let line = |(n, piece): (usize, &str)| {
        let text =
            if n == 0 { format!("{head}{piece}") } else { format!("{:indent$}  {piece}", "") };
        Line { text, weight }
    };
    pieces.map(line).collect()
}
