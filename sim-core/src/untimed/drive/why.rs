//! Why there is no timed run of a path.

use std::fmt;

use serde::Serialize;

use crate::time::Nanos;
use crate::trace::Trace;
use crate::untimed::drive::plan::Plan;
use crate::untimed::drive::times::{Moment, Rule, Why};
use crate::untimed::follow::Lost;
use crate::untimed::schedule::Drift;

/// No timed run makes the steps of a path in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Undriven {
    /// The path is another world's.
    Drift(Drift),
    /// The run that was to be made again has no path.
    Lost(Lost),
    /// The timed world does otherwise, whatever the times.
    Unlike {
        /// On this step of the path.
        step: u64,
        /// Why.
        why: String,
    },
    /// Each step could be, but not all of them: no times were found that are right for all.
    Contradiction(Contradiction),
}

/// What cannot all be true at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Contradiction {
    /// Each follows from the path or from how long timers run, or is assumed.
    pub clauses: Vec<Clause>,
    /// Whether some of it is assumed: that what may have waited for a busy process did, or did not.
    /// There may be times all the same.
    pub assumed: bool,
}

/// One thing that must be so if the path is to be a timed run. Steps are the path's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clause {
    /// The one happens before the other, or at the same time.
    Before {
        /// The one.
        step: u64,
        /// The other.
        then: u64,
    },
    /// A timer runs out exactly so long after it was set.
    RunsOut {
        /// Whose.
        process: String,
        /// Which.
        timer: String,
        /// On this step it was set.
        set: u64,
        /// So long it runs.
        #[serde(rename = "span_ns")]
        span: Nanos,
        /// On this step it runs out.
        at: u64,
    },
    /// A timer does not run out, so less time than it runs must have passed by then.
    StillSet {
        /// Whose.
        process: String,
        /// Which.
        timer: String,
        /// On this step it was set.
        set: u64,
        /// So long it runs.
        #[serde(rename = "span_ns")]
        span: Nanos,
        /// On this step it is set still, or its process ceases to take it.
        at: u64,
    },
    /// A message within a host arrives at once.
    AtOnce {
        /// On this step it is sent.
        sent: u64,
        /// On this step it arrives.
        at: u64,
    },
}

impl Undriven {
    pub(super) fn unlike(step: u64, why: &str) -> Undriven {
        Undriven::Unlike { step, why: why.to_owned() }
    }
}

impl Plan {
    /// Rules that contradict each other, in words; what follows from the order alone taken
    /// together.
    pub(super) fn contradiction(&self, path: &Trace, circle: &[Rule]) -> Undriven {
        let is_sequence = |rule: &Rule| rule.why == Why::Sequence;
        let start = circle.iter().position(|rule| !is_sequence(rule)).unwrap_or(0);
        let mut clauses: Vec<Clause> = Vec::new();
        for rule in circle[start..].iter().chain(&circle[..start]) {
            let (from, to) = (self.steps[rule.from], self.steps[rule.to]);
            match rule.why {
                Why::Sequence => match clauses.last_mut() {
                    Some(Clause::Before { then, .. }) => *then = to,
                    Some(Clause::RunsOut { .. } | Clause::StillSet { .. })
                    | Some(Clause::AtOnce { .. })
                    | None => clauses.push(Clause::Before { step: from, then: to }),
                },
                Why::Timer(number) => {
                    let alarm = &self.alarms[number];
                    let (timer, span) = (alarm.timer.clone(), alarm.span);
                    let process = path.processes[alarm.process.index()].clone();
                    let (set, at) = (self.steps[alarm.set], self.steps[alarm.until]);
                    clauses.push(if alarm.fires {
                        Clause::RunsOut { process, timer, set, span, at }
                    } else {
                        Clause::StillSet { process, timer, set, span, at }
                    });
                }
                Why::Local(number) => {
                    let (sent, at) = self.locals[number];
                    let (sent, at) = (self.steps[sent], self.steps[at]);
                    clauses.push(Clause::AtOnce { sent, at });
                }
            }
        }
        let assumed = circle.iter().any(|rule| self.is_assumed(rule));
        Undriven::Contradiction(Contradiction { clauses, assumed })
    }
}

impl Plan {
    /// Whether a rule depends on who waited for a busy process.
    fn is_assumed(&self, rule: &Rule) -> bool {
        let ends = (rule.from, rule.to);
        let is_between = |(why, &(_, freed)): (&Why, &(Moment, Moment))| {
            rule.why == *why || ends == (freed, self.taken(*why))
        };
        self.waits.iter().any(is_between)
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clause::Before { step, then } => write!(f, "step {step} comes before step {then}"),
            Clause::RunsOut { process, timer, set, span, at } => write!(
                f,
                "timer {timer} of {process}, set on step {set}, runs out on step {at}, exactly \
                 {span} later"
            ),
            Clause::StillSet { process, timer, set, span, at } => write!(
                f,
                "timer {timer} of {process}, set on step {set} for {span}, has not run out by \
                 step {at}"
            ),
            Clause::AtOnce { sent, at } => {
                write!(
                    f,
                    "a message within a host, sent on step {sent}, arrives at once, on step {at}"
                )
            }
        }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, clause) in self.clauses.iter().enumerate() {
            write!(f, "{}{clause}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Undriven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Undriven::Drift(drift) => drift.fmt(f),
            Undriven::Lost(lost) => lost.fmt(f),
            Undriven::Unlike { step, why } => {
                write!(f, "step {step} has no counterpart in a world with time: {why}")
            }
            Undriven::Contradiction(contradiction) => {
                let known = if contradiction.assumed { "were found that are" } else { "are" };
                write!(f, "no times {known} right for all of it: {contradiction}")
            }
        }
    }
}

impl std::error::Error for Undriven {}
