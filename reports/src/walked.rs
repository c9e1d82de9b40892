//! From random walks to a report.

use dtxsim_core::ledger::Ledger;
use dtxsim_core::sweep::Names;
use dtxsim_core::untimed::{Bounds, Credit, Found, Walks};
use dtxsim_core::verdict::{Conclusion, Judged, Verdict};
use serde::Serialize;

use crate::build::Meta;
use crate::expectation::Expectation;
use crate::explored::{FaultCounts, counterexample, without_runs};
use crate::report::{CounterExample, Evidence, PropertyReport, Report, Runs};

/// How walks were taken, as far as they do not say themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walking {
    /// So many walks were asked for.
    pub asked: u64,
    /// Of so many steps at most, before faults stopped.
    pub steps: u32,
    /// The seed of the first.
    pub seed: u64,
    /// What of the scenario was not used.
    pub ignored: Vec<String>,
    /// What was asked for beside the scenario: command-line options.
    pub options: Vec<String>,
}

/// What there is to say of random walks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WalkReport {
    /// All bounds in words.
    pub within: String,
    /// How messages travel: `bag`, `fifo` or `set`.
    pub network: &'static str,
    /// When timers run out: `any` or `quiescent`.
    pub timers: &'static str,
    /// How much may go wrong along any one walk.
    pub budgets: FaultCounts,
    /// Whether a crashed host comes back.
    pub restarts: bool,
    /// Whether a forced write takes a step of its own (`split`) or none (`instant`).
    pub disk: &'static str,
    /// What gets out when a process dies amid several messages: `ordered` or `unordered`.
    pub sends: &'static str,
    /// At most so many were to be taken.
    pub asked: u64,
    /// So many were.
    pub walks: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// Steps of one at most, before faults stopped.
    pub steps_max: u32,
    /// The seed of the first; each other has the next.
    pub seed: u64,
    /// Different states, by fingerprint.
    pub distinct: u64,
    /// Walks that had not come to rest when they were given up.
    pub restless: u64,
    /// Who chose, and what came of it.
    pub tactics: Vec<TacticReport>,
    /// Who violated what first.
    pub found: Vec<FoundBy>,
    /// Steps that were faults.
    pub faults: FaultCounts,
    /// Messages that ran into a partition.
    pub cut: u64,
    /// What of the scenario was not used.
    pub ignored: Vec<String>,
    /// What was asked for beside the scenario.
    pub options: Vec<String>,
}

/// What a tactic did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct TacticReport {
    /// Its name.
    pub name: &'static str,
    /// Its walks.
    pub walks: u64,
    /// Those of them that violated something.
    pub failing: u64,
    /// States that nobody had been in before.
    pub fresh: u64,
}

/// Who violated a property first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FoundBy {
    /// The property.
    pub property: &'static str,
    /// The tactic.
    pub tactic: &'static str,
    /// In the how manieth walk, from zero.
    pub walk: u64,
}

impl Report {
    /// The report on walks through a world with these names and an empty ledger.
    pub fn walked(
        meta: &Meta,
        walking: &Walking,
        (names, ledger): (&Names, &Ledger),
        walks: &Walks,
        conclusion: &Conclusion,
    ) -> Report {
        let violated = walks.violated();
        // An interruption is nobody's expectation.
        let missed = meta.expected.missed(conclusion.verdict, &violated).or_else(|| {
            let cut = walks.interrupted && conclusion.verdict != Verdict::Violated;
            cut.then(|| "interrupted".to_owned())
        });
        let blank = without_runs(meta, (names, ledger), conclusion);
        let stopped = walks.walks < walking.asked && !walks.interrupted;
        Report {
            mode: "walk".to_owned(),
            as_expected: missed.is_none(),
            missed,
            properties: conclusion.properties.iter().map(|p| property(p, walks)).collect(),
            runs: Runs { stopped, interrupted: walks.interrupted, ..blank.runs },
            walk: Some(walk(walking, walks)),
            counterexample: telling_walk(walks, &meta.expected).map(shown),
            ..blank
        }
    }
}

fn walk(walking: &Walking, walks: &Walks) -> WalkReport {
    let Bounds { network, timers, budgets, restarts, split_sync, any_sends } = walks.bounds;
    let tactic = |credit: &Credit| TacticReport {
        name: credit.tactic.name(),
        walks: credit.walks,
        failing: credit.failing,
        fresh: credit.fresh,
    };
    WalkReport {
        within: walks.bounds.to_string(),
        network: network.name(),
        timers: timers.name(),
        budgets: FaultCounts::of_budgets(budgets),
        restarts,
        disk: if split_sync { "split" } else { "instant" },
        sends: if any_sends { "unordered" } else { "ordered" },
        asked: walking.asked,
        walks: walks.walks,
        steps: walks.steps,
        steps_max: walking.steps,
        seed: walking.seed,
        distinct: walks.distinct,
        restless: walks.restless,
        tactics: walks.credits.iter().map(tactic).collect(),
        found: walks.found.iter().map(found_by).collect(),
        faults: FaultCounts::of_steps(walks.faults),
        cut: walks.faults.cut,
        ignored: walking.ignored.clone(),
        options: walking.options.clone(),
    }
}

fn found_by(found: &Found) -> FoundBy {
    let property = found.counterexample.violation.property;
    FoundBy { property, tactic: found.tactic.name(), walk: found.walk }
}

fn property(judged: &Judged, walks: &Walks) -> PropertyReport {
    let of = |found: &&Found| found.counterexample.violation.property == judged.name;
    let first = walks.found.iter().find(of).map(|found| &found.counterexample.violation);
    let evidence = Evidence {
        violations: judged.violations,
        why: judged.why.clone(),
        first_seed: None,
        first_step: first.map(|violation| violation.step),
        summary: first.map(|violation| violation.finding.summary.clone()),
        waits: first.map(|violation| violation.finding.waits.clone()).unwrap_or_default(),
    };
    let (name, verdict, premises) = (judged.name, judged.verdict, judged.premises);
    PropertyReport { name, verdict, premises, evidence }
}

/// The walk that is shown: the shortest, but one that nobody expected before all others.
pub fn telling_walk<'a>(walks: &'a Walks, expected: &Expectation) -> Option<&'a Found> {
    walks.found.iter().min_by_key(|found| {
        let counterexample = &found.counterexample;
        let is_expected = expected.names(counterexample.violation.property);
        (is_expected, counterexample.trace.steps.len())
    })
}

fn shown(found: &Found) -> CounterExample {
    CounterExample { found_by: Some(found_by(found)), ..counterexample(&found.counterexample) }
}
