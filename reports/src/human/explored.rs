//! What is said of explorations.

use dtxsim_core::untimed::Order;

use super::{coverage, plural};
use crate::explored::{ExplorationReport, FaultCounts};
use crate::report::{CounterExample, Extent, Report, StuckReport};
use crate::table::{Cell, Table};

/// How much was seen, and within which bounds.
pub(super) fn extent(extent: &Extent, exploration: &ExplorationReport) -> String {
    let at_most = if exploration.forgotten > 0 { "at most " } else { "" };
    let states = at_most.to_owned() + &plural(extent.distinct, "state");
    let up_to = up_to(exploration);
    let within = &exploration.within;
    match exploration.cut_short {
        None => format!("{states}{up_to}, exhausted within: {within}"),
        Some("found") => format!("{states} until it was found{up_to}, within: {within}"),
        Some(_) => format!("{states}{up_to}, NOT exhausted, within: {within}"),
    }
}

/// What states stand for others, and what steps were left out.
fn up_to(exploration: &ExplorationReport) -> String {
    let groups: Vec<String> = exploration.alike.iter().map(|group| group.join(", ")).collect();
    let symmetry = format!(" up to symmetry of {}", groups.join("; "));
    let symmetry = if groups.is_empty() { String::new() } else { symmetry };
    let ordered = exploration.reduced.contains(&"partial_order");
    let printed = exploration.collision_odds.map(|odds| {
        format!(", told apart by fingerprints (odds that one was missed: {odds:.1e} at most)")
    });
    let ordered = if ordered { ", reduced by partial order" } else { "" };
    symmetry + ordered + &printed.unwrap_or_default()
}

/// All that limits what was found.
pub(super) fn reservations(extent: &Extent, exploration: &ExplorationReport) -> Vec<String> {
    let mut all = Vec::new();
    let depth = extent.depth.map_or(String::new(), |depth| format!(", {depth} deep"));
    let states = plural(extent.distinct, "state");
    match exploration.cut_short {
        Some("states") => all.push(format!(
            "cut short after {states}{depth}: that is the cap; raise `states`, or lower the budgets"
        )),
        Some("memory") => all.push(format!(
            "cut short after {states}{depth}: the cap of {} of memory is reached; raise \
             `memory`, or lower the budgets",
            memory(exploration.memory_max_bytes)
        )),
        Some("interrupted") => all.push(format!("interrupted after {states}{depth}")),
        Some(_) | None => {}
    }
    all.extend(exploration.growth.iter().flat_map(coverage::growth));
    all.extend(coverage::missing(&exploration.coverage));
    all.extend(ignored(&exploration.ignored, "an exploration has"));
    all
}

/// What of the scenario was not used, and why.
pub(super) fn ignored(ignored: &[String], who: &str) -> Option<String> {
    let what = ignored.join(", ");
    let text = format!("not used of the scenario, for {who} budgets and no clock: {what}");
    (!ignored.is_empty()).then_some(text)
}

/// Evidence: sizes, faults, work.
pub(super) fn evidence(report: &Report, colour: bool) -> String {
    let (Some(extent), Some(exploration)) = (&report.states, &report.exploration) else {
        return String::new();
    };
    let mut table = Table::default();
    let mut row = |name: &str, text: String| table.row(vec![Cell::new(name), Cell::new(text)]);
    let mut text =
        format!("{} distinct, {}", extent.distinct, plural(extent.transitions, "transition"));
    if let Some(depth) = extent.depth {
        text += &format!(", {depth} deep");
    }
    if exploration.forgotten > 0 {
        text += &format!("; {} of these, forgotten, may be counted again", exploration.forgotten);
    }
    row("states", text);
    let taken = faults(&exploration.budgets, &exploration.faults, exploration.cut);
    row("faults taken", taken);
    row("coverage", coverage::brief(&exploration.coverage, extent.complete));
    if let (Some(settled), Some(doomed)) = (exploration.settled, exploration.doomed) {
        let way = if doomed == 0 {
            "from every state a way leads there".to_owned()
        } else {
            format!("from {} no way leads there", plural(doomed, "state"))
        };
        row("liveness", format!("all is well and at rest in {}; {way}", plural(settled, "state")));
    }
    row("local steps", format!("{}: so often protocol code ran", exploration.local_steps));
    let mut text = memory(exploration.memory_bytes);
    // Of few states the tables are more than the states.
    if extent.distinct >= 1000 {
        text += &format!(", {} bytes a state", exploration.memory_bytes / extent.distinct);
    }
    row("memory", text);
    table.render(2, colour)
}

