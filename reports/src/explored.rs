//! From an exploration to a report.

use dtxsim_core::ledger::Ledger;
use dtxsim_core::sweep::Names;
use dtxsim_core::token::ENGINE;
use dtxsim_core::untimed::{
    Bounds, Budgets, Caps, Counterexample, CutShort, Exploration, Felt, Order,
};
use dtxsim_core::verdict::{Conclusion, Judged, Unfelt, Verdict};
use serde::Serialize;

use crate::build::{Meta, delays, faults, intervals, messages};
use crate::coverage::{CoverageReport, GrowthReport, coverage, growth};
use crate::expectation::Expectation;
use crate::fold::fold;
use crate::report::{
    CounterExample, Endings, Evidence, Extent, FORMAT_VERSION, LatencySum, PropertyReport, Report,
    Requests, Runs, ScenarioName, StuckReport, UnfeltReport, Writes,
};

/// How a scenario was explored, as far as the exploration itself does not say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// In which order.
    pub order: Order,
    /// Where it would have given up.
    pub caps: Caps,
    /// What of the scenario was not used, for it is for runs with a clock.
    pub ignored: Vec<String>,
    /// What was asked for beside the scenario: command-line options.
    pub options: Vec<String>,
    /// What the scenario requires to be exercised.
    pub required: Vec<String>,
}

/// What there is to say of an exploration, beside its [`Extent`].
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ExplorationReport {
    /// All bounds in words.
    pub within: String,
    /// How messages travel: `bag`, `fifo` or `set`.
    pub network: &'static str,
    /// When timers run out: `any` or `quiescent`.
    pub timers: &'static str,
    /// How much may go wrong along any one path.
    pub budgets: FaultCounts,
    /// Whether a crashed host comes back.
    pub restarts: bool,
    /// Whether a forced write takes a step of its own (`split`) or none (`instant`).
    pub disk: &'static str,
    /// What of several messages sent in a row got out when their sender crashed amid them: the
    /// first (`ordered`) or any (`unordered`).
    pub sends: &'static str,
    /// What was left out: `symmetry`.
    pub reduced: Vec<&'static str>,
    /// Processes that could change places, group by group, with `symmetry`.
    pub alike: Vec<Vec<String>>,
    /// In which order states were expanded: `breadth`, `depth` or `deepening`.
    pub order: &'static str,
    /// If states were told apart by fingerprints: how likely it is, at most, that some had the same
    /// and something was missed.
    pub collision_odds: Option<f64>,
    /// How many states a deepening search had to forget, and may have counted again.
    pub forgotten: u64,
    /// The cap on states.
    pub states_max: u64,
    /// The cap on memory.
    pub memory_max_bytes: u64,
    /// Why it ended before everything was seen: `states`, `memory`, `interrupted` or `found`.
    pub cut_short: Option<&'static str>,
    /// Steps that were faults.
    pub faults: FaultCounts,
    /// Messages that ran into a partition.
    pub cut: u64,
    /// States in which everybody rests and nothing is wrong; none if nothing that was checked
    /// speaks of them, or not everything was seen.
    pub settled: Option<u64>,
    /// States from which, without further faults, none of those can be reached.
    pub doomed: Option<u64>,
    /// What was exercised.
    pub coverage: CoverageReport,
    /// If it was cut short: processes whose local states keep growing, perhaps without bound.
    pub growth: Vec<GrowthReport>,
    /// How often a protocol's code was run.
    pub local_steps: u64,
    /// Memory of states, of the index over them and of tables.
    pub memory_bytes: u64,
    /// What of the scenario was not used.
    pub ignored: Vec<String>,
    /// What was asked for beside the scenario.
    pub options: Vec<String>,
}

/// Faults of an exploration, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FaultCounts {
    /// Hosts that crash.
    pub crashes: u64,
    /// Messages that are lost.
    pub drops: u64,
    /// Messages that arrive and stay in flight.
    pub duplicates: u64,
    /// Partitions.
    pub partitions: u64,
}

impl Report {
    /// The report on an exploration of a world with these names and an empty ledger.
    pub fn explored(
        meta: &Meta,
        search: &Search,
        (names, ledger): (&Names, &Ledger),
        explored: &Exploration,
        conclusion: &Conclusion,
    ) -> Report {
        let verdict = conclusion.verdict;
        let interrupted = explored.cut_short == Some(CutShort::Interrupted);
        // An interruption is nobody's expectation.
        let missed = meta.expected.missed(verdict, &explored.violated).or_else(|| {
            (interrupted && verdict != Verdict::Violated).then(|| "interrupted".to_owned())
        });
        // Nor is a violation a pass that came about without what was to be exercised.
        let missed = missed.or_else(|| {
            let is_missing = verdict == Verdict::Violated && !conclusion.missing.is_empty();
            is_missing.then(|| "something required was never exercised".to_owned())
        });
        let blank = without_runs(meta, (names, ledger), conclusion);
        let stopped = explored.cut_short == Some(CutShort::Found);
        let is_deep = search.order != Order::Depth && explored.forgotten == 0;
        Report {
            mode: "explore".to_owned(),
            as_expected: missed.is_none(),
            missed,
            properties: conclusion.properties.iter().map(|p| property(p, explored)).collect(),
            runs: Runs { stopped, interrupted, ..blank.runs },
            states: Some(Extent {
                distinct: explored.distinct,
                transitions: explored.transitions,
                depth: is_deep.then_some(u64::from(explored.depth)),
                complete: explored.cut_short.is_none(),
            }),
            exploration: Some(exploration(search, explored, conclusion)),
            counterexample: telling(explored, &meta.expected).map(counterexample),
            ..blank
        }
    }
}

