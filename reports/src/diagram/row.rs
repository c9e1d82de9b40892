//! One line of a diagram while it is drawn.

use super::text::width;

/// Glyphs of one cell each, and texts over them.
pub(super) struct Row {
    cells: Vec<char>,
    /// Where each begins; none lies over another.
    texts: Vec<(usize, String)>,
}

impl Row {
    /// An empty one of so many cells.
    pub(super) fn new(extent: usize) -> Row {
        Row { cells: vec![' '; extent], texts: Vec::new() }
    }

    /// Puts a glyph.
    pub(super) fn put(&mut self, x: usize, glyph: char) {
        self.cells[x] = glyph;
    }

    /// Draws from one cell up to another; what is there already is crossed.
    pub(super) fn line(&mut self, (from, to): (usize, usize), line: char, cross: char) {
        for cell in &mut self.cells[from..to] {
            *cell = if *cell == ' ' { line } else { cross };
        }
    }

    /// Puts a text over what is there, which must be wide enough for it.
    pub(super) fn text(&mut self, x: usize, text: &str) {
        self.texts.push((x, text.to_owned()));
    }

    /// The row without blanks at its end.
    pub(super) fn finish(mut self) -> String {
        self.texts.sort();
        let (mut line, mut x) = (String::new(), 0);
        for (at, text) in &self.texts {
            line.extend(&self.cells[x..*at]);
            line += text;
            x = at + width(text);
        }
        line.extend(&self.cells[x..]);
        line.truncate(line.trim_end().len());
        line
    }
}
