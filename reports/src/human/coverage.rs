//! What is said of what an exploration exercised, and of states that keep growing.

use super::plural;
use crate::coverage::{CoverageReport, GrowingReport, GrowthReport, InputReport};
use crate::paint::printable;
use crate::report::Report;
use crate::table::{Cell, Table};

/// So many names are shown without being asked for.
const SHOWN: usize = 4;

/// So much is shown of a state.
const STATE_SHOWN: usize = 150;

/// A line: how much was exercised, and the first of what was not.
pub(super) fn brief(coverage: &CoverageReport, is_complete: bool) -> String {
    let CoverageReport { items, exercised, never, .. } = coverage;
    let never_yet = if is_complete { "never" } else { "not yet" };
    let mut text = format!("{exercised} of {items} exercised");
    if never.is_empty() {
        return text;
    }
    text += &format!("; {never_yet}: {}", never[..never.len().min(SHOWN)].join(", "));
    if never.len() > SHOWN {
        text += &format!(" and {} others (--coverage shows all)", never.len() - SHOWN);
    }
    text
}

/// What was required and not exercised.
pub(super) fn missing(coverage: &CoverageReport) -> Vec<String> {
    let missing = coverage.missing.iter().map(|missing| match &missing.why {
        None => format!("required and never exercised: {}", missing.name),
        Some(why) => format!("required and never exercised: {} ({why})", missing.name),
    });
    missing.collect()
}

/// A process that may be why there is no end.
pub(super) fn growth(growth: &GrowthReport) -> Vec<String> {
    let GrowthReport { process, locals, looked_at, by, parts, first, last } = growth;
    let process = printable(process);
    let part = |part: &GrowingReport| format!("{} from {} to {}", part.part, part.from, part.to);
    let parts: Vec<String> = parts.iter().map(part).collect();
    let suspicion = format!(
        "the local states of {process} keep growing: {} so far. On {} in a row ({}) these grow and \
         never shrink: {}. Perhaps without bound, and then no cap is enough; this is no proof",
        plural(*locals, "different one"),
        plural(*looked_at, "local step"),
        by.join(", "),
        parts.join("; "),
    );
    let states = format!("{process} goes from {} to {}", state(first), state(last));
    vec![suspicion, states]
}

/// A state as text, its middle left out if it is long.
fn state(text: &str) -> String {
    let text: Vec<char> = printable(text).chars().collect();
    if text.len() <= STATE_SHOWN {
        return text.into_iter().collect();
    }
    let half = STATE_SHOWN / 2;
    let (head, tail) = (&text[..half], &text[text.len() - half..]);
    format!("{} … {}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

/// All that an exploration exercised, and all that it did not; nothing of what was not explored.
pub fn coverage(report: &Report, colour: bool) -> String {
    let Some(exploration) = &report.exploration else { return String::new() };
    let coverage = &exploration.coverage;
    let mut text = "what was exercised, in different local states:\n".to_owned();
    text += &inputs(coverage, colour);
    text += &messages(coverage, colour);
    text += &records(coverage, colour);
    let mut table = Table::default();
    let mut row = |name: &str, names: String| {
        if !names.is_empty() {
            table.row(vec![Cell::new(name), Cell::new(names)]);
        }
    };
    row("never", coverage.never.join(", "));
    row("never sent", coverage.unsent.join(", "));
    row("never set", coverage.unset.join(", "));
    row("never written", coverage.unwritten.join(", "));
    text + &table.render(2, colour)
}

fn inputs(coverage: &CoverageReport, colour: bool) -> String {
    let mut table = Table::headed(&["role", "input", "transitions", "cut short"]);
    for InputReport { role, input, kind, transitions, cut_short } in &coverage.inputs {
        let input = kind.map_or((*input).to_owned(), |kind| format!("{input} {kind}"));
        let counts = [transitions, cut_short].map(Cell::number);
        table.row([Cell::new(*role), Cell::new(input)].into_iter().chain(counts).collect());
    }
    table.render(2, colour)
}

fn messages(coverage: &CoverageReport, colour: bool) -> String {
    let mut table = Table::headed(&["message", "delivered", "dropped", "duplicated", "cut"]);
    for row in &coverage.messages {
        let counts = [Some(row.delivered), row.dropped, row.duplicated, row.cut].map(count);
        table.row([Cell::new(row.kind)].into_iter().chain(counts).collect());
    }
    table.render(2, colour)
}

fn records(coverage: &CoverageReport, colour: bool) -> String {
    if coverage.records.is_empty() {
        return String::new();
    }
    let mut table =
        Table::headed(&["role", "record", "written", "crash: lost", "kept", "after its sync"]);
    for row in &coverage.records {
        let counts = [Some(row.written), row.lost, row.kept, row.after].map(count);
        let names = [Cell::new(row.role), Cell::new(row.kind)];
        table.row(names.into_iter().chain(counts).collect());
    }
    table.render(2, colour)
}

/// A count, if that could have been.
fn count(count: Option<u64>) -> Cell {
    count.map_or(Cell::number("-"), Cell::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_state_loses_its_middle() {
        assert_eq!(state("State { n: 5 }"), "State { n: 5 }");
        let long = state(&format!("begin {} end", "x".repeat(1000)));
        assert!(long.starts_with("begin x") && long.ends_with("x end") && long.contains(" … "));
        assert_eq!(long.chars().count(), STATE_SHOWN + 3);
    }
}
