use dtxsim_core::monitor::{Violation, Wait};

use super::headline::listed;
use super::{Human, explored, shrunk, walked};
use crate::fold::Line;
use crate::paint::{BAD, Brush, STRONG, printable};
use crate::report::{CounterExample, Report};

/// A path that violates something, its steps, and how to see it again.
pub(super) fn example(
    report: &Report,
    example: &CounterExample,
    steps: &[Line],
    brush: Brush,
) -> String {
    let mut text = format!("\n{}\n", brush.paint(BAD, &head(report, example)));
    text += &evidence(&example.summary, &example.waits);
    if let Some(stuck) = &example.stuck {
        let texts = explored::stuck(stuck, example);
        text += &texts.iter().map(|text| listed("- ", text)).collect::<String>();
    }
    if let (Some(found), Some(walk)) = (&example.found_by, &report.walk) {
        text += &listed("", &walked::found(found, walk));
    }
    text += &shrunk::said(example, waiting);
    if !steps.is_empty() {
        text += "\n";
        text += &Human { colour: brush.colour }.lines(steps);
    }
    text + &again(report, example, brush)
}

/// What is violated, and where.
fn head(report: &Report, example: &CounterExample) -> String {
    let CounterExample { property, seed, step, at_ns, .. } = example;
    match (seed, at_ns) {
        (Some(seed), Some(at)) => {
            format!("{property} is violated by seed {seed} at step {step} ({at})")
        }
        (_, _) => explored::head(report, example),
    }
}

/// A violation, as it was found.
pub(super) fn violation(violation: &Violation, timed: bool, brush: Brush) -> String {
    let Violation { property, step, at, finding } = violation;
    let at = if timed { format!(" ({at})") } else { String::new() };
    let head = format!("{property} is violated at step {step}{at}");
    format!("{}\n{}", brush.paint(BAD, &head), evidence(&finding.summary, &finding.waits))
}

fn evidence(summary: &str, waits: &[Wait]) -> String {
    let waits = waits.iter().map(|wait| listed("- ", &waiting(wait)));
    listed("", &printable(summary)) + &waits.collect::<String>()
}

/// Who waits for whom.
pub(super) fn waiting(wait: &Wait) -> String {
    let down = if wait.down { ", which is down for good" } else { "" };
    let Wait { process, waits_for, subject, .. } = wait;
    let mut text = format!("{process} waits for {waits_for}{down}: {subject}");
    if !wait.holding.is_empty() {
        text += &format!(", holding {}", wait.holding.join(", "));
    }
    printable(&text)
}

fn again(report: &Report, example: &CounterExample, brush: Brush) -> String {
    let mut text = format!("\n{}\n", brush.paint(STRONG, "to see it again"));
    let file = report.scenario.file.as_deref().map(quoted);
    if let Some(file) = &file {
        let command = match (&report.exploration, &report.walk, example.seed) {
            (Some(exploration), _, _) => Some(explored::again(exploration, file)),
            (None, Some(walk), _) => Some(walked::again(walk, file)),
            (None, None, Some(seed)) => Some(format!("run {file} --seed {seed}")),
            (None, None, None) => None,
        };
        text += &command.map_or(String::new(), |command| format!("  dtxsim {command}\n"));
    }
    // Of walks nobody wants the long way; of runs the seed is what others know them by.
    if example.shrunk.is_none() || example.seed.is_some() {
        text += &replay(file.as_deref(), example.token.as_deref());
    }
    let short = example.shrunk.as_ref().and_then(|shrunk| shrunk.token.as_deref());
    if short.is_some() {
        if example.seed.is_some() {
            text += &format!("{}\n", brush.paint(STRONG, "or what it was shrunk to"));
        }
        text += &replay(file.as_deref(), short);
    }
    text
}

/// The command that replays a token.
pub(super) fn replay(file: Option<&str>, token: Option<&str>) -> String {
    match (file, token) {
        (_, None) => String::new(),
        (Some(file), Some(token)) => {
            format!("  dtxsim replay --scenario {file} \\\n    {token}\n")
        }
        (None, Some(token)) => format!("  dtxsim replay {token}\n"),
    }
}

/// A file name as a shell takes it.
pub(super) fn quoted(file: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if file.chars().all(plain) && !file.is_empty() {
        file.to_owned()
    } else {
        format!("'{}'", printable(file).replace('\'', r"'\''"))
    }
}
