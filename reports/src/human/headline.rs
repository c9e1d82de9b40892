use dtxsim_core::verdict::Verdict;

use super::{explored, plural, walked};
use crate::paint::{self, BAD, Brush, GOOD, printable};
use crate::report::{Report, UnfeltReport};
use crate::table::wrap;

/// The verdict with its evidence, and whether it is the expected one: a line, and one for each
/// reservation.
pub fn headline(report: &Report, colour: bool) -> String {
    let brush = Brush { colour };
    let verdict = report.verdict;
    let name = report.word().to_uppercase();
    let line = format!("{name}{} ({})", what(report), runs(report));
    let mut text = String::new();
    for (n, piece) in wrap(&line, 78).into_iter().enumerate() {
        let rest = piece.strip_prefix(&*name).filter(|_| n == 0);
        text += &match rest {
            Some(rest) => format!("{}{rest}\n", brush.paint(paint::verdict(verdict), &name)),
            None => format!("  {piece}\n"),
        };
    }
    for reservation in reservations(report) {
        text += &listed("! ", &reservation);
    }
    match &report.missed {
        None => text += &format!("  {}\n", brush.paint(GOOD, "as expected")),
        Some(missed) => {
            text += &format!("  {}\n", brush.paint(BAD, "NOT AS EXPECTED"));
            text += &listed("! ", &printable(missed));
        }
    }
    text
}

/// A text behind a mark, wrapped.
pub(super) fn listed(mark: &str, text: &str) -> String {
    let line = |(n, piece)| format!("  {}{piece}\n", if n == 0 { mark } else { "  " });
    wrap(text, 76).into_iter().enumerate().map(line).collect()
}

/// What the verdict is about.
fn what(report: &Report) -> String {
    let with = |verdict: Verdict| {
        let names = report.properties.iter().filter(|p| p.verdict == verdict).map(|p| p.name);
        names.collect::<Vec<_>>().join(", ")
    };
    match report.verdict {
        Verdict::Violated => format!(" {}", with(Verdict::Violated)),
        Verdict::Holds | Verdict::Vacuous | Verdict::Inconclusive | Verdict::Nondeterministic => {
            String::new()
        }
    }
}

fn runs(report: &Report) -> String {
    if let (Some(extent), Some(exploration)) = (&report.states, &report.exploration) {
        return explored::extent(extent, exploration);
    }
    if let Some(walk) = &report.walk {
        return walked::extent(walk, report.verdict);
    }
    let runs = &report.runs;
    let mut text = format!("sampled: {}", plural(runs.done, "run"));
    if runs.done < runs.asked {
        text += &format!(" of {}", runs.asked);
    }
    text + &format!(", {}", plural(runs.distinct, "distinct behaviour"))
}

/// All that speaks against a pass, or limits it.
fn reservations(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    let runs = &report.runs;
    if let Some(divergence) = &report.divergence {
        let [one, other] = &divergence.texts;
        all.push(format!("seed {} gave two different runs", divergence.seed));
        let (step, one, other) = (divergence.step, printable(one), printable(other));
        all.push(if one == other {
            format!("step {step} differed once and not again: {one}")
        } else {
            format!("step {step} is `{one}` in one and `{other}` in another")
        });
    }
    if let (Some(extent), Some(exploration)) = (&report.states, &report.exploration) {
        all.extend(explored::reservations(extent, exploration));
    } else if let Some(walk) = &report.walk {
        all.extend(walked::reservations(walk, runs.interrupted));
    } else if runs.interrupted {
        all.push(format!("interrupted after {} of {}", runs.done, plural(runs.asked, "run")));
    }
    if runs.endings.out_of_steps > 0 {
        let count = plural(runs.endings.out_of_steps, "run");
        all.push(format!("{count} reached the limit of steps: no pass"));
    }
    all.extend(report.unfelt.iter().map(unfelt));
    let decisive = report.properties.iter().filter(|p| p.verdict == report.verdict);
    for property in decisive {
        match property.verdict {
            Verdict::Vacuous => all.push(format!("{} never had anything to judge", property.name)),
            // Why an exploration or walks are open is said once, above.
            Verdict::Inconclusive if report.exploration.is_some() || report.walk.is_some() => {}
            Verdict::Inconclusive => {
                let why = property.evidence.why.as_deref().unwrap_or("no reason given");
                all.push(format!("{} is open: {}", property.name, printable(why)));
            }
            Verdict::Holds | Verdict::Violated | Verdict::Nondeterministic => {}
        }
    }
    if report.properties.is_empty() {
        all.push("no property was checked".to_owned());
    }
    all
}

fn unfelt(unfelt: &UnfeltReport) -> String {
    let name = printable(&unfelt.name);
    match unfelt.attempted {
        0 => format!("{name} never happened"),
        count => format!("{name} happened {} and changed nothing", super::times(count)),
    }
}
