//! Colours: what they mean, in one place.

use anstyle::{AnsiColor, Style};
use dtxsim_core::verdict::Verdict;

use crate::fold::Weight;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const OPEN: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const PLAIN: Style = Style::new();

/// Paints, or does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Brush {
    pub(crate) colour: bool,
}

impl Brush {
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.colour && style != PLAIN && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

pub(crate) fn verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Holds => GOOD,
        Verdict::Vacuous | Verdict::Inconclusive => OPEN,
        Verdict::Violated | Verdict::Nondeterministic => BAD,
    }
}

pub(crate) fn weight(weight: Weight) -> Style {
    match weight {
        Weight::Gap => FAINT,
        Weight::Plain => PLAIN,
        Weight::Matters => STRONG,
        Weight::Violates => BAD,
    }
}

/// A text from outside, with what a terminal would obey made visible.
pub fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}
