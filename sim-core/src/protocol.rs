use std::fmt::{Debug, Display};
use std::hash::Hash;

use crate::mutants::{Part, left_out};
use crate::symmetry::Symmetry;
use crate::time::Nanos;
use crate::topology::{ProcessId, Topology};

/// Plain data: it can be copied, compared, hashed and shown, and holds nothing shared
/// or borrowed.
pub trait Data: Clone + Eq + Hash + Debug + 'static {}

impl<T: Clone + Eq + Hash + Debug + 'static> Data for T {}

/// A type whose values fall into kinds with fixed names: what costs are counted by, what fault
/// triggers and reports speak of.
pub trait Kinds {
    /// The names, in the order of [`Kinds::kind`].
    const KINDS: &'static [&'static str];

    /// This value's index into [`Kinds::KINDS`].
    fn kind(&self) -> usize;
}

/// What a protocol's messages, timers, records, requests and notes are: plain data, of named
/// kinds, with a stable text form for traces.
pub trait Vocabulary: Data + Kinds + Display {}

impl<T: Data + Kinds + Display> Vocabulary for T {}

/// A client's request: numbered from zero in the order in which the client makes them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u32);

/// A state machine for every process of a distributed protocol.
///
/// The same code runs under every executor. It sees no clock, no randomness, no network and no
/// disk but through events and effects; durable is only the log. The protocol itself is plain data:
/// its configuration.
pub trait Protocol: Data {
    /// Volatile state of one process, whatever its role; usually an enum with a variant a role.
    type State: Data;
    /// What processes send each other.
    type Message: Vocabulary;
    /// The name of a timer; setting a name again moves that timer.
    type Timer: Vocabulary + Ord;
    /// What is written to the log.
    type Record: Vocabulary;
    /// What a client asks for.
    type Request: Vocabulary;
    /// What monitors see.
    type Note: Vocabulary;

    /// Names of the intervals that [`Protocol::intervals`] speaks of.
    const INTERVALS: &'static [&'static str] = &[];

    /// Who takes part, and on which hosts.
    fn topology(&self) -> &Topology;

    /// First start and recovery are one path: what a process is, given its log. After a crash all
    /// of `log` is durable; on the first start it is empty.
    fn boot(&self, me: ProcessId, log: &[Self::Record], out: &mut Outbox<Self>) -> Self::State;

    /// One event is handled; whatever shall happen goes to `out`, in order.
    fn step(
        &self,
        me: ProcessId,
        state: &mut Self::State,
        event: Event<Self>,
        out: &mut Outbox<Self>,
    );

    /// How long a timer runs, by the clock of its host.
    fn delay(&self, timer: &Self::Timer) -> Nanos;

    /// Rewrites a durable log to a shorter one from which [`Protocol::boot`] makes the same state.
    /// Called now and then; without it a long run's logs grow without bound.
    fn compact(&self, me: ProcessId, log: &mut Vec<Self::Record>) {
        let _ = (me, log);
    }

    /// What a process would tell an operator who asks how it stands: what it waits for, what it
    /// holds, what its data are. Asked at rest, for the monitors.
    fn report(&self, me: ProcessId, state: &Self::State, say: &mut Vec<Self::Note>);

    /// The process that takes a client's request.
    fn door(&self, request: &Self::Request) -> ProcessId;

    /// The request that this note answers to its client, if it does.
    fn answers(note: &Self::Note) -> Option<RequestId>;

    /// The same protocol for a world without time: what matters only to how long things take, such
    /// as a count of repetitions for a back-off, it shall leave out of its states.
    fn untimed(&self) -> Self {
        self.clone()
    }

    /// Whether [`Protocol::symmetry`] is ever anything: what makes use of it is compiled for no
    /// other protocol.
    const SYMMETRIC: bool = false;

    /// Which of its processes can change places without anybody noticing, and what becomes of
    /// states and messages then; `None` if it tells them apart, or cannot say.
    fn symmetry(&self) -> Option<Symmetry<Self>> {
        None
    }

    /// A note as traces show it.
    fn describe(&self, by: ProcessId, note: &Self::Note) -> String {
        let _ = by;
        note.to_string()
    }

    /// The intervals that this note opens or closes; the ledger sums them up.
    fn intervals(note: &Self::Note) -> [Option<Interval>; 2] {
        let _ = note;
        [None, None]
    }
}

