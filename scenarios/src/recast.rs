use crate::decode;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::scenario::Scenario;
use crate::source::Source;
use crate::syntax::{self, Body, Kind, Node};

/// What is said of a world under one protocol only: which of its properties are checked, and what
/// is expected of them.
const OF_ONE: [&str; 2] = ["check", "expect"];

/// Reads a scenario as one of another protocol, given as it would stand in the file. What the file
/// checks and expects is left out: the other protocol is judged by what is usual for it.
///
/// # Errors
/// All that is wrong with it.
pub fn parse_as(source: &Source, protocol: &str) -> Result<Scenario, Unfit> {
    let of_file = |diagnostic| Unfit::of(source.clone(), vec![diagnostic]);
    let tree = syntax::read(&source.text).map_err(of_file)?;
    let Some(place) = field(&tree, "protocol") else {
        let whole = decode::scenario(source, &tree).map(|_| Vec::new());
        let diagnostics = whole.unwrap_or_else(|diagnostics| diagnostics);
        return Err(Unfit::of(source.clone(), diagnostics));
    };
    let name = format!("{} with --protocols", source.name);
    one(protocol).map_err(|message| {
        let typed = Source::new("--protocols", protocol);
        let help = "write it as in a scenario, such as `saga` or `tcc(tries: sequential)`";
        let diagnostics = vec![Diagnostic::new(message).help(help)];
        Unfit { source: typed, diagnostics, is_mistyped: true }
    })?;
    let (before, after) = (&source.text[..place.span.start], &source.text[place.span.end..]);
    let other = Source::new(name, format!("{before}{protocol}{after}"));
    let named = Source { name: source.name.clone(), ..other.clone() };
    let read = syntax::read(&other.text).map_err(|diagnostic| vec![diagnostic]);
    let scenario = read.and_then(|mut tree| {
        if let Kind::Shape(_, Body::Fields(fields)) = &mut tree.kind {
            fields.retain(|(word, _)| !OF_ONE.contains(&word.text));
        }
        decode::scenario(&named, &tree)
    });
    scenario.map_err(|diagnostics| {
        let typed = place.span.start..place.span.start + protocol.len();
        let is_within = |span: &Range<usize>| typed.start <= span.start && span.end <= typed.end;
        let is_mistyped = diagnostics.iter().any(|d| d.span.as_ref().is_some_and(is_within));
        Unfit { source: other, diagnostics, is_mistyped }
    })
}

/// Why a scenario is none of another protocol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfit {
    /// The text that something is wrong with: that of the file, or that with the other protocol in
    /// it.
    pub source: Source,
    /// All that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the protocol as it was given is to blame, and not that it cannot do what the rest of
    /// the file asks for.
    pub is_mistyped: bool,
}

impl Unfit {
    fn of(source: Source, diagnostics: Vec<Diagnostic>) -> Unfit {
        Unfit { source, diagnostics, is_mistyped: false }
    }
}

/// The value of a field of a file.
fn field<'n, 't>(tree: &'n Node<'t>, name: &str) -> Option<&'n Node<'t>> {
    let Kind::Shape(_, Body::Fields(fields)) = &tree.kind else { return None };
    fields.iter().find(|(word, _)| word.text == name).map(|(_, node)| node)
}

/// Whether a text is one value and nothing else; else what it is instead.
fn one(text: &str) -> Result<(), String> {
    let alone = format!("(protocol: {text}\n)");
    let is_one = |tree: &Node<'_>| match &tree.kind {
        Kind::Shape(None, Body::Fields(fields)) => {
            matches!(&fields[..], [(_, node)] if text.trim().len() == node.span.len())
        }
        Kind::Shape(..)
        | Kind::Number(_)
        | Kind::Text(_)
        | Kind::Useless
        | Kind::List(_)
        | Kind::Map(_) => false,
    };
    match syntax::read(&alone) {
        Ok(tree) if is_one(&tree) => Ok(()),
        Ok(_) => Err(format!("`{text}` is not one protocol")),
        Err(diagnostic) => Err(format!("`{text}` is no protocol: {}", diagnostic.message)),
    }
}

/// The protocols of a list with commas between them; those within brackets belong to one.
pub fn split_protocols(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut all) = (0usize, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                all.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(list[start..].trim());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"(
    services: {
        "bank": (keys: {"ann": (initial: 5, min: 0)}),
        "shop": (keys: {"book": (initial: 1, min: 0)}),
    },
    transactions: [(name: "t", branches: {"bank": [debit("ann", 1)], "shop": [debit("book", 1)]})],
    protocol: two_phase_commit, // the usual
    check: [agreement],
    expect: violates(agreement),
)"#;

    #[test]
    fn another_protocol_is_judged_by_its_own() {
        let source = Source::new("a.ron", FILE);
        for protocol in ["saga", " tcc(tries: sequential) ", "two_phase_commit(presumption: abort)"]
        {
            let scenario = parse_as(&source, protocol).expect("it can be expressed");
            assert_eq!(scenario.expect, crate::Expect::Holds);
            let setup = scenario.setup();
            assert!(protocol.contains(setup.choice.family()) && setup.check.len() > 1);
        }
    }

    #[test]
    fn what_is_no_protocol_is_refused_where_it_was_typed() {
        let source = Source::new("a.ron", FILE);
        for wrong in ["", "(", "saga, tcc", "saga), seeds: (0..1", "saga // x", "7"] {
            assert!(parse_as(&source, wrong).is_err(), "{wrong}");
        }
        let unfit = parse_as(&source, "saga, seeds: 3").expect_err("two fields");
        assert_eq!((unfit.source.name.as_str(), unfit.diagnostics.len()), ("--protocols", 1));
        let unfit = parse_as(&source, "sagga").expect_err("there is none");
        assert!(unfit.source.text.contains("protocol: sagga, // the usual"));
        assert!(unfit.is_mistyped);
        let unfit = parse_as(&source, "two_phase_tla").expect_err("it has no clients");
        assert!(!unfit.is_mistyped);
    }

    #[test]
    fn a_list_is_split_between_its_items_only() {
        let list = "saga, tcc(tries: sequential, fence: row),outbox";
        assert_eq!(split_protocols(list), ["saga", "tcc(tries: sequential, fence: row)", "outbox"]);
        assert_eq!(split_protocols("a)),b"), ["a))", "b"]);
    }
}
