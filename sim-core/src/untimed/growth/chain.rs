//! The longest of the shortest chains of local transitions of one process.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::fingerprint;
use crate::node::Input;
use crate::protocol::{Event, Kinds, Protocol};
use crate::untimed::coverage::{Row, Taking, Witness, input};
use crate::untimed::world::Untimed;

/// At most so many local states are looked at, those that were found first.
const LOCALS_MAX: usize = 100_000;

/// Local states, each one step after the one before it.
pub(super) struct Chain {
    /// By number.
    pub(super) states: Vec<usize>,
    /// What was taken in each but the last.
    pub(super) inputs: Vec<String>,
    /// The longest stretch of states between which no client's request was taken.
    pub(super) calm: Range<usize>,
}

/// A step from one local state to another; what is left to run of timers is no part of one here.
#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    /// In which local state, and what was taken.
    at: usize,
    taking: Taking,
}

/// From where, and by which step.
type Came = (usize, Edge);

/// The shortest way to the local state that is furthest from where the process starts, or from
/// where it comes back after a crash.
pub(super) fn longest<P: Protocol>(
    space: &impl Witness<P>,
    world: &Untimed<P>,
    process: usize,
    rows: &[Row],
) -> Chain {
    let rows = &rows[..rows.len().min(LOCALS_MAX)];
    let print = |local: usize| fingerprint::of(&space.local(process, local).node);
    let mut known: BTreeMap<u64, usize> = BTreeMap::new();
    // Local states that differ in clocks only stand for each other: the first for all.
    let first: Vec<usize> =
        (0..rows.len()).map(|local| *known.entry(print(local)).or_insert(local)).collect();
    let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); rows.len()];
    for (at, row) in rows.iter().enumerate() {
        for taking in row.taken.iter() {
            let input = input(space, (process, at), taking, world);
            let after = space.local(process, at).survive(&world.laws(), &input).local;
            if let Some(&to) = known.get(&fingerprint::of(&after.node)) {
                edges[first[at]].push(Edge { to, at, taking });
            }
        }
    }
    let (deepest, came) = furthest(&edges, &first);
    let mut chain = Chain { states: vec![deepest], inputs: Vec::new(), calm: 0..0 };
    let mut requests = Vec::new();
    let mut at = deepest;
    while let Some((from, edge)) = came[at] {
        requests.push(matches!(edge.taking, Taking::Request(_)));
        let input = input(space, (process, edge.at), edge.taking, world);
        chain.inputs.push(label(&input));
        chain.states.push(from);
        at = from;
    }
    chain.states.reverse();
    chain.inputs.reverse();
    requests.reverse();
    let mut from = 0;
    for end in 0..=requests.len() {
        if requests.get(end).is_none_or(|is_request| *is_request) {
            if end + 1 - from > chain.calm.len() {
                chain.calm = from..end + 1;
            }
            from = end + 1;
        }
    }
    chain
}

/// Which state is furthest, breadth first, and from where each is come to. What is not reached from
/// the first is what a crash left: chains begin there as well.
fn furthest(edges: &[Vec<Edge>], first: &[usize]) -> (usize, Vec<Option<Came>>) {
    let mut came = vec![None; edges.len()];
    let mut depth = vec![0u32; edges.len()];
    let mut seen = vec![false; edges.len()];
    let mut queue = VecDeque::new();
    for root in 0..edges.len() {
        if seen[root] || first[root] != root {
            continue;
        }
        seen[root] = true;
        queue.push_back(root);
        while let Some(at) = queue.pop_front() {
            for edge in &edges[at] {
                if !seen[edge.to] {
                    seen[edge.to] = true;
                    depth[edge.to] = depth[at] + 1;
                    came[edge.to] = Some((at, *edge));
                    queue.push_back(edge.to);
                }
            }
        }
    }
    let deepest = (0..edges.len()).rev().max_by_key(|&n| depth[n]).unwrap_or(0);
    (deepest, came)
}

/// An input in words.
fn label<P: Protocol>(input: &Input<P>) -> String {
    match input {
        Input::Boot => "start".to_owned(),
        Input::Synced => "end of a sync".to_owned(),
        Input::Event(Event::Chosen(_)) => "choice".to_owned(),
        Input::Event(Event::Request { request, .. }) => {
            format!("request {}", P::Request::KINDS[request.kind()])
        }
        Input::Event(Event::Message { message, .. }) => {
            format!("message {}", P::Message::KINDS[message.kind()])
        }
        Input::Event(Event::Timer(timer)) => format!("timer {}", P::Timer::KINDS[timer.kind()]),
    }
}