/// An edge of something that lasts, such as the time that a participant is in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Index into [`Protocol::INTERVALS`].
    pub name: usize,
    /// What it is about, such as a transaction's number; unique per process and name.
    pub subject: u64,
    /// Whether it begins here, or ends.
    pub opens: bool,
}

/// What may happen to a process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Event<P: Protocol> {
    /// A message has arrived.
    Message {
        /// Who sent it.
        from: ProcessId,
        /// What it says.
        message: P::Message,
    },
    /// A timer that was set has run out. It is no longer set.
    Timer(P::Timer),
    /// A client asks for something.
    Request {
        /// The request's number.
        id: RequestId,
        /// What it asks for.
        request: P::Request,
    },
    /// The environment's answer to [`Effect::Choose`]: a number below the one given there.
    Chosen(u32),
}

/// What a process does to the world. Effects happen in the order in which they were put out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Effect<P: Protocol> {
    /// Appends a record to the log, lazily: a crash may take it until the next sync.
    Append(P::Record),
    /// A barrier: nothing after it happens until all appended so far is durable. The process takes
    /// no event meanwhile.
    Sync,
    /// Sends a message.
    Send {
        /// To whom.
        to: ProcessId,
        /// What it says.
        message: P::Message,
    },
    /// Sets a timer, or sets it anew.
    SetTimer(P::Timer),
    /// Forgets a timer; nothing happens if it is not set.
    CancelTimer(P::Timer),
    /// Asks the environment for a number below this one; the answer is the next event.
    Choose(u32),
    /// Tells the monitors something.
    Note(P::Note),
}

/// Where a protocol puts its effects.
#[derive(Debug)]
pub struct Outbox<P: Protocol> {
    pub(crate) effects: Vec<Effect<P>>,
}

impl<P: Protocol> Default for Outbox<P> {
    fn default() -> Self {
        Outbox { effects: Vec::new() }
    }
}

impl<P: Protocol> Outbox<P> {
    /// Appends a record lazily: [`Effect::Append`].
    #[cfg_attr(feature = "mutants", track_caller)]
    pub fn append(&mut self, record: P::Record) {
        if !left_out(Part::Record) {
            self.effects.push(Effect::Append(record));
        }
    }

    /// Waits until all that was appended is durable: [`Effect::Sync`].
    #[cfg_attr(feature = "mutants", track_caller)]
    pub fn sync(&mut self) {
        if !left_out(Part::Sync) {
            self.effects.push(Effect::Sync);
        }
    }

    /// Appends a record and forces it: an append and a sync.
    #[cfg_attr(feature = "mutants", track_caller)]
    pub fn force(&mut self, record: P::Record) {
        self.append(record);
        self.sync();
    }

    /// Sends a message: [`Effect::Send`].
    #[cfg_attr(feature = "mutants", track_caller)]
    pub fn send(&mut self, to: ProcessId, message: P::Message) {
        if !left_out(Part::Message) {
            self.effects.push(Effect::Send { to, message });
        }
    }

    /// Sets a timer: [`Effect::SetTimer`].
    #[cfg_attr(feature = "mutants", track_caller)]
    pub fn set_timer(&mut self, timer: P::Timer) {
        if !left_out(Part::Timer) {
            self.effects.push(Effect::SetTimer(timer));
        }
    }

    /// Forgets a timer: [`Effect::CancelTimer`].
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.effects.push(Effect::CancelTimer(timer));
    }

    /// Asks the environment for a number below `options`: [`Effect::Choose`].
    ///
    /// # Panics
    /// If there is nothing to choose from.
    pub fn choose(&mut self, options: u32) {
        assert!(options > 0, "a choice needs options");
        self.effects.push(Effect::Choose(options));
    }

    /// Tells the monitors: [`Effect::Note`].
    pub fn note(&mut self, note: P::Note) {
        self.effects.push(Effect::Note(note));
    }

    /// What has been put out so far, for tests of a protocol's transitions.
    pub fn effects(&self) -> &[Effect<P>] {
        &self.effects
    }
}
