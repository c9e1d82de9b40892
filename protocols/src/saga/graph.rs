//! Steps that form a graph: which come after which others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dtxsim_core::Topology;
use petgraph::algo::{astar, kosaraju_scc, toposort};
use petgraph::graphmap::DiGraphMap;
use petgraph::{Incoming, Outgoing};

use crate::common::Processes;

/// Which services' steps come after which others', by name: a partial order. Of two that it leaves
/// beside each other neither waits for the other.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Graph {
    /// By service, those before it, as they were given.
    given: BTreeMap<String, BTreeSet<String>>,
    /// And those that come before it through others.
    before: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// One of such orders: a service, and one whose step comes before its own.
    ///
    /// # Errors
    /// If some come after each other in a circle. Of the shortest with one of them all services:
    /// each comes after the one before it, and the first after the last.
    pub fn new<'a>(
        orders: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Graph, Vec<&'a str>> {
        let edges = orders.into_iter().map(|(later, earlier)| (earlier, later));
        let graph: DiGraphMap<&str, ()> = DiGraphMap::from_edges(edges);
        let Ok(sorted) = toposort(&graph, None) else { return Err(circle(&graph)) };
        let mut all = Graph::default();
        for later in sorted {
            let given: Vec<&str> = graph.neighbors_directed(later, Incoming).collect();
            let mut before: BTreeSet<String> = given.iter().map(|&name| name.to_owned()).collect();
            // Those come first in a topological order.
            before.extend(given.iter().filter_map(|&name| all.before.get(name)).flatten().cloned());
            if !given.is_empty() {
                let given = given.into_iter().map(str::to_owned).collect();
                all.given.insert(later.to_owned(), given);
                all.before.insert(later.to_owned(), before);
            }
        }
        Ok(all)
    }

    /// All services that it speaks of.
    pub fn services(&self) -> BTreeSet<&str> {
        let earlier = self.given.values().flatten();
        self.given.keys().chain(earlier).map(String::as_str).collect()
    }

    /// Whether a service's step comes before another's, directly or through others.
    pub fn is_before(&self, earlier: &str, later: &str) -> bool {
        self.before.get(later).is_some_and(|before| before.contains(earlier))
    }

    /// The first of these services whose step comes neither before nor after that of the pivot: it
    /// could not be undone once the pivot is done, nor the pivot once it is refused.
    pub fn beside<'s>(
        &self,
        pivot: &str,
        mut services: impl Iterator<Item = &'s str>,
    ) -> Option<&'s str> {
        services.find(|service| {
            let is_ordered = self.is_before(service, pivot) || self.is_before(pivot, service);
            *service != pivot && !is_ordered
        })
    }

    /// By process, all whose steps come before its own.
    pub(super) fn earlier(&self, topology: &Topology) -> Vec<Processes> {
        let earlier = |name: &String| {
            let before = self.before.get(name).into_iter().flatten();
            before.filter_map(|name| topology.find(name)).collect()
        };
        topology.processes.iter().map(|process| earlier(&process.name)).collect()
    }
}

/// The nodes of a shortest circle with one of those that are on some, along its edges.
fn circle<'a>(graph: &DiGraphMap<&'a str, ()>) -> Vec<&'a str> {
    let is_circle = |found: &Vec<&str>| found.len() > 1 || graph.contains_edge(found[0], found[0]);
    let component = kosaraju_scc(graph).into_iter().find(is_circle);
    let Some(first) = component.into_iter().flatten().min() else { return Vec::new() };
    let next = graph.neighbors_directed(first, Outgoing);
    let ways = next.filter_map(|next| astar(graph, next, |at| at == first, |_| 1, |_| 0));
    let shortest = ways.min_by_key(|(steps, _)| *steps);
    let mut way = shortest.map(|(_, way)| way).unwrap_or_default();
    way.rotate_right(1);
    way
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |earlier: &BTreeSet<String>| Vec::from_iter(earlier.iter().cloned()).join(", ");
        let of_one = |(later, earlier): (&String, _)| format!("{later}: [{}]", list(earlier));
        write!(f, "{{{}}}", self.given.iter().map(of_one).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIAMOND: [(&str, &str); 4] = [("d", "b"), ("d", "c"), ("b", "a"), ("c", "a")];

    fn graph(orders: &[(&'static str, &'static str)]) -> Graph {
        Graph::new(orders.iter().copied()).expect("there is no circle")
    }

    #[test]
    fn what_comes_before_goes_through_others() {
        let graph = graph(&DIAMOND);
        assert!(graph.is_before("a", "d") && graph.is_before("b", "d"));
        assert!(!graph.is_before("d", "a") && !graph.is_before("b", "c"));
        assert!(!graph.is_before("a", "a") && !graph.is_before("a", "elsewhere"));
        let mut topology = Topology::default();
        let [d, a, b, c] = ["d", "a", "b", "c"].map(|name| topology.add(name, "service"));
        let earlier = graph.earlier(&topology);
        assert_eq!(earlier[d.index()], [a, b, c].into_iter().collect());
        assert_eq!(earlier[b.index()], Processes::one(a));
        assert_eq!(earlier[a.index()], Processes::NONE);
        assert_eq!(graph.to_string(), "{b: [a], c: [a], d: [b, c]}");
    }

    #[test]
    fn a_circle_is_named() {
        let long = [("b", "a"), ("c", "b"), ("d", "c"), ("a", "d"), ("a", "c"), ("e", "a")];
        assert_eq!(Graph::new(long), Err(vec!["a", "b", "c"]));
        assert_eq!(Graph::new([("b", "a"), ("b", "b")]), Err(vec!["b"]));
        assert_eq!(Graph::new([]), Ok(Graph::default()));
    }

    #[test]
    fn nothing_is_beside_a_pivot_that_all_pass() {
        let around = graph(&[("p", "a"), ("p", "b"), ("c", "p"), ("d", "p")]);
        let all = ["a", "b", "c", "d", "p"];
        assert_eq!(around.beside("p", all.into_iter()), None);
        assert_eq!(around.beside("p", all.into_iter().chain(["e"])), Some("e"));
        assert_eq!(graph(&DIAMOND).beside("b", ["a", "b", "c"].into_iter()), Some("c"));
    }
}
