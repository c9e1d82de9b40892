use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::Arrival;
use crate::fingerprint;
use crate::ledger::Ledger;
use crate::monitor::{Ending, Judgement, Rest, Violation};
use crate::network::Weather;
use crate::node::{Flow, Input, Node};
use crate::protocol::{Event, Kinds, Outbox, Protocol, RequestId};
use crate::queue::Lane;
use crate::ratio::Ratio;
use crate::time::Nanos;
use crate::timed::due::{Due, Letter, Route};
use crate::timed::effects::HELD;
use crate::timed::outside::Outside;
use crate::timed::world::World;
use crate::topology::{HostId, ProcessId};
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
    out: Outbox<P>,
    reports: Vec<(ProcessId, P::Note)>,
    premises: Vec<u64>,
    interrupt: Option<&'w AtomicBool>,
    pub(crate) outside: Outside<'w, P>,
}

impl<'w, P: Protocol> Simulation<'w, P> {
    /// An executor for `world`.
    pub fn new(world: &'w World<P>) -> Self {
        let outside = Outside::new(world);
        let ids = || world.protocol.topology().ids();
        Simulation {
            nodes: ids().map(Node::new).collect(),
            inboxes: ids().map(|_| VecDeque::new()).collect(),
            out: Outbox::default(),
            reports: Vec::new(),
            premises: vec![0; outside.watch.monitors.len()],
            interrupt: None,
            outside,
        }
    }

    /// Runs one seed.
    pub fn run(&mut self, seed: u64) -> Outcome {
        self.reset(seed);
        let ending = self.live();
        self.judge(seed, ending)
    }

