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
//! the order in which they were accepted; after silence the same is delivered again, for ever.
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
    /// How it repeats what is not answered.
    pub retry: Retry,
}

/// A broker's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Broker {
    /// Of each receiver for which there is something.
    queues: Table<ProcessId, Queue>,
    /// All that it has accepted, if it minds.
    accepted: Table<TxId, ()>,
}

/// What one receiver has not consumed yet. The first is outstanding.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Queue {
    waiting: VecDeque<(TxId, Part)>,
    /// How often the first has been delivered again.
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
            queue.deliver(to, out);
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
                Logged::Record(Record::Consumed { tx, by }) => drop(broker.take(*tx, *by)),
                Logged::Record(Record::Backlog(backlog)) => {
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

    /// Takes the first out of a receiver's queue, if it is that one; gives back how often it was
    /// delivered again.
    fn take(&mut self, tx: TxId, by: ProcessId) -> Option<u8> {
        let queue = self.queues.get_mut(&by)?;
        queue.waiting.pop_front_if(|(first, _)| *first == tx)?;
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
            Message::Consumed { tx } => self.consumed(tx, from, out),
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
            queue.deliver(to, out);
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
                self.admit(to, (tx, part), out);
            }
        } else {
            accepted(out);
        }
    }

    /// An event that is durable is to be delivered to a receiver.
    pub fn admit<P: Host>(&mut self, to: ProcessId, (tx, part): (TxId, Part), out: &mut Outbox<P>) {
        let queue = self.queues.entry(to, Queue::default);
        queue.waiting.push_back((tx, part));
        if queue.waiting.len() == 1 {
            queue.deliver(to, out);
        }
    }

    fn consumed<P: Host>(&mut self, tx: TxId, by: ProcessId, out: &mut Outbox<P>) {
        // An acknowledgement of what is not outstanding is late.
        let Some(attempt) = self.take(tx, by) else { return };
        out.append(Record::Consumed { tx, by }.into());
        out.cancel_timer(Timer::Redeliver { to: by, attempt }.into());
        if let Some(queue) = self.queues.get(&by) {
            queue.deliver(by, out);
        }
    }

    /// Says at rest what has not been consumed.
    pub fn report(&self, say: &mut Vec<Note>) {
        for (&to, queue) in self.queues.iter() {
            for &(tx, _) in &queue.waiting {
                say.push(Note::Waiting { tx, waits_for: [to].into(), holding: Arc::default() });
            }
        }
    }
}

impl Queue {
    fn deliver<P: Host>(&self, to: ProcessId, out: &mut Outbox<P>) {
        let Some((tx, part)) = self.waiting.front() else { return };
        out.send(to, Message::Deliver { tx: *tx, part: part.clone() }.into());
        out.set_timer(Timer::Redeliver { to, attempt: self.attempt }.into());
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
    Record::Backlog(Arc::new(Backlog { waiting, accepted }))
}

#[cfg(test)]
mod tests {
    use dtxsim_core::{Effect, Nanos};

    use super::*;
    use crate::common::{Branch, Key, Op, Transaction};
    use crate::messaging::Messaging;

    /// What a broker sent, and how often it forced something.
    fn done(out: &Outbox<Messaging>) -> (Vec<String>, usize) {
        let sent = out.effects().iter().filter_map(|effect| match effect {
            Effect::Send { to, message } => Some(format!("{message} to {to}")),
            Effect::Append(_)
            | Effect::Sync
            | Effect::SetTimer(_)
            | Effect::CancelTimer(_)
            | Effect::Choose(_)
            | Effect::Note(_) => None,
        });
        (sent.collect(), out.effects().iter().filter(|effect| **effect == Effect::Sync).count())
    }

    #[test]
    fn a_broker_delivers_one_after_the_other_and_repeats_itself_unless_told() {
        let (source, consumer) = (ProcessId(1), ProcessId(2));
        let branch =
            |process| Branch { process, ops: std::iter::once(Op::Add(Key(0), 1)).collect() };
        let transaction = Transaction::new("t", [branch(source), branch(consumer)]);
        let work = Work(Arc::new(transaction));
        let publish = |tx| Message::Publish { tx: TxId(tx), work: work.clone() };
        let retry = Retry::new(Nanos(1), Nanos(1), None);
        for (deduplicating, left) in [(false, 3), (true, 2)] {
            let rules = Rules { deduplicating, to_source: false, decides: false, retry };
            let mut out: Outbox<Messaging> = Outbox::default();
            let mut broker = Broker::boot(&rules, std::iter::empty(), &mut out);
            for tx in [0, 1, 0] {
                broker.message(&rules, source, publish(tx), &mut out);
            }
            let (sent, forced) = done(&out);
            let accepted = ["accepted tx0 to p1", "deliver tx0 to p2", "accepted tx1 to p1"];
            assert_eq!(sent[..3], accepted, "the second waits for the first");
            assert_eq!((sent.len(), forced), (4, left), "every publication is accepted");
            let mut say = Vec::new();
            broker.report(&mut say);
            assert_eq!(say.len(), left);
            let mut out: Outbox<Messaging> = Outbox::default();
            broker.message(&rules, consumer, Message::Consumed { tx: TxId(1) }, &mut out);
            assert_eq!(done(&out).0, [""; 0], "it is not outstanding");
            broker.message(&rules, consumer, Message::Consumed { tx: TxId(0) }, &mut out);
            broker.message(&rules, consumer, Message::Consumed { tx: TxId(0) }, &mut out);
            assert_eq!(done(&out).0, ["deliver tx1 to p2"], "once");
            let timer = Timer::Redeliver { to: consumer, attempt: 0 };
            broker.timer(&rules, &timer, &mut out);
            assert_eq!(done(&out).0[1..], ["deliver tx1 to p2"], "after silence");
        }
    }
}
