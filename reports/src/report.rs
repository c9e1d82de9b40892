use dtxsim_core::Nanos;
use dtxsim_core::fault::FaultKind;
use dtxsim_core::monitor::Wait;
use dtxsim_core::verdict::Verdict;
use serde::Serialize;

use crate::expectation::Expectation;
use crate::explored::ExplorationReport;
use crate::fold::Line;
use crate::map::Ordered;
use crate::shrunk::ShrunkReport;
use crate::walked::{FoundBy, WalkReport};

/// The version of the JSON form. It grows when a field changes its meaning or goes away; a new
/// field is no new version.
pub const FORMAT_VERSION: u32 = 1;

/// All that is known after a scenario was run: the one structure that every renderer shows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of the engine.
    pub engine: &'static str,
    /// The scenario.
    pub scenario: ScenarioName,
    /// The protocol: family, variant and knobs.
    pub protocol: String,
    /// What was run: `seeds a..b`, the end excluded, `explore` or `walk`.
    pub mode: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What the scenario expects.
    pub expected: Expectation,
    /// Whether that is what came out.
    pub as_expected: bool,
    /// In what way it is not.
    pub missed: Option<String>,
    /// Property by property.
    pub properties: Vec<PropertyReport>,
    /// How many runs; an exploration has none, and all sums over runs are zero.
    pub runs: Runs,
    /// Steps of all runs.
    pub steps: u64,
    /// The size of the space that was explored; a sweep over seeds has none.
    pub states: Option<Extent>,
    /// What else there is to say of an exploration.
    pub exploration: Option<ExplorationReport>,
    /// What there is to say of random walks.
    pub walk: Option<WalkReport>,
    /// Clients' requests.
    pub requests: Requests,
    /// Messages between hosts.
    pub messages: Messages,
    /// Writes to logs.
    pub writes: Writes,
    /// Causal depths.
    pub delays: Delays,
    /// From request to answer, in virtual time.
    pub latency: LatencySum,
    /// Things that last, such as being in doubt.
    pub intervals: Ordered<IntervalSum>,
    /// By kind: how often injected, how often felt.
    pub faults: Ordered<FaultSum>,
    /// Faults that were asked for and are no evidence, for they were never felt.
    pub unfelt: Vec<UnfeltReport>,
    /// Fingerprint of all runs, in hexadecimal; empty of an exploration.
    pub fingerprint: String,
    /// A run that violates a property.
    pub counterexample: Option<CounterExample>,
    /// A seed that gave two different runs.
    pub divergence: Option<DivergenceReport>,
}

/// What a scenario is called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ScenarioName {
    /// Its name.
    pub name: String,
    /// Its file, if it has one.
    pub file: Option<String>,
}

/// The verdict on one property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PropertyReport {
    /// The property.
    pub name: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// How often it had something to judge.
    pub premises: u64,
    /// What speaks for the verdict.
    pub evidence: Evidence,
}

/// What speaks for a verdict.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Evidence {
    /// How many runs violated it; of an exploration, 1 if a path does.
    pub violations: u64,
    /// Why it could not be judged.
    pub why: Option<String>,
    /// The first seed that violated it.
    pub first_seed: Option<u64>,
    /// In an exploration: the step of the path found first that violates it.
    pub first_step: Option<u64>,
    /// What is wrong there.
    pub summary: Option<String>,
    /// Who waits for whom there.
    pub waits: Vec<Wait>,
}

/// How many runs, and what became of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Runs {
    /// At most so many were asked for.
    pub asked: u64,
    /// So many were done.
    pub done: u64,
    /// So many of them differ in what happened in which order.
    pub distinct: u64,
    /// So many were run twice and compared.
    pub rechecked: u64,
    /// Whether it stopped early because enough was found.
    pub stopped: bool,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// How they ended.
    pub endings: Endings,
}

/// How runs ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Endings {
    /// Nothing was left to happen.
    pub quiet: u64,
    /// Nothing new happened any more.
    pub stalled: u64,
    /// The limit of steps was reached.
    pub out_of_steps: u64,
}

/// The size of a space that was searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Extent {
    /// States.
    pub distinct: u64,
    /// Transitions between them.
    pub transitions: u64,
    /// States on the longest of the shortest ways from the first; none if it was not searched in
    /// that order.
    pub depth: Option<u64>,
    /// Whether that is all of it, within the budgets.
    pub complete: bool,
}

