//! No text makes the reader panic, hang, or refuse without a word.

use dtxsim_scenarios::{Source, parse};
use proptest::collection::vec;
use proptest::prelude::*;

const TEXT: &str = include_str!("full.scenario");

/// What is put in the place of something else: what the grammar turns on, and what it never meets.
const PIECES: [&str; 30] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "r#\"",
    "\"#",
    "b\"",
    "\\",
    "-",
    "1",
    "18446744073709551616",
    "1e9",
    "Some(",
    "None",
    "()",
    "\u{e4}",
    "\u{0}",
    "\u{1b}[0m",
    "#![enable(implicit_some)]",
    "..",
    "inf",
];

#[derive(Clone, Debug)]
enum Change {
    Delete { at: usize, length: usize },
    Double { at: usize, length: usize },
    Replace { at: usize, length: usize, piece: usize },
}

fn change() -> impl Strategy<Value = Change> {
    let place = || (0..TEXT.len(), 0usize..40);
    prop_oneof![
        place().prop_map(|(at, length)| Change::Delete { at, length }),
        place().prop_map(|(at, length)| Change::Double { at, length }),
        (place(), 0..PIECES.len()).prop_map(|((at, length), piece)| Change::Replace {
            at,
            length: length / 4,
            piece
        }),
    ]
}

fn apply(mut text: String, change: &Change) -> String {
    let (at, length) = match *change {
        Change::Delete { at, length }
        | Change::Double { at, length }
        | Change::Replace { at, length, .. } => (at, length),
    };
    let start = text.floor_char_boundary(at.min(text.len()));
    let end = text.ceil_char_boundary((start + length).min(text.len()));
    let slice = text[start..end].to_owned();
    match *change {
        Change::Delete { .. } => text.replace_range(start..end, ""),
        Change::Double { .. } => text.insert_str(start, &slice),
        Change::Replace { piece, .. } => text.replace_range(start..end, PIECES[piece]),
    }
    text
}

/// Reads a text; what is wrong with it must be said, and can be shown.
fn check(text: String) {
    let source = Source::new("mutant.ron", text);
    let Err(diagnostics) = parse(&source) else { return };
    assert!(!diagnostics.is_empty());
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.contains("does not know why"), "{}", source.text);
        assert!(!diagnostic.message.is_empty());
        // Only the tree says this, and only of what RON has accepted. Ranges, which scenarios have
        // no use for, are the one thing of RON's that it does not know.
        let from_the_tree = diagnostic.message.ends_with(" here");
        let ranges = source.text.contains("..");
        assert!(!from_the_tree || ranges, "not as ron reads it: {}", source.text);
        assert!(!diagnostic.render(&source, false).is_empty());
        let inside = diagnostic.span.is_none_or(|span| span.end <= source.text.len());
        assert!(inside, "a place beyond the text");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn mutations_of_a_good_file_are_read_or_refused(changes in vec(change(), 1..6)) {
        check(changes.iter().fold(TEXT.to_owned(), apply));
    }

    #[test]
    fn any_text_is_read_or_refused(pieces in vec(0..PIECES.len(), 0..30), tail in "\\PC{0,20}") {
        let text: String = pieces.iter().map(|&piece| PIECES[piece]).collect();
        check(text + &tail);
    }
}

#[test]
fn every_prefix_of_a_good_file_is_refused() {
    for end in (0..TEXT.trim_end().len()).filter(|&end| TEXT.is_char_boundary(end)) {
        let source = Source::new("prefix.ron", &TEXT[..end]);
        assert!(parse(&source).is_err(), "{}", source.text);
    }
    check(TEXT.to_owned());
}
