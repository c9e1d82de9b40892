//! From text to a tree of values that know their places.
//!
//! The `ron` crate decides what is RON; it says so one error at a time and keeps no places. So its
//! verdict is taken first, and then a tree is grown that has them.

mod brackets;
mod lexer;
mod tree;

use std::ops::Range;

use ron::error::{Error, Position, SpannedError};
use serde::de::IgnoredAny;

use crate::diagnostic::Diagnostic;
use crate::names::quoted;
use lexer::{Token, TokenKind};
pub(crate) use tree::{Body, Kind, Node, Word};

/// Reads a text as RON.
pub(crate) fn read(text: &str) -> Result<Node<'_>, Diagnostic> {
    let tokens = lexer::lex(text)?;
    if tokens.is_empty() {
        return Err(Diagnostic::new("there is no scenario in this file")
            .help("docs/SCENARIOS.md shows one to begin with"));
    }
    if let [first, second, ..] = &tokens[..]
        && (&text[first.span.clone()], &text[second.span.clone()]) == ("#", "!")
    {
        return Err(Diagnostic::at(&first.span, "scenarios use no extensions of RON")
            .help("remove this line"));
    }
    brackets::check(&tokens)?;
    ron::from_str::<IgnoredAny>(text).map_err(|error| refused(text, &tokens, &error))?;
    tree::grow(text, &tokens)
}

/// What `ron` refused, in our words where its own are those of its programmers.
fn refused(text: &str, tokens: &[Token], error: &SpannedError) -> Diagnostic {
    let at = |position: Position| offset(text, position);
    let mut span = at(error.span.start)..at(error.span.end);
    if text[span.clone()].trim().is_empty() {
        span = token_at(tokens, span.end).unwrap_or(text.len()..text.len());
    }
    let diagnostic = |message: &str| Diagnostic::at(&span, message);
    match &error.code {
        Error::ExpectedComma => comma(text, tokens, &span),
        Error::ExpectedMapColon => diagnostic("expected `:` and a value"),
        Error::TrailingCharacters => diagnostic("expected nothing more after the scenario")
            .note("a file holds one scenario: `( .. )`"),
        Error::Eof => diagnostic("the text ends in the midst of a value"),
        Error::ExceededRecursionLimit => diagnostic("values are nested too deeply"),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            Diagnostic::at(&span, format!("this is not RON: {first}{}", letters.as_str()))
        }
    }
}

/// Something stands where a comma should, or what comes before it is not complete.
fn comma(text: &str, tokens: &[Token], span: &Range<usize>) -> Diagnostic {
    let before = tokens.iter().rev().find(|token| token.span.end <= span.start);
    let Some(word) = before.filter(|token| token.kind == TokenKind::Word) else {
        return Diagnostic::at(span, "expected a comma before this");
    };
    let name = &text[word.span.clone()];
    let diagnostic = Diagnostic::at(span, format!("expected `:` or `,` after {}", quoted(name)));
    if word.span.end == span.start && text[span.clone()].starts_with('-') {
        return diagnostic.help("names have `_` where you wrote `-`");
    }
    diagnostic
}

/// The token at an offset, or the next.
fn token_at(tokens: &[Token], offset: usize) -> Option<Range<usize>> {
    tokens.iter().map(|token| &token.span).find(|span| span.end > offset).cloned()
}

/// The byte that `ron` means by a position: lines and characters, counted from one.
fn offset(text: &str, position: Position) -> usize {
    let line_start = match position.line {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = &text[line_start..];
    let within = rest.char_indices().nth(position.col.saturating_sub(1));
    line_start + within.map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text() {
        let text = "( /* x */ a: foo(1, \"b\\n\"), // (\n m: {r\"k\": [()]}, )";
        let node = read(text).expect("it is RON");
        let Kind::Shape(None, Body::Fields(fields)) = &node.kind else { panic!("{node:?}") };
        let slices: Vec<_> = fields.iter().map(|(_, value)| &text[value.span.clone()]).collect();
        assert_eq!(slices, ["foo(1, \"b\\n\")", "{r\"k\": [()]}"]);
        let Kind::Shape(Some(word), Body::Items(items)) = &fields[0].1.kind else { panic!() };
        assert_eq!((word.text, &items[1].kind), ("foo", &Kind::Text("b\n".to_owned())));
    }

    #[test]
    fn what_is_not_ron_is_refused_with_a_place() {
        for (text, wanted) in [
            ("(a: 1 b: 2)", "b"),
            ("(a 1)", "1"),
            ("(a: 1) (b: 2)", "("),
            ("(a: @)", "@"),
            ("(a: [1, 2)", ")"),
            ("(a: [1, 2]", "("),
            ("(a: 1))", ")"),
            ("#![enable(implicit_some)] (a: 1)", "#"),
        ] {
            let error = read(text).expect_err(text);
            let span = error.span.clone().unwrap_or_default();
            assert!(text[span.clone()].starts_with(wanted), "{text}: {error:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        for bracket in ["[", "(", "{", "(a:", "a("] {
            let error = read(&bracket.repeat(100_000)).expect_err("too deep");
            assert_eq!(error.message, "brackets are nested too deeply");
        }
        let deepest = format!("{}{}", "[".repeat(brackets::DEEPEST), "]".repeat(brackets::DEEPEST));
        assert!(read(&deepest).is_ok(), "what the limit allows, ron takes as well");
    }
}
