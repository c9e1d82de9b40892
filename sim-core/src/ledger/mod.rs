//! The one ledger: what runs cost, counted from what executors emit, never by protocols.
//!
//! Cost model (Gray & Lamport, *Consensus on Transaction Commit*, 2006): only messages between
//! hosts count. A *forced write* is a sync that makes something durable; every other record
//! appended is a *lazy write*. *Message delays* and *stable-write delays* are causal depths: the
//! longest chain of messages, or of forced writes, that leads to an event.

mod histogram;
mod intervals;
mod recent;

pub use histogram::Histogram;
pub use intervals::Lasting;
pub(crate) use intervals::OpenIntervals;
pub(crate) use recent::Recent;

use std::mem::take;

use crate::fault::{FaultCount, FaultKind};
use crate::protocol::{Kinds, Protocol};
use crate::time::Nanos;

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
        [&mut sent, &mut resent, &mut by_roles].into_iter().for_each(empty);
        latency.clear();
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
            mine.open += theirs.open;
        }
        let counts = self.faults.iter_mut().chain(&mut self.scripted);
        for (mine, theirs) in counts.zip(other.faults.iter().chain(&other.scripted)) {
            mine.attempted += theirs.attempted;
            mine.effective += theirs.effective;
        }
    }
}
