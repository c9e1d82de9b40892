//! Each anomaly by its textbook example, and random histories against all serial orders and all
//! cycles there are.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::*;
use crate::common::TxId;

const T1: TxId = TxId(1);
const T2: TxId = TxId(2);
const T3: TxId = TxId(3);

fn committed(transactions: &[TxId]) -> History {
    let mut history = History::default();
    for &tx in transactions {
        history.end(tx, End::Committed);
    }
    history
}

fn told(history: &History) -> Vec<String> {
    history.anomalies().iter().map(Anomaly::to_string).collect()
}

/// Elle's example: T1 appends 1 to x and reads y as \[1\]; T2 appends 2 to x and 1 to y; T3 reads
/// x as \[1 2\].
#[test]
fn the_worked_example_is_g1c() {
    let mut history = committed(&[T1, T2, T3]);
    history.write(T1, "x");
    let x2 = history.write(T2, "x");
    let y1 = history.write(T2, "y");
    history.read(T1, "y", Some(y1));
    history.read(T3, "x", Some(x2));
    let expected = "G1c: tx2 -wr-> tx1 -ww-> tx2: tx1 read y of tx2, tx2 overwrote x of tx1";
    assert_eq!(told(&history), [expected]);
    let graph = history.graph();
    assert_eq!(graph.edge_weight(T1, T2).and_then(|why| why.of(Dependency::Ww)), Some("x"));
    assert_eq!(graph.edge_weight(T2, T3).and_then(|why| why.of(Dependency::Wr)), Some("x"));
    assert_eq!(graph.edge_count(), 3);
}

#[test]
fn writes_in_different_orders_are_g0() {
    let mut history = committed(&[T1, T2]);
    for (tx, datum) in [(T1, "x"), (T2, "x"), (T2, "y"), (T1, "y")] {
        history.write(tx, datum);
    }
    let expected = "G0: tx1 -ww-> tx2 -ww-> tx1: tx2 overwrote x of tx1, tx1 overwrote y of tx2";
    assert_eq!(told(&history), [expected]);
}

#[test]
fn reading_what_was_taken_back_is_g1a_and_building_on_it_a_dirty_update() {
    let mut history = committed(&[T2]);
    history.end(T1, End::Aborted);
    let x = history.write(T1, "x");
    history.read(T2, "x", Some(x));
    assert_eq!(told(&history), ["G1a: tx2 read x of tx1, which aborted"]);
    history.write(T2, "x");
    let update = "dirty update: tx2 wrote x after tx1, which aborted";
    assert_eq!(told(&history), ["G1a: tx2 read x of tx1, which aborted", update]);
    history.end(T1, End::Open);
    assert_eq!(told(&history), [""; 0], "it may still commit");
}

#[test]
fn reading_between_two_writes_of_one_transaction_is_g1b() {
    let mut history = committed(&[T1, T2]);
    let first = history.write(T1, "x");
    history.write(T1, "x");
    history.read(T2, "x", Some(first));
    let found = told(&history);
    assert_eq!(found, ["G1b: tx2 read x of tx1, which then wrote it again"]);
}

#[test]
fn seeing_half_of_another_is_g_single() {
    let mut history = committed(&[T1, T2]);
    history.write(T1, "x");
    let y = history.write(T1, "y");
    history.read(T2, "x", None);
    history.read(T2, "y", Some(y));
    let expected = "G-single: tx2 -rw-> tx1 -wr-> tx2: tx1 overwrote x that tx2 had read, tx2 read \
                    y of tx1";
    assert_eq!(told(&history), [expected]);
}

#[test]
fn write_skew_is_g2_item() {
    let mut history = committed(&[T1, T2]);
    history.read(T1, "x", None);
    history.read(T2, "y", None);
    history.write(T1, "y");
    history.write(T2, "x");
    let expected = "G2-item: tx1 -rw-> tx2 -rw-> tx1: tx2 overwrote x that tx1 had read, tx1 \
                    overwrote y that tx2 had read";
    assert_eq!(told(&history), [expected]);
}

