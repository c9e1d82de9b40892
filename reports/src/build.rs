//! From what the core returns to a report.

use std::ops::Range;

use dtxsim_core::fault::FaultKind;
use dtxsim_core::ledger::{Ledger, Spread};
use dtxsim_core::monitor::Violation;
use dtxsim_core::sweep::{Names, Sweep};
use dtxsim_core::timed::Outcome;
use dtxsim_core::token::{ENGINE, Token};
use dtxsim_core::trace::Trace;
use dtxsim_core::verdict::{Conclusion, Judged, Unfelt, Verdict};

use crate::expectation::Expectation;
use crate::fold::fold;
use crate::map::Ordered;
use crate::report::{
    CounterExample, Delays, DepthReport, DivergenceReport, Endings, Evidence, FORMAT_VERSION,
    FaultSum, IntervalSum, LatencySum, Messages, PropertyReport, Report, Requests, Runs,
    ScenarioName, SpreadReport, UnfeltReport, Writes,
};

/// What a report says of the question, before there is an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meta {
    /// The scenario's name.
    pub name: String,
    /// Its file, if it has one.
    pub file: Option<String>,
    /// The protocol: family, variant and knobs.
    pub protocol: String,
    /// The seeds that were to be run.
    pub seeds: Range<u64>,
    /// What is expected.
    pub expected: Expectation,
    /// The faults of the script by name: [`crate::script_names`].
    pub script: Vec<String>,
}

/// A recorded run that violates something.
#[derive(Clone, Copy, Debug)]
pub struct Witness<'a> {
    /// How it went.
    pub outcome: &'a Outcome,
    /// Step by step.
    pub trace: &'a Trace,
    /// What replays it.
    pub token: &'a Token,
}

impl Report {
    /// The report on a sweep.
    ///
    /// The witness is shown as counterexample if it violates something, by its first violation.
    pub fn new(
        meta: &Meta,
        names: &Names,
        sweep: &Sweep,
        conclusion: &Conclusion,
        witness: Option<Witness<'_>>,
    ) -> Report {
        let verdict = conclusion.verdict;
        let violated = sweep.violated_names();
        // An interruption is nobody's expectation.
        let missed = meta.expected.missed(verdict, &violated).or_else(|| {
            let cut = sweep.interrupted && verdict != Verdict::Violated;
            cut.then(|| "interrupted".to_owned())
        });
        let ledger = &sweep.ledger;
        Report {
            format_version: FORMAT_VERSION,
            engine: ENGINE,
            scenario: ScenarioName { name: meta.name.clone(), file: meta.file.clone() },
            protocol: meta.protocol.clone(),
            mode: format!("seeds {}..{}", meta.seeds.start, meta.seeds.end),
            verdict,
            expected: meta.expected.clone(),
            as_expected: missed.is_none(),
            missed,
            properties: conclusion.properties.iter().map(|p| property(p, sweep)).collect(),
            runs: runs(&meta.seeds, sweep),
            steps: sweep.steps,
            states: None,
            exploration: None,
            walk: None,
            requests: Requests {
                made: ledger.requests,
                refused: ledger.requests_refused,
                answered: ledger.answered,
            },
            messages: messages(ledger, names),
            writes: Writes { forced: ledger.forced, lazy: ledger.lazy() },
            delays: delays(ledger),
            latency: LatencySum {
                p50_ns: ledger.latency.percentile(50),
                p90_ns: ledger.latency.percentile(90),
                p99_ns: ledger.latency.percentile(99),
            },
            intervals: intervals(ledger, names),
            faults: faults(ledger),
            unfelt: conclusion.unfelt.iter().map(|u| unfelt(u, &meta.script)).collect(),
            fingerprint: format!("{:016x}", sweep.fingerprint),
            counterexample: witness.and_then(counterexample),
            divergence: sweep.divergence.as_ref().map(|divergence| DivergenceReport {
                seed: divergence.seed,
                step: divergence.step,
                texts: divergence.texts.clone(),
            }),
        }
    }
}

impl Report {
    /// The verdict in a word for people: what holds of some walks is but sampled.
    pub fn word(&self) -> &'static str {
        match (self.verdict, &self.walk) {
            (Verdict::Holds, Some(_)) => "sampled",
            (verdict, _) => verdict.name(),
        }
    }

    /// Whether a property is violated that nobody expects to be.
    pub fn is_surprising(&self) -> bool {
        let mut violated = self.properties.iter().filter(|p| p.verdict == Verdict::Violated);
        violated.any(|property| !self.expected.names(property.name))
    }
}

