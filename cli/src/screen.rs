//! Standard output is the result and nothing else; standard error is for everything else.

use std::io::Write;

use dtxsim_reports::{Human, Json, Render, Report};

use crate::args::Format;
use crate::exit::Failure;

/// Standard output. Colours are taken out again where they are not wanted: no terminal, or
/// `NO_COLOR`.
pub(crate) struct Screen {
    stdout: anstream::Stdout,
}

/// How text for people is made.
pub(crate) const HUMAN: Human = Human { colour: true };

impl Screen {
    pub(crate) fn new() -> Screen {
        Screen { stdout: anstream::stdout() }
    }

    /// Prints, at once.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.stdout.write_all(text.as_bytes())?;
        Ok(self.stdout.flush()?)
    }

    /// Prints a report.
    pub(crate) fn report(&mut self, report: &Report, format: Format) -> Result<(), Failure> {
        self.print(&match format {
            Format::Human => HUMAN.render(report),
            Format::Json => Json.render(report),
        })
    }
}

/// Says something on standard error. If nobody listens, so be it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
}
