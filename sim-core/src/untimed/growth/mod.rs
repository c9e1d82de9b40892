//! A process whose local states keep growing, if a search was cut short and there is one.
//!
//! A search that does not end may be large, or there may be no end: a counter that nothing resets,
//! a list that nothing empties. What is looked for is a long chain of one process' local
//! transitions on which no local state comes twice, and on the later part of which something of it
//! only ever grows, without a client's asking. That is a suspicion and its evidence, and no
//! proof: a count to a million looks the same for its first thousands.

mod chain;
mod measure;

use crate::protocol::Protocol;
use crate::untimed::coverage::Witness;
use crate::untimed::world::Untimed;
use chain::Chain;
use measure::{Part, Sizes, sizes};

/// A process that is suspected to grow without bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Growth {
    /// The process, by name.
    pub process: String,
    /// Its local states so far.
    pub locals: u64,
    /// Local transitions in a row, from one local state to the next, no one twice.
    pub chain: u64,
    /// So many of them in a row are looked at, late ones without a client's request among them.
    pub looked_at: u64,
    /// What grows there and never shrinks; at least one thing, what grows most often first.
    pub parts: Vec<Growing>,
    /// What the process takes there, each kind once: what feeds the growth is among it.
    pub by: Vec<String>,
    /// Its state where the look begins, as text.
    pub first: String,
    /// Its state at the end.
    pub last: String,
}

/// A part of a process' local state that grows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Growing {
    /// Which part, in words.
    pub part: String,
    /// How large it was where the look begins.
    pub from: u64,
    /// How large it was at the end.
    pub to: u64,
    /// How often it grew in between.
    pub rises: u64,
}

/// So often a part must grow to be suspicious, and so much more often for every request: what is
/// asked for a bounded number of times makes states grow a bounded number of times.
const RISES_MIN: u64 = 8;
const RISES_MIN_A_REQUEST: u64 = 4;

/// So many parts are named.
const PARTS_MAX: usize = 3;

/// The processes that are suspected to grow without bound.
pub(crate) fn growth<P: Protocol>(space: &impl Witness<P>, world: &Untimed<P>) -> Vec<Growth> {
    let least = RISES_MIN + RISES_MIN_A_REQUEST * world.requests.len() as u64;
    let processes = 0..world.hosts.len();
    processes.filter_map(|process| of_process(space, world, process, least)).collect()
}

fn of_process<P: Protocol>(
    space: &impl Witness<P>,
    world: &Untimed<P>,
    process: usize,
    least: u64,
) -> Option<Growth> {
    let rows = space.rows(process);
    let Chain { states, inputs, calm } = chain::longest(space, world, process, &rows);
    let (from, end) = (calm.start.midpoint(calm.end), calm.end);
    let tail = states.get(from..end)?;
    if (tail.len() as u64) <= least {
        return None;
    }
    let all: Vec<Sizes> = tail.iter().map(|&n| sizes(space.local(process, n))).collect();
    let (start, last) = (all.first()?, all.last()?);
    let mut parts: Vec<(u64, &Part)> = last.keys().map(|part| (rises(part, &all), part)).collect();
    parts.retain(|(rises, _)| *rises >= least);
    parts.sort_by_key(|(rises, part)| (u64::MAX - rises, *part));
    parts.truncate(PARTS_MAX);
    let growing = |(rises, part): (u64, &Part)| {
        let (from, to) = (size(start, part), size(last, part));
        Growing { part: part.to_string(), from, to, rises }
    };
    let parts: Vec<Growing> = parts.into_iter().map(growing).collect();
    if parts.is_empty() {
        return None;
    }
    let mut by: Vec<String> = Vec::new();
    for input in inputs.into_iter().take(end - 1).skip(from) {
        if !by.contains(&input) {
            by.push(input);
        }
    }
    let text = |n: usize| format!("{:?}", space.local(process, n).node.state());
    Some(Growth {
        process: world.topology().processes[process].name.clone(),
        locals: rows.len() as u64,
        chain: states.len() as u64 - 1,
        looked_at: tail.len() as u64 - 1,
        parts,
        by,
        first: text(tail[0]),
        last: text(tail[tail.len() - 1]),
    })
}

/// How often a part grows; zero if it ever shrinks.
fn rises(part: &Part, all: &[Sizes]) -> u64 {
    let steps = || all.windows(2).map(|two| (size(&two[0], part), size(&two[1], part)));
    if steps().any(|(before, after)| after < before) {
        return 0;
    }
    steps().filter(|(before, after)| after > before).count() as u64
}

fn size(sizes: &Sizes, part: &Part) -> u64 {
    sizes.get(part).copied().unwrap_or(0)
}
