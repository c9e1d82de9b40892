//! Compares what is over a limit with the list of what may be.

use std::collections::BTreeMap;
use std::{env, fs};

use crate::limits::{Excess, Excesses, Kind, Subject, excesses};
use crate::offence::Offence;
use crate::tree::Tree;

const PATH: &str = "cli/tests/tidy.ratchet";

/// The allowances, each with the number of its line.
type Allowances = BTreeMap<Subject, (usize, usize)>;

pub(crate) fn offences(tree: &Tree) -> Vec<Offence> {
    let file = tree.locate(PATH);
    let mut text = fs::read_to_string(&file).expect(PATH);
    let found = excesses(tree);
    if env::var_os("DTXSIM_BLESS").is_some_and(|value| value == "1") {
        let tight = tightened(&text, &found);
        if tight != text {
            fs::write(&file, &tight).expect(PATH);
            text = tight;
        }
    }
    compare(&text, &found)
}

fn compare(text: &str, found: &Excesses) -> Vec<Offence> {
    let (allowed, mut offences) = parse(text);
    for (subject, places) in found {
        let allowance = allowed.get(subject).map(|&(_, value)| value);
        offences.extend(places.iter().filter_map(|place| too_large(subject, *place, allowance)));
    }
    for (subject, &(line, value)) in &allowed {
        offences.extend(too_loose(subject, largest(found, subject), value).map(|change| {
            Offence::new(PATH, line, format!("{change} (DTXSIM_BLESS=1 does it): `{subject}`"))
        }));
    }
    offences
}

fn too_large(subject: &Subject, place: Excess, allowance: Option<usize>) -> Option<Offence> {
    let (unit, limit, value) = (subject.kind.unit(), subject.kind.limit(), place.value);
    if value <= allowance.unwrap_or(limit) {
        return None;
    }
    let what = match &subject.function {
        Some(function) => format!("`fn {function}` has {value} {unit}"),
        None => format!("{value} {unit}"),
    };
    let change = match allowance {
        Some(allowance) => format!("{what}: it may not grow beyond {allowance}, see {PATH}"),
        None => format!(
            "{what}: bring it down to {limit}, or record the debt in {PATH}: `{subject} {value}`"
        ),
    };
    Some(Offence::new(&subject.path, place.line, change))
}

fn too_loose(subject: &Subject, largest: Option<usize>, value: usize) -> Option<String> {
    match largest {
        None => Some(format!("at most {} now, delete this line", subject.kind.limit())),
        Some(largest) if largest < value => Some(format!("write {largest} instead of {value}")),
        Some(_) => None,
    }
}

fn largest(found: &Excesses, subject: &Subject) -> Option<usize> {
    found.get(subject)?.iter().map(|place| place.value).max()
}

/// The same text without what is paid off and with the rest as low as it can be.
fn tightened(text: &str, found: &Excesses) -> String {
    let tighten = |line: &str| match entry(line) {
        None => Some(line.to_owned()),
        Some((subject, value)) => {
            Some(format!("{subject} {}", largest(found, &subject)?.min(value)))
        }
    };
    text.lines().filter_map(tighten).map(|line| line + "\n").collect()
}

fn parse(text: &str) -> (Allowances, Vec<Offence>) {
    let (mut allowed, mut offences) = (Allowances::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(line) {
            None => offences.push(Offence::new(
                PATH,
                number,
                format!("write `<kind> <path> [<function>] <value>` instead of `{line}`"),
            )),
            Some((subject, value)) => {
                if let Some((first, _)) = allowed.insert(subject, (number, value)) {
                    let change = format!("delete this line, line {first} has the same subject");
                    offences.push(Offence::new(PATH, number, change));
                }
            }
        }
    }
    (allowed, offences)
}

fn entry(line: &str) -> Option<(Subject, usize)> {
    let words: Vec<&str> = line.split(' ').collect();
    let (kind, path, function, value) = match *words.as_slice() {
        [kind, path, value] => (kind, path, None, value),
        [kind, path, function, value] => (kind, path, Some(function.to_owned()), value),
        _ => return None,
    };
    let kind = Kind::ALL.into_iter().find(|candidate| candidate.name() == kind)?;
    Some((Subject { kind, path: path.to_owned(), function }, value.parse().ok()?))
}

mod tests {
    use super::{Excesses, Offence, compare, entry, excesses, tightened};
    use crate::tree::Tree;

    /// `fn f` of 71 lines in line 2 of `a.rs`.
    fn found() -> Excesses {
        excesses(&Tree::of(&[("a.rs", &format!("\nfn f() {{{}}}\n", "\n".repeat(70)))]))
    }

    fn changes(ratchet: &str) -> Vec<String> {
        compare(ratchet, &found()).iter().map(Offence::to_string).collect()
    }

    #[test]
    fn what_is_listed_with_its_size_is_allowed() {
        assert_eq!(changes("# why\n\nfn-lines a.rs f 71\n"), [""; 0]);
    }

    #[test]
    fn what_is_not_listed_or_has_grown_is_an_offence() {
        let new = "a.rs:2: `fn f` has 71 lines: bring it down to 70, or record the debt in \
                   cli/tests/tidy.ratchet: `fn-lines a.rs f 71`";
        assert_eq!(changes(""), [new]);
        let grown = "a.rs:2: `fn f` has 71 lines: it may not grow beyond 70, see \
                     cli/tests/tidy.ratchet";
        assert_eq!(changes("fn-lines a.rs f 70\n"), [grown]);
    }

    #[test]
    fn what_has_shrunk_is_an_offence_of_the_list() {
        let shrunk = "cli/tests/tidy.ratchet:1: write 71 instead of 90 (DTXSIM_BLESS=1 does it): \
                      `fn-lines a.rs f`";
        assert_eq!(changes("fn-lines a.rs f 90\n"), [shrunk]);
        let paid = "cli/tests/tidy.ratchet:2: at most 400 now, delete this line (DTXSIM_BLESS=1 \
                    does it): `file-lines gone.rs`";
        assert_eq!(changes("fn-lines a.rs f 71\nfile-lines gone.rs 500\n"), [paid]);
    }

    #[test]
    fn lines_that_say_nothing_are_offences() {
        let double = "cli/tests/tidy.ratchet:2: delete this line, line 1 has the same subject";
        assert_eq!(changes("fn-lines a.rs f 71\nfn-lines a.rs f 71\n"), [double]);
        assert_eq!(changes("fn-lines a.rs f 71\nfn-lines a.rs f many\n").len(), 1);
        assert_eq!(entry("fn-length a.rs f 71"), None);
        assert_eq!(entry("fn-lines 71"), None);
    }

    #[test]
    fn blessing_tightens_and_never_loosens() {
        let text = "# why\nfn-lines a.rs f 90\nfile-lines gone.rs 500\n";
        assert_eq!(tightened(text, &found()), "# why\nfn-lines a.rs f 71\n");
        assert_eq!(tightened("fn-lines a.rs f 70\n", &found()), "fn-lines a.rs f 70\n");
        assert_eq!(tightened("", &found()), "");
    }
}
