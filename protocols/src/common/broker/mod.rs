//! A message broker: a process with a durable log. It takes events from publishers, keeps them in a
//! queue for each receiver, and delivers them one after the other.
//!
//! ```text
//! publisher        broker                receiver
//!     | publish      |                       |
//!     |------------->| ACCEPTED              |
//!     |     accepted |                       |
//!     |<-------------| deliver               |
//!     |              |---------------------->|
//!     |              |              consumed |
//!     |              |<----------------------|
//!     |              | consumed              |
//! ```
//!
//! The record in capitals is forced, and only then anybody hears of the event: what is acknowledged
//! to a publisher is not lost. That a receiver has consumed an event is written lazily, so a crash
//! has it delivered again: at least once. So does a publisher that repeats itself, unless
//! [`Rules::deduplicating`]: the broker cannot tell a repetition from a new event otherwise, as
//! most brokers cannot. A receiver has at most one event outstanding, so it gets first copies in
//! the order in which they were accepted, unless [`Rules::prefetch`] is more. After silence what is
//! outstanding is delivered again, for ever.
//!
//! If [`Rules::retry`] has a limit, an event that is not acknowledged in so many deliveries is a
//! *dead letter*: it is set aside, durably, a person must see to it, and the next one's turn has
//! come. Deliveries are counted since the broker's last start. Whether the receiver was never able
//! to take it, was slow, or was down, the broker cannot know; a delivery that is under way may
//! arrive after the next event.
//!
//! It is a part of a protocol and none by itself: [`Host`] says what the protocol must have.

mod message;
mod record;

pub use message::{Message, Timer};
pub use record::{Backlog, Logged, Record};

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use dtxsim_core::{Outbox, ProcessId, Protocol, Table};

use super::note::{Note, Outcome, Standing};
use super::retry::Retry;
use super::transaction::{Part, TxId, Work};

/// The name of the broker's process; services have their own.
pub const BROKER: &str = "broker";

/// A protocol that has a broker among its processes.
pub trait Host:
    Protocol<Note = Note, Message: From<Message>, Timer: From<Timer>, Record: From<Record>>
{
}

impl<P> Host for P where
    P: Protocol<Note = Note, Message: From<Message>, Timer: From<Timer>, Record: From<Record>>
{
}

/// What a broker promises.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// Whether it remembers every event that it has accepted, and accepts none twice.
    pub deduplicating: bool,
    /// Whether a source gets its own events.
    pub to_source: bool,
    /// Whether that it has accepted an event is what decides on the transaction.
    pub decides: bool,
    /// How it repeats what is not answered; after its limit an event is a dead letter.
    pub retry: Retry,
    /// So many events a receiver may have outstanding: one for each of its workers.
    pub prefetch: usize,
    /// Done wrong on purpose: what would be a dead letter is thrown away, and nobody is told.
    pub discards: bool,
}

/// A broker's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Broker {
    /// Of each receiver for which there is something.
    queues: Table<ProcessId, Queue>,
    /// All that it has accepted, if it minds.
    accepted: Table<TxId, ()>,
    /// What it has set aside.
    dead: Table<(ProcessId, TxId), ()>,
}

/// What one receiver has not consumed yet. The first, as many as it may have, are outstanding.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Queue {
    waiting: VecDeque<(TxId, Part)>,
    /// How often what is outstanding has been delivered again.
    attempt: u8,
}

/// Whom the event of a transaction is for, each with its part: those that write, but for the
/// source.
pub fn receivers(work: &Work) -> impl Iterator<Item = (ProcessId, Part)> + '_ {
    let branches = work.0.branches().iter().enumerate().skip(1);
    let written = branches.filter(|(_, branch)| !branch.reads_only());
    written.map(|(n, branch)| (branch.process, Part::new(work.clone(), n)))
}

impl Rules {
    /// Whom the event of a transaction is delivered to.
    fn receivers(self, work: &Work) -> impl Iterator<Item = (ProcessId, Part)> + '_ {
        let source = self.to_source.then(|| (work.0.source(), Part::new(work.clone(), 0)));
        source.into_iter().chain(receivers(work))
    }
}

