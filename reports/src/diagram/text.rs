//! Texts measured in the cells of a terminal.

use unicode_width::UnicodeWidthChar;

use crate::paint::printable;
use crate::table::wrap;

/// How many cells a text takes, character by character: terminals do not agree on what joins.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// A text without what a terminal would obey and, if so wanted, of ASCII only.
pub(super) fn shown(text: &str, ascii: bool) -> String {
    let text = printable(text);
    if ascii && !text.is_ascii() {
        let escape =
            |c: char| if c.is_ascii() { c.to_string() } else { c.escape_default().to_string() };
        return text.chars().map(escape).collect();
    }
    text
}

/// A text in so many cells; what does not fit is replaced by an ellipsis.
pub(super) fn shorten(text: &str, room: usize, ellipsis: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let (head, _) = split(text, room.saturating_sub(width(ellipsis)));
    let (ellipsis, _) = split(ellipsis, room);
    format!("{head}{ellipsis}")
}

/// A text in pieces of at most so many cells, cut at blanks where it can be.
pub(super) fn pieces(text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    for mut rest in wrap(text, room) {
        while width(rest) > room {
            let (head, tail) = split(rest, room);
            pieces.push(head);
            rest = tail;
        }
        pieces.push(rest);
    }
    pieces
}

/// Cuts a text after as many characters as fit, but at least one.
fn split(text: &str, room: usize) -> (&str, &str) {
    let mut taken = 0;
    let beyond = text.char_indices().find(|(at, c)| {
        taken += cells(*c);
        taken > room && *at > 0
    });
    text.split_at(beyond.map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_the_cells_that_they_take() {
        assert_eq!((width("ab"), width("漢字"), width("e\u{301}")), (2, 4, 1));
        assert_eq!(shorten("coordinator", 6, "…"), "coord…");
        assert_eq!(shorten("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(shorten("abc", 3, ".."), "abc");
        assert_eq!(pieces("ab cdefgh i", 3), ["ab", "cde", "fgh", "i"]);
        assert_eq!(pieces("漢字漢", 3), ["漢", "字", "漢"]);
    }

    #[test]
    fn nothing_is_shown_that_a_terminal_obeys() {
        assert_eq!(shown("a\u{1b}[2J\n", false), "a\\u{1b}[2J\\n");
        assert_eq!((shown("ä", false), shown("ä", true)), ("ä".to_owned(), "\\u{e4}".to_owned()));
    }
}
