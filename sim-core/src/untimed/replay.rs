//! A path of actions as a trace.

use std::collections::BTreeMap;

use crate::fingerprint::{self, mix};
use crate::monitor::{Finding, Violation};
use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::trace::{self, Done, Fated, Step, Trace};
use crate::untimed::action::{Action, Loss};
use crate::untimed::local::{Death, Local};
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::world::Untimed;

/// A path, as it is walked.
#[derive(Clone)]
pub(crate) struct Walk<'u, P: Protocol> {
    pub(crate) plain: Plain<'u, P>,
    pub(crate) state: State<P>,
    trace: Trace,
    now: Nanos,
    pub(crate) violations: Vec<Violation>,
    /// The step that sent what is in flight: by receiver, sender and message.
    sent: BTreeMap<(ProcessId, u32), u64>,
}

impl<'u, P: Protocol> Walk<'u, P> {
    /// A walk at its beginning.
    pub(crate) fn new(world: &'u Untimed<P>) -> Walk<'u, P> {
        let mut plain = Plain::new(world);
        let (state, after) = plain.first();
        let topology = world.topology();
        let trace = Trace { timed: false, ..Trace::of(topology) };
        let (now, violations, sent) = (Nanos::ZERO, Vec::new(), BTreeMap::new());
        let mut walk = Walk { plain, state, trace, now, violations, sent };
        for process in topology.ids() {
            let effects = Local::new(process).effects(&world.laws(), &Input::Boot, None);
            let action = trace::Action::Boot { process: process.index(), again: false, records: 0 };
            walk.push(action, None, effects);
        }
        for to in topology.ids() {
            for &letter in walk.state.mail[to.index()].letters() {
                let (from, _) = walk.plain.letters[to.index()].get(letter);
                walk.sent.insert((to, letter), u64::from(from.0));
            }
        }
        walk.found(after);
        walk
    }

    /// One action further, which can happen there.
    pub(crate) fn go(&mut self, action: &Action<P>) {
        let world = self.plain.world;
        let step = self.trace.steps.len() as u64;
        match action {
            Action::Step { process, input, death, neighbours, .. } => {
                let mut local = self.state.locals[process.index()].clone();
                if let Input::Event(Event::Timer(timer)) = input {
                    let span = local.clock.get(timer).copied().unwrap_or(Nanos::ZERO);
                    self.now = self.now + span;
                    local.wait(span);
                }
                let effects = local.effects(&world.laws(), input, *death);
                let cause = self.cause(*process, input);
                self.push(self.taken(*process, input), cause, effects);
                if let Some(death) = death {
                    let mut deaths = vec![(*process, *death)];
                    deaths.extend(neighbours);
                    self.crash(world.hosts[process.index()].index(), &deaths);
                }
            }
            Action::Lose { from, to, message, why } => {
                let letter = self.plain.letters[to.index()].intern((*from, message.clone())).0;
                let cause = self.sent.get(&(*to, letter)).copied();
                let why = match why {
                    Loss::Dropped => "lost",
                    Loss::Down => "down",
                    Loss::Cut => "partition",
                };
                let (from, to, message) = (from.index(), to.index(), message.to_string());
                let lost = trace::Action::Undelivered { from, to, message, why };
                self.push(lost, cause, Vec::new());
            }
            Action::Refuse { index } => {
                let (process, request) = &world.requests[*index];
                let (process, request) = (process.index(), request.to_string());
                self.push(trace::Action::Refused { process, request }, None, Vec::new());
            }
            Action::Crash { host, deaths } => self.crash(host.index(), deaths),
            Action::Part { cut } => {
                let to: Vec<usize> = world.cuts.group(*cut).collect();
                let hosts = 0..world.residents.len();
                let from = hosts.filter(|host| !to.contains(host)).collect();
                let parted = trace::Action::Partition { from, to, both_ways: true };
                self.push(parted, None, Vec::new());
            }
            Action::Mend => self.push(trace::Action::Mend, None, Vec::new()),
        }
        let (state, after) = self.plain.apply(&self.state, action);
        self.remember_sends(step, &state);
        self.state = state;
        self.found(after);
    }

    /// What was done so far, in 16 bits.
    pub(crate) fn mark(&self) -> u16 {
        self.trace.steps.last().map_or(0, |step| (step.chain >> 48) as u16)
    }

    /// A step as text.
    pub(crate) fn text(&self, step: u64) -> String {
        let step = self.trace.steps.get(step as usize);
        step.map_or_else(String::new, |step| self.trace.action_text(&step.action))
    }

    /// What was recorded so far.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.trace.steps
    }

