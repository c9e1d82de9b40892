//! An exploration and what it brings.

use std::sync::atomic::AtomicBool;

use crate::monitor::Violation;
use crate::protocol::Protocol;
use crate::timed::World;
use crate::trace::Trace;
use crate::untimed::bounds::Bounds;
use crate::untimed::collapsed::Collapsed;
use crate::untimed::action::Action;
use crate::untimed::replay::Walk;
use crate::untimed::search::{Caps, CutShort, Hit, Order, Orders, Progress, Search};
use crate::untimed::space::{Space, Successor};
use crate::untimed::whole::Whole;
use crate::untimed::world::Untimed;

/// Which representation of the states is searched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Representation {
    /// Numbers for what processes are, and what comes of what computed once.
    #[default]
    Collapsed,
    /// Whole states, cloned and compared: slow, for the cross-check.
    Plain,
}

/// What to explore, and how.
pub struct Plan<'a> {
    /// How much may happen.
    pub bounds: Bounds,
    /// In which order.
    pub order: Order,
    /// Of which representation.
    pub representation: Representation,
    /// Where to give up.
    pub caps: Caps,
    /// Whether counterexamples are wanted; without, less is remembered of each state.
    pub traces: bool,
    /// Given the names of the properties violated so far: whether that is enough.
    pub enough: &'a dyn Fn(&[&'static str]) -> bool,
    /// Set from outside to end the exploration early.
    pub interrupt: &'a AtomicBool,
}

/// What an exploration brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exploration {
    /// What it was bounded by.
    pub bounds: Bounds,
    /// Different states.
    pub distinct: u64,
    /// Steps between them, those that change nothing included.
    pub transitions: u64,
    /// Breadth first: states on the longest of the shortest paths to any state.
    pub depth: u32,
    /// Why it ended before everything was seen; `None` if everything was.
    pub cut_short: Option<CutShort>,
    /// The names of the properties that were checked.
    pub properties: Vec<&'static str>,
    /// On how many steps each had something to judge.
    pub premises: Vec<u64>,
    /// The first violation of each property that was violated, in the order of their finding.
    pub violations: Vec<Counterexample>,
    /// How often a protocol's code was run: once for each local transition.
    pub local_steps: u64,
    /// Bytes of states, of the index over them, and of tables.
    pub memory: u64,
}

/// A path on which a property is violated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counterexample {
    /// How, and on which step.
    pub violation: Violation,
    /// The path.
    pub trace: Trace,
}

/// Explores a world.
pub fn explore<P: Protocol>(
    world: &World<P>,
    plan: &Plan<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Exploration {
    let world = Untimed::new(world, plan.bounds);
    match plan.representation {
        Representation::Collapsed => {
            Exploring::run(Collapsed::new(&world), &world, plan, progress)
        }
        Representation::Plain => Exploring::run(Whole::new(&world), &world, plan, progress),
    }
}

/// An exploration under way.
struct Exploring<'a, 'u, P: Protocol, S: Space<Protocol = P>> {
    world: &'u Untimed<P>,
    plan: &'a Plan<'a>,
    search: Search<S>,
    properties: Vec<&'static str>,
}

impl<'a, 'u, P: Protocol, S: Space<Protocol = P>> Exploring<'a, 'u, P, S> {
    fn run(
        space: S,
        world: &'u Untimed<P>,
        plan: &'a Plan<'a>,
        progress: &mut dyn FnMut(Progress),
    ) -> Exploration {
        let properties: Vec<&'static str> =
            world.watch.monitors.iter().map(|monitor| monitor.name()).collect();
        let search = Search::new(space, properties.len(), plan.traces);
        let mut exploring = Exploring { world, plan, search, properties };
        exploring.search(progress);
        exploring.brought()
    }

    fn search(&mut self, progress: &mut dyn FnMut(Progress)) {
        let Plan { order, caps, traces: traced, interrupt, .. } = *self.plan;
        let properties = &self.properties;
        let enough = |violated: u64| {
            let names = properties.iter().enumerate().filter(|(n, _)| violated >> n & 1 != 0);
            (self.plan.enough)(&names.map(|(_, &name)| name).collect::<Vec<_>>())
        };
        let enough = &enough;
        self.search.run(&mut Orders { order, caps, enough, interrupt, progress, traced });
    }

    fn brought(mut self) -> Exploration {
        let mut hits: Vec<Hit<S::Step>> = Vec::new();
        for hit in &self.search.hits {
            if !hits.iter().any(|known| known.property == hit.property) {
                hits.push(*hit);
            }
        }
        let violations = hits.into_iter().map(|hit| self.counterexample(hit)).collect();
        let search = &self.search;
        Exploration {
            bounds: self.plan.bounds,
            distinct: search.states.len() as u64,
            transitions: search.transitions,
            depth: search.levels.len() as u32,
            cut_short: search.cut_short,
            properties: self.properties,
            premises: search.premises.clone(),
            violations,
            local_steps: search.space.runs(),
            memory: search.bytes() as u64,
        }
    }

    fn counterexample(&mut self, hit: Hit<S::Step>) -> Counterexample {
        let mut walk = Walk::new(self.world);
        if let (Some(state), true) = (hit.state, self.plan.traces) {
            for action in path(&mut self.search, state) {
                walk.go(&action);
            }
            let words = self.search.states.get(state);
            let last = self.search.space.action(words, hit.step);
            walk.go(&last);
        }
        let (trace, violations) = walk.finish();
        let name = self.properties[hit.property];
        let violation = violations.into_iter().find(|violation| violation.property == name);
        let violation = violation.expect("the path that was found is walked again");
        Counterexample { violation, trace }
    }
}

/// The actions that lead from the first state to this one.
fn path<S: Space>(search: &mut Search<S>, state: u32) -> Vec<Action<S::Protocol>> {
    let mut steps = vec![state];
    let mut at = state;
    while at != 0 {
        at = search.states.parent(at);
        steps.push(at);
    }
    steps.reverse();
    let hops = steps.windows(2).map(|hop| {
        let (from, to) = (search.states.get(hop[0]).to_vec(), search.states.get(hop[1]));
        let mut step = None;
        let found = search.space.expand(&from, &mut |successor: Successor<'_, S::Step>| {
            if step.is_none() && successor.words == to {
                step = Some(successor.step);
            }
        });
        debug_assert!(found.is_ok(), "all that follows from this state was seen before");
        search.space.action(&from, step.expect("it was found from there"))
    });
    hops.collect()
}
