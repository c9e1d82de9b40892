//! An exploration.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use crate::monitor::{Ending, Finding};
use crate::node::Node;
use crate::protocol::Protocol;
use crate::timed::World;
use crate::topology::ProcessId;
use crate::untimed::asleep::PROCESSES_MAX;
use crate::untimed::bounds::Bounds;
use crate::untimed::collapsed::{Collapsed, Quotient};
use crate::untimed::coverage::{Witness, coverage};
use crate::untimed::deepening::Deepening;
use crate::untimed::findings::{Counterexample, Exploration, Felt, Settling, Stuck};
use crate::untimed::growth::growth;
use crate::untimed::liveness::{BYTES_A_STATE, Doom, doom, liveness};
use crate::untimed::reduction::Reductions;
use crate::untimed::replay::Walk;
use crate::untimed::rest::wrong;
use crate::untimed::schedule::schedule;
use crate::untimed::search::{Caps, CutShort, Hit, Order, Orders, Progress, Search};
use crate::untimed::space::Space;
use crate::untimed::symmetry::Group;
use crate::untimed::tally::Cuts;
use crate::untimed::trail::Trail;
use crate::untimed::visited::Keeping;
use crate::untimed::whole::Whole;
use crate::untimed::world::Untimed;

/// Which representation of the states is searched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Representation {
    /// Numbers for what processes are, and what comes of what computed once.
    #[default]
    Collapsed,
    /// The same, but once a state takes more than 64 bits, so many are kept of it when it was
    /// expanded, a fingerprint: two states that happen to have the same are taken for one, and
    /// nothing is judged where everybody rests.
    Fingerprints,
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
    /// What may be left out.
    pub reductions: Reductions,
    /// Where to give up.
    pub caps: Caps,
    /// Whether counterexamples are wanted; without, less is remembered of each state.
    pub traces: bool,
    /// Given the names of the properties violated so far: whether that is enough.
    pub enough: &'a dyn Fn(&[&'static str]) -> bool,
    /// Set from outside to end the exploration early.
    pub interrupt: &'a AtomicBool,
}

impl Plan<'_> {
    /// The most requests that a world may have: whoever plans an exploration of more refuses it.
    pub const REQUESTS_MAX: u32 = 64;

    /// The most hosts that a world may have with a budget of partitions: all ways to part them are
    /// explored, and each host more doubles them. Whoever plans to part more refuses it.
    pub const PARTED_HOSTS_MAX: usize = Cuts::HOSTS_MAX;

    /// The most processes that a world may have with [`Reductions::partial_order`].
    pub const AGENTS_MAX: usize = PROCESSES_MAX;

    /// The most states that a cap may allow.
    pub const STATES_MAX: u64 = 1_600_000_000;
}

