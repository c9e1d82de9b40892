//! What may be concluded from what was run, and what may not.

mod explored;
mod walked;

use serde::Serialize;

pub use explored::{Missing, conclude_explored, conclude_required};
pub use walked::conclude_walked;

use crate::fault::FaultKind;
use crate::sweep::{Experiment, Sweep};

/// The answer to a question that was asked of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing violated it, something was judged, and every fault that was asked for was felt.
    Holds,
    /// Nothing was violated, but a premise never came true or a fault never took effect.
    Vacuous,
    /// Nothing was violated, but a bound was hit before an answer.
    Inconclusive,
    /// A counterexample exists.
    Violated,
    /// The same seed gave two different runs: nothing can be concluded at all.
    Nondeterministic,
}

impl Verdict {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Vacuous => "vacuous",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Violated => "violated",
            Verdict::Nondeterministic => "nondeterministic",
        }
    }
}

/// The verdict on one property, with what speaks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Judged {
    /// The property.
    pub name: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// How often it had something to judge, over all runs.
    pub premises: u64,
    /// How many runs violated it; of an exploration, whether one did.
    pub violations: u64,
    /// Why it is inconclusive, if it is.
    pub why: Option<String>,
}

/// A fault that was asked for and never took effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Unfelt {
    /// What kind of fault.
    pub kind: FaultKind,
    /// Its place in the script; none for what seeds draw, and for a budget.
    pub script: Option<usize>,
    /// How often it was injected.
    pub attempted: u64,
}

/// The conclusion from a sweep, or from an exploration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Conclusion {
    /// The worst of all that follows.
    pub verdict: Verdict,
    /// Property by property.
    pub properties: Vec<Judged>,
    /// Faults that are no evidence.
    pub unfelt: Vec<Unfelt>,
    /// What was required of an exploration and was never exercised.
    pub missing: Vec<Missing>,
}

/// Concludes from a sweep. A sample that passes is [`Verdict::Holds`]; that it is a sample is for
/// the report to say.
pub fn conclude(experiment: &dyn Experiment, sweep: &Sweep) -> Conclusion {
    let properties: Vec<Judged> = experiment
        .names()
        .properties
        .iter()
        .enumerate()
        .map(|(index, &name)| judge(name, sweep.premises[index], sweep))
        .collect();
    let unfelt = unfelt(experiment, sweep);
    let mut verdict = properties.iter().map(|p| p.verdict).max().unwrap_or(Verdict::Vacuous);
    if !unfelt.is_empty() {
        verdict = verdict.max(Verdict::Vacuous);
    }
    if sweep.cut_off() || sweep.runs == 0 {
        verdict = verdict.max(Verdict::Inconclusive);
    }
    if sweep.divergence.is_some() {
        verdict = Verdict::Nondeterministic;
    }
    Conclusion { verdict, properties, unfelt, missing: Vec::new() }
}

fn judge(name: &'static str, premises: u64, sweep: &Sweep) -> Judged {
    let violations = sweep.violated.iter().find(|(n, _)| *n == name).map_or(0, |(_, count)| *count);
    let unknown = sweep.unknown.iter().find(|unknown| unknown.property == name);
    let verdict = if violations > 0 {
        Verdict::Violated
    } else if unknown.is_some() || sweep.cut_off() {
        Verdict::Inconclusive
    } else if premises == 0 {
        Verdict::Vacuous
    } else {
        Verdict::Holds
    };
    let why = unknown.map(|u| format!("seed {}: {} ({} such runs)", u.seed, u.why, u.runs));
    let [_, _, out_of_steps] = sweep.endings;
    let why = why.or_else(|| match (verdict, sweep.interrupted) {
        (Verdict::Inconclusive, true) => Some("the sweep was interrupted".to_owned()),
        (Verdict::Inconclusive, false) => Some(format!("{out_of_steps} runs hit a limit")),
        (_, _) => None,
    });
    Judged { name, verdict, premises, violations, why }
}

fn unfelt(experiment: &dyn Experiment, sweep: &Sweep) -> Vec<Unfelt> {
    let plan = experiment.faults();
    let scripted = plan.script.iter().zip(&sweep.ledger.scripted).enumerate();
    let scripted = scripted.filter(|(_, (_, count))| count.effective == 0).map(
        |(index, (scripted, count))| Unfelt {
            kind: scripted.fault.kind(),
            script: Some(index),
            attempted: count.attempted,
        },
    );
    let natural = experiment.network().fault_kinds();
    let drawn = FaultKind::ALL.into_iter().filter_map(|kind| {
        if !natural.contains(&kind) && !plan.swarm.kinds().any(|drawn| drawn == kind) {
            return None;
        }
        let count = sweep.ledger.faults[kind as usize];
        let unfelt = Unfelt { kind, script: None, attempted: count.attempted };
        // A lone seed need not draw every kind that it may.
        let asked_for = sweep.runs > 1 || count.attempted > 0;
        (count.effective == 0 && asked_for).then_some(unfelt)
    });
    scripted.chain(drawn).collect()
}
