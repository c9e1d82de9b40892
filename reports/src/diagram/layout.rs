//! Where everything stands: a gutter with step and time, then a column for each lifeline.

use std::collections::BTreeSet;

use dtxsim_core::Nanos;
use dtxsim_core::trace::Trace;

use super::scene::{Item, Scene, Who};
use super::text::{pieces, shorten, shown, width};
use super::{Style, glyphs};

/// A lifeline and its arrows need at least so much, and are not worth more.
const NARROWEST: usize = 6;
const WIDEST: usize = 36;
/// Narrower than that is for all alike.
const COMFORTABLE: usize = 16;
/// All of it does not go into less.
const EXTENT_MIN: usize = 24;
/// So many lines of a name are shown.
const HEADING_MAX: usize = 3;
/// What an arrow needs beside its label: its tail, a line, two blanks, its head.
const SHAFT: usize = 5;
/// A diagram is no narrower for being small: texts want room.
const EXTENT: usize = 80;

/// A lifeline's place.
pub(super) struct Column {
    pub(super) who: Who,
    /// The cell of the lifeline.
    pub(super) x: usize,
    pub(super) heading: Vec<String>,
}

/// The place of everything.
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    /// Processes without a column.
    pub(super) hidden: Vec<usize>,
    /// Cells of step numbers, of times if there are any, and of the whole gutter.
    pub(super) steps: usize,
    pub(super) times: Option<usize>,
    pub(super) gutter: usize,
    /// Cells beside the gutter.
    pub(super) extent: usize,
}

impl Layout {
    /// Finds a place for everything; if there is none, tells how many lifelines there would be.
    pub(super) fn new(trace: &Trace, scenes: &[Scene], style: Style) -> Result<Layout, usize> {
        let number = |scene: &Scene| scene.steps.map_or(0, |steps| label(steps).len());
        let steps = scenes.iter().map(number).max().unwrap_or(0).max("tep".len());
        let time = |scene: &Scene| millis(scene.at).len();
        let times = trace.timed.then(|| scenes.iter().map(time).max().unwrap_or(0));
        // A mark, the step, a blank and the time, two blanks.
        let gutter = 1 + steps + times.map_or(0, |times| 1 + times) + 2;
        let room = style.width.saturating_sub(gutter);
        let active = active(scenes);
        let mut who: Vec<Who> = (0..trace.processes.len()).map(Who::Process).collect();
        if active.contains(&Who::Client) {
            who.insert(0, Who::Client);
        }
        if who.len() * NARROWEST > room {
            who.retain(|who| active.contains(who));
        }
        if who.len() * NARROWEST > room || room < EXTENT_MIN {
            return Err(who.len());
        }
        let wanted = who.iter().map(|&who| heading(trace, who, style.ascii)).collect::<Vec<_>>();
        let mut widths = needs(&who, &wanted, scenes);
        shrink(&mut widths, room);
        let ellipsis = glyphs(style).ellipsis;
        let mut columns = Vec::new();
        let mut x = 0;
        for ((&who, name), width) in who.iter().zip(&wanted).zip(&widths) {
            columns.push(Column { who, x, heading: fitted(name, width - 1, ellipsis) });
            x += width;
        }
        let has = |process: &usize| who.contains(&Who::Process(*process));
        let hidden = (0..trace.processes.len()).filter(|process| !has(process)).collect();
        let extent = x.max(room.min(EXTENT - gutter.min(EXTENT)));
        Ok(Layout { columns, hidden, steps, times, gutter, extent })
    }

    /// The place of one's column.
    pub(super) fn find(&self, who: Who) -> Option<usize> {
        self.columns.binary_search_by_key(&who, |column| column.who).ok()
    }
}

/// The numbers of some steps.
pub(super) fn label((first, last): (u64, u64)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// Milliseconds to three digits.
pub(super) fn millis(at: Nanos) -> String {
    format!("{}.{:03}", at.0 / 1_000_000, at.0 / 1_000 % 1_000)
}

/// All who do more than start.
fn active(scenes: &[Scene]) -> BTreeSet<Who> {
    let mut active = BTreeSet::new();
    for item in scenes.iter().flat_map(|scene| &scene.items) {
        match item {
            Item::Arrow { from, to, .. } => active.extend([*from, *to]),
            Item::Notes { at, .. } => active.extend(at),
            Item::Turn(..)
            | Item::Starts(_)
            | Item::Band(_)
            | Item::Violation(_)
            | Item::Text(_)
            | Item::Gap(_) => {}
        }
    }
    active
}

/// A name and, if that does not say it, the host.
fn heading(trace: &Trace, who: Who, ascii: bool) -> String {
    let Who::Process(process) = who else { return "client".to_owned() };
    let name = &trace.processes[process];
    let home = trace.homes.get(process).copied();
    let host = home.and_then(|home| Some((home, trace.hosts.get(home)?)));
    let name = match host {
        Some((home, host)) if host != name || trace.on(home).nth(1).is_some() => {
            format!("{name} @{host}")
        }
        Some(_) | None => name.clone(),
    };
    shown(&name, ascii)
}

/// What each column would like to have.
fn needs(who: &[Who], headings: &[String], scenes: &[Scene]) -> Vec<usize> {
    let mut needs: Vec<usize> = headings.iter().map(|heading| width(heading) + 2).collect();
    let place = |one: &Who| who.binary_search(one).ok();
    for item in scenes.iter().flat_map(|scene| &scene.items) {
        match item {
            Item::Arrow { from, to, label, .. } => {
                let (Some(from), Some(to)) = (place(from), place(to)) else { continue };
                if from.abs_diff(to) == 1 {
                    let need = &mut needs[from.min(to)];
                    *need = (*need).max(width(label) + SHAFT);
                }
            }
            Item::Notes { at, said } => {
                let Some(at) = at.first().and_then(place) else { continue };
                let longest = said.iter().map(|said| width(&said.text)).max().unwrap_or(0);
                needs[at] = needs[at].max(longest + 3);
            }
            Item::Turn(..)
            | Item::Starts(_)
            | Item::Band(_)
            | Item::Violation(_)
            | Item::Text(_)
            | Item::Gap(_) => {}
        }
    }
    needs.into_iter().map(|need| need.clamp(NARROWEST, WIDEST)).collect()
}

/// Takes from the widest until all fit. The last one gives last, for texts cannot run over what is
/// behind it.
fn shrink(widths: &mut [usize], room: usize) {
    let mut total: usize = widths.iter().sum();
    while total > room {
        let (last, others) = widths.split_last_mut().expect("a sum of nothing fits");
        match others.iter_mut().max() {
            Some(widest) if *widest > COMFORTABLE || *widest >= *last => *widest -= 1,
            Some(_) | None => *last -= 1,
        }
        total -= 1;
    }
}

/// A heading in lines of so many cells.
fn fitted(heading: &str, room: usize, ellipsis: &str) -> Vec<String> {
    let mut lines: Vec<String> = pieces(heading, room).into_iter().map(str::to_owned).collect();
    if lines.len() > HEADING_MAX {
        let rest = lines.split_off(HEADING_MAX - 1).join(" ");
        lines.push(shorten(&rest, room, ellipsis));
    }
    lines
}
