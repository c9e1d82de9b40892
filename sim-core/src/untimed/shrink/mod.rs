//! A failing path is made short, and the same property still fails on it.
//!
//! Whole requests go first, then faults, then whatever else can: delta debugging (Zeller &
//! Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, IEEE TSE 28(2), 2002) over the
//! list of actions, replayed leniently: what is no longer possible is left out, a crash is made to
//! fit the log that it finds. At last the world is explored breadth first within just the faults
//! that are left. What the property says of a world at rest counts after faults have stopped and
//! the world has gone on until it rests.

mod reduce;

use std::fmt;
use std::sync::atomic::AtomicBool;

use crate::monitor::{Ending, Finding, Violation};
use crate::protocol::Protocol;
use crate::timed::{Simulation, World};
use crate::trace::{self, Step, Trace};
use crate::untimed::action::Action;
use crate::untimed::bounds::{Bounds, Budgets};
use crate::untimed::exploration::{Plan, Representation, explore_in};
use crate::untimed::follow::{Lost, path_of};
use crate::untimed::reduction::Reductions;
use crate::untimed::replay::Walk;
use crate::untimed::schedule::{Drift, Schedule, path_from, schedule};
use crate::untimed::search::{Caps, CutShort, Order};
use crate::untimed::shrink::reduce::{Failing, Reducer};
use crate::untimed::space::Nature;
use crate::untimed::world::Untimed;

/// What to make short, and how hard to try.
#[derive(Clone, Copy, Debug)]
pub struct ShrinkPlan<'a> {
    /// The property that must stay violated.
    pub property: &'a str,
    /// At most so many steps are replayed.
    pub steps: u64,
    /// At most so many states are explored for a shorter path; none at all with zero.
    pub states: u64,
}

impl<'a> ShrinkPlan<'a> {
    /// A second or two of work.
    pub fn new(property: &'a str) -> ShrinkPlan<'a> {
        ShrinkPlan { property, steps: 1_000_000, states: 200_000 }
    }
}

/// A failing path, made short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// The path.
    pub trace: Trace,
    /// What it violates, and where.
    pub violation: Violation,
    /// The path as data.
    pub schedule: Schedule,
    /// How many actions it was before.
    pub before: usize,
    /// The faults that are left: without any one of them, this path does not fail.
    pub needed: Vec<Needed>,
    /// How many of them there are of each kind.
    pub faults: Budgets,
    /// Whether no path with these faults and requests is shorter.
    pub shortest: bool,
    /// How many paths were tried.
    pub replays: u64,
    /// How many steps these took.
    pub steps: u64,
}

/// A fault that a failure needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needed {
    /// The step of the trace.
    pub step: u64,
    /// What goes wrong.
    pub what: String,
}

/// Why a path cannot be made short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unshrunk {
    /// It does not violate that property; of a timed run: not without its clock.
    Passes,
    /// The timed run has no counterpart without a clock.
    Lost(Lost),
    /// The schedule does not fit the world.
    Drift(Drift),
}

impl fmt::Display for Unshrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unshrunk::Passes => {
                f.write_str("without a clock, nothing is wrong with what it does: times matter")
            }
            Unshrunk::Lost(lost) => lost.fmt(f),
            Unshrunk::Drift(drift) => drift.fmt(f),
        }
    }
}

impl std::error::Error for Unshrunk {}

/// Makes the failure of a timed run short.
///
/// # Errors
/// If it has no counterpart without a clock, or does not fail there.
pub fn shrink_run<P: Protocol>(
    world: &World<P>,
    seed: u64,
    plan: &ShrinkPlan<'_>,
) -> Result<Shrunk, Unshrunk> {
    let (outcome, mut trace) = Simulation::new(world).record(seed);
    let found = outcome.violations.iter().find(|found| found.property == plan.property);
    let last = found.ok_or(Unshrunk::Passes)?.step;
    trace.steps.truncate(last as usize + 2);
    // Who is down for good in a run must not come back here.
    let boots = |step: &Step| matches!(step.action, trace::Action::Boot { again: true, .. });
    let dies = |step: &Step| matches!(step.action, trace::Action::Crash { .. });
    let restarts = trace.steps.iter().any(boots) || !trace.steps.iter().any(dies);
    let bounds = Bounds { restarts, ..Bounds::for_runs_of(world) };
    let wide = Untimed::seeded(world, bounds, seed);
    let path = path_of(&wide, &trace).map_err(Unshrunk::Lost)?;
    shrink(world, &wide, &path, plan)
}

