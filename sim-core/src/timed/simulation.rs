use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fault::When;
use crate::fingerprint::{self, mix};
use crate::ledger::Ledger;
use crate::monitor::{Ending, Judgement, Rest, Violation};
use crate::network::Weather;
use crate::node::Node;
use crate::protocol::{Outbox, Protocol};
use crate::time::Nanos;
use crate::timed::directions::Directions;
use crate::timed::due::Due;
use crate::timed::outside::Outside;
use crate::timed::world::{Monitors, World};
use crate::topology::ProcessId;
use crate::trace::{Action, Trace};

/// How often a run looks whether it shall end: every so many steps, a power of two, less one.
const INTERRUPT_MASK: u64 = (1 << 14) - 1;

/// How one run went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// How many steps it took.
    pub steps: u64,
    /// When the last step was.
    pub end: Nanos,
    /// How it ended.
    pub ending: Ending,
    /// Fingerprint of everything that happened and when.
    pub fingerprint: u64,
    /// Fingerprint of what happened in which order, without times.
    pub behaviour: u64,
    /// The properties that it violates.
    pub violations: Vec<Violation>,
    /// The properties that it was too short to judge, and why.
    pub unknown: Vec<(&'static str, String)>,
}

/// The timed executor for one world. It runs seed after seed, reusing its memory; the ledger and
/// the premises of the monitors add up over the runs.
pub struct Simulation<'w, P: Protocol> {
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) inboxes: Vec<VecDeque<Due<P>>>,
    pub(crate) out: Outbox<P>,
    reports: Vec<(ProcessId, P::Note)>,
    premises: Vec<u64>,
    interrupt: Option<&'w AtomicBool>,
    /// Whether an inbox is being emptied.
    pub(crate) draining: bool,
    /// Processes whose recovery is not over, by number.
    pub(crate) recovering: Vec<bool>,
    pub(crate) outside: Outside<'w, P>,
}

impl<'w, P: Protocol> Simulation<'w, P> {
    /// An executor for `world`.
    pub fn new(world: &'w World<P>) -> Self {
        Simulation::watched(world, (world.monitors)(&world.protocol))
    }

    /// The same with these monitors in place of the world's.
    pub(crate) fn watched(world: &'w World<P>, monitors: Monitors<P>) -> Self {
        let outside = Outside::new(world, monitors);
        let ids = || world.protocol.topology().ids();
        Simulation {
            nodes: ids().map(Node::new).collect(),
            inboxes: ids().map(|_| VecDeque::new()).collect(),
            out: Outbox::default(),
            reports: Vec::new(),
            premises: vec![0; outside.watch.monitors.len()],
            interrupt: None,
            draining: false,
            recovering: ids().map(|_| false).collect(),
            outside,
        }
    }

    /// Runs one seed.
    pub fn run(&mut self, seed: u64) -> Outcome {
        self.observe(seed, |_| ())
    }

    /// Runs one seed and shows the nodes after every event.
    pub fn observe(&mut self, seed: u64, see: impl FnMut(&[Node<P>])) -> Outcome {
        self.reset(seed);
        let ending = self.live(see);
        self.judge(seed, ending)
    }

    /// Runs one seed and records everything that happens.
    pub fn record(&mut self, seed: u64) -> (Outcome, Trace) {
        self.outside.recorder.start(&self.outside.world.protocol);
        let outcome = self.run(seed);
        let trace = self.outside.recorder.finish().expect("it was started above");
        (outcome, trace)
    }

    /// Runs that seed as it is told, and records everything that happens.
    pub(crate) fn direct(&mut self, seed: u64, directions: Directions<P>) -> (Outcome, Trace) {
        self.outside.directions = Some(Box::new(directions));
        let recorded = self.record(seed);
        self.outside.directions = None;
        recorded
    }

    /// The fingerprint chain of the last run, after each of its first 65,536 steps.
    pub fn chains(&self) -> &[u64] {
        &self.outside.prints.chains
    }

    /// The costs of all runs so far.
    pub fn ledger(&self) -> &Ledger {
        &self.outside.ledger
    }

