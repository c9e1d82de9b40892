//! What a counterexample was made into.

use dtxsim_core::monitor::Wait;
use dtxsim_core::untimed::{Needed, Shrunk};
use serde::Serialize;

use crate::fold::{Line, fold};
use crate::report::Report;

/// A counterexample, made short: a path of a world without time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ShrunkReport {
    /// How many events it had, after all processes had started ...
    pub events_before: u64,
    /// ... and has.
    pub events: u64,
    /// The step that violates the property.
    pub step: u64,
    /// What is wrong there.
    pub summary: String,
    /// Who waits for whom there.
    pub waits: Vec<Wait>,
    /// The faults that it needs.
    pub needed: Vec<NeededReport>,
    /// Whether no path with these faults and requests is shorter.
    pub shortest: bool,
    /// What replays it; none if it is too long for that.
    pub token: Option<String>,
    /// What happens in it, folded.
    pub trace: Vec<Line>,
}

/// A fault without which it does not fail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NeededReport {
    /// The step.
    pub step: u64,
    /// What goes wrong.
    pub what: String,
}

impl ShrunkReport {
    /// What is known of a path that was made short, and the token that replays it.
    pub fn new(shrunk: &Shrunk, token: Option<String>) -> ShrunkReport {
        let Shrunk { trace, violation, schedule, before, needed, shortest, .. } = shrunk;
        let need = |needed: &Needed| NeededReport { step: needed.step, what: needed.what.clone() };
        ShrunkReport {
            events_before: *before as u64,
            events: schedule.choices.len() as u64,
            step: violation.step,
            summary: violation.finding.summary.clone(),
            waits: violation.finding.waits.clone(),
            needed: needed.iter().map(need).collect(),
            shortest: *shortest,
            token,
            trace: fold(trace, Some(violation.step)),
        }
    }
}

impl Report {
    /// Says of the counterexample what it was made into, or why that was not possible.
    pub fn shrink(&mut self, shrunk: Result<ShrunkReport, String>) {
        let Some(example) = &mut self.counterexample else { return };
        match shrunk {
            Ok(shrunk) => example.shrunk = Some(shrunk),
            Err(why) => example.unshrunk = Some(why),
        }
    }
}
