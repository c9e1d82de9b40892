//! A timed run is a path of the untimed world: this finds the path.
//!
//! Both executors call the same [`Node::step`](crate::Node::step) and record the same kind of
//! trace, so each step of the run is looked for among what can happen in the untimed world, and
//! must have the same effects there. What only a clock knows has no counterpart: pauses, skews and
//! delays are an order of events, a restart is when its processes start.
//!
//! Copies of one message that are in flight together are one in the untimed world. When the run
//! receives a second of them, the first is received there as a duplicate, which stays in flight. A
//! message that the run loses when it is sent is dropped right afterwards, unless a copy of it has
//! yet to arrive. A partition into two groups is one there, until somebody takes a message that
//! has come before it; of any other, what it stops is dropped.

mod death;
mod loss;
mod outlook;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::monitor::Violation;
use crate::node::{Input, Node};
use crate::protocol::{Event, Protocol};
use crate::timed::World;
use crate::topology::ProcessId;
use crate::trace::{self, Done, Step, Trace};
use crate::untimed::action::Action;
use crate::untimed::bounds::{Bounds, Budgets};
use crate::untimed::follow::outlook::{Key, Outlook};
use crate::untimed::mail::LetterId;
use crate::untimed::plain::{Plain, State};
use crate::untimed::replay::Walk;
use crate::untimed::world::Untimed;

/// A timed run as a path of the untimed world.
#[derive(Clone, Debug)]
pub struct Followed<P: Protocol> {
    /// The path as a trace.
    pub trace: Trace,
    /// What is violated on it.
    pub violations: Vec<Violation>,
    /// The processes, as it leaves them.
    pub nodes: Vec<Node<P>>,
    /// The faults that it takes.
    pub faults: Budgets,
}

/// A timed run leaves the untimed world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// On this step of the run.
    pub step: u64,
    /// Why.
    pub why: String,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} has no counterpart in a world without time: {}", self.step, self.why)
    }
}

impl std::error::Error for Lost {}

/// Follows the recorded run of that seed.
///
/// # Errors
/// If some step of it cannot be found within these bounds, with [`Bounds::for_runs_of`] only if the
/// run is another world's, or does one of few things that the untimed world leaves out: a process
/// that dies while it starts for the first time, more than 64 requests, a message within a host
/// that arrives twice.
pub fn follow<P: Protocol>(
    world: &World<P>,
    bounds: Bounds,
    seed: u64,
    trace: &Trace,
) -> Result<Followed<P>, Lost> {
    let world = Untimed::seeded(world, bounds, seed);
    let path = path_of(&world, trace)?;
    let mut walk = Walk::new(&world);
    path.iter().for_each(|action| walk.go(action));
    let nodes = walk.state.locals.iter().map(|local| local.node.clone()).collect();
    let faults = bounds.budgets.less(walk.state.tally.left);
    let (trace, violations) = walk.finish();
    Ok(Followed { trace, violations, nodes, faults })
}

/// The path of a timed run.
pub(crate) fn path_of<P: Protocol>(
    world: &Untimed<P>,
    trace: &Trace,
) -> Result<Vec<Action<P>>, Lost> {
    let mut plain = Plain::new(world);
    let (state, _) = plain.first();
    let outlook = Outlook::new(trace);
    let (path, sent) = (Vec::new(), BTreeMap::new());
    let mut following = Following { world, plain, state, path, outlook, sent, at: 0 };
    let mut steps = trace.steps.iter().peekable();
    while let Some(step) = steps.next() {
        following.at = step.index;
        let cut_short = step.effects.contains(&Done::CutShort);
        let crash =
            steps.next_if(|next| cut_short && matches!(next.action, trace::Action::Crash { .. }));
        following.step(step, crash).map_err(|why| Lost { step: step.index, why })?;
    }
    Ok(following.path)
}

/// A timed run being followed.
struct Following<'t, 'u, P: Protocol> {
    world: &'u Untimed<P>,
    plain: Plain<'u, P>,
    state: State<P>,
    path: Vec<Action<P>>,
    outlook: Outlook<'t>,
    /// The steps of the run that sent each letter: different letters may read the same.
    sent: BTreeMap<(ProcessId, LetterId), BTreeSet<u64>>,
    /// The step of the run.
    at: u64,
}

