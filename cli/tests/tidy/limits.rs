//! How large things may be, and what is larger.

use std::collections::BTreeMap;
use std::fmt;

use crate::functions::functions;
use crate::lexer::lex;
use crate::tree::{File, Tree};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    FileLines,
    FnLines,
    FnParameters,
    LineWidth,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] =
        [Kind::FileLines, Kind::FnLines, Kind::FnParameters, Kind::LineWidth];

    /// As the ratchet file spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::FileLines => "file-lines",
            Kind::FnLines => "fn-lines",
            Kind::FnParameters => "fn-parameters",
            Kind::LineWidth => "line-width",
        }
    }

    pub(crate) fn limit(self) -> usize {
        match self {
            Kind::FileLines => 400,
            Kind::FnLines => 70,
            Kind::FnParameters => 5,
            Kind::LineWidth => 100,
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Kind::FileLines | Kind::FnLines => "lines",
            Kind::FnParameters => "parameters",
            Kind::LineWidth => "columns",
        }
    }
}

/// What is measured: a file, or the functions of one name in a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    pub(crate) function: Option<String>,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.path)?;
        self.function.iter().try_for_each(|function| write!(f, " {function}"))
    }
}

/// One place where a subject is over its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Excess {
    pub(crate) line: usize,
    pub(crate) value: usize,
}

pub(crate) type Excesses = BTreeMap<Subject, Vec<Excess>>;

/// All that is over its limit.
pub(crate) fn excesses(tree: &Tree) -> Excesses {
    let mut excesses = Excesses::new();
    for file in tree.with_extension("rs") {
        for (kind, function, excess) in measures(file) {
            if excess.value > kind.limit() {
                let function = function.map(str::to_owned);
                let subject = Subject { kind, path: file.path.clone(), function };
                excesses.entry(subject).or_default().push(excess);
            }
        }
    }
    excesses
}

fn measures(file: &File) -> Vec<(Kind, Option<&str>, Excess)> {
    let lines = Excess { line: 1, value: file.text.lines().count() };
    let mut all = vec![(Kind::FileLines, None, lines)];
    for (index, line) in file.text.lines().enumerate() {
        let width = Excess { line: index + 1, value: line.chars().count() };
        all.push((Kind::LineWidth, None, width));
    }
    for function in functions(&lex(&file.text).tokens) {
        let excess = |value| Excess { line: function.line, value };
        all.push((Kind::FnLines, Some(function.name), excess(function.lines)));
        all.push((Kind::FnParameters, Some(function.name), excess(function.parameters)));
    }
    all
}

mod tests {
    use super::{Excess, Tree, excesses};

    fn found(text: &str) -> Vec<(String, Vec<(usize, usize)>)> {
        let places = |list: Vec<Excess>| list.iter().map(|e| (e.line, e.value)).collect();
        let tree = Tree::of(&[("a.rs", text)]);
        excesses(&tree).into_iter().map(|(key, list)| (key.to_string(), places(list))).collect()
    }

    fn one(subject: &str, line: usize, value: usize) -> Vec<(String, Vec<(usize, usize)>)> {
        vec![(subject.to_owned(), vec![(line, value)])]
    }

    #[test]
    fn the_limit_itself_is_allowed_and_one_more_is_not() {
        assert_eq!(found(&"\n".repeat(400)), []);
        assert_eq!(found(&"\n".repeat(401)), one("file-lines a.rs", 1, 401));
        assert_eq!(found(&format!("fn f() {{{}}}\n", "\n".repeat(69))), []);
        let long = format!("\nfn f() {{{}}}\n", "\n".repeat(70));
        assert_eq!(found(&long), one("fn-lines a.rs f", 2, 71));
        assert_eq!(found("fn f(&self, a: A, b: B, c: C, d: D, e: E) {}"), []);
        let many = "fn f(a: A, b: B, c: C, d: D, e: E, f: F) {}";
        assert_eq!(found(many), one("fn-parameters a.rs f", 1, 6));
    }

    #[test]
    fn width_is_counted_in_characters() {
        assert_eq!(found(&format!("// {}\n", "ä".repeat(97))), []);
        assert_eq!(found(&format!("\n// {}\n", "ä".repeat(98))), one("line-width a.rs", 2, 101));
    }

    #[test]
    fn functions_of_one_name_are_one_subject() {
        let long = format!("fn f() {{{}}}\n", "\n".repeat(70));
        let both = vec![("fn-lines a.rs f".to_owned(), vec![(1, 71), (72, 71)])];
        assert_eq!(found(&long.repeat(2)), both);
    }
}
