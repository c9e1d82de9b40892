//! The one ledger: what runs cost, counted from what executors emit, never by protocols.
//!
//! Cost model (Gray & Lamport, *Consensus on Transaction Commit*, 2006): only messages between
//! hosts count. A *forced write* is a sync that makes something durable; every other record
//! appended is a *lazy write*. *Message delays* and *stable-write delays* are causal depths: the
//! longest chain of messages, or of forced writes, that leads to an event.

use std::mem::take;

use crate::fault::{FaultCount, FaultKind};
use crate::protocol::{Interval, Kinds, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;

/// A causal depth, counted from the request that an idle world was given.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Depth {
    /// Messages between hosts on the longest chain.
    pub messages: u32,
    /// Forced writes on the longest chain.
    pub writes: u32,
}

impl Depth {
    /// The later of both, for each count by itself.
    #[inline]
    pub fn join(self, other: Depth) -> Depth {
        Depth { messages: self.messages.max(other.messages), writes: self.writes.max(other.writes) }
    }
}

/// The least and the greatest value seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spread<T> {
    /// The least.
    pub least: T,
    /// The greatest.
    pub most: T,
}

impl<T: Ord + Copy> Spread<T> {
    /// Widens an optional spread so that it covers `value`.
    fn cover(spread: &mut Option<Spread<T>>, value: T) {
        *spread = Some(match *spread {
            None => Spread { least: value, most: value },
            Some(old) => Spread { least: old.least.min(value), most: old.most.max(value) },
        });
    }

    fn merge(spread: &mut Option<Spread<T>>, other: Option<Spread<T>>) {
        if let Some(other) = other {
            Spread::cover(spread, other.least);
            Spread::cover(spread, other.most);
        }
    }
}

/// A histogram of time spans, exact to one part in sixteen; integers only, so that merging in any
/// order gives the same numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

const SUB_BITS: u32 = 4;

impl Histogram {
    /// Counts one span.
    pub fn record(&mut self, span: Nanos) {
        let bucket = Histogram::bucket(span.0);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.count += 1;
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The lower bound of the bucket that holds the `percent`-th percentile; `None` if empty.
    pub fn percentile(&self, percent: u64) -> Option<Nanos> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut below = 0;
        for (bucket, &count) in self.buckets.iter().enumerate() {
            below += count;
            if below >= rank {
                return Some(Nanos(Histogram::floor(bucket)));
            }
        }
        None
    }

    fn merge(&mut self, other: &Histogram) {
        if other.buckets.len() > self.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
    }

    fn bucket(value: u64) -> usize {
        let exponent = (u64::BITS - value.leading_zeros()).saturating_sub(SUB_BITS + 1);
        ((u64::from(exponent) << SUB_BITS) + (value >> exponent)) as usize
    }

    fn floor(bucket: usize) -> u64 {
        let bucket = bucket as u64;
        let exponent = (bucket >> SUB_BITS).saturating_sub(1);
        (bucket - (exponent << SUB_BITS)) << exponent
    }
}

/// How long the intervals of one name lasted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lasting {
    /// How many were closed.
    pub count: u64,
    /// Their sum.
    pub total: Nanos,
    /// The longest.
    pub longest: Nanos,
}

/// Costs, summed over runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    /// First sends between hosts, by message kind.
    pub sent: Vec<u64>,
    /// Sends of a message that this process had sent to the same receiver before, by kind.
    pub resent: Vec<u64>,
    /// Messages between hosts, by sender's role times the number of roles plus receiver's role.
    pub by_roles: Vec<u64>,
    /// Messages from other hosts that were handled.
    pub delivered: u64,
    /// Messages that the network lost.
    pub lost: u64,
    /// Messages that a partition stopped.
    pub cut: u64,
    /// Messages that reached a host which was down, or died before it handled them.
    pub refused: u64,
    /// Messages that the network doubled.
    pub doubled: u64,
    /// Records appended.
    pub appended: u64,
    /// Syncs that made something durable.
    pub forced: u64,
    /// Requests made.
    pub requests: u64,
    /// Requests that found their process down.
    pub requests_refused: u64,
    /// Requests answered.
    pub answered: u64,
    /// From request to answer.
    pub latency: Histogram,
    /// Causal depth of answers, where one request was under way at a time.
    pub answer_depth: Option<Spread<u32>>,
    /// The same in forced writes.
    pub answer_writes: Option<Spread<u32>>,
    /// Causal depth of the last effect of a run, where one request was under way at a time.
    pub last_depth: Option<Spread<u32>>,
    /// The same in forced writes.
    pub last_writes: Option<Spread<u32>>,
    /// By index into [`Protocol::INTERVALS`].
    pub intervals: Vec<Lasting>,
    /// By [`FaultKind`].
    pub faults: [FaultCount; FaultKind::ALL.len()],
    /// How often each scripted fault took effect, by its place in the script.
    pub scripted: Vec<FaultCount>,
}

