use dtxsim_core::monitor::{Violation, Wait};

use super::Human;
use super::headline::listed;
use crate::fold::Line;
use crate::paint::{BAD, Brush, STRONG, printable};
use crate::report::{CounterExample, Report};

/// A run that violates something, its steps, and how to see it again.
pub(super) fn example(
    report: &Report,
    example: &CounterExample,
    steps: &[Line],
    brush: Brush,
) -> String {
    let CounterExample { property, seed, step, at_ns, .. } = example;
    let head = format!("{property} is violated by seed {seed} at step {step} ({at_ns})");
    let mut text = format!("\n{}\n", brush.paint(BAD, &head));
    text += &evidence(&example.summary, &example.waits);
    if !steps.is_empty() {
        text += "\n";
        text += &Human { colour: brush.colour }.lines(steps);
    }
    text + &again(report, example, brush)
}

/// A violation, as it was found.
pub(super) fn violation(violation: &Violation, brush: Brush) -> String {
    let Violation { property, step, at, finding } = violation;
    let head = format!("{property} is violated at step {step} ({at})");
    format!("{}\n{}", brush.paint(BAD, &head), evidence(&finding.summary, &finding.waits))
}

fn evidence(summary: &str, waits: &[Wait]) -> String {
    let waits = waits.iter().map(|wait| listed("- ", &waiting(wait)));
    listed("", &printable(summary)) + &waits.collect::<String>()
}

/// Who waits for whom.
fn waiting(wait: &Wait) -> String {
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
    let token = &example.token;
    match &report.scenario.file {
        Some(file) => {
            let file = quoted(file);
            text += &format!("  dtxsim run {file} --seed {}\n", example.seed);
            text += &format!("  dtxsim replay --scenario {file} \\\n    {token}\n");
        }
        None => text += &format!("  dtxsim replay {token}\n"),
    }
    text
}

/// A file name as a shell takes it.
fn quoted(file: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if file.chars().all(plain) && !file.is_empty() {
        file.to_owned()
    } else {
        format!("'{}'", printable(file).replace('\'', r"'\''"))
    }
}
