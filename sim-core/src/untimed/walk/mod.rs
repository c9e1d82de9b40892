//! Random walks, for worlds too large to be explored: each takes one path, and a strategy says
//! which.
//!
//! A walk goes on for a bounded number of steps, in which faults strike within the budgets; then
//! they stop, and the world goes on until it rests, so that what is judged at rest is judged. One
//! seed is one walk. What passes is *sampled*: no number of walks shows that a property holds.
//!
//! When faults strike is drawn for each walk and is no strategy's business, for there are many more
//! ways for things to go wrong than to go on; strategies choose among the latter, and replay.

mod coverage;
mod delay;
mod event;
mod pctcp;
mod pos;
mod random;
mod run;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::protocol::Protocol;
use crate::random::Stream;
use crate::timed::World;
use crate::untimed::action::Action;
use crate::untimed::bounds::Bounds;
use crate::untimed::findings::{Counterexample, Felt};
use crate::untimed::walk::run::Runner;
use crate::untimed::world::Untimed;

/// A way to choose what happens next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tactic {
    /// Each thing that can happen is as likely as any other.
    Random,
    /// Chains of causes in a random order of priority, changed at a few random points: PCTCP.
    Chains,
    /// Each event has a random priority, drawn anew when it loses a race: partial order sampling.
    PartialOrder,
    /// Processes take turns, and a few random ones are passed over: delay-bounded.
    Delays,
    /// Goes on at random from where earlier walks came to something new.
    Coverage,
}

impl Tactic {
    /// All of them: the portfolio.
    pub const ALL: [Tactic; 5] =
        [Tactic::Random, Tactic::Chains, Tactic::PartialOrder, Tactic::Delays, Tactic::Coverage];

    /// Its name in scenarios and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Tactic::Random => "random",
            Tactic::Chains => "pctcp",
            Tactic::PartialOrder => "pos",
            Tactic::Delays => "delay",
            Tactic::Coverage => "coverage",
        }
    }

    fn strategy<P: Protocol>(self) -> Box<dyn Strategy<P>> {
        match self {
            Tactic::Random => Box::new(random::Uniform),
            Tactic::Chains => Box::new(pctcp::Chains::default()),
            Tactic::PartialOrder => Box::new(pos::PartialOrder::default()),
            Tactic::Delays => Box::new(delay::Delays::default()),
            Tactic::Coverage => Box::new(coverage::Coverage::default()),
        }
    }
}

/// How to walk.
pub struct WalkPlan<'a> {
    /// How much may happen.
    pub bounds: Bounds,
    /// Who chooses; they take turns.
    pub tactics: &'a [Tactic],
    /// So many walks.
    pub walks: u64,
    /// Of so many steps at most, before faults stop.
    pub steps: u32,
    /// The seed of the first walk; the next has the next. Requests are drawn from this one.
    pub seed: u64,
    /// Given the names of the properties violated so far: whether that is enough.
    pub enough: &'a dyn Fn(&[&'static str]) -> bool,
    /// Set from outside to end early.
    pub interrupt: &'a AtomicBool,
}

/// What walks brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walks {
    /// What they were bounded by.
    pub bounds: Bounds,
    /// How many there were.
    pub walks: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// Different states, by fingerprint.
    pub distinct: u64,
    /// Walks that had not come to rest when they were given up.
    pub restless: u64,
    /// The names of the properties that were checked.
    pub properties: Vec<&'static str>,
    /// On how many steps each had something to judge.
    pub premises: Vec<u64>,
    /// The first counterexample to each property that was violated, in the order of their finding.
    pub found: Vec<Found>,
    /// What each tactic did.
    pub credits: Vec<Credit>,
    /// Steps that were faults, by kind.
    pub faults: Felt,
    /// Whether somebody wanted it to end.
    pub interrupted: bool,
}

/// How far walks have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WalkProgress {
    /// Walks taken.
    pub walks: u64,
    /// Different states seen.
    pub distinct: u64,
    /// Walks that violated something.
    pub failing: u64,
}

/// A counterexample, and who found it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Who.
    pub tactic: Tactic,
    /// In the how manieth walk, from zero.
    pub walk: u64,
    /// What.
    pub counterexample: Counterexample,
}

