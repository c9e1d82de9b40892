use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use petgraph::algo::kosaraju_scc;

use super::graph::{Dependency, Graph};
use crate::common::TxId;

/// A cycle of dependencies: each transaction, and how the one after it depends on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cycle(Vec<(TxId, Dependency, TxId, String)>);

/// Which cycles are looked for: they begin with a dependency of one kind, and go on with some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// What it begins with.
    pub(super) first: Dependency,
    /// What may come after.
    pub(super) then: &'static [Dependency],
    /// Whether the first must come again.
    pub(super) again: bool,
}

/// A place on the way: a transaction, and whether the first dependency has come again.
type Place = (TxId, bool);

impl Cycle {
    /// The shortest of those, if there is one that passes no transaction twice.
    pub(super) fn shortest(graph: &Graph, search: Search) -> Option<Cycle> {
        let mut shortest: Option<Vec<(TxId, Dependency, TxId)>> = None;
        for component in kosaraju_scc(graph).into_iter().filter(|found| found.len() > 1) {
            let within: BTreeSet<TxId> = component.into_iter().collect();
            let edges = graph.all_edges().filter(|(from, to, reasons)| {
                let first = reasons.of(search.first).is_some();
                first && within.contains(from) && within.contains(to)
            });
            for (from, to, _) in edges {
                let Some(rest) = back(graph, (to, from), search, &within) else { continue };
                let cycle: Vec<_> = [(from, search.first, to)].into_iter().chain(rest).collect();
                let longer = shortest.as_ref().is_none_or(|known| cycle.len() < known.len());
                if longer && is_simple(&cycle) {
                    shortest = Some(cycle);
                }
            }
        }
        let with_datum = |(from, dependency, to): (TxId, Dependency, TxId)| {
            let reasons = graph.edge_weight(from, to).expect("it is a dependency of the graph");
            let datum = reasons.of(dependency).expect("it is of that kind");
            (from, dependency, to, datum.to_owned())
        };
        shortest.map(|cycle| Cycle(cycle.into_iter().map(with_datum).collect()))
    }

    /// Its transactions.
    pub(super) fn transactions(&self) -> Vec<TxId> {
        self.0.iter().map(|(from, ..)| *from).collect()
    }
}

fn is_simple(cycle: &[(TxId, Dependency, TxId)]) -> bool {
    let different: BTreeSet<TxId> = cycle.iter().map(|(from, ..)| *from).collect();
    different.len() == cycle.len()
}

/// A shortest way, breadth first.
fn back(
    graph: &Graph,
    (from, to): (TxId, TxId),
    search: Search,
    within: &BTreeSet<TxId>,
) -> Option<Vec<(TxId, Dependency, TxId)>> {
    let (start, end): (Place, Place) = ((from, false), (to, search.again));
    let mut came: BTreeMap<Place, (Place, Dependency)> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(place) = next.pop_front() {
        if place == end {
            return Some(trail(&came, start, end));
        }
        for (_, to, reasons) in graph.edges(place.0).filter(|(_, to, _)| within.contains(to)) {
            let ways = search.then.iter().filter(|then| reasons.of(**then).is_some());
            for &dependency in ways {
                let again = place.1 || (search.again && dependency == search.first);
                let there = (to, again);
                if there != start && !came.contains_key(&there) {
                    came.insert(there, (place, dependency));
                    next.push_back(there);
                }
            }
        }
    }
    None
}

/// The way that a search has come.
fn trail(
    came: &BTreeMap<Place, (Place, Dependency)>,
    start: Place,
    end: Place,
) -> Vec<(TxId, Dependency, TxId)> {
    let mut way = Vec::new();
    let mut place = end;
    while place != start {
        let (before, dependency) = came[&place];
        way.push((before.0, dependency, place.0));
        place = before;
    }
    way.reverse();
    way
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (from, dependency, ..) in &self.0 {
            write!(f, "{from} -{}-> ", dependency.name())?;
        }
        let (first, ..) = &self.0[0];
        write!(f, "{first}: ")?;
        let told =
            self.0.iter().map(|(from, dependency, to, datum)| dependency.tell(*from, *to, datum));
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}
