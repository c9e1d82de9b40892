//! One process by itself, and all that can come of one input to it.
//!
//! This is the part of a step that depends on nothing but the process: what it sends and what
//! monitors will see is data. Who else is there, what is in flight and what may still go wrong is
//! the business of a [space](super::space).

use crate::monitor::{CRASHES, FAULTS, Seen, TIMEOUTS};
use crate::node::{Flow, Input, Node, Waiting};
use crate::protocol::{Event, Kinds, Outbox, Protocol};
use crate::symmetry::{Renaming, Symmetry};
use crate::table::Table;
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::trace::Done;
use crate::untimed::bounds::{Bounds, Timers};
use crate::untimed::effects::Effects;

/// One process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Local<P: Protocol> {
    pub(crate) node: Node<P>,
    /// With [`Timers::Quiescent`], how long each timer has yet to run.
    pub(crate) clock: Table<P::Timer, Nanos>,
    /// Of how many answers it waits for one.
    pub(crate) options: u32,
    /// Whether it is down for it has died, not for it has never started.
    pub(crate) dead: bool,
    /// Whether its recovery is not over.
    pub(crate) recovering: bool,
}

/// Something that monitors see of one process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sight<N> {
    Note(N),
    Crashed,
    Recovered,
    TimedOut,
    Disturbed,
}

impl<N: Kinds> Sight<N> {
    /// The bit of [`crate::monitor::Monitor::interest`] for it.
    pub(crate) fn interest(&self) -> u64 {
        match self {
            Sight::Note(note) => 1 << note.kind(),
            Sight::Crashed | Sight::Recovered => CRASHES,
            Sight::TimedOut => TIMEOUTS,
            Sight::Disturbed => FAULTS,
        }
    }

    /// As monitors are shown it.
    pub(crate) fn seen(&self, by: ProcessId) -> Seen<'_, N> {
        match self {
            Sight::Note(note) => Seen::Note { by, note },
            Sight::Crashed => Seen::Crashed { by },
            Sight::Recovered => Seen::Recovered { by },
            Sight::TimedOut => Seen::TimedOut { by },
            Sight::Disturbed => Seen::Disturbed,
        }
    }
}

/// A crash amid a step or at rest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Death {
    /// After so many effects of the step ...
    pub(crate) after: u32,
    /// ... of which, of the messages sent in a row there, these did not get out after all, a bit
    /// each, with [`Bounds::any_sends`].
    pub(crate) unsent: u32,
    /// So many unsynced records survive ...
    pub(crate) kept: usize,
    /// ... of these.
    pub(crate) unsynced: usize,
}

impl Death {
    /// A death at rest.
    pub(crate) fn at_rest(kept: usize, unsynced: usize) -> Death {
        Death { after: 0, unsent: 0, kept, unsynced }
    }
}

/// What can come of one input: it is handled to the end, or the process dies on the way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Reaction<P: Protocol> {
    pub(crate) local: Local<P>,
    /// What it sent, in order.
    pub(crate) sends: Vec<(ProcessId, P::Message)>,
    /// What some monitor wants to see of it, in order.
    pub(crate) sights: Vec<Sight<P::Note>>,
    pub(crate) death: Option<Death>,
}

impl<P: Protocol> Reaction<P> {
    /// Whether the same comes of it, whatever it dies of.
    pub(crate) fn is_like(&self, other: &Reaction<P>) -> bool {
        self.local == other.local && self.sends == other.sends && self.sights == other.sights
    }
}

/// What all processes have in common: the laws of the world.
pub(crate) struct Laws<'a, P: Protocol> {
    pub(crate) protocol: &'a P,
    pub(crate) bounds: Bounds,
    /// What monitors are interested in, all taken together.
    pub(crate) interest: u64,
}

impl<P: Protocol> Local<P> {
    /// A process that has never run.
    pub(crate) fn new(me: ProcessId) -> Local<P> {
        let node = Node::new(me);
        Local { node, clock: Table::new(), options: 0, dead: false, recovering: false }
    }

    pub(crate) fn is_down(&self) -> bool {
        self.node.state().is_none()
    }

    /// The inputs that it takes now whatever else there is: to be woken, the end of a sync, every
    /// answer to a choice.
    pub(crate) fn own_inputs(&self, laws: &Laws<'_, P>) -> Vec<Input<P>> {
        match self.node.waiting() {
            Waiting::Nothing if self.is_down() && laws.bounds.restarts => vec![Input::Boot],
            Waiting::Nothing => Vec::new(),
            Waiting::Sync => vec![Input::Synced],
            Waiting::Choice => (0..self.options).map(|n| Input::Event(Event::Chosen(n))).collect(),
        }
    }

    /// The timers that may run out, and when.
    pub(crate) fn timers(&self) -> impl Iterator<Item = (&P::Timer, Nanos)> {
        let idle = self.node.idle();
        let timers = self.node.timers().keys().filter(move |_| idle);
        timers.map(|timer| (timer, self.clock.get(timer).copied().unwrap_or(Nanos::ZERO)))
    }

    /// Time passes for it. What comes of a timer may be computed before it is known that another
    /// runs out first.
    pub(crate) fn wait(&mut self, span: Nanos) {
        for (_, left) in self.clock.iter_mut() {
            left.0 = left.0.saturating_sub(span.0);
        }
    }

