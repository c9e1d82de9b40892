//! Aligned columns for a terminal. The last column wraps.

use anstyle::Style;

use crate::paint::{Brush, PLAIN, STRONG};

/// A terminal is at least that wide.
const WIDTH: usize = 80;
/// The last column is never narrower.
const NARROWEST: usize = 24;

/// A cell: its text and how it looks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    text: String,
    style: Style,
    right: bool,
}

impl Cell {
    /// A cell that stands to the left.
    pub fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), style: PLAIN, right: false }
    }

    /// A number, which stands to the right.
    pub fn number(number: impl ToString) -> Cell {
        Cell { text: number.to_string(), style: PLAIN, right: true }
    }

    /// The same cell in another style.
    pub fn styled(self, style: Style) -> Cell {
        Cell { style, ..self }
    }
}

/// Rows of cells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with a heading.
    pub fn headed(heading: &[&str]) -> Table {
        let cell = |text: &&str| Cell::new(*text).styled(STRONG);
        Table { rows: vec![heading.iter().map(cell).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, each behind `indent` blanks.
    pub fn render(&self, indent: usize, colour: bool) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        let room = WIDTH.saturating_sub(indent + before).max(NARROWEST);
        let brush = Brush { colour };
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (column, cell) in row.iter().enumerate() {
                let is_last = column + 1 == columns;
                let fill = " ".repeat(widths[column] - cell.text.chars().count());
                let (left, right) = if cell.right { (fill.as_str(), "") } else { ("", &*fill) };
                let pieces = if is_last { wrap(&cell.text, room) } else { vec![&*cell.text] };
                for (n, piece) in pieces.iter().enumerate() {
                    if n > 0 {
                        end(&mut text, &line);
                        line = " ".repeat(indent + before);
                    }
                    line += left;
                    line += &brush.paint(cell.style, piece);
                    line += right;
                }
                if !is_last {
                    line += "  ";
                }
            }
            end(&mut text, &line);
        }
        text
    }
}

fn end(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Cuts a text at blanks into pieces of at most `room` characters; a longer word stays whole.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<&str> {
    let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
    let blanks = text.match_indices(' ').map(|(at, _)| at);
    for next in blanks.chain([text.len()]) {
        // `end` is where the last word ended, `next` where this one does.
        if end > start && text[start..next].chars().count() > room {
            pieces.push(&text[start..end]);
            start = end + 1;
        }
        end = next;
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let mut table = Table::headed(&["name", "n", "what"]);
        table.row(vec![Cell::new("a"), Cell::number(7), Cell::new("x")]);
        table.row(vec![Cell::new("longer"), Cell::number(1234), Cell::new("")]);
        let text = table.render(2, false);
        assert_eq!(text, "  name    n     what\n  a          7  x\n  longer  1234\n");
        assert!(table.render(0, true).contains('\u{1b}'));
    }

    #[test]
    fn the_last_column_wraps_at_blanks() {
        assert_eq!(wrap("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrap("ab cd ef", 8), ["ab cd ef"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcdefgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        let mut table = Table::default();
        table.row(vec![Cell::new("a"), Cell::new("word ".repeat(30).trim())]);
        assert!(table.render(2, false).lines().all(|line| line.chars().count() <= 80));
    }
}