/// Explores a world.
///
/// # Panics
/// With more than [`Plan::REQUESTS_MAX`] requests, or a budget of partitions and more than
/// [`Plan::PARTED_HOSTS_MAX`] hosts; if it is to be reduced by a symmetry that it does not have
/// ([`alike`](super::alike)), or by partial order in depth, of whole states, or with more than
/// [`Plan::AGENTS_MAX`] processes; depth first with [`Representation::Fingerprints`].
pub fn explore<P: Protocol>(
    world: &World<P>,
    plan: &Plan<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Exploration {
    explore_in(&Untimed::new(world, plan.bounds), plan, progress)
}

/// Explores an untimed world.
pub(crate) fn explore_in<P: Protocol>(
    world: &Untimed<P>,
    plan: &Plan<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Exploration {
    run(world, plan, progress, None)
}

/// Explores a world, then shows the processes of every state that was found.
///
/// # Panics
/// As [`explore`]; if it does not keep all states, for it has only fingerprints or deepens.
pub fn visit<P: Protocol>(
    world: &World<P>,
    plan: &Plan<'_>,
    see: &mut dyn FnMut(&[&Node<P>]),
) -> Exploration {
    run(&Untimed::new(world, plan.bounds), plan, &mut |_| (), Some(see))
}

/// Sees the processes of a state.
type Visitor<'v, P> = &'v mut dyn FnMut(&[&Node<P>]);

fn run<P: Protocol>(
    world: &Untimed<P>,
    plan: &Plan<'_>,
    progress: &mut dyn FnMut(Progress),
    see: Option<Visitor<'_, P>>,
) -> Exploration {
    let group = plan.reductions.symmetry.then(|| match Group::of(world) {
        Ok(group) => group,
        Err(why) => panic!("there is no symmetry: {why}"),
    });
    if plan.reductions.partial_order {
        let few = world.hosts.len() <= Plan::AGENTS_MAX;
        let collapsed = plan.representation != Representation::Plain;
        assert!(few && collapsed && plan.order == Order::Breadth, "see `Reductions`");
    }
    let name = |&process: &ProcessId| world.topology().name(process).to_owned();
    let names = |group: &Group<P>| {
        group.alike.iter().map(|group| group.iter().map(name).collect()).collect()
    };
    let alike = group.as_ref().map(names).unwrap_or_default();
    if plan.representation == Representation::Fingerprints {
        assert!(plan.order != Order::Depth, "see `Representation`");
    }
    let explored = match (plan.representation, group) {
        (Representation::Collapsed | Representation::Fingerprints, None) => {
            Exploring::run(Collapsed::new(world), world, plan, progress).brought(see)
        }
        (Representation::Collapsed | Representation::Fingerprints, Some(group)) => {
            assert!(P::SYMMETRIC, "only who says so has a group");
            Exploring::run(Quotient::new(world, group), world, plan, progress).brought(see)
        }
        (Representation::Plain, group) => {
            Exploring::run(Whole::new(world, group), world, plan, progress).brought(see)
        }
    };
    Exploration { alike, ..explored }
}

/// Whether some property has to be judged where everybody rests.
fn judges_rest<P: Protocol>(world: &Untimed<P>) -> bool {
    world.watch.monitors.iter().any(|monitor| monitor.judges_rest())
}

/// An exploration under way.
struct Exploring<'a, 'u, P: Protocol, S: Space<Protocol = P>> {
    world: &'u Untimed<P>,
    plan: &'a Plan<'a>,
    search: Search<S>,
    properties: Vec<&'static str>,
}

impl<'a, 'u, P: Protocol, S: Space<Protocol = P> + Witness<P>> Exploring<'a, 'u, P, S> {
    fn run(
        space: S,
        world: &'u Untimed<P>,
        plan: &'a Plan<'a>,
        progress: &mut dyn FnMut(Progress),
    ) -> Self {
        let properties: Vec<&'static str> =
            world.watch.monitors.iter().map(|monitor| monitor.name()).collect();
        let afterwards = if judges_rest(world) { BYTES_A_STATE } else { 0 };
        let prints = plan.representation == Representation::Fingerprints;
        let keeping = Keeping { parents: plan.traces, prints, afterwards };
        let search = Search::new(space, properties.len(), keeping, plan.reductions.partial_order);
        let mut exploring = Exploring { world, plan, search, properties };
        exploring.search(progress);
        exploring
    }

    fn search(&mut self, progress: &mut dyn FnMut(Progress)) {
        let Plan { order, caps, interrupt, .. } = *self.plan;
        let properties = &self.properties;
        let enough = |violated: u64| {
            let names = properties.iter().enumerate().filter(|(n, _)| violated >> n & 1 != 0);
            (self.plan.enough)(&names.map(|(_, &name)| name).collect::<Vec<_>>())
        };
        let enough = &enough;
        self.search.run(&mut Orders { order, caps, enough, interrupt, progress });
        self.search.settle();
    }

    /// Whether all states that were found are there, to look for ways between them.
    fn has_all(&self) -> bool {
        self.search.deepening.is_none() && !self.search.has_prints()
    }

    fn brought(mut self, see: Option<Visitor<'_, P>>) -> Exploration {
        if let Some(see) = see {
            assert!(self.has_all(), "there are not all states to be seen");
            for state in 0..self.search.visited.states.len() as u32 {
                let scene = self.search.space.scene(self.search.visited.states.get(state));
                see(&scene.locals.iter().map(|local| &local.node).collect::<Vec<_>>());
            }
        }
        let coverage = coverage(&self.search.space, self.world);
        let growth = match self.search.cut_short {
            None | Some(CutShort::Found) => Vec::new(),
            Some(CutShort::States | CutShort::Memory | CutShort::Interrupted) => {
                growth(&self.search.space, self.world)
            }
        };
        let mut hits: Vec<Hit> = Vec::new();
        for hit in &self.search.hits {
            if !hits.iter().any(|known| known.property == hit.property) {
                hits.push(*hit);
            }
        }
        if !self.plan.traces {
            hits.clear();
        }
        let mut violations: Vec<Counterexample> =
            hits.into_iter().map(|hit| self.counterexample(hit)).collect();
        let liveness = self.liveness(&mut violations);
        let mut violated: Vec<&'static str> =
            self.search.hits.iter().map(|hit| self.properties[hit.property]).collect();
        violated.extend(violations.iter().map(|found| found.violation.property));
        let mut seen = BTreeSet::new();
        violated.retain(|name| seen.insert(*name));
        let search = &self.search;
        let [crashes, drops, duplicates, partitions, cut] = search.natures;
        Exploration {
            bounds: self.plan.bounds,
            distinct: search.distinct(),
            forgotten: search.deepening.as_ref().map_or(0, Deepening::forgotten),
            fingerprints: search.has_prints(),
            transitions: search.transitions,
            depth: search.deep_at_most(),
            reductions: self.plan.reductions,
            alike: Vec::new(),
            cut_short: search.cut_short,
            unjudged: self.unjudged(),
            properties: self.properties,
            premises: search.premises.clone(),
            violated,
            violations,
            liveness,
            faults: Felt { crashes, drops, duplicates, partitions, cut },
            coverage,
            growth,
            local_steps: search.space.runs(),
            memory: search.bytes() as u64,
        }
    }

    /// What has to be judged where everybody rests, if that could not be.
    fn unjudged(&self) -> Vec<&'static str> {
        let monitors = self.world.watch.monitors.iter().filter(|_| !self.has_all());
        monitors.filter(|monitor| monitor.judges_rest()).map(|monitor| monitor.name()).collect()
    }

    /// If everything was seen: whether it all may end well. What does not is added to the
    /// violations.
    fn liveness(&mut self, violations: &mut Vec<Counterexample>) -> Option<Settling> {
        let is_whole = self.search.cut_short.is_none() && self.has_all();
        if !judges_rest(self.world) || !is_whole {
            return None;
        }
        let Ok(found) = liveness(&mut self.search, self.world, self.plan.interrupt) else {
            self.search.cut_short = Some(CutShort::Interrupted);
            return None;
        };
        for (mine, theirs) in self.search.premises.iter_mut().zip(&found.premises) {
            *mine += theirs;
        }
        if let (Some(doomed), true) = (found.doomed, self.plan.traces) {
            violations.extend(self.stuck(doomed, found.count));
        }
        Some(Settling { settled: found.settled, doomed: found.count })
    }

    /// What is wrong where a doomed state leads, one counterexample for each property.
    fn stuck(&mut self, doomed: u32, count: u64) -> Vec<Counterexample> {
        let Doom { way, circle } = doom(&mut self.search, doomed);
        let (mut walk, mut trail) = (Walk::new(self.world), Trail::new(&self.search));
        let mut actions = trail.follow(&mut self.search, doomed);
        actions.iter().for_each(|action| walk.go(action));
        let since = walk.last();
        let mut go = |walk: &mut Walk<'u, P>, steps: &[u32]| {
            for &to in steps {
                let action = trail.go(&mut self.search, (to, false));
                walk.go(&action);
                actions.push(action);
            }
            trail.round(steps.len())
        };
        go(&mut walk, &way);
        let mut rounds = vec![walk.last() + 1];
        // Once around may lead to the same but for who is who, and then it goes on.
        let mut around = if circle.is_empty() { Some(0) } else { None };
        while around.is_none() {
            around = go(&mut walk, &circle).filter(|&around| around <= rounds.len());
            rounds.push(walk.last() + 1);
        }
        let begins = rounds[rounds.len() - 1 - around.unwrap_or(0)];
        let ending = if circle.is_empty() { Ending::Quiet } else { Ending::Stalled };
        let scene = self.search.space.scene(trail.here());
        let stuck = Stuck { since, circle: (!circle.is_empty()).then_some(begins), doomed: count };
        let wrong = wrong(self.world, &scene, ending);
        let schedule = schedule(self.world, &actions, Some(ending));
        let shown = |(monitor, finding): (usize, Finding)| {
            let mut walk = walk.clone();
            walk.violated(self.properties[monitor], finding);
            let (trace, mut violations) = walk.finish();
            let violation = violations.pop().expect("it was just put there");
            let (stuck, schedule) = (Some(stuck), schedule.clone());
            Counterexample { violation, trace, stuck, schedule }
        };
        wrong.into_iter().map(shown).collect()
    }

    fn counterexample(&mut self, hit: Hit) -> Counterexample {
        let (mut walk, mut trail) = (Walk::new(self.world), Trail::new(&self.search));
        let mut actions = Vec::new();
        if let Some(state) = hit.state {
            actions = trail.follow(&mut self.search, state);
            actions.push(trail.violate(&mut self.search, hit.property));
        }
        actions.iter().for_each(|action| walk.go(action));
        let (trace, violations) = walk.finish();
        let name = self.properties[hit.property];
        let violation = violations.into_iter().find(|violation| violation.property == name);
        let violation = violation.expect("the path that was found is walked again");
        let schedule = schedule(self.world, &actions, None);
        Counterexample { violation, trace, stuck: None, schedule }
    }
}