/// Every so many actions, debug builds look for one among all that can happen.
const RECHECK: usize = 16;

/// What survives of the logs of a host's processes: process, unsynced records, how many survive.
type Logs = [(usize, usize, usize)];

impl<P: Protocol> Following<'_, '_, P> {
    /// Does what the run does on a step; with the crash that follows if it cuts the step short.
    fn step(&mut self, step: &Step, crash: Option<&Step>) -> Result<(), String> {
        match &step.action {
            trace::Action::Boot { process, again: false, .. } if crash.is_none() => {
                self.booted(ProcessId(*process as u16));
                Ok(())
            }
            trace::Action::Boot { again: false, .. } => Err("it dies while it starts".into()),
            trace::Action::Boot { process, .. } => self.take(*process, &[Input::Boot], step, crash),
            trace::Action::Deliver { from, to, message } => {
                let (sender, receiver) = (ProcessId(*from as u16), ProcessId(*to as u16));
                if self.world.parted(self.state.tally.cut, sender, receiver) {
                    // It waited in an inbox since before the partition, as in flight as any here.
                    self.go(Action::Mend)?;
                }
                let inputs = self.letters((*from, *to, message), step.cause);
                self.take(*to, &inputs, step, crash)
            }
            trace::Action::Undelivered { from, to, message, .. } => {
                self.lose((*from, *to, message), step.cause);
                Ok(())
            }
            trace::Action::Timer { process, timer } => {
                let inputs = self.timers(*process, timer);
                self.take(*process, &inputs, step, crash)
            }
            trace::Action::Synced { process } => self.take(*process, &[Input::Synced], step, crash),
            trace::Action::Chosen { process, answer } => {
                self.take(*process, &[Input::Event(Event::Chosen(*answer))], step, crash)
            }
            trace::Action::Request { process, request } => {
                let input = self.world.request(self.requested(*process, request)?);
                self.take(*process, &[input], step, crash)
            }
            trace::Action::Refused { process, request } => {
                let index = self.requested(*process, request)?;
                self.go(Action::Refuse { index })
            }
            trace::Action::Crash { host, logs } => self.crash(*host, logs),
            trace::Action::Partition { from, to, both_ways } => {
                self.part(from, to, *both_ways);
                Ok(())
            }
            trace::Action::Mend | trace::Action::Heal => {
                // Who mends a partition that was not told from others at most mends it early.
                if self.state.tally.cut.is_some() { self.go(Action::Mend) } else { Ok(()) }
            }
            trace::Action::Restart { .. }
            | trace::Action::Pause { .. }
            | trace::Action::Resume { .. }
            | trace::Action::Skew { .. } => Ok(()),
        }
    }

    /// An action happens, if it can.
    fn go(&mut self, action: Action<P>) -> Result<(), String> {
        let can = self.plain.can(&self.state, &action);
        debug_assert!(
            !self.path.len().is_multiple_of(RECHECK)
                || can == self.plain.actions(&self.state).contains(&action),
            "{action:?} is listed, or it is not"
        );
        if !can {
            return Err(format!("{action:?} cannot happen"));
        }
        self.state = self.plain.apply(&self.state, &action).0;
        self.path.push(action);
        Ok(())
    }

    /// A process takes the one of these inputs that has the effects that the run saw.
    fn take(
        &mut self,
        process: usize,
        inputs: &[Input<P>],
        step: &Step,
        crash: Option<&Step>,
    ) -> Result<(), String> {
        let local = &self.state.locals[process];
        let seen: Vec<&Done> = step.effects.iter().filter(|done| counts(done)).collect();
        let mut found = None;
        for input in inputs.iter().filter(|input| local.node.takes(input)) {
            let effects = local.effects(&self.world.laws(), input, None);
            let same = |(a, b): (&&Done, &Done)| is_same(a, b);
            let whole = crash.is_some() || seen.len() == effects.len();
            if whole && seen.len() <= effects.len() && seen.iter().zip(&effects).all(same) {
                found = Some(input.clone());
                break;
            }
        }
        let input = found.ok_or("no input that it takes has these effects")?;
        let process = ProcessId(process as u16);
        let copy = self.arrives_again(process, &input) && self.world.consumes();
        let sends = local.survive(&self.world.laws(), &input).sends;
        match crash.map(|crash| &crash.action) {
            Some(trace::Action::Crash { host, logs }) => {
                self.die((process, input, copy), &seen, (*host, logs))?;
                self.sent(process, &sends);
                self.losses(process, &seen);
                self.bury(*host)
            }
            _ => {
                let (death, neighbours) = (None, Vec::new());
                self.go(Action::Step { process, input, copy, death, neighbours })?;
                self.sent(process, &sends);
                self.losses(process, &seen);
                Ok(())
            }
        }
    }

