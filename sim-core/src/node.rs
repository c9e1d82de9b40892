use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use crate::log::Log;
use crate::protocol::{Effect, Event, Outbox, Protocol};
use crate::symmetry::{Renaming, Symmetry};
use crate::table::Table;
use crate::topology::ProcessId;

/// Whether a step goes on, or its process dies on the spot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Flow {
    /// The next effect may happen.
    Continue,
    /// The process crashes before its next effect. The executor calls [`Node::crash`].
    Crash,
}

/// How the disk takes a sync.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyncAnswer {
    /// It is done at once.
    Done,
    /// It will be done later: [`Input::Synced`].
    Later,
}

/// Where the effects of a step go: one method an effect, called in the order of the effects.
///
/// This is all that an executor implements; the order of effects, barriers and durability are
/// [`Node`]'s. `P` is the protocol, the node that acts is known to the executor.
pub trait Environment<P: Protocol> {
    /// A record was appended.
    fn appended(&mut self, record: &P::Record) -> Flow;
    /// The node waits for its log to become durable.
    fn sync(&mut self) -> SyncAnswer;
    /// These records have become durable.
    fn durable(&mut self, records: &[P::Record]) -> Flow;
    /// A message leaves.
    fn send(&mut self, to: ProcessId, message: P::Message) -> Flow;
    /// A timer is set. The number comes back in [`Environment::disarm`].
    fn arm(&mut self, timer: &P::Timer) -> u32;
    /// The timer that got this number is no longer set.
    fn disarm(&mut self, armed: u32);
    /// The node wants a number below `options`, as [`Event::Chosen`].
    fn choose(&mut self, options: u32);
    /// Something for the monitors.
    fn note(&mut self, note: P::Note) -> Flow;
}

/// What a node is given to do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Input<P: Protocol> {
    /// Start, or recover.
    Boot,
    /// Handle this.
    Event(Event<P>),
    /// The log is durable; go on with what waited for it.
    Synced,
}

/// What a live node waits for before it takes another event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Waiting {
    /// Nothing: it takes events.
    Nothing,
    /// [`Input::Synced`].
    Sync,
    /// [`Event::Chosen`].
    Choice,
}

/// One process: its state, its log, its timers, and the effects that wait behind a barrier.
///
/// Fault contract: a crash loses state, timers and waiting effects, and keeps of the log what
/// [`Log::crash`] says. A node that waits takes only what it waits for, or a crash.
///
/// Nodes are equal if they are in the same state. How often one has crashed is none, nor are the
/// numbers of its timers: the executor's, to find again what belongs to them.
#[derive(Clone, Debug)]
pub struct Node<P: Protocol> {
    me: ProcessId,
    state: Option<P::State>,
    log: Log<P::Record>,
    timers: Table<P::Timer, u32>,
    behind: VecDeque<Effect<P>>,
    waiting: Waiting,
    incarnation: u32,
}

impl<P: Protocol> PartialEq for Node<P> {
    fn eq(&self, other: &Self) -> bool {
        let Node { me, state, log, timers, behind, waiting, incarnation: _ } = self;
        *me == other.me
            && *waiting == other.waiting
            && *state == other.state
            && timers.keys().eq(other.timers.keys())
            && *log == other.log
            && *behind == other.behind
    }
}

impl<P: Protocol> Eq for Node<P> {}

impl<P: Protocol> Hash for Node<P> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Node { me, state, log, timers, behind, waiting, incarnation: _ } = self;
        (me, state, log, behind, waiting).hash(hasher);
        hasher.write_usize(timers.len());
        timers.keys().for_each(|timer| timer.hash(hasher));
    }
}

enum Progress {
    Next,
    Wait,
    Crash,
}

impl<P: Protocol> Node<P> {
    /// A process that has never run.
    pub fn new(me: ProcessId) -> Self {
        Node {
            me,
            state: None,
            log: Log::default(),
            timers: Table::new(),
            behind: VecDeque::new(),
            waiting: Waiting::Nothing,
            incarnation: 0,
        }
    }

    /// Back to a process that has never run, keeping allocated memory.
    pub fn reset(&mut self) {
        self.state = None;
        self.log.clear();
        self.timers.clear();
        self.behind.clear();
        self.waiting = Waiting::Nothing;
        self.incarnation = 0;
    }

    /// The same when processes are called otherwise.
    pub(crate) fn renamed(&self, symmetry: &Symmetry<P>, by: &Renaming) -> Node<P> {
        let Node { me, state, log, timers, behind, waiting, incarnation } = self;
        let mut renamed = Table::new();
        for (timer, &armed) in timers.iter() {
            renamed.insert((symmetry.timer)(timer, by), armed);
        }
        Node {
            me: by.of(*me),
            state: state.as_ref().map(|state| (symmetry.state)(state, by)),
            log: log.map(|record| (symmetry.record)(record, by)),
            timers: renamed,
            behind: symmetry.effects(behind, by),
            waiting: *waiting,
            incarnation: *incarnation,
        }
    }

    /// Who it is.
    pub fn id(&self) -> ProcessId {
        self.me
    }

    /// Replaces the number that [`Environment::arm`] gave a timer, which has run out but cannot be
    /// taken yet.
    ///
    /// # Panics
    /// If the timer is not set.
    pub(crate) fn hold_timer(&mut self, timer: &P::Timer, armed: u32) {
        *self.timers.get_mut(timer).expect("a timer that runs out is set") = armed;
    }

    /// Its volatile state; `None` while it is down.
    pub fn state(&self) -> Option<&P::State> {
        self.state.as_ref()
    }

    /// Its log.
    pub fn log(&self) -> &Log<P::Record> {
        &self.log
    }