impl Broker {
    /// First start and recovery.
    pub fn boot<'a, P: Host>(
        rules: &Rules,
        log: impl Iterator<Item = Logged<'a>>,
        out: &mut Outbox<P>,
    ) -> Broker {
        let broker = Broker::replay(rules, log);
        if rules.decides {
            broker.recall(out);
        }
        for (&to, queue) in broker.queues.iter() {
            queue.deliver(rules, to, out);
        }
        for &(_, tx) in broker.dead.keys() {
            out.note(Note::NeedsPerson { tx });
        }
        broker
    }

    fn replay<'a>(rules: &Rules, log: impl Iterator<Item = Logged<'a>>) -> Broker {
        let mut broker = Broker::default();
        for logged in log {
            match logged {
                Logged::Admitted(to, tx, part) => broker.queue(to).push_back((tx, part)),
                Logged::Record(Record::Accepted { tx, work }) => {
                    broker.remember(rules, *tx);
                    for (to, part) in rules.receivers(work) {
                        broker.queue(to).push_back((*tx, part));
                    }
                }
                Logged::Record(Record::Consumed { tx, by }) => {
                    broker.take(rules, *tx, *by);
                }
                Logged::Record(Record::DeadLetter { tx, to }) => {
                    broker.take(rules, *tx, *to);
                    broker.dead.insert((*to, *tx), ());
                }
                Logged::Record(Record::Backlog(backlog)) => {
                    for &dead in &backlog.dead {
                        broker.dead.insert(dead, ());
                    }
                    for &tx in &backlog.accepted {
                        broker.accepted.insert(tx, ());
                    }
                    for (to, tx, part) in &backlog.waiting {
                        broker.queue(*to).push_back((*tx, part.clone()));
                    }
                }
            }
        }
        broker
    }

    /// What a recovery says: a crash may have taken the note of the last that it has accepted, and
    /// that is still in its queues.
    fn recall<P: Host>(&self, out: &mut Outbox<P>) {
        let waiting = self.queues.iter().flat_map(|(_, queue)| &queue.waiting);
        let all: BTreeSet<TxId> = waiting.map(|(tx, _)| *tx).collect();
        for tx in all {
            let standing = Standing::Decided(Outcome::Commit);
            out.note(Note::Restored { tx, standing });
        }
    }

    fn queue(&mut self, to: ProcessId) -> &mut VecDeque<(TxId, Part)> {
        &mut self.queues.entry(to, Queue::default).waiting
    }

    /// Whether it is new, as far as is minded.
    fn remember(&mut self, rules: &Rules, tx: TxId) -> bool {
        !rules.deduplicating || self.accepted.insert(tx, ()).is_none()
    }

    /// Takes an event out of a receiver's queue, if it is outstanding; gives back how often it was
    /// delivered again.
    fn take(&mut self, rules: &Rules, tx: TxId, by: ProcessId) -> Option<u8> {
        let queue = self.queues.get_mut(&by)?;
        let mut outstanding = queue.waiting.iter().take(rules.prefetch);
        let at = outstanding.position(|(other, _)| *other == tx)?;
        queue.waiting.remove(at);
        let attempt = std::mem::take(&mut queue.attempt);
        if queue.waiting.is_empty() {
            self.queues.remove(&by);
        }
        Some(attempt)
    }

    /// Handles a message.
    pub fn message<P: Host>(
        &mut self,
        rules: &Rules,
        from: ProcessId,
        message: Message,
        out: &mut Outbox<P>,
    ) {
        match message {
            Message::Publish { tx, work } => self.publish(rules, Some(from), (tx, work), out),
            Message::Consumed { tx } => self.consumed(rules, tx, from, out),
            // What a broker sends it does not get.
            Message::Accepted { .. } | Message::Deliver { .. } => {}
        }
    }

    /// A timer has run out.
    pub fn timer<P: Host>(&mut self, rules: &Rules, timer: &Timer, out: &mut Outbox<P>) {
        let Timer::Redeliver { to, .. } = *timer;
        let Some(queue) = self.queues.get_mut(&to) else { return };
        if let Some(next) = rules.retry.next(queue.attempt) {
            queue.attempt = next;
            queue.deliver(rules, to, out);
        } else {
            self.set_aside(rules, to, out);
        }
    }

    /// What is outstanding was delivered as often as it may be.
    fn set_aside<P: Host>(&mut self, rules: &Rules, to: ProcessId, out: &mut Outbox<P>) {
        let first = self.queues.get(&to).and_then(|queue| queue.waiting.front());
        let Some(&(tx, _)) = first else { return };
        self.take(rules, tx, to);
        if rules.discards {
            out.append(Record::Consumed { tx, by: to }.into());
        } else {
            out.force(Record::DeadLetter { tx, to }.into());
            out.note(Note::NeedsPerson { tx });
            self.dead.insert((to, tx), ());
        }
        if let Some(queue) = self.queues.get(&to) {
            queue.deliver(rules, to, out);
        }
    }

    /// An event is to be delivered to its receivers; who published it, if somebody waits, is told
    /// that it is accepted.
    pub fn publish<P: Host>(
        &mut self,
        rules: &Rules,
        from: Option<ProcessId>,
        (tx, work): (TxId, Work),
        out: &mut Outbox<P>,
    ) {
        let accepted = |out: &mut Outbox<P>| {
            if let Some(from) = from {
                out.send(from, Message::Accepted { tx }.into());
            }
        };
        if self.remember(rules, tx) {
            out.force(Record::Accepted { tx, work: work.clone() }.into());
            if rules.decides {
                out.note(Note::Decided { tx, outcome: Outcome::Commit, forced: true });
            }
            for (to, _) in rules.receivers(&work) {
                out.note(Note::Published { tx, to });
            }
            accepted(out);
            for (to, part) in rules.receivers(&work) {
                self.admit(rules, to, (tx, part), out);
            }
        } else {
            accepted(out);
        }
    }

    /// An event that is durable is to be delivered to a receiver.
    pub fn admit<P: Host>(
        &mut self,
        rules: &Rules,
        to: ProcessId,
        event: (TxId, Part),
        out: &mut Outbox<P>,
    ) {
        let queue = self.queues.entry(to, Queue::default);
        queue.waiting.push_back(event);
        let at = queue.waiting.len() - 1;
        if at < rules.prefetch {
            queue.send(at, to, out);
        }
        if at == 0 {
            queue.wait(to, out);
        }
    }

    fn consumed<P: Host>(&mut self, rules: &Rules, tx: TxId, by: ProcessId, out: &mut Outbox<P>) {
        // An acknowledgement of what is not outstanding is late.
        let Some(attempt) = self.take(rules, tx, by) else { return };
        out.append(Record::Consumed { tx, by }.into());
        out.cancel_timer(Timer::Redeliver { to: by, attempt }.into());
        if let Some(queue) = self.queues.get(&by) {
            // The next one's turn has come; the others are outstanding already.
            queue.send(rules.prefetch - 1, by, out);
            queue.wait(by, out);
        }
    }

    /// Says at rest what has not been consumed.
    pub fn report(&self, say: &mut Vec<Note>) {
        for &(_, tx) in self.dead.keys() {
            say.push(Note::NeedsPerson { tx });
        }
        for (&to, queue) in self.queues.iter() {
            for &(tx, _) in &queue.waiting {
                say.push(Note::Waiting { tx, waits_for: [to].into(), holding: Arc::default() });
            }
        }
    }
}