    /// What a process has sent while it started is in flight.
    fn booted(&mut self, from: ProcessId) {
        for to in self.world.topology().ids() {
            for &letter in self.state.mail[to.index()].letters() {
                if self.plain.letters[to.index()].get(letter).0 == from {
                    self.sent.entry((to, letter)).or_default().insert(self.at);
                }
            }
        }
    }

    /// What a process has sent, or may have, if it died, was sent on this step.
    fn sent(&mut self, from: ProcessId, sends: &[(ProcessId, P::Message)]) {
        for (to, message) in sends {
            if let Some(letter) = self.plain.in_flight(&self.state, (from, *to), message) {
                self.sent.entry((*to, letter)).or_default().insert(self.at);
            }
        }
    }

    /// Whether a copy of the message that is received here arrives later.
    fn arrives_again(&self, to: ProcessId, input: &Input<P>) -> bool {
        let Input::Event(Event::Message { from, message }) = input else { return false };
        let letter = self.plain.in_flight(&self.state, (*from, to), message);
        let sent = letter.and_then(|letter| self.sent.get(&(to, letter)));
        let text = message.to_string();
        let key = (from.index(), to.index(), text.as_str());
        sent.is_some_and(|sent| self.outlook.arrives(key, sent, self.at))
    }

    /// The letters in flight that may be meant: those that were sent on that step and read so.
    fn meant<'a>(
        &'a self,
        (from, to, text): Key<'a>,
        cause: Option<u64>,
    ) -> impl Iterator<Item = LetterId> + 'a {
        let is_it = move |&letter: &LetterId| {
            let (sender, said) = self.plain.letters[to].get(letter);
            let sent = self.sent.get(&(ProcessId(to as u16), letter));
            sender.index() == from
                && said.to_string() == text
                && cause.is_none_or(|cause| sent.is_some_and(|sent| sent.contains(&cause)))
        };
        self.state.mail[to].letters().iter().copied().filter(is_it)
    }

    fn letters(&self, key: Key<'_>, cause: Option<u64>) -> Vec<Input<P>> {
        let input = |letter| {
            let (from, message) = self.plain.letters[key.1].get(letter).clone();
            Input::Event(Event::Message { from, message })
        };
        self.meant(key, cause).map(input).collect()
    }

    /// The timers that may be meant: the one of that name first. What an untimed protocol leaves
    /// out of its states may show in names.
    fn timers(&self, process: usize, text: &str) -> Vec<Input<P>> {
        let mut timers: Vec<P::Timer> =
            self.state.locals[process].node.timers().keys().cloned().collect();
        timers.sort_by_key(|timer| timer.to_string() != text);
        timers.into_iter().map(|timer| Input::Event(Event::Timer(timer))).collect()
    }

    /// The request that is made next and reads like this.
    fn requested(&self, process: usize, text: &str) -> Result<usize, String> {
        let mut due = self.world.due(self.state.tally.asked);
        let is_it = |&n: &usize| {
            let (door, request) = &self.world.requests[n];
            door.index() == process && request.to_string() == text
        };
        due.find(is_it).ok_or_else(|| match self.world.requests.len() as u32 {
            Untimed::<P>::REQUESTS => "that request is beyond the first 64".to_owned(),
            _ => "that request is not the next one".to_owned(),
        })
    }
}

/// Whether something is an effect of a process.
pub(crate) fn counts(done: &Done) -> bool {
    !matches!(done, Done::CutShort | Done::Violated(..))
}

/// Whether two effects are the same but for what a clock and a network decide. What timers are
/// called and how long they run is theirs to decide, too.
pub(crate) fn is_same(a: &Done, b: &Done) -> bool {
    match (a, b) {
        (Done::Sent { to, message, .. }, Done::Sent { to: other, message: said, .. }) => {
            to == other && message == said
        }
        (Done::Armed { .. }, Done::Armed { .. }) => true,
        _ => a == b,
    }
}
