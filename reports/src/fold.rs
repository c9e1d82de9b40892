//! Traces as lines: whole, or folded to what a reader needs.

use dtxsim_core::trace::{Done, Trace};
use serde::{Serialize, Serializer};

use crate::focus::Focus;
use crate::table::wrap;

const WIDTH: usize = 80;
/// Where effects begin.
const INDENT: usize = 24;

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

/// The lines of a list below a line that explains their marks.
pub(crate) fn explained(mut lines: Vec<Line>) -> Vec<Line> {
    let text = "  step          time  > violates, * fault or cause".to_owned();
    lines.insert(0, Line { text, weight: Weight::Gap });
    lines
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
    let at = step.at.to_string();
    let head = format!("{mark}{:>5} {at:>13}  ", step.index);
    let mut lines = wrapped(&head, &trace.action_text(&step.action), weight);
    let mut open = String::new();
    for done in step.effects.iter().filter(|done| shown(done)) {
        let text = trace.effect_text(done);
        let apart = matches!(done, Done::Violated(..));
        let together = INDENT + open.chars().count() + 2 + text.chars().count();
        if !open.is_empty() && !apart && together <= WIDTH {
            open += &format!("; {text}");
            continue;
        }
        lines.extend(effects(&std::mem::take(&mut open), weight));
        if apart {
            lines.extend(effects(&text, Weight::Violates));
        } else {
            open = text;
        }
    }
    lines.extend(effects(&open, weight));
    lines
}

fn effects(text: &str, weight: Weight) -> Vec<Line> {
    if text.is_empty() { Vec::new() } else { wrapped(&" ".repeat(INDENT), text, weight) }
}

/// A text behind `head`; what does not fit goes below, farther to the right.
fn wrapped(head: &str, text: &str, weight: Weight) -> Vec<Line> {
    let fits = head.chars().count() + text.chars().count() <= WIDTH;
    let room = if fits { WIDTH } else { WIDTH - INDENT - 2 };
    let pieces = wrap(text, room).into_iter().enumerate();
    let line = |(n, piece): (usize, &str)| {
        let text =
            if n == 0 { format!("{head}{piece}") } else { format!("{:INDENT$}  {piece}", "") };
        Line { text, weight }
    };
    pieces.map(line).collect()
}