/// A report on a world in which nothing was run, and which says nothing yet of what was done
/// instead.
pub(crate) fn without_runs(
    meta: &Meta,
    (names, ledger): (&Names, &Ledger),
    conclusion: &Conclusion,
) -> Report {
    Report {
        format_version: FORMAT_VERSION,
        engine: ENGINE,
        scenario: ScenarioName { name: meta.name.clone(), file: meta.file.clone() },
        protocol: meta.protocol.clone(),
        mode: String::new(),
        verdict: conclusion.verdict,
        expected: meta.expected.clone(),
        as_expected: false,
        missed: None,
        properties: Vec::new(),
        runs: Runs {
            asked: 0,
            done: 0,
            distinct: 0,
            rechecked: 0,
            stopped: false,
            interrupted: false,
            endings: Endings { quiet: 0, stalled: 0, out_of_steps: 0 },
        },
        steps: 0,
        states: None,
        exploration: None,
        walk: None,
        requests: Requests { made: 0, refused: 0, answered: 0 },
        messages: messages(ledger, names),
        writes: Writes { forced: 0, lazy: 0 },
        delays: delays(ledger),
        latency: LatencySum { p50_ns: None, p90_ns: None, p99_ns: None },
        intervals: intervals(ledger, names),
        faults: faults(ledger),
        unfelt: conclusion.unfelt.iter().map(unfelt).collect(),
        fingerprint: String::new(),
        counterexample: None,
        divergence: None,
    }
}

impl FaultCounts {
    pub(crate) fn of_budgets(budgets: Budgets) -> FaultCounts {
        let Budgets { crashes, drops, duplicates, partitions } = budgets;
        FaultCounts {
            crashes: crashes.into(),
            drops: drops.into(),
            duplicates: duplicates.into(),
            partitions: partitions.into(),
        }
    }

    pub(crate) fn of_steps(felt: Felt) -> FaultCounts {
        let Felt { crashes, drops, duplicates, partitions, cut: _ } = felt;
        FaultCounts { crashes, drops, duplicates, partitions }
    }
}

fn exploration(
    search: &Search,
    explored: &Exploration,
    conclusion: &Conclusion,
) -> ExplorationReport {
    let Bounds { network, timers, budgets, restarts, split_sync, any_sends } = explored.bounds;
    let felt = explored.faults;
    ExplorationReport {
        within: explored.bounds.to_string(),
        network: network.name(),
        timers: timers.name(),
        budgets: FaultCounts::of_budgets(budgets),
        restarts,
        disk: if split_sync { "split" } else { "instant" },
        sends: if any_sends { "unordered" } else { "ordered" },
        reduced: explored.reductions.names().collect(),
        alike: explored.alike.clone(),
        order: search.order.name(),
        collision_odds: explored.collision_odds(),
        forgotten: explored.forgotten,
        states_max: search.caps.states,
        memory_max_bytes: search.caps.memory,
        cut_short: explored.cut_short.map(|cut| match cut {
            CutShort::States => "states",
            CutShort::Memory => "memory",
            CutShort::Interrupted => "interrupted",
            CutShort::Found => "found",
        }),
        faults: FaultCounts::of_steps(felt),
        cut: felt.cut,
        settled: explored.liveness.map(|liveness| liveness.settled),
        doomed: explored.liveness.map(|liveness| liveness.doomed),
        coverage: coverage(&explored.coverage, &search.required, conclusion),
        growth: growth(explored),
        local_steps: explored.local_steps,
        memory_bytes: explored.memory,
        ignored: search.ignored.clone(),
        options: search.options.clone(),
    }
}

fn property(judged: &Judged, explored: &Exploration) -> PropertyReport {
    let first = explored.violations.iter().find(|found| found.violation.property == judged.name);
    let finding = first.map(|found| &found.violation.finding);
    let evidence = Evidence {
        violations: judged.violations,
        why: judged.why.clone(),
        first_seed: None,
        first_step: first.map(|found| found.violation.step),
        summary: finding.map(|finding| finding.summary.clone()),
        waits: finding.map(|finding| finding.waits.clone()).unwrap_or_default(),
    };
    let (name, verdict, premises) = (judged.name, judged.verdict, judged.premises);
    PropertyReport { name, verdict, premises, evidence }
}

fn unfelt(unfelt: &Unfelt) -> UnfeltReport {
    let kind = unfelt.kind;
    let name = format!("the budget's {}", kind.name());
    UnfeltReport { name, kind, attempted: unfelt.attempted }
}

/// The counterexample that is shown: the shortest, but one that nobody expected before all others.
pub fn telling<'a>(
    explored: &'a Exploration,
    expected: &Expectation,
) -> Option<&'a Counterexample> {
    explored.violations.iter().min_by_key(|found| {
        let is_expected = expected.names(found.violation.property);
        (is_expected, found.trace.steps.len())
    })
}

pub(crate) fn counterexample(found: &Counterexample) -> CounterExample {
    let violation = &found.violation;
    CounterExample {
        property: violation.property,
        seed: None,
        step: violation.step,
        at_ns: None,
        summary: violation.finding.summary.clone(),
        waits: violation.finding.waits.clone(),
        stuck: found.stuck.map(|stuck| StuckReport { since: stuck.since, circle: stuck.circle }),
        found_by: None,
        token: None,
        trace: fold(&found.trace, Some(violation.step)),
        shrunk: None,
        unshrunk: None,
    }
}
