//! What came of a path of a world without time that was to be a timed run.

use dtxsim_core::Nanos;
use dtxsim_core::monitor::{Violation, Wait};
use dtxsim_core::token::{ENGINE, PathToken};
use dtxsim_core::untimed::{Clause, DrivenRun, Undriven};
use serde::Serialize;

use crate::fold::{Line, fold};
use crate::report::{FORMAT_VERSION, ScenarioName};

/// A path as a timed run, or why there is none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DrivenReport {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version that made this.
    pub engine: &'static str,
    /// What was replayed.
    pub scenario: ScenarioName,
    /// The protocol and its knobs.
    pub protocol: String,
    /// What the path is bounded by, in words.
    pub within: String,
    /// How many events the path has, after all processes have started.
    pub events: u64,
    /// The property that the path violates.
    pub property: String,
    /// Whether the run violates it as well, and did so when it was made again.
    pub reproduced: bool,
    /// Whether what was made twice was the same.
    pub deterministic: bool,
    /// Whether the scenario has changed since the token was made.
    pub scenario_changed: bool,
    /// The run.
    pub run: Option<RunReport>,
    /// Why there is none.
    pub unrealised: Option<UnrealisedReport>,
}

/// What is known but for the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Circumstances {
    /// Whether what was made twice was the same.
    pub deterministic: bool,
    /// Whether the scenario has changed since the token was made.
    pub scenario_changed: bool,
}

/// The run of a path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RunReport {
    /// How many steps it has.
    pub steps: u64,
    /// When the last one is.
    pub end_ns: Nanos,
    /// Whether steps that do not depend on each other come in another order than on the path.
    pub reordered: bool,
    /// Of all that happens, and when.
    pub fingerprint: String,
    /// What it violates.
    pub violations: Vec<FoundReport>,
    /// What it is too short to judge.
    pub open: Vec<OpenReport>,
    /// Its steps, folded.
    pub trace: Vec<Line>,
}

/// A property that the run of a path violates.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FoundReport {
    /// The property.
    pub property: &'static str,
    /// The step that violates it.
    pub step: u64,
    /// When that is.
    pub at_ns: Nanos,
    /// What is wrong.
    pub summary: String,
    /// Who waits for whom.
    pub waits: Vec<Wait>,
}

/// A property that the run of a path does not decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OpenReport {
    /// The property.
    pub property: &'static str,
    /// Why it is open.
    pub why: String,
}

/// Why a path is no timed run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnrealisedReport {
    /// In words.
    pub why: String,
    /// The step of the path that the timed world does not do, if it is one.
    pub step: Option<u64>,
    /// Else what contradicts each other.
    pub contradiction: Vec<Clause>,
    /// Whether some of that is assumed, so that there may be times all the same.
    pub assumed: bool,
}

impl DrivenReport {
    /// What is known of the path of a token.
    pub fn new(
        scenario: ScenarioName,
        protocol: &str,
        token: &PathToken,
        driven: Result<&DrivenRun, &Undriven>,
        circumstances: Circumstances,
    ) -> DrivenReport {
        let run = driven.ok();
        let Circumstances { deterministic, scenario_changed } = circumstances;
        DrivenReport {
            format_version: FORMAT_VERSION,
            engine: ENGINE,
            scenario,
            protocol: protocol.to_owned(),
            within: token.schedule.bounds.to_string(),
            events: token.schedule.choices.len() as u64,
            property: token.property.clone(),
            reproduced: deterministic && run.is_some_and(|run| run.violates(&token.property)),
            deterministic,
            scenario_changed,
            run: run.map(RunReport::new),
            unrealised: driven.err().map(UnrealisedReport::new),
        }
    }

    /// One object on one line, with a newline at its end.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("it has no maps") + "\n"
    }
}

impl RunReport {
    fn new(run: &DrivenRun) -> RunReport {
        let outcome = &run.outcome;
        let open =
            |(property, why): &(&'static str, String)| OpenReport { property, why: why.clone() };
        RunReport {
            steps: outcome.steps,
            end_ns: outcome.end,
            reordered: run.reordered,
            fingerprint: format!("{:016x}", outcome.fingerprint),
            violations: outcome.violations.iter().map(FoundReport::new).collect(),
            open: outcome.unknown.iter().map(open).collect(),
            trace: fold(&run.trace, outcome.violations.first().map(|found| found.step)),
        }
    }
}

impl FoundReport {
    fn new(violation: &Violation) -> FoundReport {
        let Violation { property, step, at, finding } = violation;
        FoundReport {
            property,
            step: *step,
            at_ns: *at,
            summary: finding.summary.clone(),
            waits: finding.waits.clone(),
        }
    }
}

impl UnrealisedReport {
    fn new(why: &Undriven) -> UnrealisedReport {
        let (step, contradiction) = match why {
            Undriven::Drift(_) | Undriven::Lost(_) => (None, Vec::new()),
            Undriven::Unlike { step, .. } => (Some(*step), Vec::new()),
            Undriven::Contradiction(contradiction) => (None, contradiction.clauses.clone()),
        };
        let assumed = matches!(why, Undriven::Contradiction(found) if found.assumed);
        UnrealisedReport { why: why.to_string(), step, contradiction, assumed }
    }
}
