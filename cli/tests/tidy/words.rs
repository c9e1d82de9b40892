//! Words that must not stand in the source.

use crate::lexer::{Lexed, Token, closing, lex, parts};
use crate::offence::Offence;
use crate::tree::{File, Tree};

/// A sequence of tokens, where it is banned and what to do about it.
struct Ban {
    tokens: &'static [&'static str],
    /// Prefixes of paths; empty is everywhere.
    within: &'static [&'static str],
    instead: &'static str,
}

const PURE: &[&str] = &["sim-core/src/", "protocols/src/"];
const ORDERED: &[&str] = &["sim-core/", "protocols/"];

const UNFINISHED: &str = "finish it, or open an issue and remove it";
const NO_ALLOW: &str = "use `#[expect(.., reason = \"..\")]`";
const NO_HASHING: &str = "hashed order is random, use a BTreeMap, a BTreeSet or a sorted Vec";
const NO_WORLD: &str = "the world comes in as events and goes out as effects";

const BANS: [Ban; 13] = [
    Ban { tokens: &["todo", "!"], within: &[], instead: UNFINISHED },
    Ban { tokens: &["unimplemented", "!"], within: &[], instead: UNFINISHED },
    Ban { tokens: &["dbg", "!"], within: &[], instead: "remove it" },
    Ban { tokens: &["#", "[", "ignore"], within: &[], instead: "make the test pass, or delete it" },
    Ban { tokens: &["#", "[", "allow", "("], within: &[], instead: NO_ALLOW },
    Ban { tokens: &["#", "!", "[", "allow", "("], within: &[], instead: NO_ALLOW },
    Ban { tokens: &[",", "allow", "("], within: &[], instead: NO_ALLOW },
    Ban { tokens: &["thread_rng"], within: &[], instead: "draw from a named stream" },
    Ban { tokens: &["HashMap"], within: ORDERED, instead: NO_HASHING },
    Ban { tokens: &["HashSet"], within: ORDERED, instead: NO_HASHING },
    Ban { tokens: &["std", "::", "time"], within: PURE, instead: NO_WORLD },
    Ban { tokens: &["std", "::", "fs"], within: PURE, instead: NO_WORLD },
    Ban { tokens: &["std", "::", "env"], within: PURE, instead: NO_WORLD },
];

pub(crate) fn offences(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.with_extension("rs") {
        let Lexed { tokens, comments } = lex(&file.text);
        let bans = BANS.iter().filter(|ban| applies(ban.within, file));
        offences.extend(bans.flat_map(|ban| banned(file, &tokens, ban)));
        offences.extend(comments.iter().flat_map(|comment| notes(file, *comment)));
        if applies(PURE, file) {
            offences.extend(grouped(file, &tokens));
        }
        if applies(&["protocols/src/"], file) {
            offences.extend(catch_alls(file, &tokens));
        }
    }
    offences
}

fn applies(within: &[&str], file: &File) -> bool {
    within.is_empty() || within.iter().any(|prefix| file.path.starts_with(prefix))
}

fn banned(file: &File, tokens: &[Token<'_>], ban: &Ban) -> Vec<Offence> {
    let change = format!("`{}`: {}", ban.tokens.concat(), ban.instead);
    let windows = tokens.windows(ban.tokens.len());
    windows
        .filter(|window| window.iter().map(|token| token.text).eq(ban.tokens.iter().copied()))
        .map(|window| Offence::new(&file.path, window[0].line, change.as_str()))
        .collect()
}

/// `use std::{fs, time::Duration}`: the banned modules in a group.
fn grouped(file: &File, tokens: &[Token<'_>]) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (at, window) in tokens.windows(3).enumerate() {
        if window.iter().map(|token| token.text).ne(["std", "::", "{"]) {
            continue;
        }
        let end = closing(tokens, at + 2).unwrap_or(tokens.len());
        for module in parts(&tokens[at + 3..end]).into_iter().filter_map(<[_]>::first) {
            if ["time", "fs", "env"].contains(&module.text) {
                let change = format!("`std::{}`: {NO_WORLD}", module.text);
                offences.push(Offence::new(&file.path, module.line, change));
            }
        }
    }
    offences
}

/// `_ =>`, `(_, _) =>`, `(..) =>`: arms that a new variant would fall into unseen.
fn catch_alls(file: &File, tokens: &[Token<'_>]) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        // `Some(_)` names its case: its parenthesis does not begin the pattern.
        let begins = at == 0 || ["{", "}", ",", "|"].contains(&tokens[at - 1].text);
        let end = match token.text {
            "_" => Some(at),
            "(" if begins => closing(tokens, at),
            _ => None,
        };
        let Some(end) = end else { continue };
        let is = |set: &[&str]| tokens[at..=end].iter().filter(|t| set.contains(&t.text)).count();
        let wild = is(&["_", "."]) > 0 && is(&["_", ".", ",", "(", ")"]) == end + 1 - at;
        if wild && tokens.get(end + 1).is_some_and(|next| next.text == "=>") {
            let change = "a catch-all arm: name every case";
            offences.push(Offence::new(&file.path, token.line, change));
        }
    }
    offences
}

fn notes(file: &File, comment: Token<'_>) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (index, line) in comment.text.lines().enumerate() {
        for word in line.split(|character: char| !character.is_alphanumeric()) {
            if ["FIXME", "XXX"].contains(&word) {
                let change = format!("`{word}`: {UNFINISHED}");
                offences.push(Offence::new(&file.path, comment.line + index, change));
            }
        }
    }
    offences
}