/// Clients' requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Requests {
    /// Made.
    pub made: u64,
    /// Made of a process that was down.
    pub refused: u64,
    /// Answered.
    pub answered: u64,
}

/// Messages between hosts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Messages {
    /// All that were sent, retransmissions included.
    pub total: u64,
    /// The same by kind.
    pub by_kind: Ordered<u64>,
    /// The same by roles, as `sender->receiver`; pairs that never talk are left out.
    pub by_roles: Ordered<u64>,
    /// Those that had been sent before.
    pub retransmitted: u64,
    /// Handled by their receiver.
    pub delivered: u64,
    /// Lost by the network.
    pub lost: u64,
    /// Stopped by a partition.
    pub cut: u64,
    /// Come to a host that was down, or died before it handled them.
    pub refused: u64,
    /// Doubled by the network.
    pub doubled: u64,
}

/// Writes to logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Writes {
    /// Syncs that made something durable.
    pub forced: u64,
    /// Records that no sync of their own was spent on.
    pub lazy: u64,
}

/// Causal depths, counted from the request, where one request was under way at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Delays {
    /// Up to the client's answer.
    pub answer: DepthReport,
    /// Up to the last effect.
    pub last_effect: DepthReport,
}

/// A causal depth in messages and in stable writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct DepthReport {
    /// The longest chain of messages.
    pub messages: Option<SpreadReport>,
    /// The longest chain of forced writes.
    pub stable_writes: Option<SpreadReport>,
}

/// The least and the greatest over all runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct SpreadReport {
    /// The least.
    pub least: u32,
    /// The greatest.
    pub most: u32,
}

/// Percentiles of the time from request to answer: lower bounds, exact to one part in sixteen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct LatencySum {
    /// The median.
    pub p50_ns: Option<Nanos>,
    /// Nine in ten are not above this bucket.
    pub p90_ns: Option<Nanos>,
    /// 99 in a hundred are not above this bucket.
    pub p99_ns: Option<Nanos>,
}

/// How long something lasted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct IntervalSum {
    /// How often it came to an end.
    pub count: u64,
    /// The sum.
    pub total_ns: Nanos,
    /// The longest.
    pub longest_ns: Nanos,
    /// How many were not over when their run ended.
    pub open: u64,
}

/// How often a kind of fault was injected, and how often it changed what happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct FaultSum {
    /// Injected.
    pub attempted: u64,
    /// Felt.
    pub effective: u64,
}

/// A fault that was never felt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnfeltReport {
    /// What it is, as in `the script's crash of coordinator when .. (#1)`.
    pub name: String,
    /// Its kind.
    pub kind: FaultKind,
    /// How often it was injected.
    pub attempted: u64,
}

/// A run that violates a property, for people and for replaying.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CounterExample {
    /// The property.
    pub property: &'static str,
    /// The run's seed; a path of an exploration has none.
    pub seed: Option<u64>,
    /// The step that violates it.
    pub step: u64,
    /// When that is, in virtual time; an exploration has no clock.
    pub at_ns: Option<Nanos>,
    /// What is wrong.
    pub summary: String,
    /// Who waits for whom, if that is what is wrong.
    pub waits: Vec<Wait>,
    /// If nothing is wrong on the way, but it leads nowhere good: how.
    pub stuck: Option<StuckReport>,
    /// Of random walks: who found it.
    pub found_by: Option<FoundBy>,
    /// What replays it; none if it is too long for that.
    pub token: Option<String>,
    /// What happens in it, folded.
    pub trace: Vec<Line>,
    /// What it was made into, if somebody wanted it short.
    pub shrunk: Option<ShrunkReport>,
    /// Why it could not be made short.
    pub unshrunk: Option<String>,
}

/// How a path of an exploration leads nowhere good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct StuckReport {
    /// The point of no return: after this step no end can be reached in which nothing is wrong.
    pub since: u64,
    /// From this step on it goes round for ever; none if nothing can happen in the end.
    pub circle: Option<u64>,
}

/// A seed that gave two different runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DivergenceReport {
    /// The seed.
    pub seed: u64,
    /// The first step that differs.
    pub step: u64,
    /// That step in one run and in another.
    pub texts: [String; 2],
}