impl Queue {
    /// Delivers all that is outstanding.
    fn deliver<P: Host>(&self, rules: &Rules, to: ProcessId, out: &mut Outbox<P>) {
        for at in 0..rules.prefetch.min(self.waiting.len()) {
            self.send(at, to, out);
        }
        self.wait(to, out);
    }

    /// Delivers what has come to that place, if there is something.
    fn send<P: Host>(&self, at: usize, to: ProcessId, out: &mut Outbox<P>) {
        if let Some((tx, part)) = self.waiting.get(at) {
            out.send(to, Message::Deliver { tx: *tx, part: part.clone() }.into());
        }
    }

    fn wait<P: Host>(&self, to: ProcessId, out: &mut Outbox<P>) {
        if !self.waiting.is_empty() {
            out.set_timer(Timer::Redeliver { to, attempt: self.attempt }.into());
        }
    }
}

/// What a broker's log amounts to, as one record.
pub fn compacted<'a>(rules: &Rules, log: impl Iterator<Item = Logged<'a>>) -> Record {
    let broker = Broker::replay(rules, log);
    let mut waiting = Vec::new();
    for (&to, queue) in broker.queues.iter() {
        waiting.extend(queue.waiting.iter().map(|(tx, part)| (to, *tx, part.clone())));
    }
    let accepted = broker.accepted.keys().copied().collect();
    let dead = broker.dead.keys().copied().collect();
    Record::Backlog(Arc::new(Backlog { waiting, dead, accepted }))
}
