//! Liveness over a graph that was explored to its end.
//!
//! A state is *settled* if everybody rests in it and no monitor finds fault with that. From every
//! state that can be reached, a settled one must stay within reach without a further fault: this is
//! what backward reachability from the settled states decides (termination under strong fairness:
//! whoever can settle again and again does so at last). A state from which none is, is *doomed*.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use crate::monitor::Ending;
use crate::untimed::rest::judge;
use crate::untimed::search::Search;
use crate::untimed::space::Space;
use crate::untimed::world::Untimed;

/// What liveness has to say of an explored graph.
pub(crate) struct Liveness {
    /// The first state, in the order of their finding, from which no settled one can be reached.
    pub(crate) doomed: Option<u32>,
    /// How many there are.
    pub(crate) count: u64,
    /// How many states are settled.
    pub(crate) settled: u64,
    /// How often each property's premise came true only in a last word.
    pub(crate) premises: Vec<u64>,
}

/// Bytes that it takes for each state, at least: more for those that it is in doubt about.
pub(crate) const BYTES_A_STATE: usize = 2 * size_of::<bool>();

/// Every so many states it looks whether somebody wants it to end, less one.
const INTERRUPT_MASK: usize = (1 << 12) - 1;

/// Somebody wanted it to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Interrupted;

/// An error once `interrupt` is set, which is looked at now and then.
fn go_on(n: usize, interrupt: &AtomicBool) -> Result<(), Interrupted> {
    let is_over = n & INTERRUPT_MASK == 0 && interrupt.load(Ordering::Relaxed);
    if is_over { Err(Interrupted) } else { Ok(()) }
}

/// Decides which states are doomed. Every state must have been expanded.
///
/// # Errors
/// If it is interrupted.
pub(crate) fn liveness<S: Space>(
    search: &mut Search<S>,
    world: &Untimed<S::Protocol>,
    interrupt: &AtomicBool,
) -> Result<Liveness, Interrupted> {
    let count = search.visited.states.len();
    let mut premises = vec![0; world.watch.monitors.len()];
    let mut hopeful = vec![false; count];
    let mut scratch = Vec::new();
    let mut settled = 0;
    for (state, hopeful) in hopeful.iter_mut().enumerate() {
        go_on(state, interrupt)?;
        let words = search.visited.states.get(state as u32);
        if !search.space.is_at_rest(words, &mut scratch) {
            continue;
        }
        let last = judge(world, &search.space.scene(words), Ending::Quiet);
        *hopeful = last.are_fine();
        settled += u64::from(*hopeful);
        for (index, count) in premises.iter_mut().enumerate() {
            *count += last.premises >> index & 1;
        }
    }
    let mut doubtful = descend(search, &mut hopeful, interrupt)?;
    // What was left in doubt for it leads back to what was under way at the time.
    loop {
        let before = doubtful.len();
        let mut looked = 0;
        let mut over = Ok(());
        doubtful.retain(|&state| {
            over = over.and_then(|()| go_on(looked, interrupt));
            looked += 1;
            if over.is_ok() && !hopeful[state as usize] {
                hopeful[state as usize] =
                    search.any_free(state, &mut |next, _| hopeful[next as usize]);
            }
            !hopeful[state as usize]
        });
        over?;
        if doubtful.len() == before || doubtful.is_empty() {
            break;
        }
    }
    let doomed = doubtful.iter().min().copied();
    Ok(Liveness { doomed, count: doubtful.len() as u64, settled, premises })
}

/// Goes from every state as deep as need be until hope is found, which is then everybody's on the
/// way; gives back the states for which none was. Later states first: steps mostly lead to states
/// that were found later.
fn descend<S: Space>(
    search: &mut Search<S>,
    hopeful: &mut [bool],
    interrupt: &AtomicBool,
) -> Result<Vec<u32>, Interrupted> {
    let mut steps = 0;
    let mut visited = vec![false; hopeful.len()];
    let mut doubtful = Vec::new();
    let mut way: Vec<u32> = Vec::new();
    for state in (0..hopeful.len() as u32).rev() {
        if hopeful[state as usize] || visited[state as usize] {
            continue;
        }
        way.push(state);
        visited[state as usize] = true;
        while let Some(&at) = way.last() {
            go_on(steps, interrupt)?;
            steps += 1;
            let mut deeper = None;
            let hope = search.any_free(at, &mut |next, _| {
                if deeper.is_none() && !visited[next as usize] {
                    deeper = Some(next);
                }
                hopeful[next as usize]
            });
            if hope {
                way.drain(..).for_each(|state| hopeful[state as usize] = true);
            } else if let Some(next) = deeper {
                visited[next as usize] = true;
                way.push(next);
            } else {
                doubtful.extend(way.pop());
            }
        }
    }
    Ok(doubtful)
}

