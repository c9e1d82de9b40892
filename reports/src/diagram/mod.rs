//! Traces as sequence diagrams: a lifeline for each process, an arrow for each message.
//!
//! A message is one arrow, drawn when it arrives; where other steps lie between, the sender says so
//! when it leaves, and the arrow says which step that was. A pure function of the trace: steps are
//! chosen as for the folded list, become a scene each, get their place, and are drawn.

mod director;
mod draw;
mod glyphs;
mod layout;
mod row;
mod scene;
mod text;

use dtxsim_core::trace::Trace;

use crate::fold::{Line, Weight, explained, fold};
use draw::Artist;
use glyphs::{ASCII, BOXES, Glyphs};
use layout::Layout;
use text::{pieces, shown};

/// A diagram that is longer has its names below it as well.
const LONG: usize = 40;

/// So many without a lifeline are named.
const NAMED_MAX: usize = 20;

/// How to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// In so many columns of a terminal.
    pub width: usize,
    /// With ASCII characters only.
    pub ascii: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style { width: 80, ascii: false }
    }
}

fn glyphs(style: Style) -> &'static Glyphs {
    if style.ascii { &ASCII } else { &BOXES }
}

/// The steps up to a violation, or all, as a sequence diagram; the same steps as [`fold`] shows.
///
/// A list instead, and a line that says so, if there are too many lifelines for the width. No line
/// is wider than that.
pub fn diagram(trace: &Trace, violation: Option<u64>, style: Style) -> Vec<Line> {
    if trace.steps.is_empty() {
        return Vec::new();
    }
    let scenes = scene::scenes(trace, violation, style.ascii);
    let layout = match Layout::new(trace, &scenes, style) {
        Ok(layout) => layout,
        Err(lifelines) => return list(trace, violation, style, lifelines),
    };
    let mut lines = texts("> violates, * fault or cause, [n] sent at step n", style);
    if let Some(text) = hidden(trace, &layout.hidden, style) {
        lines.extend(texts(&text, style));
    }
    let mut artist = Artist::new(&layout, glyphs(style));
    artist.headings();
    for scene in &scenes {
        artist.scene(scene);
    }
    if artist.height() > LONG {
        artist.headings();
    }
    lines.extend(artist.finish());
    lines
}

/// Who has no lifeline.
fn hidden(trace: &Trace, processes: &[usize], style: Style) -> Option<String> {
    let who = match processes.len() {
        0 => return None,
        1..=NAMED_MAX => {
            let name = |&process: &usize| shown(&trace.processes[process], style.ascii);
            processes.iter().map(name).collect::<Vec<_>>().join(", ")
        }
        many => format!("{many} processes"),
    };
    Some(format!("without {who}: no part in these steps"))
}

/// The folded list, and why.
fn list(trace: &Trace, violation: Option<u64>, style: Style, lifelines: usize) -> Vec<Line> {
    let s = if lifelines == 1 { "" } else { "s" };
    let why = format!("as a list: {} columns are too few for {lifelines} lifeline{s}", style.width);
    let mut lines = texts(&why, style);
    for Line { text, weight } in explained(fold(trace, violation)) {
        let text = shown(&text, style.ascii);
        let line = |piece: &str| Line { text: piece.to_owned(), weight };
        lines.extend(pieces(&text, style.width).into_iter().map(line));
    }
    lines
}

/// A remark, in as many lines as it needs.
fn texts(text: &str, style: Style) -> Vec<Line> {
    let line = |piece: &str| Line { text: piece.to_owned(), weight: Weight::Gap };
    pieces(text, style.width).into_iter().map(line).collect()
}
