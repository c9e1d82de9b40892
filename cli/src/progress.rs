//! How far it has come: a bar on a terminal, a line now and then elsewhere.

mod exploring;

use std::io::IsTerminal;
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "for the rate on stderr; no result depends on it")]
use std::time::Instant;

pub(crate) use dtxsim_core::sweep::Progress;
use dtxsim_reports::printable;
use indicatif::{ProgressBar, ProgressStyle};

use crate::screen::say;

pub(crate) use exploring::Spinner;

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

const BAR: &str = "{prefix} {wide_bar} {pos}/{len}, {eta} left, {msg}";

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Runs,
    Walks,
}

impl Kind {
    /// What is done, and what of it is distinct.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Runs => ("runs", "behaviours"),
            Kind::Walks => ("walks", "states"),
        }
    }
}

/// Shows the progress of one sweep, or of walks, on standard error.
pub(crate) struct Meter {
    name: String,
    kind: Kind,
    bar: Option<ProgressBar>,
    clock: Clock,
    spoken: Duration,
}

impl Meter {
    /// A meter for `total` of them.
    pub(crate) fn new(name: &str, kind: Kind, total: u64) -> Meter {
        let name = printable(name);
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(BAR).expect("the template is sound");
            ProgressBar::new(total).with_style(style).with_prefix(name.clone())
        });
        Meter { name, kind, bar, clock: Clock::start(), spoken: Duration::ZERO }
    }

    /// Takes note of how far it has come.
    pub(crate) fn show(&mut self, progress: Progress) {
        if let Some(bar) = &self.bar {
            let rate = rate(progress.done, self.clock.now());
            let (what, _) = self.kind.words();
            let found = found(self.kind, progress);
            bar.set_message(format!("{rate} {what} a second, {found}"));
            bar.set_position(progress.done);
            return;
        }
        let now = self.clock.now();
        if now >= self.spoken + PAUSE {
            self.spoken = now;
            say(&line((&self.name, self.kind), progress, now));
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn found(kind: Kind, progress: Progress) -> String {
    let Progress { distinct, failing, .. } = progress;
    let failing = if failing > 0 { format!(", {failing} failing") } else { String::new() };
    let (_, distinct_ones) = kind.words();
    format!("{distinct} {distinct_ones}{failing}")
}

/// Runs a second.
fn rate(done: u64, spent: Duration) -> u64 {
    done.saturating_mul(1000) / u64::try_from(spent.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn line((name, kind): (&str, Kind), progress: Progress, spent: Duration) -> String {
    let Progress { done, total, .. } = progress;
    let rate = rate(done, spent);
    let left = total.saturating_sub(done).checked_div(rate);
    let left = left.map_or(String::new(), |left| format!(", {left} s left"));
    let ((what, _), found) = (kind.words(), found(kind, progress));
    format!("{name}: {done} of {total} {what}, {rate} a second{left}, {found}")
}

#[expect(clippy::disallowed_types, reason = "for the rate on stderr; no result depends on it")]
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_types, reason = "for the rate on stderr")]
    #[expect(clippy::disallowed_methods, reason = "for the rate on stderr")]
    fn start() -> Clock {
        Clock(Instant::now())
    }

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_end_and_findings() {
        let progress = Progress { done: 2000, total: 10_000, distinct: 17, failing: 0 };
        let text = line(("transfer", Kind::Runs), progress, Duration::from_secs(10));
        assert_eq!(text, "transfer: 2000 of 10000 runs, 200 a second, 40 s left, 17 behaviours");
        let none = Progress { done: 0, total: 10, distinct: 0, failing: 2 };
        let text = line(("x", Kind::Walks), none, Duration::ZERO);
        assert_eq!(text, "x: 0 of 10 walks, 0 a second, 0 states, 2 failing");
    }
}
