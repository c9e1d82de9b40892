//! A path of the untimed world is a timed run: this makes the run.
//!
//! Two ways were open. The timed executor could take from its queue what the path says, and move
//! its clock to wherever that is; or everything on the path gets a time first, such that the
//! executor, left to itself, does just that. The second is what is done here: what comes out is a
//! run as any other, by the same loop, and of a path of which none is made it is known which rules
//! of time contradict each other.
//!
//! So a path is gone along once with the processes of the timed world ([`plan`]), to see what each
//! step must wait for: a timer runs out exactly so long after it was set, and what is set and does
//! not run out is cancelled, or its process dead or busy, before it would; a message within a host
//! arrives at once; nothing arrives before it is sent. Those rules have a solution or they have
//! none ([`times`]); only who waited for a busy process is guessed, so that with such rules a
//! solution may be missed. If they have, the run is told when messages arrive, when syncs are
//! complete, how choices are answered and what crashes keep
//! ([`Directions`](crate::timed::Directions)), and its fault script has the rest ([`run`]). What it
//! does is compared with the path, step by step.
//!
//! What the path takes as given is not the world's to decide any more: latencies, loss,
//! duplication, the order of links, how long syncs take, when clients ask, faults, the healing.
//! Timers run as long as they do.

mod act;
mod plan;
mod post;
mod run;
mod step;
mod times;
mod why;

use std::collections::BTreeSet;

use crate::monitor::Ending;
use crate::node::Node;
use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::timed::{Outcome, World};
use crate::trace::Trace;
use crate::untimed::action::Action;
use crate::untimed::bounds::Bounds;
use crate::untimed::drive::plan::{Plan, Planner};
use crate::untimed::drive::times::{Rule, Why, essence, solve};
use crate::untimed::follow::path_of;
use crate::untimed::schedule::{Schedule, ending_of, path_from};
use crate::untimed::world::Untimed;

pub use why::{Clause, Contradiction, Undriven};

/// A path of the untimed world as a timed run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DrivenRun {
    /// How it went.
    pub outcome: Outcome,
    /// The run.
    pub trace: Trace,
    /// How much of the order of the path its times had to keep.
    pub kept: Kept,
    /// Whether steps that do not depend on each other come in another order than on the path.
    pub reordered: bool,
}

impl DrivenRun {
    /// Whether the run violates that property.
    pub fn violates(&self, property: &str) -> bool {
        self.outcome.violations.iter().any(|violation| violation.property == property)
    }
}

/// How much of the order of a path the times of its run have to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// All of it.
    Whole,
    /// That of steps that depend on each other: on the same host, or of which one makes the other
    /// possible. The others commute. No times were found that keep all.
    Partial,
}

/// The same with the processes.
#[derive(Clone, Debug)]
pub struct Driven<P: Protocol> {
    /// The run.
    pub run: DrivenRun,
    /// The processes, as the run leaves them.
    pub nodes: Vec<Node<P>>,
    /// The processes, as the path leaves them.
    pub path_nodes: Vec<Node<P>>,
}

/// Makes the run of a schedule.
///
/// # Errors
/// If it is another world's, or no run makes these steps in this order.
pub fn drive<P: Protocol>(world: &World<P>, schedule: &Schedule) -> Result<Driven<P>, Undriven> {
    let untimed = Untimed::along(world, schedule);
    let path = path_from(&untimed, schedule).map_err(Undriven::Drift)?;
    drive_path(world, &untimed, &path, Some(schedule))
}

/// Follows the recorded run of that seed, and makes a run of the path.
///
/// # Errors
/// If it cannot be followed within these bounds, or no run makes these steps in this order.
pub fn retrace<P: Protocol>(
    world: &World<P>,
    bounds: Bounds,
    seed: u64,
    trace: &Trace,
) -> Result<Driven<P>, Undriven> {
    let untimed = Untimed::seeded(world, bounds, seed);
    let path = path_of(&untimed, trace).map_err(Undriven::Lost)?;
    drive_path(world, &untimed, &path, None)
}

/// What is between two steps that need no time: as much of these as there is time for.
const GAPS: [Nanos; 4] =
    [Nanos::from_millis(1), Nanos::from_micros(100), Nanos::from_micros(1), Nanos::ZERO];

/// Times for all moments of a plan, and how much of its order they keep. What contradicts the
/// others and may have waited for its process did, if nothing else helps.
fn times(plan: &Plan) -> Result<(Vec<Nanos>, Kept), Vec<Rule>> {
    let mut contradiction = Vec::new();
    for (kept, gap) in [Kept::Whole, Kept::Partial].into_iter().flat_map(with_gaps) {
        match solve(plan.steps.len(), &plan.rules(kept, gap, &BTreeSet::new())) {
            Ok(times) => return Ok((times, kept)),
            Err(circle) => contradiction = circle,
        }
    }
    for kept in [Kept::Whole, Kept::Partial] {
        let mut held = BTreeSet::new();
        loop {
            let solved = solve(plan.steps.len(), &plan.rules(kept, Nanos::ZERO, &held));
            let circle = match solved {
                Ok(times) => return Ok((times, kept)),
                Err(circle) => circle,
            };
            let may_wait = |why: &Why| plan.waits.contains_key(why) && !held.contains(why);
            let Some(why) = circle.iter().map(|rule| rule.why).find(may_wait) else { break };
            held.insert(why);
        }
    }
    Err(contradiction)
}

fn with_gaps(kept: Kept) -> [(Kept, Nanos); 4] {
    GAPS.map(|gap| (kept, gap))
}

fn drive_path<P: Protocol>(
    world: &World<P>,
    untimed: &Untimed<P>,
    path: &[Action<P>],
    ends: Option<&Schedule>,
) -> Result<Driven<P>, Undriven> {
    let mut planner = Planner::new(world, untimed)?;
    for action in path {
        planner.go(action)?;
    }
    let (plan, mut walk) = planner.finish()?;
    let path_nodes = walk.state.locals.iter().map(|local| local.node.clone()).collect();
    let ending = ends.and_then(|schedule| ending_of(&mut walk, schedule));
    let (path, _) = walk.finish();
    let (times, kept) = times(&plan).map_err(|circle| {
        let rules = plan.rules(Kept::Partial, Nanos::ZERO, &BTreeSet::new());
        plan.contradiction(&path, &essence(plan.steps.len(), &rules, circle))
    })?;
    let ending = ending.unwrap_or(Ending::Interrupted);
    let (outcome, trace, nodes) = run::run((world, untimed), &plan, &times, ending);
    let reordered = run::compare(&path, &trace)?;
    let run = DrivenRun { outcome, trace, kept, reordered };
    Ok(Driven { run, nodes, path_nodes })
}
