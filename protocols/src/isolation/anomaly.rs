use std::collections::BTreeMap;
use std::fmt;

use super::cycle::{Cycle, Search};
use super::graph::{Dependency, Graph};
use super::history::{End, History, Version};
use crate::common::TxId;

/// What is not as if transactions had run one after the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A cycle of ww.
    G0,
    /// Who committed has read what one who aborted wrote.
    G1a,
    /// Who committed has read what its writer then wrote again.
    G1b,
    /// A cycle of ww and wr, at least one of them wr.
    G1c,
    /// A cycle with exactly one rw.
    GSingle,
    /// A cycle with two or more rw.
    G2Item,
    /// Two that committed have read the same version and written the datum.
    LostUpdate,
    /// Who committed has written a version after that of one who aborted.
    DirtyUpdate,
}

impl Kind {
    /// Its name in the literature.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::G0 => "G0",
            Kind::G1a => "G1a",
            Kind::G1b => "G1b",
            Kind::G1c => "G1c",
            Kind::GSingle => "G-single",
            Kind::G2Item => "G2-item",
            Kind::LostUpdate => "lost update",
            Kind::DirtyUpdate => "dirty update",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anomaly {
    /// What it is.
    pub kind: Kind,
    /// Whose; of a cycle, in its order.
    pub transactions: Vec<TxId>,
    /// How it came about.
    pub witness: String,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.witness)
    }
}

/// Which cycles each kind is. A cycle of one kind has at least one dependency that is its mark.
const CYCLES: [(Kind, Search); 4] = {
    use Dependency::{Rw, Wr, Ww};
    [
        (Kind::G0, Search { first: Ww, then: &[Ww], again: false }),
        (Kind::G1c, Search { first: Wr, then: &[Ww, Wr], again: false }),
        (Kind::GSingle, Search { first: Rw, then: &[Ww, Wr], again: false }),
        (Kind::G2Item, Search { first: Rw, then: &[Ww, Wr, Rw], again: true }),
    ]
};

impl History {
    /// What is wrong with it: of each kind of cycle the shortest one, and all others.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let graph = self.graph();
        let mut all = cycles(&graph);
        all.extend(self.dirty_reads());
        all.extend(self.lost_updates());
        all.extend(self.dirty_updates());
        all.sort_by_key(|anomaly| anomaly.kind);
        all
    }

    /// The first of a kind, if there is any. Only of cycles the graph is needed.
    pub fn first(&self, kind: Kind) -> Option<Anomaly> {
        let of_kind = |anomaly: &Anomaly| anomaly.kind == kind;
        match kind {
            Kind::G1a | Kind::G1b => self.dirty_reads().find(of_kind),
            Kind::LostUpdate => self.lost_updates().into_iter().next(),
            Kind::DirtyUpdate => self.dirty_updates().into_iter().next(),
            Kind::G0 | Kind::G1c | Kind::GSingle | Kind::G2Item => {
                cycles(&self.graph()).into_iter().find(of_kind)
            }
        }
    }

    fn dirty_reads(&self) -> impl Iterator<Item = Anomaly> + '_ {
        self.reads().filter_map(|(datum, version, reader)| {
            let version = version?;
            let writer = version.writer;
            let (kind, how) = if self.is(writer, End::Aborted) {
                (Kind::G1a, "which aborted")
            } else if !self.is_final(datum, version) {
                (Kind::G1b, "which then wrote it again")
            } else {
                return None;
            };
            let witness = format!("{reader} read {datum} of {writer}, {how}");
            Some(Anomaly { kind, transactions: vec![reader, writer], witness })
        })
    }

    fn lost_updates(&self) -> Vec<Anomaly> {
        let mut readers: BTreeMap<(&str, Option<Version>), Vec<TxId>> = BTreeMap::new();
        for (datum, version, reader) in self.reads() {
            if self.writes(reader, datum) {
                readers.entry((datum, version)).or_default().push(reader);
            }
        }
        readers.retain(|_, readers| readers.len() > 1);
        let lost = |((datum, version), transactions): ((&str, Option<Version>), Vec<TxId>)| {
            let who: Vec<String> = transactions.iter().map(TxId::to_string).collect();
            let (who, of) = (who.join(" and "), said(version));
            let witness = format!("{who} have read {datum} {of}, and have written it");
            Anomaly { kind: Kind::LostUpdate, transactions, witness }
        };
        readers.into_iter().map(lost).collect()
    }

    fn dirty_updates(&self) -> Vec<Anomaly> {
        let mut found = Vec::new();
        for (datum, versions) in self.versions() {
            for pair in versions.windows(2) {
                let (before, after) = (pair[0].writer, pair[1].writer);
                if self.is(before, End::Aborted) && self.is(after, End::Committed) {
                    let witness = format!("{after} wrote {datum} after {before}, which aborted");
                    let transactions = vec![after, before];
                    found.push(Anomaly { kind: Kind::DirtyUpdate, transactions, witness });
                }
            }
        }
        found
    }
}

fn said(version: Option<Version>) -> String {
    match version {
        None => "as it was at first".to_owned(),
        Some(version) => format!("of {}", version.writer),
    }
}

fn cycles(graph: &Graph) -> Vec<Anomaly> {
    let found = CYCLES.iter().filter_map(|&(kind, search)| {
        let cycle = Cycle::shortest(graph, search)?;
        let (transactions, witness) = (cycle.transactions(), cycle.to_string());
        Some(Anomaly { kind, transactions, witness })
    });
    found.collect()
}
