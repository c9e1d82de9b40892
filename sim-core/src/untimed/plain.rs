//! The world as it is written down: states are cloned, compared and hashed whole.
//!
//! Slow and plain, it is what the [collapsed](super::collapsed) space must agree with, and what
//! counterexamples are replayed in.

use crate::monitor::Finding;
use crate::node::Input;
use crate::protocol::{Event, Kinds, Protocol};
use crate::time::Nanos;
use crate::topology::{HostId, ProcessId};
use crate::untimed::action::{Action, Loss, combinations, hurries};
use crate::untimed::bounds::Timers;
use crate::untimed::intern::Interner;
use crate::untimed::local::{Death, Local, Reaction, Sight};
use crate::untimed::mail::{LetterId, Mail};
use crate::untimed::space::Nature;
use crate::untimed::tally::Tally;
use crate::untimed::watch::Watch;
use crate::untimed::world::Untimed;

/// A state of the world.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct State<P: Protocol> {
    pub(crate) locals: Vec<Local<P>>,
    pub(crate) mail: Vec<Mail>,
    pub(crate) tally: Tally,
    pub(crate) watch: Watch<P>,
}

/// Letters by number, for each receiver.
pub(crate) type Letters<P> = Vec<Interner<(ProcessId, <P as Protocol>::Message)>>;

/// The plain world: what can happen in a state, and what comes of it.
#[derive(Clone)]
pub(crate) struct Plain<'u, P: Protocol> {
    pub(crate) world: &'u Untimed<P>,
    pub(crate) letters: Letters<P>,
    /// How often a protocol's code was run.
    pub(crate) runs: u64,
}

/// What else came of an action.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aftermath {
    /// The properties that it violates, and how.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// Monitors whose premise came true, a bit each.
    pub(crate) premises: u64,
    /// Whether a message ran into a partition.
    pub(crate) cut: bool,
    /// Who sent a message into one, and its kind.
    pub(crate) stopped: Vec<(ProcessId, usize)>,
}

impl<'u, P: Protocol> Plain<'u, P> {
    pub(crate) fn new(world: &'u Untimed<P>) -> Plain<'u, P> {
        let letters = world.topology().ids().map(|_| Interner::default()).collect();
        Plain { world, letters, runs: 0 }
    }

    /// The first state, in which everybody has started, and what the monitors say of that.
    pub(crate) fn first(&mut self) -> (State<P>, Aftermath) {
        let ids = self.world.topology().ids();
        let mut state = State {
            locals: ids.clone().map(Local::new).collect(),
            mail: ids.clone().map(|_| Mail::default()).collect(),
            tally: self.world.tally(),
            watch: self.world.watch.clone(),
        };
        let mut after = Aftermath::default();
        for process in ids {
            let started = state.locals[process.index()].react(&self.world.laws(), &Input::Boot);
            let started = started.into_iter().next().expect("the first is that it completes");
            self.take(&mut state, process, started, &mut after);
        }
        (state, after)
    }

    /// All that can happen.
    pub(crate) fn actions(&self, state: &State<P>) -> Vec<Action<P>> {
        let mut actions = Vec::new();
        for process in self.world.topology().ids() {
            self.own_steps(state, process, &mut actions);
            self.deliveries(state, process, &mut actions);
        }
        self.requests(state, &mut actions);
        self.timers(state, &mut actions);
        self.faults(state, &mut actions);
        actions
    }

    /// What comes of an action that can happen.
    pub(crate) fn apply(&mut self, state: &State<P>, action: &Action<P>) -> (State<P>, Aftermath) {
        let mut next = state.clone();
        let after = self.advance(&mut next, action);
        (next, after)
    }

    /// An action that can happen does.
    pub(crate) fn advance(&mut self, next: &mut State<P>, action: &Action<P>) -> Aftermath {
        let mut after = Aftermath::default();
        // Of a crash, it is among what is seen of each death.
        let fault = action.nature();
        if fault.is_fault() && (!fault.has(Nature::CRASH) || fault.has(Nature::DUPLICATE)) {
            self.show(next, ProcessId(0), &[Sight::Disturbed], &mut after);
        }
        match action {
            Action::Step { process, input, copy, death, neighbours } => {
                self.step(next, (*process, input, *copy), *death, &mut after);
                if death.is_some() {
                    next.tally.left.crashes -= 1;
                    self.crash(next, neighbours, &mut after);
                    self.bury(next, self.world.hosts[process.index()]);
                }
            }
            Action::Lose { from, to, message, why } => {
                let letter = self.letter(*from, *to, message);
                next.mail[to.index()].remove(letter);
                match why {
                    Loss::Dropped => next.tally.left.drops -= 1,
                    Loss::Down => {}
                    Loss::Cut => after.cut = true,
                }
            }
            Action::Refuse { index } => next.tally.asked |= 1 << index,
            Action::Crash { host, deaths } => {
                next.tally.left.crashes -= 1;
                self.crash(next, deaths, &mut after);
                self.bury(next, *host);
            }
            Action::Part { cut } => {
                next.tally.left.partitions -= 1;
                next.tally.cut = Some(*cut);
            }
            Action::Mend => next.tally.cut = None,
        }
        after
    }

    /// Whether an action is a fault that monitors are to be told of; of a crash they are where it
    /// happens.
    fn letter(&mut self, from: ProcessId, to: ProcessId, message: &P::Message) -> LetterId {
        self.letters[to.index()].intern((from, message.clone())).0
    }

    fn sender(&self, to: ProcessId) -> impl Fn(LetterId) -> ProcessId + '_ {
        move |letter| self.letters[to.index()].get(letter).0
    }