    /// The names of the properties that are checked.
    pub fn properties(&self) -> Vec<&'static str> {
        self.outside.watch.monitors.iter().map(|monitor| monitor.name()).collect()
    }

    /// How often each property had something to judge, over all runs so far.
    pub fn premises(&self) -> &[u64] {
        &self.premises
    }

    /// Ends runs early once `flag` is set: [`Ending::Interrupted`].
    pub fn interrupted_by(&mut self, flag: &'w AtomicBool) {
        self.interrupt = Some(flag);
    }

    /// Takes the chain of the last run away, so that another run can be compared with it.
    pub(crate) fn take_chains(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.outside.prints.chains)
    }

    /// Empties the ledger and the premises.
    pub fn forget(&mut self) {
        self.outside.ledger.clear();
        self.premises.fill(0);
    }

    /// The nodes, as the last run left them.
    pub fn nodes(&self) -> &[Node<P>] {
        &self.nodes
    }

    fn reset(&mut self, seed: u64) {
        self.nodes.iter_mut().for_each(Node::reset);
        self.inboxes.iter_mut().for_each(VecDeque::clear);
        self.reports.clear();
        self.draining = false;
        self.recovering.fill(false);
        let env = &mut self.outside;
        env.reset(seed);
        let world = env.world;
        let plan = &world.faults;
        let mut weather = Weather::FAIR;
        if plan.swarm.kinds().next().is_some() {
            let (stream, script) = (&mut env.streams.faults, &mut env.script.faults);
            let topology = world.protocol.topology();
            let chances = plan.swarm.draw(topology, plan.healing, stream, script);
            let [loss, duplication, reorder] = chances;
            weather = Weather { loss, duplication, reorder, hold: plan.swarm.span };
        }
        env.wires.restore(&world.network);
        env.wires.reset(weather);
        env.script.arm();
    }

    /// The safety phase and the liveness phase.
    fn live(&mut self, mut see: impl FnMut(&[Node<P>])) -> Ending {
        self.schedule();
        for process in self.outside.world.protocol.topology().ids() {
            self.boot(process);
        }
        see(&self.nodes);
        let limits = self.outside.world.limits;
        self.outside.script.healed = !self.outside.world.has_faults();
        let mut looked = 0;
        while !self.outside.is_over()
            && let Some((time, due)) = self.outside.queue.pop()
        {
            self.outside.now = Nanos(time);
            self.happen(due);
            see(&self.nodes);
            let env = &self.outside;
            if env.step >= limits.steps || env.queue.is_crowded() {
                return Ending::OutOfSteps;
            }
            if env.script.healed && env.step > env.watch.last_news.max(looked) + limits.stall {
                if self.nothing_old_is_under_way() {
                    return Ending::Stalled;
                }
                looked = self.outside.step;
            }
            let env = &self.outside;
            if env.step & INTERRUPT_MASK == 0
                && self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
            {
                return Ending::Interrupted;
            }
        }
        self.outside.directions.as_ref().map_or(Ending::Quiet, |directions| directions.ending)
    }

    /// Whether all that is under way was begun after the last news: no process waits for its disk,
    /// and no message is older. What still happens is then repetition.
    fn nothing_old_is_under_way(&self) -> bool {
        let news = self.outside.watch.last_news;
        let at_rest = |node: &Node<P>| node.state().is_none() || node.idle();
        self.nodes.iter().all(at_rest)
            && self.inboxes.iter().all(VecDeque::is_empty)
            && self.outside.queue.payloads().all(|due| match due {
                Due::Message(letter) => letter.cause > news,
                Due::Timer { .. } => true,
                Due::Completed { .. }
                | Due::Request { .. }
                | Due::NextRequest
                | Due::Fault { .. }
                | Due::Restart { .. }
                | Due::Resume { .. }
                | Due::Mend { .. }
                | Due::Heal => false,
            })
    }

    fn schedule(&mut self) {
        let env = &mut self.outside;
        let world = env.world;
        for (index, scripted) in env.script.faults.iter().enumerate() {
            if let When::At(time) = scripted.when {
                env.queue.push(time.0, Due::Fault { index });
            }
        }
        if world.has_faults() {
            env.queue.push(world.faults.healing.0, Due::Heal);
        }
        let first = match &env.directions {
            Some(directions) => directions.next_request(),
            None => (!world.workload.is_empty()).then_some(Nanos::ZERO),
        };
        if let Some(at) = first {
            env.queue.push(at.0, Due::NextRequest);
        }
    }

    fn judge(&mut self, seed: u64, ending: Ending) -> Outcome {
        let protocol = &self.outside.world.protocol;
        let mut say = Vec::new();
        for node in &self.nodes {
            if let Some(state) = node.state() {
                protocol.report(node.id(), state, &mut say);
                self.reports.extend(say.drain(..).map(|note| (node.id(), note)));
            }
        }
        let down: Vec<bool> = self.nodes.iter().map(|node| node.state().is_none()).collect();
        let rest = Rest {
            reports: &self.reports,
            down: &down,
            ending,
            disturbed: self.outside.script.disturbed,
            topology: protocol.topology(),
        };
        // What everybody is left with belongs to the last step.
        let prints = &mut self.outside.prints;
        prints.chain = mix(prints.chain, fingerprint::of(&self.reports));
        self.outside.recorder.end(prints.chain);
        let mut unknown = Vec::new();
        for index in 0..self.premises.len() {
            let watch = &mut self.outside.watch;
            if watch.active & 1 << index != 0 {
                let judgement = watch.monitors[index].at_rest(&rest);
                debug_assert!(
                    judgement == Judgement::Fine || watch.monitors[index].judges_rest(),
                    "{} judges the rest, and must say so",
                    watch.monitors[index].name()
                );
                match judgement {
                    Judgement::Fine => {}
                    Judgement::Violated(finding) => self.outside.violated(index, finding),
                    Judgement::Unknown(why) => unknown.push((watch.monitors[index].name(), why)),
                }
            }
            self.premises[index] += self.outside.watch.monitors[index].premises();
        }
        let env = &mut self.outside;
        env.intervals.end(&mut env.ledger);
        if env.world.workload.len() == 1 {
            env.ledger.last_effect(env.clock.deepest);
        }
        Outcome {
            seed,
            steps: env.step,
            end: env.now,
            ending,
            fingerprint: env.prints.chain,
            behaviour: env.prints.behaviour,
            violations: std::mem::take(&mut env.watch.violations),
            unknown,
        }
    }
}

impl<P: Protocol> Outside<'_, P> {
    /// Whether a path that it goes along ends here.
    #[inline]
    fn is_over(&self) -> bool {
        self.directions.as_ref().is_some_and(|directions| self.step >= directions.steps)
    }

    /// A step begins.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        content: u64,
        cause: Option<u64>,
        action: impl FnOnce() -> Action,
    ) {
        self.prints.action(self.now, content);
        self.recorder.begin((self.step, self.now, content), cause, action);
    }

    /// A step ends.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.prints.end_step();
        self.recorder.end(self.prints.chain);
        self.step += 1;
    }
}
