use petgraph::graphmap::DiGraphMap;

use super::history::History;
use crate::common::TxId;

/// Why a transaction must come after another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dependency {
    /// It installs the next version.
    Ww,
    /// It reads what the other wrote.
    Wr,
    /// It installs the version after the one that the other read.
    Rw,
}

impl Dependency {
    /// All of them.
    pub const ALL: [Dependency; 3] = [Dependency::Ww, Dependency::Wr, Dependency::Rw];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Dependency::Ww => "ww",
            Dependency::Wr => "wr",
            Dependency::Rw => "rw",
        }
    }

    /// In words, with the datum that it is about.
    pub(super) fn tell(self, from: TxId, to: TxId, datum: &str) -> String {
        match self {
            Dependency::Ww => format!("{to} overwrote {datum} of {from}"),
            Dependency::Wr => format!("{to} read {datum} of {from}"),
            Dependency::Rw => format!("{to} overwrote {datum} that {from} had read"),
        }
    }
}

/// For each kind of dependency, a datum that it is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reasons([Option<String>; Dependency::ALL.len()]);

impl Reasons {
    /// The datum that a dependency of that kind is about, if there is one.
    pub fn of(&self, dependency: Dependency) -> Option<&str> {
        self.0[dependency as usize].as_deref()
    }
}

/// The direct serialisation graph: who has committed, and who must come after whom.
pub type Graph = DiGraphMap<TxId, Reasons>;

impl History {
    /// Its direct serialisation graph.
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        for tx in self.committed() {
            graph.add_node(tx);
        }
        for (datum, versions) in self.versions() {
            for &version in versions.iter().filter(|v| self.is_installed(datum, **v)) {
                if let Some(next) = self.next_installed(datum, Some(version)) {
                    depend(&mut graph, (version.writer, next.writer), Dependency::Ww, datum);
                }
            }
        }
        for (datum, version, reader) in self.reads() {
            if let Some(version) = version {
                depend(&mut graph, (version.writer, reader), Dependency::Wr, datum);
            }
            if let Some(next) = self.next_installed(datum, version) {
                depend(&mut graph, (reader, next.writer), Dependency::Rw, datum);
            }
        }
        graph
    }
}

/// Nobody depends on itself, or on who has not committed.
fn depend(graph: &mut Graph, (from, to): (TxId, TxId), dependency: Dependency, datum: &str) {
    if from == to || !graph.contains_node(from) || !graph.contains_node(to) {
        return;
    }
    if graph.edge_weight(from, to).is_none() {
        graph.add_edge(from, to, Reasons::default());
    }
    let reasons = graph.edge_weight_mut(from, to).expect("it was added");
    reasons.0[dependency as usize].get_or_insert_with(|| datum.to_owned());
}