    /// `input` is taken, and the process dies or not.
    fn step(
        &mut self,
        next: &mut State<P>,
        (process, input, copy): (ProcessId, &Input<P>, bool),
        death: Option<Death>,
        after: &mut Aftermath,
    ) {
        let at = process.index();
        match input {
            Input::Event(Event::Message { from, message }) => {
                if copy {
                    next.tally.left.duplicates -= 1;
                } else if self.world.consumes() {
                    let letter = self.letter(*from, process, message);
                    next.mail[at].remove(letter);
                }
            }
            Input::Event(Event::Request { id, .. }) => next.tally.asked |= 1 << id.0,
            Input::Event(Event::Timer(timer)) => {
                let span = next.locals[at].clock.get(timer).copied().unwrap_or(Nanos::ZERO);
                next.locals.iter_mut().for_each(|local| local.wait(span));
            }
            Input::Boot | Input::Synced | Input::Event(Event::Chosen(_)) => {}
        }
        let (local, laws) = (&next.locals[at], &self.world.laws());
        let reactions = match death {
            None => vec![local.survive(laws, input)],
            Some(_) => local.react(laws, input),
        };
        self.runs += reactions.len() as u64;
        let wanted = |reaction: &Reaction<P>| reaction.death == death;
        let reaction = reactions.into_iter().find(wanted).expect("an action that can happen");
        self.take(next, process, reaction, after);
    }

    /// Residents of a crashed host die, with what is left of their logs.
    fn crash(&mut self, next: &mut State<P>, deaths: &[(ProcessId, Death)], after: &mut Aftermath) {
        for (process, death) in deaths {
            let reactions = next.locals[process.index()].deaths(&self.world.laws());
            let wanted = |reaction: &Reaction<P>| reaction.death == Some(*death);
            let reaction = reactions.into_iter().find(wanted).expect("an action that can happen");
            self.take(next, *process, reaction, after);
        }
    }

    /// What is in flight within a host that crashed is gone, and so is, if nobody comes back, what
    /// is in flight to it.
    fn bury(&self, next: &mut State<P>, host: HostId) {
        for process in &self.world.residents[usize::from(host.0)] {
            let sender = self.sender(*process);
            let lives =
                |letter| self.world.bounds.restarts && !self.world.local(sender(letter), *process);
            next.mail[process.index()].retain(lives);
        }
    }

    /// A reaction becomes a part of the state.
    fn take(
        &mut self,
        next: &mut State<P>,
        process: ProcessId,
        reaction: Reaction<P>,
        after: &mut Aftermath,
    ) {
        let Reaction { local, sends, sights, .. } = reaction;
        next.locals[process.index()] = local;
        for (to, message) in sends {
            if self.world.parted(next.tally.cut, process, to) {
                after.cut = true;
                after.stopped.push((process, message.kind()));
                continue;
            }
            if !self.world.bounds.restarts && next.locals[to.index()].dead {
                continue;
            }
            let letter = self.letter(process, to, &message);
            let sender = self.sender(to);
            next.mail[to.index()].add(self.world.bounds.network, letter, sender);
        }
        self.show(next, process, &sights, after);
    }

    fn show(
        &self,
        next: &mut State<P>,
        by: ProcessId,
        sights: &[Sight<P::Note>],
        after: &mut Aftermath,
    ) {
        let watched = next.watch.show(by, sights, self.world.topology());
        after.findings.extend(watched.findings);
        after.premises |= watched.premises;
    }

    fn own_steps(&self, state: &State<P>, process: ProcessId, actions: &mut Vec<Action<P>>) {
        for input in state.locals[process.index()].own_inputs(&self.world.laws()) {
            self.steps(state, process, input, actions);
        }
    }