/// How a doomed world ends.
pub(crate) struct Doom {
    /// From the doomed state, without faults, to where it ends up: what each step leads to.
    pub(crate) way: Vec<u32>,
    /// What each step leads to of those that lead from there back to it, and go on for ever; none
    /// if nothing can happen.
    pub(crate) circle: Vec<u32>,
}

/// The shortest way from a doomed state to where it ends up: a state to which, whatever happens,
/// a way leads back. One in which everybody rests is preferred.
pub(crate) fn doom<S: Space>(search: &mut Search<S>, doomed: u32) -> Doom {
    let reached = Reached::from(search, doomed);
    let graph: DiGraphMap<u32, ()> =
        DiGraphMap::from_edges(reached.edges.iter().filter(|(from, to)| from != to));
    let mut components = kosaraju_scc(&graph);
    if components.is_empty() {
        components.push(vec![doomed]);
    }
    let numbered = components.iter().enumerate();
    let component: BTreeMap<u32, usize> =
        numbered.flat_map(|(n, states)| states.iter().map(move |&state| (state, n))).collect();
    // A component of which no edge leads out of it.
    let is_last = |states: &&Vec<u32>| {
        let inside = |state: u32| component[&state] == component[&states[0]];
        states.iter().all(|&state| graph.neighbors(state).all(inside))
    };
    let last: BTreeSet<u32> = components.iter().filter(is_last).flatten().copied().collect();
    let mut scratch = Vec::new();
    let mut rests =
        |state: u32| search.space.is_at_rest(search.visited.states.get(state), &mut scratch);
    let mut ends = reached.states.iter().map(|(state, _)| *state).filter(|s| last.contains(s));
    let first = ends.clone().next().expect("a finite graph has an end");
    let end = ends.find(|&state| rests(state)).unwrap_or(first);
    Doom { way: reached.way(end), circle: circle(search, end) }
}

/// The shortest way from a state back to it, without faults.
fn circle<S: Space>(search: &mut Search<S>, end: u32) -> Vec<u32> {
    let around = Reached::from(search, end);
    let back = |&(from, to): &(u32, u32)| {
        (to == end).then(|| {
            let mut circle = around.way(from);
            circle.push(end);
            circle
        })
    };
    around.edges.iter().filter_map(back).min_by_key(Vec::len).unwrap_or_default()
}

/// All that can be reached from a state without faults.
struct Reached {
    /// In the order of their distance, with the edge by which they were reached.
    states: Vec<(u32, Option<usize>)>,
    /// From and to.
    edges: Vec<(u32, u32)>,
}

impl Reached {
    fn from<S: Space>(search: &mut Search<S>, start: u32) -> Reached {
        let mut reached = Reached { states: vec![(start, None)], edges: Vec::new() };
        let mut known = BTreeSet::from([start]);
        let mut at = 0;
        while at < reached.states.len() {
            let from = reached.states[at].0;
            search.any_free(from, &mut |to, _| {
                reached.edges.push((from, to));
                if known.insert(to) {
                    reached.states.push((to, Some(reached.edges.len() - 1)));
                }
                false
            });
            at += 1;
        }
        reached
    }

    /// The shortest way to a state that was reached.
    fn way(&self, end: u32) -> Vec<u32> {
        let edge = |end: u32| {
            let (_, edge) = self.states.iter().find(|(state, _)| *state == end)?;
            edge.map(|edge| self.edges[edge])
        };
        let edges = std::iter::successors(edge(end), |&(from, _)| edge(from));
        let mut way: Vec<u32> = edges.map(|(_, to)| to).collect();
        way.reverse();
        way
    }
}
