//! Reports for people at a terminal.

mod costs;
mod counter;
mod coverage;
mod explored;
mod headline;
mod shrunk;
mod summary;
mod walked;

pub use coverage::coverage;
pub use explored::memory;
pub use headline::headline;
pub use summary::{Entry, summary};

use dtxsim_core::monitor::Violation;
use dtxsim_core::verdict::Verdict;

use crate::Render;
use crate::fold::{Line, explained};
use crate::paint::{self, Brush, FAINT, STRONG, printable};
use crate::report::{PropertyReport, Report};
use crate::shrunk::ShrunkReport;
use crate::table::{Cell, Table};

/// A report as text of 80 columns. It writes the escape sequences of colours only if it is told
/// to: whether the terminal wants them is for the caller to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Human {
    /// Whether to use colours.
    pub colour: bool,
}

impl Render for Human {
    fn render(&self, report: &Report) -> String {
        self.render_with(report, &list(report))
    }
}

impl Human {
    /// A report whose counterexample, if there is one, shows these [`steps`](crate::steps) instead
    /// of the list that the report holds.
    pub fn render_with(&self, report: &Report, steps: &[Line]) -> String {
        let brush = Brush { colour: self.colour };
        let mut text = title(report, brush);
        text += &headline(report, self.colour);
        text += &properties(report, self.colour);
        text += &costs::costs(report, self.colour);
        text += &explored::evidence(report, self.colour);
        text += &walked::evidence(report, self.colour);
        text + &example(report, steps, brush)
    }

    /// Lines of a trace.
    pub fn lines(&self, lines: &[Line]) -> String {
        let brush = Brush { colour: self.colour };
        let paint = |line: &Line| brush.paint(paint::weight(line.weight), &printable(&line.text));
        lines.iter().map(|line| paint(line) + "\n").collect()
    }

    /// A violation and its evidence; in a world without a clock it happens at no time.
    pub fn violation(&self, violation: &Violation, timed: bool) -> String {
        counter::violation(violation, timed, Brush { colour: self.colour })
    }

    /// What a path that was wrong in this way, and had a clock or not, was made into.
    pub fn shrunk(&self, shrunk: &ShrunkReport, summary: &str, timed: bool) -> String {
        shrunk::became(shrunk, (summary, timed), counter::waiting)
    }

    /// The command that replays a token.
    pub fn replay(&self, file: Option<&str>, token: &str) -> String {
        counter::replay(file.map(counter::quoted).as_deref(), Some(token))
    }

    /// A heading.
    pub fn heading(&self, text: &str) -> String {
        Brush { colour: self.colour }.paint(STRONG, text) + "\n"
    }

    /// The same without costs.
    pub fn render_briefly(&self, report: &Report, steps: &[Line]) -> String {
        let brush = Brush { colour: self.colour };
        let text = title(report, brush) + &headline(report, self.colour);
        text + &properties(report, self.colour) + &example(report, steps, brush)
    }
}

/// The steps that a report holds.
fn list(report: &Report) -> Vec<Line> {
    let example = report.counterexample.as_ref();
    example.map_or(Vec::new(), |example| match &example.shrunk {
        Some(shrunk) => explained(shrunk.trace.clone(), false),
        None => explained(example.trace.clone(), example.at_ns.is_some()),
    })
}

fn example(report: &Report, steps: &[Line], brush: Brush) -> String {
    let example = report.counterexample.as_ref();
    example.map_or(String::new(), |example| counter::example(report, example, steps, brush))
}

fn title(report: &Report, brush: Brush) -> String {
    let name = brush.paint(STRONG, &printable(&report.scenario.name));
    let mut text = format!("{name}  {}\n", printable(&report.protocol));
    let mut place = report.mode.clone();
    if let Some(file) = &report.scenario.file {
        place = format!("{}  {place}", printable(file));
    }
    text += &brush.paint(FAINT, &place);
    text + "\n"
}

fn properties(report: &Report, colour: bool) -> String {
    let mut table = Table::default();
    for property in &report.properties {
        let verdict = match property.verdict {
            Verdict::Holds if report.walk.is_some() => "sampled".to_owned(),
            Verdict::Holds => "holds".to_owned(),
            other => other.name().to_uppercase(),
        };
        table.row(vec![
            Cell::new(property.name),
            Cell::new(verdict).styled(paint::verdict(property.verdict)),
            Cell::new(evidence(property, report)),
        ]);
    }
    table.render(2, colour)
}

fn evidence(property: &PropertyReport, report: &Report) -> String {
    let evidence = &property.evidence;
    match property.verdict {
        Verdict::Holds => format!("judged {}", times(property.premises)),
        Verdict::Vacuous => "never had anything to judge".to_owned(),
        Verdict::Inconclusive | Verdict::Nondeterministic => {
            evidence.why.clone().unwrap_or_else(|| "could not be judged".to_owned())
        }
        Verdict::Violated => {
            if report.exploration.is_some() || report.walk.is_some() {
                let what = evidence.summary.as_deref().unwrap_or_default();
                let at =
                    evidence.first_step.map_or(String::new(), |step| format!("at step {step}: "));
                return format!("{at}{}", printable(what));
            }
            let seed =
                evidence.first_seed.map_or(String::new(), |seed| format!(", first by seed {seed}"));
            let what = evidence.summary.as_deref().unwrap_or_default();
            let (violations, done) = (evidence.violations, report.runs.done);
            format!("in {violations} of {done} runs{seed}: {}", printable(what))
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

pub(crate) fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
