//! Names that a file gives to things: how they are quoted, and what they might have meant.

/// No name is shown longer than this, in characters.
const LONGEST_SHOWN: usize = 60;

/// Only so many names are compared with one that is wrong.
const COMPARED: usize = 2000;

/// A name as a message quotes it: short, and without characters that a terminal would obey.
pub(crate) fn quoted(name: &str) -> String {
    let mut shown: String = name.chars().take(LONGEST_SHOWN).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    format!("`{}`", printable(&shown))
}

/// A text with its control characters escaped.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}

/// Names in a row: `` `a`, `b` or `c` ``.
pub(crate) fn any_of<S: AsRef<str>>(names: &[S]) -> String {
    in_a_row(names, "or")
}

/// Names in a row: `` `a`, `b` and `c` ``.
pub(crate) fn all_of<S: AsRef<str>>(names: &[S]) -> String {
    in_a_row(names, "and")
}

fn in_a_row<S: AsRef<str>>(names: &[S], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

/// What somebody who wrote `wrong` might have meant: the nearest of the names, if it is near, or
/// all of them, if they are few.
pub(crate) fn suggestion<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let names: Vec<&str> = names.into_iter().take(COMPARED).collect();
    if let Some(near) = nearest(wrong, &names) {
        return Some(format!("did you mean {}?", quoted(near)));
    }
    match names.len() {
        0 => None,
        1..=20 => Some(format!("there is {}", all_of(&names))),
        many => Some(format!("there are {many} others, such as {}", any_of(&names[..3]))),
    }
}

/// The nearest name, if at most a third of it is wrong or only its end is missing.
pub(crate) fn nearest<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    let length = wrong.chars().count();
    if length > LONGEST_SHOWN {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let wrong = plain(wrong);
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong, &plain(name));
    names
        .iter()
        .filter(|name| name.chars().count() <= LONGEST_SHOWN)
        .map(|name| (distance(name), *name))
        .filter(|(distance, name)| {
            let cut_short = length >= 3 && plain(name).starts_with(&wrong);
            cut_short || *distance <= length.max(name.chars().count()).max(3) / 3
        })
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_found_and_far_ones_are_not() {
        let names = ["crash", "pause", "partition", "no_lock_left"];
        let near = |wrong| nearest(wrong, &names);
        assert_eq!(near("crahs"), Some("crash"));
        assert_eq!(near("Partition"), Some("partition"));
        assert_eq!(near("no-lock-left"), Some("no_lock_left"));
        assert_eq!(near("no_lock"), Some("no_lock_left"));
        assert_eq!(near("zebra"), None);
        assert_eq!(near(&"x".repeat(1000)), None);
    }

    #[test]
    fn few_names_are_listed() {
        let few = suggestion("zebra", ["crash", "pause"]);
        assert_eq!(few.as_deref(), Some("there is `crash` and `pause`"));
        assert_eq!(suggestion("zebra", []), None);
        let many: Vec<String> = (0..50).map(|n| format!("name-{n}")).collect();
        let many = suggestion("zebra", many.iter().map(String::as_str));
        assert_eq!(
            many.as_deref(),
            Some("there are 50 others, such as `name-0`, `name-1` or `name-2`")
        );
    }

    #[test]
    fn control_characters_are_escaped_and_long_names_cut() {
        assert_eq!(quoted("a\u{1b}[31m\n"), "`a\\u{1b}[31m\\n`");
        assert_eq!(quoted(&"x".repeat(100)).len(), LONGEST_SHOWN + 5);
    }
}
