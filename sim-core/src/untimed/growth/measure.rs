//! How large the parts of a state are, told from its text form: protocols' states are plain data of
//! any type, and `Debug` is all that is known of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::protocol::Protocol;
use crate::untimed::local::Local;

/// A part of a process that can grow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// The records in its log.
    Log,
    /// The timers that are set.
    Timers,
    /// What a list, set or map of that name holds.
    Items(String),
    /// The largest number of that name.
    Number(String),
    /// The longest text of that name, in characters.
    Text(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Log => f.write_str("records in its log"),
            Part::Timers => f.write_str("timers that are set"),
            Part::Items(name) => write!(f, "items of `{name}` in its state"),
            Part::Number(name) => write!(f, "the number `{name}` in its state"),
            Part::Text(name) => write!(f, "characters of `{name}` in its state"),
        }
    }
}

pub(super) type Sizes = BTreeMap<Part, u64>;

/// The sizes of all parts of a process.
pub(super) fn sizes<P: Protocol>(local: &Local<P>) -> Sizes {
    let mut sizes = Sizes::new();
    sizes.insert(Part::Log, local.node.log().records().len() as u64);
    sizes.insert(Part::Timers, local.node.timers().len() as u64);
    if let Some(state) = local.node.state() {
        of_text(&format!("{state:?}"), &mut sizes);
    }
    sizes
}

/// Brackets that are open.
struct Open {
    /// What they are called: the field, else the type in front of them, else what is around them.
    name: String,
    commas: u64,
    is_list: bool,
    /// Whether there is anything since the last comma.
    is_started: bool,
}

/// The parts of a text in the form of `Debug`.
fn of_text(text: &str, sizes: &mut Sizes) {
    let mut open: Vec<Open> = Vec::new();
    let (mut word, mut field) = (String::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let name = || match open.last() {
            _ if !field.is_empty() => field.clone(),
            Some(around) => around.name.clone(),
            None => "it".to_owned(),
        };
        match c {
            '"' => {
                let length = quoted(&mut chars);
                grow(sizes, Part::Text(name()), length);
            }
            '[' | '{' | '(' => {
                let named = !field.is_empty() || word.is_empty();
                let inner = Open {
                    name: if named { name() } else { word.clone() },
                    commas: 0,
                    is_list: c != '(' && (c == '[' || word.is_empty()),
                    is_started: false,
                };
                open.push(inner);
                (word, field) = (String::new(), String::new());
                continue;
            }
            ']' | '}' | ')' => {
                if let Some(Open { name, commas, is_list: true, is_started }) = open.pop() {
                    grow(sizes, Part::Items(name), commas + u64::from(is_started));
                }
                (word, field) = (String::new(), String::new());
            }
            ',' => {
                if let Some(around) = open.last_mut() {
                    around.commas += 1;
                    around.is_started = false;
                }
                (word, field) = (String::new(), String::new());
                continue;
            }
            ':' if chars.next_if_eq(&':').is_none() => field = std::mem::take(&mut word),
            '0'..='9' if word.is_empty() => {
                let mut digits = String::from(c);
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                // What does not fit is no counter.
                grow(sizes, Part::Number(name()), digits.parse().unwrap_or(0));
            }
            c if c.is_alphanumeric() || c == '_' => word.push(c),
            _ => {}
        }
        if let Some(around) = open.last_mut() {
            around.is_started |= !c.is_whitespace();
        }
    }
}

/// The length of a text whose first quotation mark has been read.
fn quoted(chars: &mut impl Iterator<Item = char>) -> u64 {
    let mut length = 0;
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => drop(chars.next()),
            _ => {}
        }
        length += 1;
    }
    length
}

fn grow(sizes: &mut Sizes, part: Part, size: u64) {
    let known = sizes.entry(part).or_default();
    *known = size.max(*known);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &dyn fmt::Debug) -> Vec<String> {
        let mut sizes = Sizes::new();
        of_text(&format!("{value:?}"), &mut sizes);
        sizes.iter().map(|(part, size)| format!("{size} {part}")).collect()
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by Debug")]
    struct Toy {
        count: u64,
        heard: Vec<&'static str>,
        by: BTreeMap<u8, Tx>,
        last: Option<Tx>,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by Debug")]
    struct Tx(u32);

    #[test]
    fn parts_are_named_after_fields() {
        let by = BTreeMap::from([(1, Tx(7)), (2, Tx(9))]);
        let toy = Toy { count: 41, heard: vec!["a, b", "\"c\"]"], by, last: Some(Tx(30)) };
        let wanted = [
            "2 items of `by` in its state",
            "2 items of `heard` in its state",
            "30 the number `Tx` in its state",
            "2 the number `by` in its state",
            "41 the number `count` in its state",
            "4 characters of `heard` in its state",
        ];
        assert_eq!(parts(&toy), wanted);
    }

    #[test]
    fn what_has_no_name_is_it() {
        assert_eq!(parts(&5), ["5 the number `it` in its state"]);
        assert_eq!(parts(&[(); 0]), ["0 items of `it` in its state"]);
        assert_eq!(parts(&Tx(3)), ["3 the number `Tx` in its state"]);
    }
}
