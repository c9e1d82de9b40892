//! Whether a single action can happen in a state, without listing all that can.

use crate::node::Input;
use crate::protocol::{Event, Protocol, RequestId};
use crate::topology::ProcessId;
use crate::untimed::action::{Action, Loss};
use crate::untimed::bounds::Timers;
use crate::untimed::local::Local;
use crate::untimed::mail::LetterId;
use crate::untimed::plain::{Plain, State};
use crate::untimed::space::Scene;
use crate::untimed::world::Untimed;

impl<P: Protocol> State<P> {
    /// Whether nobody has anything to do but wait: everything is asked, nothing is in flight, all
    /// that are up are idle, and all that may come back have.
    pub(crate) fn is_at_rest(&self, world: &Untimed<P>) -> bool {
        let rests = |local: &Local<P>| local.node.idle() || local.dead && !world.bounds.restarts;
        self.tally.asked == world.all_asked()
            && self.tally.cut.is_none()
            && self.locals.iter().all(rests)
            && (!world.consumes() || self.mail.iter().all(|mail| mail.letters().is_empty()))
    }

    /// To be judged.
    pub(crate) fn scene(&self) -> Scene<'_, P> {
        Scene { locals: self.locals.iter().collect(), tally: self.tally, watch: &self.watch }
    }
}

