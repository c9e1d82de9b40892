//! What an exploration brings.

use crate::monitor::Violation;
use crate::trace::Trace;
use crate::untimed::bounds::Bounds;
use crate::untimed::coverage::Coverage;
use crate::untimed::growth::Growth;
use crate::untimed::reduction::Reductions;
use crate::untimed::schedule::Schedule;
use crate::untimed::search::CutShort;

/// What an exploration brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exploration {
    /// What it was bounded by.
    pub bounds: Bounds,
    /// Different states; of those that one stands for, that one.
    pub distinct: u64,
    /// How many of these were counted again, at most: what a deepening search had forgotten.
    pub forgotten: u64,
    /// Whether states were told apart by fingerprints only: they took more than 64 bits.
    pub fingerprints: bool,
    /// Steps between them, those that change nothing included.
    pub transitions: u64,
    /// Breadth first or deepening: states on the longest of the shortest paths to any state.
    pub depth: u32,
    /// What was left out.
    pub reductions: Reductions,
    /// With [`Reductions::symmetry`], the names of the processes that could change places, group by
    /// group.
    pub alike: Vec<Vec<String>>,
    /// Why it ended before everything was seen and judged; `None` if everything was.
    pub cut_short: Option<CutShort>,
    /// The names of the properties that were checked.
    pub properties: Vec<&'static str>,
    /// The names of those that have to be judged where everybody rests, if that was not: all states
    /// would have had to be kept.
    pub unjudged: Vec<&'static str>,
    /// On how many steps each had something to judge.
    pub premises: Vec<u64>,
    /// The names of the properties that were violated.
    pub violated: Vec<&'static str>,
    /// The first counterexample to each of them, in the order of their finding; none without
    /// [`super::Plan::traces`].
    pub violations: Vec<Counterexample>,
    /// What liveness brought; `None` if no property speaks of it, or not everything was seen.
    pub liveness: Option<Settling>,
    /// Steps that were faults, by kind: what took effect of each budget.
    pub faults: Felt,
    /// What was exercised, by name.
    pub coverage: Coverage,
    /// If it was cut short: processes that may be the reason, for their local states keep growing.
    pub growth: Vec<Growth>,
    /// How often a protocol's code was run: once for each local transition.
    pub local_steps: u64,
    /// Bytes of states, of the index over them, and of tables.
    pub memory: u64,
}

impl Exploration {
    /// With fingerprints, how likely it is at most that some states had the same, and something
    /// was missed: n states are n(n-1)/2 pairs, and one pair in 2^64 has the same.
    pub fn collision_odds(&self) -> Option<f64> {
        let states = self.distinct as f64;
        self.fingerprints.then(|| states * (states - 1.0).max(0.0) / 2f64.powi(65))
    }
}

/// Where the states of an exploration can lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settling {
    /// States in which everybody rests and nothing is wrong.
    pub settled: u64,
    /// States from which, without further faults, none of those can be reached.
    pub doomed: u64,
}

/// Steps of an exploration that were faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Felt {
    /// Hosts crashed.
    pub crashes: u64,
    /// Messages were lost by the network.
    pub drops: u64,
    /// Messages arrived and stayed in flight.
    pub duplicates: u64,
    /// Partitions began.
    pub partitions: u64,
    /// Messages ran into one.
    pub cut: u64,
}

/// A path on which a property is violated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counterexample {
    /// How, and on which step.
    pub violation: Violation,
    /// The path.
    pub trace: Trace,
    /// If nothing is wrong on the way, but it leads nowhere good.
    pub stuck: Option<Stuck>,
    /// The path as data, to be replayed elsewhere.
    pub schedule: Schedule,
}

/// How a path leads nowhere good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// The point of no return: after this step no settled state can be reached any more.
    pub since: u64,
    /// From this step on the trace is a circle, which goes on for ever; `None` if nothing can
    /// happen in the end.
    pub circle: Option<u64>,
    /// States from which there is no way out.
    pub doomed: u64,
}