impl Ledger {
    /// An empty ledger for that protocol.
    pub fn new<P: Protocol>(protocol: &P, script: usize) -> Ledger {
        let kinds = P::Message::KINDS.len();
        let roles = protocol.topology().roles().len();
        Ledger {
            sent: vec![0; kinds],
            resent: vec![0; kinds],
            by_roles: vec![0; roles * roles],
            intervals: vec![Lasting::default(); P::INTERVALS.len()],
            scripted: vec![FaultCount::default(); script],
            ..Ledger::default()
        }
    }

    /// Forgets all counts, keeping allocated memory.
    pub fn clear(&mut self) {
        let empty = |counts: &mut Vec<u64>| counts.fill(0);
        let (mut sent, mut resent) = (take(&mut self.sent), take(&mut self.resent));
        let (mut by_roles, mut latency) = (take(&mut self.by_roles), take(&mut self.latency));
        let (mut intervals, mut scripted) = (take(&mut self.intervals), take(&mut self.scripted));
        [&mut sent, &mut resent, &mut by_roles, &mut latency.buckets].into_iter().for_each(empty);
        latency.count = 0;
        intervals.fill(Lasting::default());
        scripted.fill(FaultCount::default());
        *self =
            Ledger { sent, resent, by_roles, latency, intervals, scripted, ..Ledger::default() };
    }

    /// All messages between hosts, retransmissions included.
    pub fn messages(&self) -> u64 {
        self.sent.iter().sum::<u64>() + self.retransmitted()
    }

    /// Retransmissions.
    pub fn retransmitted(&self) -> u64 {
        self.resent.iter().sum()
    }

    /// Records appended but not forced: whatever the syncs do not account for one by one.
    pub fn lazy(&self) -> u64 {
        self.appended.saturating_sub(self.forced)
    }

    /// A fault was injected.
    pub(crate) fn attempted(&mut self, kind: FaultKind, script: Option<usize>) {
        self.faults[kind as usize].attempted += 1;
        if let Some(index) = script {
            self.scripted[index].attempted += 1;
        }
    }

    /// A fault was seen to take effect.
    pub(crate) fn effective(&mut self, kind: FaultKind, script: Option<usize>) {
        self.faults[kind as usize].effective += 1;
        if let Some(index) = script {
            self.scripted[index].effective += 1;
        }
    }

    pub(crate) fn answer(&mut self, latency: Nanos, depth: Option<Depth>) {
        self.answered += 1;
        self.latency.record(latency);
        if let Some(depth) = depth {
            Spread::cover(&mut self.answer_depth, depth.messages);
            Spread::cover(&mut self.answer_writes, depth.writes);
        }
    }

    pub(crate) fn last_effect(&mut self, depth: Depth) {
        Spread::cover(&mut self.last_depth, depth.messages);
        Spread::cover(&mut self.last_writes, depth.writes);
    }

    /// Adds the costs of other runs of the same world.
    pub fn merge(&mut self, other: &Ledger) {
        let add = |mine: &mut Vec<u64>, theirs: &[u64]| {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        };
        add(&mut self.sent, &other.sent);
        add(&mut self.resent, &other.resent);
        add(&mut self.by_roles, &other.by_roles);
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.cut += other.cut;
        self.refused += other.refused;
        self.doubled += other.doubled;
        self.appended += other.appended;
        self.forced += other.forced;
        self.requests += other.requests;
        self.requests_refused += other.requests_refused;
        self.answered += other.answered;
        self.latency.merge(&other.latency);
        Spread::merge(&mut self.answer_depth, other.answer_depth);
        Spread::merge(&mut self.answer_writes, other.answer_writes);
        Spread::merge(&mut self.last_depth, other.last_depth);
        Spread::merge(&mut self.last_writes, other.last_writes);
        for (mine, theirs) in self.intervals.iter_mut().zip(&other.intervals) {
            mine.count += theirs.count;
            mine.total = mine.total + theirs.total;
            mine.longest = mine.longest.max(theirs.longest);
        }
        let counts = self.faults.iter_mut().chain(&mut self.scripted);
        for (mine, theirs) in counts.zip(other.faults.iter().chain(&other.scripted)) {
            mine.attempted += theirs.attempted;
            mine.effective += theirs.effective;
        }
    }
}

/// Intervals that are open.
#[derive(Clone, Debug)]
pub(crate) struct OpenIntervals {
    /// By process: name, subject, since when. Few are open at a time.
    since: Vec<Vec<(usize, u64, Nanos)>>,
}

impl OpenIntervals {
    pub(crate) fn new(processes: usize) -> OpenIntervals {
        OpenIntervals { since: vec![Vec::new(); processes] }
    }

    pub(crate) fn clear(&mut self) {
        self.since.iter_mut().for_each(Vec::clear);
    }