    fn deliveries(&self, state: &State<P>, to: ProcessId, actions: &mut Vec<Action<P>>) {
        let (local, network) = (&state.locals[to.index()], self.world.bounds.network);
        for letter in state.mail[to.index()].next(network, self.sender(to)) {
            let (from, message) = self.letters[to.index()].get(letter).clone();
            if self.world.parted(state.tally.cut, from, to) {
                if self.world.consumes() {
                    actions.push(Action::Lose { from, to, message, why: Loss::Cut });
                }
            } else if local.is_down() {
                if self.world.consumes() {
                    actions.push(Action::Lose { from, to, message, why: Loss::Down });
                }
            } else if local.node.idle() {
                let input = Input::Event(Event::Message { from, message });
                self.steps(state, to, input, actions);
            }
        }
    }

    fn requests(&self, state: &State<P>, actions: &mut Vec<Action<P>>) {
        for index in self.world.due(state.tally.asked) {
            let process = self.world.requests[index].0;
            let local = &state.locals[process.index()];
            if local.is_down() {
                actions.push(Action::Refuse { index });
            } else if local.node.idle() {
                self.steps(state, process, self.world.request(index), actions);
            }
        }
    }

    /// Timers that may run out, given all that can happen but faults.
    fn timers(&self, state: &State<P>, actions: &mut Vec<Action<P>>) {
        let all = || {
            self.world.topology().ids().flat_map(|process| {
                let timers = state.locals[process.index()].timers();
                timers.map(move |(timer, left)| (process, timer.clone(), left))
            })
        };
        let nearest = match self.world.bounds.timers {
            Timers::Any => Some(Nanos::MAX),
            Timers::Quiescent if actions.iter().any(hurries) => None,
            Timers::Quiescent => all().map(|(_, _, left)| left).min(),
        };
        for (process, timer, left) in all() {
            if nearest.is_some_and(|nearest| left <= nearest) {
                let input = Input::Event(Event::Timer(timer));
                // What is left of the other timers does not matter to what a process may do.
                self.steps(state, process, input, actions);
            }
        }
    }

    /// A process takes `input`, to the end or not.
    fn steps(
        &self,
        state: &State<P>,
        process: ProcessId,
        input: Input<P>,
        actions: &mut Vec<Action<P>>,
    ) {
        let left = &state.tally.left;
        let travels = match &input {
            Input::Event(Event::Message { from, .. }) => !self.world.local(*from, process),
            Input::Boot | Input::Synced | Input::Event(_) => false,
        };
        let mut local = state.locals[process.index()].clone();
        if let Input::Event(Event::Timer(timer)) = &input {
            local.wait(local.clock.get(timer).copied().unwrap_or(Nanos::ZERO));
        }
        for reaction in local.react(&self.world.laws(), &input) {
            let death = reaction.death;
            if death.is_some() && left.crashes == 0 {
                continue;
            }
            let host = self.world.hosts[process.index()];
            let all = match death {
                None => vec![Vec::new()],
                Some(_) => self.deaths_on(state, host, Some(process)),
            };
            for copy in [false, true] {
                if copy && !(travels && left.duplicates > 0) {
                    continue;
                }
                for neighbours in &all {
                    let (input, neighbours) = (input.clone(), neighbours.clone());
                    actions.push(Action::Step { process, input, copy, death, neighbours });
                }
            }
        }
    }

    /// All ways in which the residents of a host can die together, but for one.
    pub(crate) fn deaths_on(
        &self,
        state: &State<P>,
        host: HostId,
        but: Option<ProcessId>,
    ) -> Vec<Vec<(ProcessId, Death)>> {
        let residents = &self.world.residents[usize::from(host.0)];
        let up =
            residents.iter().filter(|p| Some(**p) != but && !state.locals[p.index()].is_down());
        let deaths = up.map(|&process| {
            let deaths = state.locals[process.index()].deaths(&self.world.laws());
            deaths.into_iter().filter_map(|r| r.death.map(|death| (process, death))).collect()
        });
        combinations(&deaths.collect::<Vec<_>>())
    }

    fn faults(&self, state: &State<P>, actions: &mut Vec<Action<P>>) {
        let left = &state.tally.left;
        if left.drops > 0 {
            for to in self.world.topology().ids() {
                let network = self.world.bounds.network;
                for letter in state.mail[to.index()].next(network, self.sender(to)) {
                    let (from, message) = self.letters[to.index()].get(letter).clone();
                    if !self.world.local(from, to) {
                        actions.push(Action::Lose { from, to, message, why: Loss::Dropped });
                    }
                }
            }
        }
        if left.crashes > 0 {
            for (host, residents) in self.world.residents.iter().enumerate() {
                if residents.iter().all(|p| state.locals[p.index()].is_down()) {
                    continue;
                }
                let host = HostId(host as u16);
                let crash = |deaths| Action::Crash { host, deaths };
                actions.extend(self.deaths_on(state, host, None).into_iter().map(crash));
            }
        }
        match state.tally.cut {
            None if left.partitions > 0 => {
                actions.extend((0..self.world.cuts.len()).map(|cut| Action::Part { cut }));
            }
            None => {}
            Some(_) => actions.push(Action::Mend),
        }
    }
}
