//! Standard output is the result and nothing else; standard error is for everything else.

use std::io::{IsTerminal, Write};

use dtxsim_reports::{Form, Human, Json, Render, Style};

use crate::args::{Format, Trace};
use crate::exit::Failure;
use crate::trial::Trial;

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

    /// Prints a report, with the steps of its counterexample in this form.
    pub(crate) fn report(
        &mut self,
        trial: &Trial,
        format: Format,
        form: Form,
    ) -> Result<(), Failure> {
        self.print(&match format {
            Format::Human => HUMAN.render_with(&trial.report, &trial.steps(form)),
            Format::Json => Json.render(&trial.report),
        })
    }
}

/// The form of steps on standard output.
pub(crate) fn form(trace: Trace, ascii: bool) -> Form {
    match trace {
        Trace::Diagram => Form::Diagram(style(ascii)),
        Trace::List => Form::List,
        Trace::Full => Form::Full,
        Trace::None => Form::None,
    }
}

/// As wide as the terminal, in characters that it knows. What is no terminal gets the same bytes
/// everywhere.
fn style(ascii: bool) -> Style {
    if !std::io::stdout().is_terminal() {
        return Style { ascii, ..Style::default() };
    }
    let size = console::Term::stdout().size_checked();
    let width = size.map_or(Style::default().width, |(_, columns)| usize::from(columns));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok());
    Style { width, ascii: ascii || !(cfg!(windows) || is_utf8(locale)) }
}

/// Whether the first variable of these that says something says UTF-8.
fn is_utf8(locale: [Option<String>; 3]) -> bool {
    let decisive = locale.into_iter().flatten().find(|value| !value.is_empty());
    let name = decisive.unwrap_or_default().to_ascii_lowercase();
    name.contains("utf-8") || name.contains("utf8")
}

/// Says something on standard error. If nobody listens, so be it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn the_first_variable_that_is_set_decides_on_the_characters() {
        let utf8 = |locale: [&str; 3]| is_utf8(locale.map(|value| Some(value.to_owned())));
        assert!(utf8(["", "", "de_DE.UTF-8"]) && utf8(["", "C.utf8", "C"]));
        assert!(!utf8(["C", "en_US.UTF-8", "en_US.UTF-8"]) && !utf8(["", "", "POSIX"]));
        assert!(!is_utf8([None, None, None]));
    }
}