mod tests {
    use super::{Tree, offences};

    /// The place and the word of each offence.
    fn lines(path: &str, text: &str) -> Vec<String> {
        let place = |text: String| text.rsplit_once(": ").expect("a remedy").0.to_owned();
        let found = offences(&Tree::of(&[(path, text)]));
        found.iter().map(|offence| place(offence.to_string())).collect()
    }

    #[test]
    fn banned_words_are_found_in_code() {
        let one = |text: &str, what: &str| assert_eq!(lines("a.rs", text), [what], "{text}");
        one("fn f() {\n    todo!()\n}\n", "a.rs:2: `todo!`");
        one("unimplemented!()", "a.rs:1: `unimplemented!`");
        one("dbg!(1)", "a.rs:1: `dbg!`");
        one("#[ignore = \"slow\"]", "a.rs:1: `#[ignore`");
        one("#[allow(dead_code)]", "a.rs:1: `#[allow(`");
        one("#![allow(dead_code)]", "a.rs:1: `#![allow(`");
        one("#[cfg_attr(test, allow(dead_code))]", "a.rs:1: `,allow(`");
        one("rand::thread_rng()", "a.rs:1: `thread_rng`");
    }

    #[test]
    fn words_in_literals_and_in_longer_words_are_not() {
        assert_eq!(lines("a.rs", "f(\"todo!()\", 'x'); // dbg!(1)\n"), [""; 0]);
        assert_eq!(lines("a.rs", "let todo = !todos; #[expect(x)] allow(1);\n"), [""; 0]);
    }

    #[test]
    fn notes_are_found_in_comments() {
        assert_eq!(
            lines("a.rs", "/* a\n * FIXME: b */\n// XXX\n"),
            ["a.rs:2: `FIXME`", "a.rs:3: `XXX`"]
        );
        assert_eq!(lines("a.rs", "f(\"FIXME\"); // XXXX\n"), [""; 0]);
    }

    #[test]
    fn some_are_banned_in_some_places_only() {
        let world = "use std::fs;\nuse std::{fmt, time::Duration};\n";
        assert_eq!(
            lines("sim-core/src/a.rs", world),
            ["sim-core/src/a.rs:1: `std::fs`", "sim-core/src/a.rs:2: `std::time`"]
        );
        assert_eq!(lines("sim-core/tests/a.rs", world), [""; 0]);
        assert_eq!(lines("protocols/tests/a.rs", "HashSet").len(), 1);
        assert_eq!(lines("cli/src/a.rs", "HashSet"), [""; 0]);
    }

    #[test]
    fn protocols_name_every_case() {
        let arms = |arm: &str| {
            lines("protocols/src/a.rs", &format!("match x {{ A => b(), {arm} => c }}")).len()
        };
        assert_eq!(["_", "(_, _)", "(..)", "((_, _), _)", "A | _"].map(arms), [1; 5]);
        assert_eq!(["Some(_)", "(A, _)", "()", "_x", "Never(_, ..)"].map(arms), [0; 5]);
        assert_eq!(lines("reports/src/a.rs", "match x { _ => a }"), [""; 0]);
    }
}
