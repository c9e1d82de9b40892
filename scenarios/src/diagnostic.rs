use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::names::printable;
use crate::source::Source;

/// Something that is wrong with a scenario, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// Bytes of the source that are to blame; none if it is the file as a whole.
    pub span: Option<Range<usize>>,
    /// Other places that matter, each with what is said there.
    pub related: Vec<(Range<usize>, String)>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do about it, such as `did you mean ..`.
    pub help: Vec<String>,
}

/// A place in a text, counted from one, in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in its line.
    pub column: usize,
}

impl Diagnostic {
    /// One without a place.
    pub(crate) fn new(message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            message: message.into(),
            span: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// One about these bytes.
    pub(crate) fn at(span: &Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span.clone()), ..Diagnostic::new(message) }
    }

    pub(crate) fn related(mut self, span: &Range<usize>, text: impl Into<String>) -> Diagnostic {
        self.related.push((span.clone(), text.into()));
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help.extend(help);
        self
    }

    /// Where it begins; none if it is about the file as a whole.
    pub fn position(&self, source: &Source) -> Option<Position> {
        let start = self.span.as_ref()?.start.min(source.text.len());
        let before = source.text.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        Some(Position { line, column: before[line_start..].chars().count() + 1 })
    }

    /// As text for people: message, file, line, column, the line itself and a caret. Ends without
    /// a newline.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let name = printable(&source.name);
        let group = Level::ERROR.primary_title(self.message.as_str());
        let mut report = match &self.span {
            None => group.element(Origin::path(name)),
            Some(span) => {
                let annotation = AnnotationKind::Primary.span(clamp(span, &source.text));
                let mut snippet =
                    Snippet::source(source.text.as_str()).path(name).annotation(annotation);
                for (span, text) in &self.related {
                    let context = AnnotationKind::Context.span(clamp(span, &source.text));
                    snippet = snippet.annotation(context.label(text.as_str()));
                }
                group.element(snippet)
            }
        };
        report = extend(report, &Level::NOTE, &self.notes);
        report = extend(report, &Level::HELP, &self.help);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[report])
    }
}

fn extend<'a>(mut group: Group<'a>, level: &Level<'a>, messages: &'a [String]) -> Group<'a> {
    for message in messages {
        group = group.element(level.clone().message(message.as_str()));
    }
    group
}

/// A span within the text and on its character boundaries, whatever it was before.
fn clamp(span: &Range<usize>, text: &str) -> Range<usize> {
    let end = text.ceil_char_boundary(span.end.min(text.len()));
    text.floor_char_boundary(span.start.min(end))..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("a.ron", "(\n  \u{e4}: 1,\n)");
        let at = |start| Diagnostic::at(&(start..start), "").position(&source);
        assert_eq!(at(0), Some(Position { line: 1, column: 1 }));
        assert_eq!(at(6), Some(Position { line: 2, column: 4 }));
        assert_eq!(at(99), Some(Position { line: 3, column: 2 }));
        assert_eq!(Diagnostic::new("").position(&source), None);
    }

    #[test]
    fn a_caret_points_at_the_span() {
        let source = Source::new("a.ron", "(\n  nam: 1,\n)");
        let text = Diagnostic::at(&(4..7), "no such field").render(&source, false);
        assert!(text.contains("--> a.ron:2:3"), "{text}");
        assert!(text.contains("^^^"), "{text}");
        let coloured = Diagnostic::at(&(4..7), "no such field").render(&source, true);
        assert!(coloured.contains('\u{1b}') && !text.contains('\u{1b}'));
    }
}