/// Makes a failing schedule short.
///
/// # Errors
/// If it is another world's, or does not fail.
pub fn shrink_schedule<P: Protocol>(
    world: &World<P>,
    schedule: &Schedule,
    plan: &ShrinkPlan<'_>,
) -> Result<Shrunk, Unshrunk> {
    let mut wide = Untimed::seeded(world, schedule.bounds, schedule.seed);
    wide.skipped = schedule.skipped;
    let path = path_from(&wide, schedule).map_err(Unshrunk::Drift)?;
    shrink(world, &wide, &path, plan)
}

fn shrink<P: Protocol>(
    world: &World<P>,
    wide: &Untimed<P>,
    path: &[Action<P>],
    plan: &ShrinkPlan<'_>,
) -> Result<Shrunk, Unshrunk> {
    let mut reducer = Reducer::new(wide, plan).ok_or(Unshrunk::Passes)?;
    let failing = reducer.fails(path).ok_or(Unshrunk::Passes)?;
    let failing = reducer.reduce(failing);
    let mut short =
        Untimed::seeded(world, Bounds { budgets: failing.faults(wide), ..wide.bounds }, wide.seed);
    short.skipped = failing.skipped(wide);
    let (failing, shortest) = polish(&short, failing, plan);
    let mut shrunk = tell(&short, &failing, plan.property);
    shrunk.before = path.len();
    shrunk.shortest = shortest;
    (shrunk.replays, shrunk.steps) = (reducer.replays, reducer.steps);
    Ok(shrunk)
}

/// Explores for a shorter path; whether there is none shorter.
fn polish<P: Protocol>(
    world: &Untimed<P>,
    failing: Failing<P>,
    plan: &ShrinkPlan<'_>,
) -> (Failing<P>, bool) {
    if plan.states == 0 {
        return (failing, false);
    }
    let plan = Plan {
        bounds: world.bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: plan.states, memory: 1 << 30 },
        traces: true,
        enough: &|violated| violated.contains(&plan.property),
        interrupt: &AtomicBool::new(false),
    };
    let explored = explore_in(world, &plan, &mut |_| ());
    let wanted = failing.property;
    let found = explored.violations.into_iter().find(|found| found.violation.property == wanted);
    let exhausted = matches!(explored.cut_short, None | Some(CutShort::Found));
    match found {
        Some(found) if found.schedule.choices.len() < failing.path.len() => {
            let path = path_from(world, &found.schedule);
            let path = path.expect("it was found in this world");
            let (ending, finding) = (found.schedule.ending, found.violation.finding);
            (Failing { path, ending, finding, prefix: 0, ..failing }, true)
        }
        _ => (failing, exhausted),
    }
}

/// A failing path, for those who want to read it.
fn tell<P: Protocol>(world: &Untimed<P>, failing: &Failing<P>, property: &str) -> Shrunk {
    let mut walk = Walk::new(world);
    let mut needed = Vec::new();
    for action in &failing.path {
        let step = walk.last() + 1;
        walk.go(action);
        if action.nature().is_fault() {
            needed.push(Needed { step, what: what(&walk, step, action.nature()) });
        }
    }
    if failing.ending.is_some() {
        walk.violated(failing.property, failing.finding.clone());
    }
    let faults = world.bounds.budgets.less(walk.state.tally.left);
    let schedule = schedule(world, &failing.path, failing.ending);
    let (trace, violations) = walk.finish();
    let violation = violations.into_iter().find(|found| found.property == property);
    Shrunk {
        violation: violation.expect("the path fails"),
        trace,
        schedule,
        before: 0,
        needed,
        faults,
        shortest: false,
        replays: 0,
        steps: 0,
    }
}

/// What goes wrong on the steps since that one.
fn what<P: Protocol>(walk: &Walk<'_, P>, step: u64, nature: Nature) -> String {
    let mut what = walk.text(step);
    if nature.and(Nature::DUPLICATE) == nature {
        what += ", and a copy of it stays in flight";
    }
    if step < walk.last() {
        what = format!("{}, amid: {what}", walk.text(walk.last()));
    }
    what
}

/// What a world at rest has against it, and what is wrong.
type Wrong = (Option<Ending>, Finding);
