//! What is said of random walks.

use dtxsim_core::verdict::Verdict;

use super::{explored, plural};
use crate::report::Report;
use crate::table::{Cell, Table};
use crate::walked::{FoundBy, WalkReport};

/// How much was seen, and within which bounds.
pub(super) fn extent(walk: &WalkReport, verdict: Verdict) -> String {
    // What was sampled says so in the verdict.
    let sampled = if verdict == Verdict::Holds { "" } else { "sampled: " };
    let mut text = format!("{sampled}{}", plural(walk.walks, "walk"));
    if walk.walks < walk.asked {
        text += &format!(" of {}", walk.asked);
    }
    let states = plural(walk.distinct, "distinct state");
    text + &format!(", {states}, within: {}", walk.within)
}

/// All that limits what was found.
pub(super) fn reservations(walk: &WalkReport, interrupted: bool) -> Vec<String> {
    let mut all = Vec::new();
    if interrupted {
        let asked = plural(walk.asked, "walk");
        all.push(format!("interrupted after {} of {asked}", walk.walks));
    }
    if walk.restless > 0 {
        let count = plural(walk.restless, "walk");
        all.push(format!("{count} had not come to rest when given up: no pass"));
    }
    all.extend(explored::ignored(&walk.ignored, "walks have"));
    all
}

/// Evidence: how many walks, who took them, faults.
pub(super) fn evidence(report: &Report, colour: bool) -> String {
    let Some(walk) = &report.walk else { return String::new() };
    let mut table = Table::default();
    let mut row = |name: &str, text: String| table.row(vec![Cell::new(name), Cell::new(text)]);
    let until = walk.seed.saturating_add(walk.walks);
    row("walks", format!("{}, seeds {}..{until}", walk.walks, walk.seed));
    let steps = format!("{}, of a walk {} at most before faults stop", walk.steps, walk.steps_max);
    row("steps", steps);
    row("states", format!("{} distinct, told apart by fingerprint", walk.distinct));
    row("faults taken", explored::faults(&walk.budgets, &walk.faults, walk.cut));
    for (n, tactic) in walk.tactics.iter().enumerate() {
        let failing = match tactic.failing {
            0 => String::new(),
            count => format!(", {count} failing"),
        };
        let (name, walks) = (tactic.name, plural(tactic.walks, "walk"));
        let text = format!("{name}: {walks}{failing}, first in {}", plural(tactic.fresh, "state"));
        row(if n == 0 { "tactics" } else { "" }, text);
    }
    table.render(2, colour)
}

/// Who found it.
pub(super) fn found(found: &FoundBy, walk: &WalkReport) -> String {
    let seed = walk.seed.saturating_add(found.walk);
    format!("found by the tactic {} in walk {}, of seed {seed}", found.tactic, found.walk + 1)
}

/// How to see it again: the command after `dtxsim`.
pub(super) fn again(walk: &WalkReport, file: &str) -> String {
    let options = walk.options.iter().map(|option| format!(" {option}"));
    format!("explore {file}{}", options.collect::<String>())
}