    pub(crate) fn take(&mut self, ledger: &mut Ledger, now: Nanos, by: ProcessId, edge: Interval) {
        let open = &mut self.since[by.index()];
        let is_this = |&(name, subject, _): &(usize, u64, Nanos)| {
            (name, subject) == (edge.name, edge.subject)
        };
        let found = open.iter().position(is_this);
        if edge.opens {
            // Opened again after a recovery, it has lasted all the time.
            if found.is_none() {
                open.push((edge.name, edge.subject, now));
            }
        } else if let Some(at) = found {
            let (_, _, since) = open.swap_remove(at);
            let lasting = &mut ledger.intervals[edge.name];
            lasting.count += 1;
            lasting.total = lasting.total + now.since(since);
            lasting.longest = lasting.longest.max(now.since(since));
        }
    }
}

/// The messages sent lately, to tell a retransmission from a first send.
///
/// A set-associative cache, the size of the nearest real one: a message is forgotten when eight
/// later ones have fallen into its bucket, so a run's first thousand messages are told apart
/// exactly but for one run in some hundred thousand, and so are the latest thousands of a long one.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    buckets: Vec<Bucket>,
    /// The low bits of live entries: entries of other runs count as absent.
    run: u64,
}

/// The latest messages first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket([u64; Recent::WAYS]);

impl Recent {
    const WAYS: usize = 8;
    const BUCKETS: usize = 512;
    const RUN_MASK: u64 = 0xffff;

    pub(crate) fn new() -> Recent {
        Recent { buckets: vec![Bucket([0; Recent::WAYS]); Recent::BUCKETS], run: 1 }
    }

    /// Forgets everything; nearly always at no cost.
    pub(crate) fn clear(&mut self) {
        self.run = (self.run + 1) & Recent::RUN_MASK;
        if self.run == 0 {
            *self = Recent::new();
        }
    }

    /// Whether this message was sent before; from now on it was.
    #[inline]
    pub(crate) fn seen(&mut self, identity: u64) -> bool {
        let Bucket(ways) = &mut self.buckets[identity as usize % Recent::BUCKETS];
        let entry = identity & !Recent::RUN_MASK | self.run;
        if ways.contains(&entry) {
            return true;
        }
        let [a, b, c, d, e, f, g, _] = *ways;
        *ways = [entry, a, b, c, d, e, f, g];
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn recent_tells_first_sends_from_repeats() {
        let mut recent = Recent::new();
        let id = |n: u64| crate::fingerprint::of(&n);
        for run in 0..70_000 {
            recent.clear();
            for n in 0..4 {
                assert!(!recent.seen(id(n)), "run {run}: {n} was never sent");
            }
            assert!((0..4).all(|n| recent.seen(id(n))), "run {run}");
        }
    }

    #[test]
    fn recent_remembers_the_latest_however_long_the_run() {
        let mut recent = Recent::new();
        let id = |n: u64| crate::fingerprint::of(&n);
        for n in 0..100_000u64 {
            assert!(!recent.seen(id(n)));
            assert!(n < 500 || recent.seen(id(n - 500)), "{n}: forgotten too early");
        }
    }

    #[test]
    fn an_interval_spans_a_crash_and_closes_once() {
        let (mut open, mut ledger) = (OpenIntervals::new(2), Ledger::default());
        ledger.intervals.push(Lasting::default());
        let edge = |opens| Interval { name: 0, subject: 7, opens };
        open.take(&mut ledger, Nanos(10), ProcessId(1), edge(true));
        open.take(&mut ledger, Nanos(20), ProcessId(1), edge(true));
        open.take(&mut ledger, Nanos(30), ProcessId(1), edge(false));
        open.take(&mut ledger, Nanos(40), ProcessId(1), edge(false));
        let twenty = Lasting { count: 1, total: Nanos(20), longest: Nanos(20) };
        assert_eq!(ledger.intervals, [twenty]);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_a_sixteenth(mut spans in prop::collection::vec(any::<u64>(), 1..50)) {
            let mut histogram = Histogram::default();
            spans.iter().for_each(|&span| histogram.record(Nanos(span)));
            spans.sort_unstable();
            for percent in [0, 50, 90, 100] {
                let rank = (spans.len() * percent).div_ceil(100).max(1) - 1;
                let (exact, got) = (spans[rank], histogram.percentile(percent as u64).unwrap().0);
                prop_assert!(got <= exact && exact - got <= exact / 16, "{got} for {exact}");
            }
        }

        #[test]
        fn merging_is_recording_all(a in prop::collection::vec(0u64..1000, 0..20), b in prop::collection::vec(0u64..9999, 0..20)) {
            let record = |spans: &[u64]| {
                let mut histogram = Histogram::default();
                spans.iter().for_each(|&span| histogram.record(Nanos(span)));
                histogram
            };
            let mut merged = record(&a);
            merged.merge(&record(&b));
            prop_assert_eq!(merged, record(&[a, b].concat()));
        }
    }
}