    /// The timers that are set, each with the number from [`Environment::arm`].
    pub fn timers(&self) -> &Table<P::Timer, u32> {
        &self.timers
    }

    /// What it waits for.
    pub fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// How often it has crashed: what was begun by one incarnation must not reach the next.
    pub fn incarnation(&self) -> u32 {
        self.incarnation
    }

    /// Whether it takes `input` now.
    pub fn takes(&self, input: &Input<P>) -> bool {
        match input {
            Input::Boot => self.state.is_none(),
            Input::Synced => self.waiting == Waiting::Sync,
            Input::Event(Event::Chosen(_)) => self.waiting == Waiting::Choice,
            Input::Event(Event::Timer(timer)) => self.idle() && self.timers.contains(timer),
            Input::Event(Event::Message { .. } | Event::Request { .. }) => self.idle(),
        }
    }

    /// Whether it is up and waits for nothing but events.
    pub fn idle(&self) -> bool {
        self.state.is_some() && self.waiting == Waiting::Nothing
    }

    /// The one local step: `input` is handled, and effects happen one after the other until there
    /// are none, one must wait, or the environment has the process crash. `out` is scratch space,
    /// empty before and after.
    ///
    /// # Panics
    /// If the node does not take `input` now (see [`Node::takes`]): a bug of the executor.
    pub fn step<E: Environment<P>>(
        &mut self,
        protocol: &P,
        input: Input<P>,
        out: &mut Outbox<P>,
        env: &mut E,
    ) -> Flow {
        debug_assert!(self.takes(&input), "{} does not take {input:?} now", self.me);
        debug_assert!(out.effects.is_empty(), "the outbox holds effects of another step");
        match input {
            Input::Boot => self.state = Some(protocol.boot(self.me, self.log.records(), out)),
            Input::Synced => {
                self.waiting = Waiting::Nothing;
                if self.made_durable(protocol, env) == Flow::Crash {
                    return Flow::Crash;
                }
                return self.resume(protocol, env);
            }
            Input::Event(event) => {
                match &event {
                    Event::Timer(timer) => drop(self.timers.remove(timer)),
                    Event::Chosen(_) => self.waiting = Waiting::Nothing,
                    Event::Message { .. } | Event::Request { .. } => {}
                }
                let state = self.state.as_mut().expect("takes() saw that it is up");
                protocol.step(self.me, state, event, out);
            }
        }
        self.perform_all(protocol, out, env)
    }

    /// A crash: volatile state, timers and waiting effects are gone, and of the unsynced records
    /// only the first `keep` survive.
    pub fn crash(&mut self, keep: usize, env: &mut impl Environment<P>) {
        self.state = None;
        for (_, &armed) in self.timers.iter() {
            env.disarm(armed);
        }
        self.timers.clear();
        self.behind.clear();
        self.waiting = Waiting::Nothing;
        self.incarnation += 1;
        self.log.crash(keep);
    }

    fn perform_all<E: Environment<P>>(
        &mut self,
        protocol: &P,
        out: &mut Outbox<P>,
        env: &mut E,
    ) -> Flow {
        let mut effects = out.effects.drain(..);
        while let Some(effect) = effects.next() {
            match self.perform(protocol, effect, env) {
                Progress::Next => {}
                Progress::Wait => {
                    // After a choice nothing may wait that an earlier barrier put there.
                    debug_assert!(self.behind.is_empty());
                    self.behind.extend(effects);
                    return Flow::Continue;
                }
                Progress::Crash => return Flow::Crash,
            }
        }
        Flow::Continue
    }

    /// Goes on with the effects that waited behind a sync.
    fn resume<E: Environment<P>>(&mut self, protocol: &P, env: &mut E) -> Flow {
        while let Some(effect) = self.behind.pop_front() {
            match self.perform(protocol, effect, env) {
                Progress::Next => {}
                Progress::Wait => return Flow::Continue,
                Progress::Crash => return Flow::Crash,
            }
        }
        Flow::Continue
    }

    fn perform<E: Environment<P>>(
        &mut self,
        protocol: &P,
        effect: Effect<P>,
        env: &mut E,
    ) -> Progress {
        let flow = match effect {
            Effect::Append(record) => {
                let flow = env.appended(&record);
                self.log.append(record);
                flow
            }
            Effect::Sync if self.log.unsynced() == 0 => Flow::Continue,
            Effect::Sync => match env.sync() {
                SyncAnswer::Done => self.made_durable(protocol, env),
                SyncAnswer::Later => {
                    self.waiting = Waiting::Sync;
                    return Progress::Wait;
                }
            },
            Effect::Send { to, message } => env.send(to, message),
            Effect::SetTimer(timer) => {
                if let Some(armed) = self.timers.remove(&timer) {
                    env.disarm(armed);
                }
                let armed = env.arm(&timer);
                self.timers.insert(timer, armed);
                Flow::Continue
            }
            Effect::CancelTimer(timer) => {
                if let Some(armed) = self.timers.remove(&timer) {
                    env.disarm(armed);
                }
                Flow::Continue
            }
            Effect::Choose(options) => {
                self.waiting = Waiting::Choice;
                env.choose(options);
                return Progress::Wait;
            }
            Effect::Note(note) => env.note(note),
        };
        match flow {
            Flow::Continue => Progress::Next,
            Flow::Crash => Progress::Crash,
        }
    }

    fn made_durable<E: Environment<P>>(&mut self, protocol: &P, env: &mut E) -> Flow {
        let fresh = self.log.durable();
        self.log.sync();
        let flow = env.durable(&self.log.records()[fresh..]);
        if flow == Flow::Continue {
            self.log.compact(|records| protocol.compact(self.me, records));
        }
        flow
    }
}
