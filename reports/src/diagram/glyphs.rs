//! The characters of a diagram. Each takes one cell.

/// One set of characters.
pub(super) struct Glyphs {
    /// A lifeline: of a process that is up, that stands still, that is down; and where steps are
    /// left out.
    pub(super) up: char,
    pub(super) still: char,
    pub(super) down: char,
    pub(super) gap: char,
    /// What happens on a lifeline.
    pub(super) start: char,
    pub(super) crash: char,
    pub(super) logs: char,
    pub(super) forces: char,
    pub(super) durable: char,
    pub(super) timer: char,
    pub(super) choice: char,
    pub(super) sends: char,
    /// Where something goes off to the right, or to the left.
    pub(super) to_right: char,
    pub(super) to_left: char,
    /// An arrow.
    pub(super) line: char,
    pub(super) cross: char,
    pub(super) right: char,
    pub(super) left: char,
    pub(super) stop: char,
    /// What concerns all.
    pub(super) band: char,
    /// Something is left out.
    pub(super) ellipsis: &'static str,
}

pub(super) const BOXES: Glyphs = Glyphs {
    up: '│',
    still: '║',
    down: '·',
    gap: '⋮',
    start: '┬',
    crash: '╳',
    logs: '○',
    forces: '◐',
    durable: '●',
    timer: '◇',
    choice: '?',
    sends: '▸',
    to_right: '├',
    to_left: '┤',
    line: '─',
    cross: '┼',
    right: '►',
    left: '◄',
    stop: '×',
    band: '═',
    ellipsis: "…",
};

pub(super) const ASCII: Glyphs = Glyphs {
    up: '|',
    still: '!',
    down: '.',
    gap: ':',
    start: '+',
    crash: 'X',
    logs: 'o',
    forces: 'O',
    durable: '@',
    timer: '%',
    choice: '?',
    sends: '>',
    to_right: '+',
    to_left: '+',
    line: '-',
    cross: '+',
    right: '>',
    left: '<',
    stop: 'x',
    band: '=',
    ellipsis: "..",
};