impl<P: Protocol> Plain<'_, P> {
    /// Whether an action can happen: it is one of [`Plain::actions`].
    pub(crate) fn can(&self, state: &State<P>, action: &Action<P>) -> bool {
        match action {
            Action::Step { process, input, .. } => {
                self.takes(state, *process, input) && self.can_step(state, action)
            }
            Action::Lose { from, to, message, why } => {
                self.can_lose(state, (*from, *to), message, *why)
            }
            Action::Refuse { index } => {
                let process = self.world.requests[*index].0;
                self.is_due(state, *index) && state.locals[process.index()].is_down()
            }
            Action::Crash { host, deaths } => {
                let mut residents = self.world.residents[host.index()].iter();
                state.tally.left.crashes > 0
                    && residents.any(|p| !state.locals[p.index()].is_down())
                    && self.deaths_on(state, *host, None).contains(deaths)
            }
            Action::Part { cut } => {
                let tally = state.tally;
                tally.cut.is_none() && tally.left.partitions > 0 && *cut < self.world.cuts.len()
            }
            Action::Mend => state.tally.cut.is_some(),
        }
    }

    /// All that can happen but faults and timers.
    pub(crate) fn free(&self, state: &State<P>) -> Vec<Action<P>> {
        let whole = |process, input| {
            let (copy, death, neighbours) = (false, None, Vec::new());
            Action::Step { process, input, copy, death, neighbours }
        };
        let mut free = Vec::new();
        for to in self.world.topology().ids() {
            let local = &state.locals[to.index()];
            let own = local.own_inputs(&self.world.laws());
            free.extend(own.into_iter().map(|input| whole(to, input)));
            for &letter in state.mail[to.index()].letters() {
                let (from, message) = self.letters[to.index()].get(letter).clone();
                let lost = |why| Action::Lose { from, to, message: message.clone(), why };
                let arrives = Input::Event(Event::Message { from, message: message.clone() });
                free.extend([lost(Loss::Cut), lost(Loss::Down), whole(to, arrives)]);
            }
        }
        for index in self.world.due(state.tally.asked) {
            let process = self.world.requests[index].0;
            free.extend([Action::Refuse { index }, whole(process, self.world.request(index))]);
        }
        free.push(Action::Mend);
        free.retain(|action| self.can(state, action));
        free
    }

    /// The timers that are set, running out.
    pub(crate) fn timers_of(&self, state: &State<P>) -> Vec<Action<P>> {
        let all = self.world.topology().ids().flat_map(|process| {
            state.locals[process.index()].timers().map(move |(timer, _)| Action::Step {
                process,
                input: Input::Event(Event::Timer(timer.clone())),
                copy: false,
                death: None,
                neighbours: Vec::new(),
            })
        });
        all.collect()
    }

    /// The letter in flight that says this.
    pub(crate) fn in_flight(
        &self,
        state: &State<P>,
        (from, to): (ProcessId, ProcessId),
        message: &P::Message,
    ) -> Option<LetterId> {
        let is_it = |&letter: &LetterId| {
            let (sender, said) = self.letters[to.index()].get(letter);
            *sender == from && said == message
        };
        state.mail[to.index()].letters().iter().copied().find(is_it)
    }

    pub(crate) fn takes(&self, state: &State<P>, process: ProcessId, input: &Input<P>) -> bool {
        let local = &state.locals[process.index()];
        match input {
            Input::Boot | Input::Synced | Input::Event(Event::Chosen(_)) => {
                local.own_inputs(&self.world.laws()).contains(input)
            }
            Input::Event(Event::Message { from, message }) => {
                local.node.idle()
                    && !self.world.parted(state.tally.cut, *from, process)
                    && self.is_next(state, (*from, process), message)
            }
            Input::Event(Event::Timer(_)) => match self.world.bounds.timers {
                Timers::Any => local.node.takes(input),
                Timers::Quiescent => {
                    local.node.takes(input)
                        && self.actions(state).iter().any(|action| {
                            matches!(action, Action::Step { process: p, input: i, .. }
                            if *p == process && i == input)
                        })
                }
            },
            Input::Event(Event::Request { id: RequestId(id), .. }) => {
                let index = *id as usize;
                local.node.idle()
                    && self.is_due(state, index)
                    && self.world.requests[index].0 == process
                    && self.world.request(index) == *input
            }
        }
    }

    /// Whether the budgets suffice for a step, and its deaths, if any, are some that there are.
    fn can_step(&self, state: &State<P>, action: &Action<P>) -> bool {
        let Action::Step { process, input, copy, death, neighbours } = action else { return false };
        let left = &state.tally.left;
        if *copy {
            let travels = match input {
                Input::Event(Event::Message { from, .. }) => !self.world.local(*from, *process),
                Input::Boot | Input::Synced | Input::Event(_) => false,
            };
            if !travels || left.duplicates == 0 {
                return false;
            }
        }
        if death.is_none() {
            return neighbours.is_empty();
        }
        let host = self.world.hosts[process.index()];
        let reactions = || state.locals[process.index()].react(&self.world.laws(), input);
        left.crashes > 0
            && reactions().iter().any(|reaction| reaction.death == *death)
            && self.deaths_on(state, host, Some(*process)).contains(neighbours)
    }

    fn can_lose(
        &self,
        state: &State<P>,
        (from, to): (ProcessId, ProcessId),
        message: &P::Message,
        why: Loss,
    ) -> bool {
        let parted = self.world.parted(state.tally.cut, from, to);
        let down = state.locals[to.index()].is_down();
        let may = match why {
            Loss::Dropped => state.tally.left.drops > 0 && !self.world.local(from, to),
            Loss::Down => down && !parted && self.world.consumes(),
            Loss::Cut => parted && self.world.consumes(),
        };
        may && self.is_next(state, (from, to), message)
    }

    /// Whether that letter may be the next to arrive.
    fn is_next(
        &self,
        state: &State<P>,
        (from, to): (ProcessId, ProcessId),
        message: &P::Message,
    ) -> bool {
        self.in_flight(state, (from, to), message).is_some_and(|letter| {
            let sender = |letter| self.letters[to.index()].get(letter).0;
            state.mail[to.index()].next(self.world.bounds.network, sender).contains(&letter)
        })
    }

    fn is_due(&self, state: &State<P>, index: usize) -> bool {
        self.world.due(state.tally.asked).any(|due| due == index)
    }
}