/// Fekete, O'Neil & O'Neil 2004: three transactions, two data, and one of them only reads.
#[test]
fn the_read_only_anomaly_needs_three() {
    let mut history = committed(&[T1, T2]);
    history.read(T2, "x", None);
    history.read(T2, "y", None);
    history.read(T1, "y", None);
    let y = history.write(T1, "y");
    history.write(T2, "x");
    assert_eq!(told(&history), [""; 0], "the two by themselves are as if T2 were first");
    history.end(T3, End::Committed);
    history.read(T3, "x", None);
    history.read(T3, "y", Some(y));
    let [only] = &history.anomalies()[..] else { panic!("{:?}", told(&history)) };
    assert_eq!((only.kind, only.transactions.len()), (Kind::G2Item, 3));
}

#[test]
fn two_that_build_on_the_same_version_lose_an_update() {
    let mut history = committed(&[T1, T2, T3]);
    let x = history.write(T3, "x");
    for tx in [T1, T2] {
        history.read(tx, "x", Some(x));
        history.write(tx, "x");
    }
    let kinds: Vec<Kind> = history.anomalies().iter().map(|anomaly| anomaly.kind).collect();
    assert_eq!(kinds, [Kind::GSingle, Kind::LostUpdate]);
    let lost = "lost update: tx1 and tx2 have read x of tx3, and have written it";
    assert_eq!(told(&history)[1], lost);
}

#[test]
fn the_shortest_cycle_is_the_witness() {
    let mut history = committed(&[T1, T2, T3]);
    // Round through all three, and between two of them.
    for (tx, datum) in [(T1, "a"), (T2, "a"), (T2, "b"), (T3, "b"), (T3, "c"), (T1, "c")] {
        history.write(tx, datum);
    }
    assert_eq!(history.anomalies()[0].transactions.len(), 3);
    history.write(T3, "d");
    history.write(T2, "d");
    assert_eq!(history.anomalies()[0].transactions.len(), 2);
}

/// What a random history is made of.
#[derive(Clone, Debug)]
struct Plan {
    /// How each transaction ends.
    ends: Vec<End>,
    /// Writer and datum, in the order of versions.
    writes: Vec<(usize, usize)>,
    /// Reader, datum, and which of its versions.
    reads: Vec<(usize, usize, usize)>,
}

const DATA: [&str; 3] = ["x", "y", "z"];

fn plans(ends: impl Strategy<Value = End>) -> impl Strategy<Value = Plan> {
    prop::collection::vec(ends, 1..5).prop_flat_map(|ends| {
        let (who, what) = (ends.len(), DATA.len());
        let writes = prop::collection::vec((0..who, 0..what), 0..7);
        let reads = prop::collection::vec((0..who, 0..what, 0..4usize), 0..7);
        (Just(ends), writes, reads).prop_map(|(ends, writes, reads)| Plan { ends, writes, reads })
    })
}

impl Plan {
    fn history(&self) -> History {
        let mut history = History::default();
        for (n, &end) in self.ends.iter().enumerate() {
            history.end(TxId(n as u32), end);
        }
        let mut versions: [Vec<Option<Version>>; DATA.len()] =
            [(); DATA.len()].map(|()| vec![None]);
        for &(writer, datum) in &self.writes {
            versions[datum].push(Some(history.write(TxId(writer as u32), DATA[datum])));
        }
        for &(reader, datum, version) in &self.reads {
            let there = &versions[datum];
            history.read(TxId(reader as u32), DATA[datum], there[version % there.len()]);
        }
        history
    }

    /// Everybody writes a datum once at most.
    fn writing_once(mut self) -> Plan {
        let mut seen = BTreeSet::new();
        self.writes.retain(|write| seen.insert(*write));
        self
    }
}

fn orders(left: &[TxId]) -> Vec<Vec<TxId>> {
    if left.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |&first: &TxId| {
        let rest: Vec<TxId> = left.iter().copied().filter(|tx| *tx != first).collect();
        orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
    };
    left.iter().flat_map(with_first).collect()
}