    /// The number of the last step.
    pub(crate) fn last(&self) -> u64 {
        (self.trace.steps.len() as u64).saturating_sub(1)
    }

    /// What was recorded.
    pub(crate) fn finish(self) -> (Trace, Vec<Violation>) {
        (self.trace, self.violations)
    }

    /// Something is wrong with how it ended.
    pub(crate) fn violated(&mut self, property: &'static str, finding: Finding) {
        let step = self.last();
        if let Some(last) = self.trace.steps.last_mut() {
            last.effects.push(Done::Violated(property, finding.summary.clone()));
        }
        self.violations.push(Violation { property, step, at: self.now, finding });
    }

    fn found(&mut self, after: Aftermath) {
        for (monitor, finding) in after.findings {
            let property = self.state.watch.monitors[monitor].name();
            self.violated(property, finding);
        }
    }

    fn push(&mut self, action: trace::Action, cause: Option<u64>, mut effects: Vec<Done>) {
        let text = self.trace.action_text(&action);
        let content = fingerprint::of(text.as_str());
        let chain = mix(self.trace.steps.last().map_or(0, |step| step.chain), content);
        let (index, mark) = (self.trace.steps.len() as u64, (content >> 48) as u16);
        self.settle_local_sends(&action, &mut effects);
        let at = self.now;
        self.trace.steps.push(Step { index, at, cause, action, effects, chain, mark });
    }

    /// What is sent within a host is free and instant.
    fn settle_local_sends(&self, action: &trace::Action, effects: &mut [Done]) {
        let Some(actor) = action.actor() else { return };
        let hosts = &self.plain.world.hosts;
        for done in effects {
            if let Done::Sent { to, fate, .. } = done
                && hosts[*to] == hosts[actor]
            {
                *fate = Fated::Local;
            }
        }
    }

    fn crash(&mut self, host: usize, deaths: &[(ProcessId, Death)]) {
        let logs =
            deaths.iter().map(|(p, death)| (p.index(), death.unsynced, death.kept)).collect();
        self.push(trace::Action::Crash { host, logs }, None, Vec::new());
    }

    fn cause(&mut self, to: ProcessId, input: &Input<P>) -> Option<u64> {
        match input {
            Input::Event(Event::Message { from, message }) => {
                let letter = self.plain.letters[to.index()].intern((*from, message.clone())).0;
                self.sent.get(&(to, letter)).copied()
            }
            Input::Boot | Input::Synced | Input::Event(_) => None,
        }
    }

    fn taken(&self, process: ProcessId, input: &Input<P>) -> trace::Action {
        let at = process.index();
        match input {
            Input::Boot => {
                let records = self.state.locals[at].node.log().records().len();
                trace::Action::Boot { process: at, again: true, records }
            }
            Input::Synced => trace::Action::Synced { process: at },
            Input::Event(Event::Message { from, message }) => {
                let (from, message) = (from.index(), message.to_string());
                trace::Action::Deliver { from, to: at, message }
            }
            Input::Event(Event::Timer(timer)) => {
                trace::Action::Timer { process: at, timer: timer.to_string() }
            }
            Input::Event(Event::Request { request, .. }) => {
                trace::Action::Request { process: at, request: request.to_string() }
            }
            Input::Event(Event::Chosen(answer)) => {
                trace::Action::Chosen { process: at, answer: *answer }
            }
        }
    }

    /// What is newly in flight was sent by that step.
    fn remember_sends(&mut self, step: u64, next: &State<P>) {
        for (to, (old, new)) in self.state.mail.iter().zip(&next.mail).enumerate() {
            for letter in new.letters().iter().filter(|letter| !old.letters().contains(letter)) {
                self.sent.insert((ProcessId(to as u16), *letter), step);
            }
        }
    }
}