    /// All that can come of `input`, which it takes now: first what comes of it if it does not
    /// die, then, if hosts may crash, every death amid its effects. A death before the first
    /// effect or after the last is one at rest: [`Local::deaths`].
    pub(crate) fn react(&self, laws: &Laws<'_, P>, input: &Input<P>) -> Vec<Reaction<P>> {
        let (completed, effects, _) =
            self.perform(laws, input, Effects::new(laws, self.me(), u32::MAX));
        let mut reactions = vec![completed];
        if laws.bounds.budgets.crashes == 0 {
            return reactions;
        }
        for cut in effects.cuts() {
            for reaction in self.dying(laws, input, cut) {
                let same = |r: &Reaction<P>| r.death.is_some() && r.is_like(&reaction);
                if !reactions.iter().any(same) {
                    reactions.push(reaction);
                }
            }
        }
        reactions
    }

    /// What comes of `input` if it does not die.
    pub(crate) fn survive(&self, laws: &Laws<'_, P>, input: &Input<P>) -> Reaction<P> {
        self.perform(laws, input, Effects::new(laws, self.me(), u32::MAX)).0
    }

    /// Every death right after so many effects of `input`, but for some that are unsent (see
    /// [`Death`]); none if it has fewer.
    pub(crate) fn dying(
        &self,
        laws: &Laws<'_, P>,
        input: &Input<P>,
        (after, unsent): (u32, u32),
    ) -> Vec<Reaction<P>> {
        let mut effects = Effects::new(laws, self.me(), after);
        effects.unsent = unsent;
        let (cut_short, _, flow) = self.perform(laws, input, effects);
        if flow == Flow::Continue {
            return Vec::new();
        }
        let mut deaths = cut_short.local.deaths(laws);
        for reaction in &mut deaths {
            reaction.sends.clone_from(&cut_short.sends);
            reaction.sights.splice(0..0, cut_short.sights.iter().cloned());
            reaction.death = reaction.death.map(|death| Death { after, unsent, ..death });
        }
        deaths
    }

    /// Every way to die as it is now: with each number of unsynced records kept. None if it is
    /// down.
    pub(crate) fn deaths(&self, laws: &Laws<'_, P>) -> Vec<Reaction<P>> {
        if self.is_down() {
            return Vec::new();
        }
        let unsynced = self.node.log().unsynced();
        let death = |kept| {
            let mut local = self.clone();
            local.node.crash(kept, &mut Effects::new(laws, self.me(), u32::MAX));
            local.clock.clear();
            local.options = 0;
            local.dead = true;
            local.recovering = false;
            let sights = [Sight::Disturbed, Sight::Crashed].into_iter();
            let sights = sights.filter(|sight| laws.interest & sight.interest() != 0).collect();
            let death = Some(Death::at_rest(kept, unsynced));
            Reaction { local, sends: Vec::new(), sights, death }
        };
        (0..=unsynced).map(death).collect()
    }

    /// The effects of `input`, as a trace shows them, up to a death or all.
    pub(crate) fn effects(
        &self,
        laws: &Laws<'_, P>,
        input: &Input<P>,
        death: Option<Death>,
    ) -> Vec<Done> {
        let die_after = death.map_or(u32::MAX, |death| death.after);
        let mut effects = Effects::new(laws, self.me(), die_after);
        effects.unsent = death.map_or(0, |death| death.unsent);
        effects.record = Some(Vec::new());
        let (_, effects, _) = self.perform(laws, input, effects);
        let mut record = effects.record.unwrap_or_default();
        if death.is_some() {
            record.push(Done::CutShort);
        }
        record
    }

    /// The same when processes are called otherwise.
    pub(crate) fn renamed(&self, symmetry: &Symmetry<P>, by: &Renaming) -> Local<P> {
        let Local { node, clock, options, dead, recovering } = self;
        let mut renamed = Table::new();
        for (timer, &left) in clock.iter() {
            renamed.insert((symmetry.timer)(timer, by), left);
        }
        Local {
            node: node.renamed(symmetry, by),
            clock: renamed,
            options: *options,
            dead: *dead,
            recovering: *recovering,
        }
    }

    fn me(&self) -> ProcessId {
        self.node.id()
    }

    /// Takes `input`; `effects` says after how many of them it dies, and gathers them.
    fn perform<'a>(
        &self,
        laws: &Laws<'_, P>,
        input: &Input<P>,
        mut effects: Effects<'a, P>,
    ) -> (Reaction<P>, Effects<'a, P>, Flow) {
        let mut local = self.clone();
        match input {
            Input::Boot => local.recovering = std::mem::take(&mut local.dead),
            Input::Event(Event::Chosen(_)) => local.options = 0,
            Input::Event(Event::Timer(_)) => {
                if laws.bounds.timers == Timers::Any && laws.interest & TIMEOUTS != 0 {
                    effects.sights.push(Sight::TimedOut);
                }
            }
            Input::Synced | Input::Event(Event::Message { .. } | Event::Request { .. }) => {}
        }
        let out = &mut Outbox::default();
        let flow = local.node.step(laws.protocol, input.clone(), out, &mut effects);
        if flow == Flow::Crash {
            effects.unsend();
        }
        for (timer, delay) in effects.armed.drain(..) {
            local.clock.insert(timer, delay);
        }
        local.options = effects.options.max(local.options);
        let Local { node, clock, .. } = &mut local;
        clock.retain(|timer, _| node.timers().contains(timer));
        if flow == Flow::Continue && local.recovering && local.node.idle() {
            local.recovering = false;
            if laws.interest & CRASHES != 0 {
                effects.sights.push(Sight::Recovered);
            }
        }
        let sends = std::mem::take(&mut effects.sends);
        let sights = std::mem::take(&mut effects.sights);
        (Reaction { local, sends, sights, death: None }, effects, flow)
    }
}