/// Of each kind that there was a budget for, how often it was taken.
pub(super) fn faults(budgets: &FaultCounts, taken: &FaultCounts, cut: u64) -> String {
    let kinds = [
        ("crashes", budgets.crashes, taken.crashes),
        ("drops", budgets.drops, taken.drops),
        ("duplicates", budgets.duplicates, taken.duplicates),
        ("partitions", budgets.partitions, taken.partitions),
    ];
    let taken = kinds.into_iter().filter(|(_, budget, _)| *budget > 0);
    let mut taken: Vec<String> = taken.map(|(name, _, count)| format!("{name} {count}")).collect();
    if budgets.partitions > 0 {
        taken.push(format!("messages cut off {cut}"));
    }
    if taken.is_empty() { "no budget for any".to_owned() } else { taken.join(", ") }
}

/// What is violated, and where.
pub(super) fn head(report: &Report, example: &CounterExample) -> String {
    let CounterExample { property, step, stuck, .. } = example;
    let of_breadth = |exploration: &ExplorationReport| exploration.order != Order::Depth.name();
    let is_breadth = report.exploration.as_ref().is_some_and(of_breadth);
    match stuck {
        Some(StuckReport { since, .. }) => {
            format!("{property} is violated: step {since} leads where nothing ends well")
        }
        None if is_breadth => format!("{property} is violated at step {step}, and no earlier"),
        None => format!("{property} is violated at step {step}"),
    }
}

/// How it came to be stuck.
pub(super) fn stuck(stuck: &StuckReport, example: &CounterExample) -> Vec<String> {
    let StuckReport { since, circle } = *stuck;
    let last = example.step;
    let mut all = vec![format!(
        "the point of no return is step {since}: after it, even if nothing more fails, no end is \
         within reach in which nothing is wrong"
    )];
    all.push(match circle {
        None if example.waits.is_empty() => {
            format!("after step {last} nothing can happen any more")
        }
        None => format!("deadlock: after step {last} nothing can happen any more"),
        Some(from) if from >= last => format!(
            "livelock: step {last} repeats for ever (assuming that nothing more fails, and strong \
             fairness: whoever can act again and again does so)"
        ),
        Some(from) => format!(
            "livelock: from step {from} to {last} it goes round for ever, {} a round (assuming \
             that nothing more fails, and strong fairness: whoever can act again and again does \
             so)",
            plural(last + 1 - from, "step")
        ),
    });
    all
}

/// How to see it again: the command after `dtxsim`.
pub(super) fn again(exploration: &ExplorationReport, file: &str) -> String {
    let options = exploration.options.iter().map(|option| format!(" {option}"));
    format!("explore {file}{}", options.collect::<String>())
}

/// An amount of memory, to three digits or so.
pub fn memory(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.iter().find(|(_, unit)| bytes >= *unit) {
        None => plural(bytes, "byte"),
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_a_unit() {
        let text = [0, 1, 999, 1_000, 1_250_000, 4_000_000_000].map(memory);
        assert_eq!(text, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "1.2 MB", "4.0 GB"]);
    }

    #[test]
    fn who_goes_round_is_told_from_who_stands_still() {
        let example = CounterExample {
            property: "termination",
            seed: None,
            step: 9,
            at_ns: None,
            summary: String::new(),
            waits: Vec::new(),
            stuck: None,
            found_by: None,
            token: None,
            trace: Vec::new(),
            shrunk: None,
            unshrunk: None,
        };
        let text = |circle| stuck(&StuckReport { since: 3, circle }, &example)[1].clone();
        assert!(text(None).starts_with("after step 9"), "nobody waits");
        assert!(text(Some(9)).starts_with("livelock: step 9 repeats"));
        assert!(text(Some(6)).contains("from step 6 to 9 it goes round for ever, 4 steps a round"));
    }
}