/// What a tactic did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credit {
    /// Which.
    pub tactic: Tactic,
    /// So many walks.
    pub walks: u64,
    /// So many of them violated something.
    pub failing: u64,
    /// States that nobody had been in before.
    pub fresh: u64,
}

/// What a strategy sees.
pub(crate) struct View<'a, P: Protocol> {
    /// All that can happen.
    pub(crate) actions: &'a [Action<P>],
    /// What it may choose from, by number; never nothing.
    pub(crate) open: &'a [usize],
    /// What tells each action from others, and stays the same as long as it can happen.
    pub(crate) events: &'a [u64],
}

/// Chooses what happens next, step by step.
pub(crate) trait Strategy<P: Protocol> {
    /// A walk begins that takes so many steps at most, and probably about as many as the others.
    fn begin(&mut self, stream: &mut Stream, typical: u32);

    /// One of `view.open`.
    fn choose(&mut self, view: &View<'_, P>, stream: &mut Stream) -> usize;

    /// What must happen, faults or not: who replays knows. Asked before [`Strategy::choose`].
    fn forced(&mut self, view: &View<'_, P>) -> Option<usize> {
        let _ = view;
        None
    }

    /// That action was taken, whoever chose it; and whether anything new came of it.
    fn chosen(&mut self, view: &View<'_, P>, number: usize, is_new: bool, stream: &mut Stream) {
        let _ = (view, number, is_new, stream);
    }

    /// The walk is over.
    fn end(&mut self) {}
}

/// Every so many walks it is said how far they have come.
const SAY: u64 = 16;

/// Walks.
pub fn walk<P: Protocol>(
    world: &World<P>,
    plan: &WalkPlan<'_>,
    progress: &mut dyn FnMut(WalkProgress),
) -> Walks {
    let world = &Untimed::seeded(world, plan.bounds, plan.seed);
    let mut strategies: Vec<(Tactic, Box<dyn Strategy<P>>)> =
        plan.tactics.iter().map(|tactic| (*tactic, tactic.strategy())).collect();
    let credit = |tactic: &Tactic| Credit { tactic: *tactic, walks: 0, failing: 0, fresh: 0 };
    let properties: Vec<&'static str> =
        world.watch.monitors.iter().map(|monitor| monitor.name()).collect();
    let credits = plan.tactics.iter().map(credit).collect();
    let mut walks = Walks::none(plan.bounds, properties, credits);
    let mut runner = Runner::new(world, plan.steps);
    while walks.walks < plan.walks && !strategies.is_empty() {
        if plan.interrupt.load(Ordering::Relaxed) {
            walks.interrupted = true;
            break;
        }
        let turn = (walks.walks % strategies.len() as u64) as usize;
        let (tactic, strategy) = &mut strategies[turn];
        let seed = plan.seed.wrapping_add(walks.walks);
        let before = runner.states.len();
        let failures = runner.run(&mut **strategy, seed);
        let credit = &mut walks.credits[turn];
        credit.walks += 1;
        credit.fresh += (runner.states.len() - before) as u64;
        credit.failing += u64::from(!failures.is_empty());
        for failure in failures {
            let name = walks.properties[failure.property];
            if walks.found.iter().all(|found| found.counterexample.violation.property != name) {
                let counterexample = runner.counterexample(failure);
                walks.found.push(Found { tactic: *tactic, walk: walks.walks, counterexample });
            }
        }
        walks.walks += 1;
        if walks.walks.is_multiple_of(SAY) {
            let failing = walks.credits.iter().map(|credit| credit.failing).sum();
            let distinct = runner.states.len() as u64;
            progress(WalkProgress { walks: walks.walks, distinct, failing });
        }
        if !walks.found.is_empty() && (plan.enough)(&walks.violated()) {
            break;
        }
    }
    runner.tell(&mut walks);
    walks
}

impl Walks {
    fn none(bounds: Bounds, properties: Vec<&'static str>, credits: Vec<Credit>) -> Walks {
        let premises = vec![0; properties.len()];
        Walks {
            bounds,
            walks: 0,
            steps: 0,
            distinct: 0,
            restless: 0,
            properties,
            premises,
            found: Vec::new(),
            credits,
            faults: Felt::default(),
            interrupted: false,
        }
    }

    /// The names of the properties that were violated.
    pub fn violated(&self) -> Vec<&'static str> {
        self.found.iter().map(|found| found.counterexample.violation.property).collect()
    }
}