    /// Runs one seed and records everything that happens.
    pub fn record(&mut self, seed: u64) -> (Outcome, Trace) {
        self.outside.recorder.start(&self.outside.world.protocol);
        let outcome = self.run(seed);
        let trace = self.outside.recorder.finish().expect("it was started above");
        (outcome, trace)
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
    fn live(&mut self) -> Ending {
        self.schedule();
        for process in self.outside.world.protocol.topology().ids() {
            self.boot(process);
        }
        let limits = self.outside.world.limits;
        self.outside.script.healed = !self.outside.world.has_faults();
        while let Some((time, _, due)) = self.outside.queue.pop() {
            self.outside.now = Nanos(time);
            self.happen(due);
            let env = &self.outside;
            if env.step >= limits.steps {
                return Ending::OutOfSteps;
            }
            if env.script.healed && env.step > env.watch.last_note + limits.stall {
                return Ending::Stalled;
            }
            if env.step & INTERRUPT_MASK == 0
                && self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
            {
                return Ending::Interrupted;
            }
        }
        Ending::Quiet
    }

    fn schedule(&mut self) {
        let env = &mut self.outside;
        let world = env.world;
        for (index, scripted) in env.script.faults.iter().enumerate() {
            if let crate::fault::When::At(time) = scripted.when {
                env.queue.push(Lane::Soon, time.0, Due::Fault { index });
            }
        }
        if world.has_faults() {
            env.queue.push(Lane::Soon, world.faults.healing.0, Due::Heal);
        }
        if !world.workload.is_empty() {
            env.queue.push(Lane::Soon, 0, Due::NextRequest);
        }
    }

    fn happen(&mut self, due: Due<P>) {
        match due {
            Due::Message(letter) => self.arrive(letter),
            Due::Timer { process, timer } => {
                if self.can_take(process) {
                    self.timer(process, timer);
                } else {
                    self.nodes[process.index()].hold_timer(&timer, HELD);
                    self.hold(process, Due::Timer { process, timer });
                }
            }
            Due::Synced { process, incarnation } | Due::Chosen { process, incarnation, .. } => {
                let host = self.outside.host_of[process.index()];
                if self.outside.hosts[host.index()].incarnation != incarnation {
                    return;
                }
                if self.is_paused(host) {
                    // What the process waits for goes before what waits for the process.
                    self.held_up(host);
                    self.inboxes[process.index()].push_front(due);
                } else {
                    self.complete(process, due);
                }
            }
            Due::Request { process, .. } => {
                if self.can_take(process) {
                    self.serve(due);
                } else {
                    self.hold(process, due);
                }
            }
            Due::NextRequest => self.next_request(),
            Due::Fault { index } => self.inject(index),
            Due::Restart { host } => self.restart(host),
            Due::Resume { host, until } => self.resume(host, until),
            Due::Mend { index } => self.mend(index),
            Due::Heal => self.heal(),
        }
    }

    /// Whether a process takes an event now: it is up, its host moves, it waits for nothing.
    #[inline]
    fn can_take(&self, process: ProcessId) -> bool {
        let host = self.outside.host_of[process.index()];
        self.outside.hosts[host.index()].paused_until.is_none()
            && self.nodes[process.index()].idle()
    }

    pub(crate) fn is_paused(&self, host: HostId) -> bool {
        self.outside.hosts[host.index()].paused_until.is_some()
    }

    /// A pause was felt.
    fn held_up(&mut self, host: HostId) {
        let paused_by = self.outside.hosts[host.index()].paused_by.take();
        if let Some(index) = paused_by {
            self.outside.effective(crate::fault::FaultKind::Pause, index);
        }
    }

    fn hold(&mut self, process: ProcessId, due: Due<P>) {
        self.held_up(self.outside.host_of[process.index()]);
        self.inboxes[process.index()].push_back(due);
    }

    /// Hands a process what waits in its inbox, as far as it takes it.
    pub(crate) fn drain(&mut self, process: ProcessId) {
        while self.can_take(process) {
            let Some(due) = self.inboxes[process.index()].pop_front() else { return };
            match due {
                Due::Message(letter) => self.handle(letter),
                Due::Timer { timer, .. } => {
                    // It may have been cancelled, or set anew, while it waited.
                    if self.nodes[process.index()].timers().get(&timer) == Some(&HELD) {
                        self.timer(process, timer);
                    }
                }
                Due::Request { .. } => self.serve(due),
                Due::Synced { .. }
                | Due::Chosen { .. }
                | Due::NextRequest
                | Due::Fault { .. }
                | Due::Restart { .. }
                | Due::Resume { .. }
                | Due::Mend { .. }
                | Due::Heal => unreachable!("an idle process waits for no completion"),
            }
        }
    }

    fn arrive(&mut self, letter: Letter<P>) {
        let env = &mut self.outside;
        let (from, to) = (env.host_of[letter.from.index()], env.host_of[letter.to.index()]);
        let host = env.hosts[to.index()];
        let why = match letter.route {
            Route::Local { incarnation } if incarnation != host.incarnation => Some("crashed"),
            Route::Wire if env.wires.is_cut(from, to) => {
                env.stopped(from, to);
                Some("partition")
            }
            Route::Wire if !host.up => {
                env.ledger.refused += 1;
                env.missed(to);
                Some("down")
            }
            Route::Local { .. } | Route::Wire => None,
        };
        match why {
            Some(why) => {
                let content = fingerprint::mix(letter.content, why.len() as u64);
                self.outside.begin(content, Some(letter.cause), || Action::Undelivered {
                    from: letter.from.index(),
                    to: letter.to.index(),
                    message: letter.message.to_string(),
                    why,
                });
                self.outside.end();
            }
            None if self.can_take(letter.to) => self.handle(letter),
            None => self.hold(letter.to, Due::Message(letter)),
        }
    }

    /// A process handles a message.
    fn handle(&mut self, letter: Letter<P>) {
        let Letter { from, to, message, content, depth, era, cause, route } = letter;
        let env = &mut self.outside;
        env.me = to;
        env.clock.join(to, depth, era);
        if route == Route::Wire {
            env.ledger.delivered += 1;
        }
        let (sender, receiver) = (from.index(), to.index());
        env.begin(content, Some(cause), || Action::Deliver {
            from: sender,
            to: receiver,
            message: message.to_string(),
        });
        let kind = message.kind();
        let flow = self.step(to, Input::Event(Event::Message { from, message }));
        self.after(to, flow, |env| env.delivered(kind, from));
    }

    fn timer(&mut self, process: ProcessId, timer: P::Timer) {
        let content = fingerprint::of(&(1u8, process, &timer));
        self.outside.begin(content, None, || Action::Timer {
            process: process.index(),
            timer: timer.to_string(),
        });
        let flow = self.step(process, Input::Event(Event::Timer(timer)));
        self.after(process, flow, |_| Flow::Continue);
    }

    /// What a process has waited for is there.
    pub(crate) fn complete(&mut self, process: ProcessId, due: Due<P>) {
        let at = process.index();
        let (input, content) = match due {
            Due::Chosen { answer, .. } => {
                let content = fingerprint::of(&(2u8, process, answer));
                let action = || Action::Chosen { process: at, answer };
                self.outside.begin(content, None, action);
                (Input::Event(Event::Chosen(answer)), content)
            }
            _ => {
                let content = fingerprint::of(&(3u8, process));
                self.outside.begin(content, None, || Action::Synced { process: at });
                (Input::Synced, content)
            }
        };
        debug_assert_ne!(content, 0);
        let flow = self.step(process, input);
        self.after(process, flow, |_| Flow::Continue);
    }

    fn next_request(&mut self) {
        let env = &mut self.outside;
        let world = env.world;
        let id = RequestId(env.client.next);
        env.client.next += 1;
        env.client.patience = None;
        let request = world.workload.request(id, &mut env.streams.workload);
        let process = world.protocol.door(&request);
        if env.client.open.is_empty() {
            env.clock.restart();
            env.client.overlap = false;
        } else {
            env.client.overlap = true;
        }
        env.ledger.requests += 1;
        if env.client.next < world.workload.len() {
            match world.arrival {
                Arrival::AtOnce => drop(env.queue.push(Lane::Soon, env.now.0, Due::NextRequest)),
                Arrival::Spaced(gap) => {
                    let gap = gap.draw(&mut env.streams.workload);
                    env.queue.push(Lane::Soon, (env.now + gap).0, Due::NextRequest);
                }
                Arrival::Sequential { patience } => {
                    let ticket =
                        env.queue.push(Lane::Later, (env.now + patience).0, Due::NextRequest);
                    env.client.patience = Some((id, ticket));
                }
            }
        }
        let host = env.host_of[process.index()];
        if env.hosts[host.index()].up {
            env.client.open.insert(id, (env.now, process));
            self.happen(Due::Request { process, id, request });
        } else {
            env.ledger.requests_refused += 1;
            env.missed(host);
            let content = fingerprint::of(&(4u8, process, id));
            env.begin(content, None, || Action::Refused {
                process: process.index(),
                request: request.to_string(),
            });
            env.end();
        }
    }

    fn serve(&mut self, due: Due<P>) {
        let Due::Request { process, id, request } = due else {
            unreachable!("only requests are served")
        };
        let content = fingerprint::of(&(5u8, process, id, &request));
        self.outside.begin(content, None, || Action::Request {
            process: process.index(),
            request: request.to_string(),
        });
        let flow = self.step(process, Input::Event(Event::Request { id, request }));
        self.after(process, flow, |_| Flow::Continue);
    }

    pub(crate) fn step(&mut self, process: ProcessId, input: Input<P>) -> Flow {
        self.outside.me = process;
        let world = self.outside.world;
        let node = &mut self.nodes[process.index()];
        node.step(&world.protocol, input, &mut self.out, &mut self.outside)
    }

    /// Ends a step: the node may have died in it or right after it, other faults may be due, and
    /// the inbox may hold what it can take now.
    pub(crate) fn after(
        &mut self,
        process: ProcessId,
        flow: Flow,
        trigger: impl FnOnce(&mut Outside<'w, P>) -> Flow,
    ) {
        let env = &mut self.outside;
        if flow == Flow::Crash {
            env.recorder.effect(|| crate::trace::Done::CutShort);
        }
        let dies = flow == Flow::Crash || trigger(env) == Flow::Crash;
        env.end();
        if dies {
            let index = env.script.dying.take().expect("a dying process has a cause");
            self.inject(index);
        }
        while let Some(index) = self.outside.script.pending.pop() {
            self.inject(index);
        }
        if !self.inboxes[process.index()].is_empty() {
            self.drain(process);
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
        let mut unknown = Vec::new();
        for index in 0..self.premises.len() {
            let watch = &mut self.outside.watch;
            if watch.active & 1 << index != 0 {
                match watch.monitors[index].at_rest(&rest) {
                    Judgement::Fine => {}
                    Judgement::Violated(finding) => self.outside.violated(index, finding),
                    Judgement::Unknown(why) => unknown.push((watch.monitors[index].name(), why)),
                }
            }
            self.premises[index] += self.outside.watch.monitors[index].premises();
        }
        let env = &mut self.outside;
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

/// Something stretched by nothing is itself.
const _: () = assert!(Ratio::ONE.num == Ratio::ONE.den);