fn runs(seeds: &Range<u64>, sweep: &Sweep) -> Runs {
    let [quiet, stalled, out_of_steps] = sweep.endings;
    Runs {
        asked: seeds.end.saturating_sub(seeds.start),
        done: sweep.runs,
        distinct: sweep.distinct,
        rechecked: sweep.rechecked,
        stopped: sweep.stopped,
        interrupted: sweep.interrupted,
        endings: Endings { quiet, stalled, out_of_steps },
    }
}

fn property(judged: &Judged, sweep: &Sweep) -> PropertyReport {
    let of = |violation: &&Violation| violation.property == judged.name;
    let first = sweep.failures.iter().find_map(|failure| {
        failure.violations.iter().find(of).map(|violation| (failure.seed, &violation.finding))
    });
    let evidence = Evidence {
        violations: judged.violations,
        why: judged.why.clone(),
        first_seed: first.map(|(seed, _)| seed),
        first_step: None,
        summary: first.map(|(_, finding)| finding.summary.clone()),
        waits: first.map(|(_, finding)| finding.waits.clone()).unwrap_or_default(),
    };
    let (name, verdict, premises) = (judged.name, judged.verdict, judged.premises);
    PropertyReport { name, verdict, premises, evidence }
}

pub(crate) fn messages(ledger: &Ledger, names: &Names) -> Messages {
    let sends = ledger.sent.iter().zip(&ledger.resent).map(|(first, again)| first + again);
    let by_kind: Ordered<u64> = names.messages.iter().copied().zip(sends).collect();
    let pairs = names
        .roles
        .iter()
        .flat_map(|from| names.roles.iter().map(move |to| format!("{from}->{to}")));
    let by_roles = pairs.zip(ledger.by_roles.iter().copied()).filter(|(_, count)| *count > 0);
    Messages {
        total: ledger.messages(),
        by_kind,
        by_roles: by_roles.collect(),
        retransmitted: ledger.retransmitted(),
        delivered: ledger.delivered,
        lost: ledger.lost,
        cut: ledger.cut,
        refused: ledger.refused,
        doubled: ledger.doubled,
    }
}

pub(crate) fn delays(ledger: &Ledger) -> Delays {
    let spread = |spread: Option<Spread<u32>>| {
        spread.map(|Spread { least, most }| SpreadReport { least, most })
    };
    let depth = |messages, writes| DepthReport {
        messages: spread(messages),
        stable_writes: spread(writes),
    };
    Delays {
        answer: depth(ledger.answer_depth, ledger.answer_writes),
        last_effect: depth(ledger.last_depth, ledger.last_writes),
    }
}

pub(crate) fn intervals(ledger: &Ledger, names: &Names) -> Ordered<IntervalSum> {
    let sums = ledger.intervals.iter().map(|lasting| IntervalSum {
        count: lasting.count,
        total_ns: lasting.total,
        longest_ns: lasting.longest,
        open: lasting.open,
    });
    names.intervals.iter().copied().zip(sums).collect()
}

pub(crate) fn faults(ledger: &Ledger) -> Ordered<FaultSum> {
    let sum = |kind: FaultKind| {
        let count = ledger.faults[kind as usize];
        (kind.name(), FaultSum { attempted: count.attempted, effective: count.effective })
    };
    FaultKind::ALL.into_iter().map(sum).collect()
}

fn unfelt(unfelt: &Unfelt, script: &[String]) -> UnfeltReport {
    let kind = unfelt.kind;
    let name = match unfelt.script {
        Some(index) => match script.get(index) {
            Some(name) => format!("the script's {name}"),
            None => format!("the script's {} (#{})", kind.name(), index + 1),
        },
        None => format!("the swarm's {}", kind.name()),
    };
    UnfeltReport { name, kind, attempted: unfelt.attempted }
}

fn counterexample(witness: Witness<'_>) -> Option<CounterExample> {
    let violation = witness.outcome.violations.first()?;
    Some(CounterExample {
        property: violation.property,
        seed: Some(witness.outcome.seed),
        step: violation.step,
        at_ns: Some(violation.at),
        summary: violation.finding.summary.clone(),
        waits: violation.finding.waits.clone(),
        stuck: None,
        found_by: None,
        token: Some(witness.token.to_string()),
        trace: fold(witness.trace, Some(violation.step)),
        shrunk: None,
        unshrunk: None,
    })
}
