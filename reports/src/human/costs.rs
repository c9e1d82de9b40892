use dtxsim_core::Nanos;

use super::plural;
use crate::report::{DepthReport, Report, SpreadReport};
use crate::table::{Cell, Table};

/// How often the faults of each kind were felt, of how often they were injected.
fn faults(report: &Report) -> String {
    let injected = report.faults.iter().filter(|(_, sum)| sum.attempted > 0);
    let felt = injected.map(|(kind, sum)| format!("{kind} {}/{}", sum.effective, sum.attempted));
    let felt: Vec<String> = felt.collect();
    if felt.is_empty() { "none injected".to_owned() } else { felt.join(", ") }
}

/// Faults, messages, writes, delays and times.
pub(super) fn costs(report: &Report, colour: bool) -> String {
    let mut table = Table::default();
    if report.runs.done == 0 {
        return String::new();
    }
    let mut row = |name: &str, text: String| table.row(vec![Cell::new(name), Cell::new(text)]);
    row("faults felt", faults(report));
    let requests = &report.requests;
    let mut text = format!("{}, {} answered", requests.made, requests.answered);
    if requests.refused > 0 {
        text += &format!(", {} found nobody", requests.refused);
    }
    row("requests", text);
    row("messages", messages(report));
    let kinds = report.messages.by_kind.iter().filter(|(_, count)| **count > 0);
    row("  by kind", list(kinds));
    row("  by roles", list(report.messages.by_roles.iter()));
    let writes = &report.writes;
    let per = |count| each(count, requests.made);
    row(
        "writes",
        format!(
            "{} forced{}, {} lazy{}",
            writes.forced,
            per(writes.forced),
            writes.lazy,
            per(writes.lazy)
        ),
    );
    let depths =
        [("to the answer", &report.delays.answer), ("to the end", &report.delays.last_effect)];
    for (name, depth) in depths {
        if let Some(text) = delays(depth) {
            row(name, text);
        }
    }
    if let (Some(p50), Some(p90), Some(p99)) =
        (report.latency.p50_ns, report.latency.p90_ns, report.latency.p99_ns)
    {
        row("latency", format!("p50 {}, p90 {}, p99 {}", short(p50), short(p90), short(p99)));
    }
    for (name, sum) in report.intervals.iter() {
        let mut said = Vec::new();
        if let Some(mean) = sum.total_ns.0.checked_div(sum.count) {
            let (mean, longest) = (short(Nanos(mean)), short(sum.longest_ns));
            let times = super::times(sum.count);
            said.push(format!("{times}, {mean} on average, {longest} at most"));
        }
        if sum.open > 0 {
            said.push(format!("{} not over at the end", sum.open));
        }
        if !said.is_empty() {
            row(name, said.join("; "));
        }
    }
    table.render(2, colour)
}

fn messages(report: &Report) -> String {
    let messages = &report.messages;
    let mut text = format!("{}{}", messages.total, each(messages.total, report.requests.made));
    for (count, what) in [
        (messages.retransmitted, "sent again"),
        (messages.lost, "lost"),
        (messages.cut, "stopped by a partition"),
        (messages.refused, "found nobody"),
        (messages.doubled, "doubled"),
    ] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text
}

fn list<'a>(counts: impl Iterator<Item = (&'a str, &'a u64)>) -> String {
    let all: Vec<String> = counts.map(|(name, count)| format!("{name} {count}")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// A share of each request, to two digits.
fn each(count: u64, requests: u64) -> String {
    if requests == 0 {
        return String::new();
    }
    let hundredths = u128::from(count) * 100 / u128::from(requests);
    format!(" ({}.{:02} a request)", hundredths / 100, hundredths % 100)
}

fn delays(depth: &DepthReport) -> Option<String> {
    let spread = |spread: SpreadReport, what: &str| match spread {
        SpreadReport { least, most } if least == most => plural(u64::from(most), what),
        SpreadReport { least, most } => format!("{least} to {most} {what}s"),
    };
    let messages = depth.messages.map(|s| spread(s, "message delay"));
    let writes = depth.stable_writes.map(|s| spread(s, "stable write"));
    let both: Vec<String> = messages.into_iter().chain(writes).collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// Milliseconds to three digits.
fn short(span: Nanos) -> String {
    format!("{}.{:03}ms", span.0 / 1_000_000, span.0 / 1_000 % 1_000)
}