/// Whether running them in that order, one after the other, makes all see and leave what the
/// history says.
fn explains(history: &History, order: &[TxId]) -> bool {
    let mut now: BTreeMap<&str, Option<Version>> = BTreeMap::new();
    let mut made: BTreeMap<&str, Vec<Version>> = BTreeMap::new();
    for &tx in order {
        for (datum, version, _) in history.reads().filter(|read| read.2 == tx) {
            if now.get(datum).copied().flatten() != version {
                return false;
            }
        }
        for (datum, versions) in history.versions() {
            for &version in versions.iter().filter(|version| version.writer == tx) {
                now.insert(datum, Some(version));
                made.entry(datum).or_default().push(version);
            }
        }
    }
    history.versions().all(|(datum, versions)| {
        let there = versions.iter().filter(|version| history.is(version.writer, End::Committed));
        made.get(datum).map_or(&[][..], |made| made).iter().eq(there)
    })
}

/// The number of dependencies of each kind, for every cycle that passes nobody twice and every
/// choice of dependencies on it.
fn all_cycles(graph: &Graph) -> BTreeSet<[usize; 3]> {
    fn walk(
        graph: &Graph,
        path: &mut Vec<TxId>,
        counts: [usize; 3],
        all: &mut BTreeSet<[usize; 3]>,
    ) {
        let last = path[path.len() - 1];
        for (_, to, reasons) in graph.edges(last) {
            for dependency in Dependency::ALL.into_iter().filter(|d| reasons.of(*d).is_some()) {
                let mut counts = counts;
                counts[dependency as usize] += 1;
                if to == path[0] {
                    all.insert(counts);
                } else if !path.contains(&to) {
                    path.push(to);
                    walk(graph, path, counts, all);
                    path.pop();
                }
            }
        }
    }
    let mut all = BTreeSet::new();
    graph.nodes().for_each(|node| walk(graph, &mut vec![node], [0; 3], &mut all));
    all
}

/// Whether a cycle with so many dependencies of each kind is of some kind.
type Is = fn(&[usize; 3]) -> bool;

fn config() -> Config {
    let failure_persistence = None;
    Config { cases: 1_000, rng_seed: RngSeed::Fixed(7), failure_persistence, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    /// Whoever all commit and write a datum once: there is a serial order if and only if nothing
    /// is found.
    #[test]
    fn nothing_is_found_if_and_only_if_some_serial_order_explains_it(
        plan in plans(Just(End::Committed))
    ) {
        let history = plan.writing_once().history();
        let all: Vec<TxId> = history.committed().collect();
        let serial = orders(&all).iter().any(|order| explains(&history, order));
        prop_assert_eq!(history.anomalies().is_empty(), serial, "{:?}", told(&history));
    }

    /// Kinds of cycles are those that there are, whoever aborts and however often they write.
    #[test]
    fn cycles_are_found_by_kind(plan in plans(prop_oneof![
        3 => Just(End::Committed), 1 => Just(End::Aborted), 1 => Just(End::Open)
    ])) {
        let history = plan.history();
        let cycles = all_cycles(&history.graph());
        let found: BTreeSet<Kind> = history.anomalies().iter().map(|found| found.kind).collect();
        for found in history.anomalies() {
            let first = history.first(found.kind).map(|first| first.kind);
            prop_assert_eq!(first, Some(found.kind));
        }
        let exact: [(Kind, Is); 3] = [
            (Kind::G0, |[_, wr, rw]| (*wr, *rw) == (0, 0)),
            (Kind::G1c, |[_, wr, rw]| *wr > 0 && *rw == 0),
            (Kind::GSingle, |[_, _, rw]| *rw == 1),
        ];
        for (kind, is) in exact {
            prop_assert_eq!(found.contains(&kind), cycles.iter().any(is), "{}", kind);
        }
        if found.contains(&Kind::G2Item) {
            prop_assert!(cycles.iter().any(|[_, _, rw]| *rw > 1));
        }
        let of_cycles = [Kind::G0, Kind::G1c, Kind::GSingle, Kind::G2Item];
        let some = of_cycles.iter().any(|kind| found.contains(kind));
        prop_assert_eq!(some, !cycles.is_empty());
    }

    /// Whoever loses an update comes both before and after the other.
    #[test]
    fn a_lost_update_is_a_cycle_as_well(plan in plans(Just(End::Committed))) {
        let found = plan.writing_once().history().anomalies();
        let kinds: BTreeSet<Kind> = found.iter().map(|found| found.kind).collect();
        if kinds.contains(&Kind::LostUpdate) {
            prop_assert!(kinds.iter().any(|kind| *kind < Kind::LostUpdate), "{:?}", kinds);
        }
    }
}
