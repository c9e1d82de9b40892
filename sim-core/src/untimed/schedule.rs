//! Schedules: paths of the untimed world as data.
//!
//! In each state the actions that can happen stand in an order that depends on the path to it
//! alone, so a path is a list of numbers. With each goes a mark of what had been done when it was
//! made: a replay in a world that has changed says which choice is the first that no longer fits.

use std::fmt;

use crate::monitor::{Ending, Violation};
use crate::protocol::Protocol;
use crate::timed::World;
use crate::trace::Trace;
use crate::untimed::action::Action;
use crate::untimed::bounds::Bounds;
use crate::untimed::replay::Walk;
use crate::untimed::rest::wrong;
use crate::untimed::settle::{End, settle};
use crate::untimed::world::Untimed;

/// A path of an untimed world.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Schedule {
    /// The bounds of the world.
    pub bounds: Bounds,
    /// The seed that its requests are drawn from.
    pub seed: u64,
    /// The requests that are never made, a bit each.
    pub skipped: u64,
    /// What monitors were interested in, all taken together: where hosts may crash, and so how
    /// many things can happen, depends on what can be seen.
    pub interest: u64,
    /// If its end is what is wrong with it: how it ends.
    pub ending: Option<Ending>,
    /// What happens, step by step.
    pub choices: Vec<Choice>,
}

/// What happens next, among all that can.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Choice {
    /// Its number.
    pub number: u32,
    /// All that has happened once it has, in 16 bits.
    pub mark: u16,
}

/// A schedule no longer fits its world. Choices are counted from zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Drift {
    /// A choice means something else now.
    Choice {
        /// The first that does.
        choice: u64,
        /// What it means now.
        now: String,
    },
    /// A choice is one of fewer now.
    Missing {
        /// The first that is.
        choice: u64,
        /// So many things can happen now.
        possible: u64,
    },
}

impl Drift {
    /// How many choices still fit.
    pub fn fitting(&self) -> u64 {
        match self {
            Drift::Choice { choice, .. } | Drift::Missing { choice, .. } => *choice,
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Drift::Choice { choice, now } => {
                write!(f, "choice {choice} no longer fits: what happens there now is `{now}`")
            }
            Drift::Missing { choice, possible } => write!(
                f,
                "choice {choice} no longer fits: only {possible} things can happen there now"
            ),
        }
    }
}

impl std::error::Error for Drift {}

/// A path as a schedule.
///
/// # Panics
/// If the actions are no path of the world.
pub(crate) fn schedule<P: Protocol>(
    world: &Untimed<P>,
    path: &[Action<P>],
    ending: Option<Ending>,
) -> Schedule {
    let mut walk = Walk::new(world);
    let choose = |action| {
        let number = number(&mut walk, action).expect("a path is made of what can happen");
        walk.go(action);
        Choice { number, mark: walk.mark() }
    };
    let choices = path.iter().map(choose).collect();
    let Untimed { bounds, seed, skipped, interest, .. } = *world;
    Schedule { bounds, seed, skipped, interest, ending, choices }
}

/// The number of an action among all that can happen; failing that, of one that does the same.
fn number<P: Protocol>(walk: &mut Walk<'_, P>, action: &Action<P>) -> Option<u32> {
    let actions = walk.plain.actions(&walk.state);
    let same = actions.iter().position(|other| other == action).or_else(|| {
        let wanted = walk.plain.apply(&walk.state, action).0;
        actions.iter().position(|other| walk.plain.apply(&walk.state, other).0 == wanted)
    });
    same.map(|number| number as u32)
}

/// So many steps at most the end of a schedule is watched for a way to rest.
const SETTLING: u32 = 10_000;

/// Walks along a schedule. Gives back the path, and what is violated on it or at its end, as far as
/// the properties can be judged by what was seen when it was made.
///
/// # Errors
/// If the world is no longer the one that the schedule was made in.
pub fn replay<P: Protocol>(
    world: &World<P>,
    schedule: &Schedule,
) -> Result<(Trace, Vec<Violation>), Drift> {
    let world = Untimed::along(world, schedule);
    let mut walk = Walk::new(&world);
    take(&mut walk, schedule, &mut |_| ())?;
    if let Some(ending) = ending_of(&mut walk, schedule) {
        for (monitor, finding) in wrong(&world, &walk.state.scene(), ending) {
            walk.violated(world.watch.monitors[monitor].name(), finding);
        }
    }
    Ok(walk.finish())
}

/// How a schedule ends, if where the walk is now is an end that can be judged. In a world that has
/// changed since, it may be none: from there it finds a way to rest.
pub(crate) fn ending_of<P: Protocol>(
    walk: &mut Walk<'_, P>,
    schedule: &Schedule,
) -> Option<Ending> {
    let ending = schedule.ending?;
    if !walk.plain.world.watch.monitors.iter().any(|monitor| monitor.judges_rest()) {
        return None;
    }
    let mut state = walk.state.clone();
    let end = settle(&mut walk.plain, &mut state, SETTLING, &mut |_, _| false);
    (end != End::Settled).then_some(ending)
}

/// The actions of a schedule.
pub(crate) fn path_from<P: Protocol>(
    world: &Untimed<P>,
    schedule: &Schedule,
) -> Result<Vec<Action<P>>, Drift> {
    let mut path = Vec::new();
    take(&mut Walk::new(world), schedule, &mut |action| path.push(action))?;
    Ok(path)
}

/// Walks along a schedule as far as it fits.
fn take<P: Protocol>(
    walk: &mut Walk<'_, P>,
    schedule: &Schedule,
    took: &mut dyn FnMut(Action<P>),
) -> Result<(), Drift> {
    for (at, choice) in schedule.choices.iter().enumerate() {
        let mut actions = walk.plain.actions(&walk.state);
        if choice.number as usize >= actions.len() {
            return Err(Drift::Missing { choice: at as u64, possible: actions.len() as u64 });
        }
        let action = actions.swap_remove(choice.number as usize);
        let step = walk.last() + 1;
        walk.go(&action);
        if walk.mark() != choice.mark {
            return Err(Drift::Choice { choice: at as u64, now: walk.text(step) });
        }
        took(action);
    }
    Ok(())
}
