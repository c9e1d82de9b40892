//! From what there is to draw, and its place, to lines.

use super::glyphs::Glyphs;
use super::layout::{Layout, label, millis};
use super::row::Row;
use super::scene::{Item, Life, Mark, Said, Scene, Who};
use super::text::{pieces, width};
use crate::fold::{Line, Weight};

/// A text beside a lifeline wants so much room there.
const ROOMY: usize = 14;
/// Bands begin with so many cells of line, and end with at least one.
const BAND: usize = 2;

/// Draws, from top to bottom.
pub(super) struct Artist<'a> {
    layout: &'a Layout,
    glyphs: &'a Glyphs,
    /// How those live who have begun to, by column.
    lives: Vec<Option<Life>>,
    /// What stands in the gutter of the next line.
    gutter: String,
    weight: Weight,
    lines: Vec<Line>,
}

impl<'a> Artist<'a> {
    pub(super) fn new(layout: &'a Layout, glyphs: &'a Glyphs) -> Artist<'a> {
        let alive = |who: Who| (who == Who::Client).then_some(Life::Up);
        let lives = layout.columns.iter().map(|column| alive(column.who)).collect();
        let (gutter, weight) = (String::new(), Weight::Plain);
        Artist { layout, glyphs, lives, gutter, weight, lines: Vec::new() }
    }

    /// How many lines there are so far.
    pub(super) fn height(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn finish(self) -> Vec<Line> {
        self.lines
    }

    /// The names of the lifelines.
    pub(super) fn headings(&mut self) {
        self.weight = Weight::Plain;
        let columns = &self.layout.columns;
        let height = columns.iter().map(|column| column.heading.len()).max().unwrap_or(0);
        for n in 0..height {
            if n == 0 {
                self.gutter = self.head("step", "ms");
            }
            let mut row = Row::new(self.layout.extent);
            for column in columns {
                if let Some(piece) = column.heading.get(n) {
                    row.text(column.x, piece);
                }
            }
            self.push(row);
        }
    }

    pub(super) fn scene(&mut self, scene: &Scene) {
        self.weight = scene.weight;
        let mark = match scene.weight {
            Weight::Violates => '>',
            Weight::Matters => '*',
            Weight::Plain | Weight::Gap => ' ',
        };
        let steps = self.layout.steps;
        self.gutter = match scene.steps {
            Some(numbers) => {
                let number = format!("{mark}{:>steps$}", label(numbers));
                self.head(&number, &millis(scene.at))
            }
            None => format!("{:>width$}", "...", width = steps + 1),
        };
        for item in &scene.items {
            match item {
                Item::Turn(who, life) => self.turn(who, *life),
                Item::Starts(who) => self.starts(who),
                Item::Arrow { from, to, label, arrives } => {
                    self.arrow((*from, *to), label, *arrives);
                }
                Item::Notes { at, said } => self.notes(at, said),
                Item::Band(text) => self.band(text),
                Item::Violation(text) => {
                    self.weight = Weight::Violates;
                    self.band(text);
                    self.weight = scene.weight;
                }
                Item::Text(text) => self.plain(0, text),
                Item::Gap(steps) => self.gap(*steps),
            }
        }
    }

    /// The gutter: a step, and its time if there is time.
    fn head(&self, step: &str, time: &str) -> String {
        let steps = self.layout.steps + 1;
        match self.layout.times {
            Some(times) => format!("{step:steps$} {time:>times$}"),
            None => format!("{step:steps$}"),
        }
    }

    fn turn(&mut self, who: &[Who], life: Life) {
        for column in who.iter().filter_map(|&who| self.layout.find(who)) {
            self.lives[column] = Some(life);
        }
    }

    fn starts(&mut self, who: &[Who]) {
        let columns: Vec<usize> = who.iter().filter_map(|&who| self.layout.find(who)).collect();
        let mut row = self.lifelines();
        for column in &columns {
            row.put(self.layout.columns[*column].x, self.glyphs.start);
        }
        if columns.is_empty() {
            row.text(0, "start out of sight");
        }
        self.push(row);
    }

    fn arrow(&mut self, (from, to): (Who, Who), label: &str, arrives: bool) {
        let (Some(from), Some(to)) = (self.layout.find(from), self.layout.find(to)) else { return };
        let x = |column: usize| self.layout.columns[column].x;
        let (tail, head) = (x(from), x(to));
        let (low, high) = (tail.min(head), tail.max(head));
        let glyphs = self.glyphs;
        let rightward = tail < head;
        // Between the lifelines: the shaft, and the head, before which a lost one leaves a blank.
        let tip = if arrives { 1 } else { 2 };
        let shaft = if rightward { (low + 1, high - tip) } else { (low + 1 + tip, high) };
        let inside = width(label) + 3 <= shaft.1 - shaft.0;
        let mut row = self.lifelines();
        row.line(shaft, glyphs.line, glyphs.cross);
        row.put(tail, if rightward { glyphs.to_right } else { glyphs.to_left });
        let end = if rightward { shaft.1 } else { shaft.0 - 1 };
        row.put(
            end,
            match (arrives, rightward) {
                (true, true) => glyphs.right,
                (true, false) => glyphs.left,
                (false, _) => glyphs.stop,
            },
        );
        if inside {
            let free = shaft.1 - shaft.0 - width(label) - 2;
            row.text(shaft.0 + free.div_ceil(2), &format!(" {label} "));
            self.push(row);
        } else {
            self.beside(row, (low, high), label);
        }
    }

    /// Puts the label beside its arrow: behind it, before it, or else below.
    fn beside(&mut self, mut arrow: Row, (low, high): (usize, usize), label: &str) {
        let (cells, extent) = (width(label), self.layout.extent);
        let before = low.saturating_sub(1);
        if high + 2 + cells <= extent {
            self.over(&mut arrow, high + 2, label);
            self.push(arrow);
        } else if cells <= before {
            self.over(&mut arrow, before - cells, label);
            self.push(arrow);
        } else {
            self.push(arrow);
            let x = if low + 2 + ROOMY <= extent { low + 2 } else { 0 };
            self.plain(x, label);
        }
    }

    fn notes(&mut self, at: &[Who], said: &[Said]) {
        let columns: Vec<usize> = at.iter().filter_map(|&who| self.layout.find(who)).collect();
        let Some(&first) = columns.first() else { return };
        let x = self.layout.columns[first].x;
        let rooms = (x.saturating_sub(1), self.layout.extent.saturating_sub(x + 2));
        let longest = said.iter().map(|said| width(&said.text)).max().unwrap_or(0);
        let right = rooms.1 >= longest.min(ROOMY) || rooms.1 >= rooms.0;
        let room = if right { rooms.1 } else { rooms.0 };
        // Several in a line, as long as they stay off the next lifeline.
        let next = self.layout.columns.get(first + 1).map_or(self.layout.extent, |next| next.x - 1);
        let together = if right { next.saturating_sub(x + 2) } else { 0 };
        for (n, (mark, text)) in self.packed(said, room, together).into_iter().enumerate() {
            let marked = if n == 0 { &columns[..] } else { &columns[..1] };
            let mut row = self.lifelines();
            for &column in marked {
                if let Some(glyph) = self.glyph(mark, right) {
                    row.put(self.layout.columns[column].x, glyph);
                }
            }
            let start = if right { x + 2 } else { x - 1 - width(&text) };
            let under = start..=start + width(&text);
            if marked[1..].iter().any(|&other| under.contains(&self.layout.columns[other].x)) {
                self.push(std::mem::replace(&mut row, self.lifelines()));
            }
            self.over(&mut row, start, &text);
            self.push(row);
        }
    }

    /// Lines of what is said at one place.
    fn packed(&self, said: &[Said], room: usize, together: usize) -> Vec<(Mark, String)> {
        let mut packed: Vec<(Mark, String)> = Vec::new();
        for Said { mark, text } in said {
            let more = match self.glyph(*mark, true) {
                Some(glyph) if *mark != Mark::Says => format!("; {glyph} {text}"),
                Some(_) | None => format!("; {text}"),
            };
            match packed.last_mut() {
                // What has taken several lines stays alone.
                Some((first, open))
                    if *first != Mark::More && width(open) + width(&more) <= together =>
                {
                    *open += &more;
                }
                Some(_) | None => {
                    let pieces = pieces(text, room).into_iter().enumerate();
                    let line = |(n, piece): (usize, &str)| {
                        (if n == 0 { *mark } else { Mark::More }, piece.to_owned())
                    };
                    packed.extend(pieces.map(line));
                }
            }
        }
        packed
    }

    fn glyph(&self, mark: Mark, right: bool) -> Option<char> {
        let glyphs = self.glyphs;
        match mark {
            Mark::Start => Some(glyphs.start),
            Mark::Crash => Some(glyphs.crash),
            Mark::Logs => Some(glyphs.logs),
            Mark::Forces => Some(glyphs.forces),
            Mark::Durable => Some(glyphs.durable),
            Mark::Timer => Some(glyphs.timer),
            Mark::Choice => Some(glyphs.choice),
            Mark::Sends => Some(glyphs.sends),
            Mark::Says if right => Some(glyphs.to_right),
            Mark::Says => Some(glyphs.to_left),
            Mark::Lives | Mark::More => None,
        }
    }

    fn band(&mut self, text: &str) {
        let (line, extent) = (self.glyphs.band, self.layout.extent);
        let room = extent.saturating_sub(2 * BAND + 2).max(1);
        for piece in pieces(text, room) {
            let mut row = Row::new(extent);
            row.line((0, extent), line, line);
            row.text(BAND, &format!(" {piece} "));
            self.push(row);
        }
    }

    /// Lines of text from some cell on.
    fn plain(&mut self, x: usize, text: &str) {
        for piece in pieces(text, self.layout.extent - x) {
            let mut row = self.lifelines();
            self.over(&mut row, x, piece);
            self.push(row);
        }
    }

    fn gap(&mut self, steps: usize) {
        let mut row = self.lifelines();
        for (column, life) in self.layout.columns.iter().zip(&self.lives) {
            if matches!(life, Some(Life::Up | Life::Still)) {
                row.put(column.x, self.glyphs.gap);
            }
        }
        let s = if steps == 1 { "" } else { "s" };
        self.over(&mut row, 2, &format!("{steps} more step{s}"));
        self.push(row);
    }

    /// A text over lifelines, with a blank before and behind it.
    fn over(&self, row: &mut Row, x: usize, text: &str) {
        let end = x + width(text);
        for x in x.checked_sub(1).into_iter().chain((end < self.layout.extent).then_some(end)) {
            row.put(x, ' ');
        }
        row.text(x, text);
    }

    fn lifelines(&self) -> Row {
        let mut row = Row::new(self.layout.extent);
        for (column, life) in self.layout.columns.iter().zip(&self.lives) {
            match life {
                Some(Life::Up) => row.put(column.x, self.glyphs.up),
                Some(Life::Still) => row.put(column.x, self.glyphs.still),
                Some(Life::Down) => row.put(column.x, self.glyphs.down),
                None => {}
            }
        }
        row
    }

    fn push(&mut self, row: Row) {
        let gutter = std::mem::take(&mut self.gutter);
        let width = self.layout.gutter;
        let text = format!("{gutter:width$}{}", row.finish()).trim_end().to_owned();
        self.lines.push(Line { text, weight: self.weight });
    }
}
