//! Values as the tree has them, and complaints about those that are not what was expected.
//!
//! Every method that returns an `Option` has reported why it returned none.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::names::{any_of, quoted, suggestion};
use crate::syntax::{Body, Kind, Node};

/// After so many complaints about one file, no more are made.
const MOST: usize = 100;

/// Collects what is wrong with a scenario.
#[derive(Debug, Default)]
pub(super) struct Reader {
    diagnostics: Vec<Diagnostic>,
    untold: usize,
}

impl Reader {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST {
            self.diagnostics.push(diagnostic);
        } else {
            self.untold += 1;
        }
    }

    /// What was wrong, in the order of the text.
    pub(super) fn is_content(&self) -> bool {
        self.diagnostics.is_empty()
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| d.span.as_ref().map(|span| (span.start, span.end)));
        if self.untold > 0 {
            let message = format!("there are {} more errors in this file", self.untold);
            self.diagnostics.push(Diagnostic::new(message));
        }
        self.diagnostics
    }

    pub(super) fn expected(&mut self, node: &Node<'_>, expected: &str) {
        let message = format!("expected {expected}, found {}", describe(node));
        self.report(Diagnostic::at(&node.head, message));
    }

    /// A name that nothing has: `sentence` and the name are the message. What it might have meant
    /// is searched for only if it is told.
    pub(super) fn unknown<'a>(
        &mut self,
        span: &Range<usize>,
        (sentence, wrong): (&str, &str),
        names: impl IntoIterator<Item = &'a str>,
    ) {
        let mut diagnostic = Diagnostic::at(span, format!("{sentence} {}", quoted(wrong)));
        if self.diagnostics.len() < MOST {
            diagnostic = diagnostic.maybe_help(suggestion(wrong, names));
        }
        self.report(diagnostic);
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        if let Kind::Text(text) = &node.kind {
            return Some(text);
        }
        let mut message =
            Diagnostic::at(&node.head, format!("expected a string, found {}", describe(node)));
        if let (Some(word), Kind::Shape(_, Body::Nothing)) = (node.word(), &node.kind) {
            message = message.help(format!("write it in quotes: `\"{}\"`", word.text));
        }
        self.report(message);
        None
    }

    /// A name that the file gives to something, or uses.
    pub(super) fn name<'n>(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        let name = self.text(node)?;
        let wrong = if name.is_empty() {
            "a name must not be empty"
        } else if name.chars().any(char::is_control) {
            "a name must not have control characters"
        } else if name.trim() != name {
            "a name must not begin or end with a space"
        } else if name.chars().count() > 64 {
            "a name must not be longer than 64 characters"
        } else {
            return Some(name);
        };
        self.report(Diagnostic::at(&node.span, wrong));
        None
    }

    /// A whole number within bounds; `what` is what it counts or is.
    pub(super) fn integer(
        &mut self,
        node: &Node<'_>,
        what: &str,
        (least, most): (i128, i128),
    ) -> Option<i128> {
        let Kind::Number(text) = &node.kind else {
            self.expected(node, "a whole number");
            return None;
        };
        let digits = text.trim_start_matches(['+', '-']);
        let number = match ron::from_str::<i128>(text) {
            Ok(number) => number,
            Err(_) if is_long(digits) => {
                if text.starts_with('-') {
                    i128::MIN
                } else {
                    i128::MAX
                }
            }
            Err(_) => {
                let message = format!("expected a whole number, found `{text}`");
                let diagnostic = Diagnostic::at(&node.span, message);
                self.report(diagnostic.help("fractions are written as ratios: `(1, 100)`"));
                return None;
            }
        };
        let diagnostic = |wrong: String| Diagnostic::at(&node.span, format!("{what} {wrong}"));
        if number < 0 && least >= 0 {
            self.report(diagnostic("must not be negative".to_owned()));
        } else if number < least {
            self.report(diagnostic(format!("must be at least {least}")));
        } else if number > most {
            self.report(diagnostic(format!("must be at most {most}")));
        } else {
            return Some(number);
        }
        None
    }

    pub(super) fn count(&mut self, node: &Node<'_>, what: &str, least: u32) -> Option<u32> {
        let bounds = (i128::from(least), i128::from(u32::MAX));
        u32::try_from(self.integer(node, what, bounds)?).ok()
    }

    pub(super) fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        self.choice(node, "truth value", &[("true", true), ("false", false)])
    }

    /// One of some words, whatever follows it in parentheses.
    pub(super) fn variant<T: Copy>(
        &mut self,
        node: &Node<'_>,
        what: &str,
        options: &[(&'static str, T)],
    ) -> Option<T> {
        let names = || options.iter().map(|(name, _)| *name);
        let Some(word) = node.word() else {
            let names: Vec<&str> = names().collect();
            let message = format!("expected {}, found {}", any_of(&names), describe(node));
            let mut diagnostic = Diagnostic::at(&node.span, message);
            if let Kind::Text(text) = &node.kind
                && names.contains(&text.as_str())
            {
                diagnostic = diagnostic.help(format!("write it without quotes: `{text}`"));
            }
            self.report(diagnostic);
            return None;
        };
        let found = options.iter().find(|(name, _)| *name == word.text).map(|(_, value)| *value);
        if found.is_none() {
            let sentence = format!("there is no {what}");
            self.unknown(&word.span, (&sentence, word.text), names());
        }
        found
    }

    /// One of some words, with nothing after it.
    pub(super) fn choice<T: Copy>(
        &mut self,
        node: &Node<'_>,
        what: &str,
        options: &[(&'static str, T)],
    ) -> Option<T> {
        let found = self.variant(node, what, options)?;
        self.bare(node).then_some(found)
    }

    /// Whether a word stands alone; if not, that is reported.
    pub(super) fn bare(&mut self, node: &Node<'_>) -> bool {
        match (&node.kind, node.word()) {
            (Kind::Shape(_, Body::Items(_) | Body::Fields(_)), Some(word)) => {
                let message = format!("{} takes nothing in parentheses", quoted(word.text));
                self.report(Diagnostic::at(&node.span, message));
                false
            }
            (_, _) => true,
        }
    }
}

fn is_long(digits: &str) -> bool {
    digits.len() > 30 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// What a value is, for a message.
pub(super) fn describe(node: &Node<'_>) -> String {
    match &node.kind {
        Kind::Number(text) => quoted(text),
        Kind::Text(_) => "a string".to_owned(),
        Kind::Useless => "a character or bytes".to_owned(),
        Kind::List(_) => "a list `[..]`".to_owned(),
        Kind::Map(_) => "a map `{..}`".to_owned(),
        Kind::Shape(Some(word), Body::Nothing) => quoted(word.text),
        Kind::Shape(Some(word), _) => quoted(&format!("{}(..)", word.text)),
        Kind::Shape(None, _) => "`(..)`".to_owned(),
    }
}
