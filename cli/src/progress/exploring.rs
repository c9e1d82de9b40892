use std::io::IsTerminal;
use std::time::Duration;

use dtxsim_core::untimed::Progress;
use dtxsim_reports::human::memory;
use dtxsim_reports::printable;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Clock, PAUSE, rate};
use crate::screen::say;

const LINE: &str = "{prefix} {spinner} {msg}";

/// Shows the progress of one exploration on standard error. Nobody knows how far there is to go.
pub(crate) struct Spinner {
    name: String,
    bar: Option<ProgressBar>,
    clock: Clock,
    spoken: Duration,
}

impl Spinner {
    pub(crate) fn new(name: &str) -> Spinner {
        let name = printable(name);
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(LINE).expect("the template is sound");
            ProgressBar::new_spinner().with_style(style).with_prefix(name.clone())
        });
        Spinner { name, bar, clock: Clock::start(), spoken: Duration::ZERO }
    }

    /// Takes note of how far it has come.
    pub(crate) fn show(&mut self, progress: Progress) {
        let now = self.clock.now();
        if let Some(bar) = &self.bar {
            bar.set_message(text(progress, now));
            bar.tick();
        } else if now >= self.spoken + PAUSE {
            self.spoken = now;
            say(&format!("{}: {}", self.name, text(progress, now)));
        }
    }

    /// Takes it away.
    pub(crate) fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn text(progress: Progress, spent: Duration) -> String {
    let Progress { states, frontier, depth, memory: bytes } = progress;
    let rate = rate(states, spent);
    let memory = memory(bytes);
    let deep = if depth > 0 { format!(", {depth} deep") } else { String::new() };
    format!("{states} states, {rate} a second, {frontier} to go on from{deep}, {memory}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_much_was_seen_and_how_much_is_known_to_be_left() {
        let progress = Progress { states: 40_000, frontier: 123, depth: 17, memory: 1_500_000 };
        let line = text(progress, Duration::from_secs(10));
        let wanted = "40000 states, 4000 a second, 123 to go on from, 17 deep, 1.5 MB";
        assert_eq!(line, wanted);
        let line = text(Progress { depth: 0, ..progress }, Duration::from_secs(10));
        assert!(!line.contains("deep"), "depth first, nobody counts");
    }
}
