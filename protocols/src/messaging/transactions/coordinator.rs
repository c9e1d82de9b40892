//! The broker's part: which transactions are open, and how they end. It is the coordinator of its
//! producers' transactions and has all partitions, so the end of one is one record.

use std::cmp::Ordering;

use dtxsim_core::{ProcessId, Table};

use super::message::{Message, Timer};
use super::partitions::{Event, Held, Outcomes};
use super::record::Record;
use super::{Flaw, Rules, Stamp};
use crate::common::broker::{Broker, Logged};
use crate::common::{Note, Outcome, Processes, TxId};
use crate::messaging::{self, Here, Out, Telling};

/// What a broker knows of transactions.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Transactions {
    producers: Table<ProcessId, Known>,
    held: Held,
}

/// What it knows of a producer's.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Known {
    latest: Stamp,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Standing {
    /// It is open, and has events for these.
    Open { tx: TxId, partitions: Processes },
    /// It, or the last one before that start, has ended so; of one that ends before its first event
    /// has come, nobody knows what its client calls it.
    Ended { tx: Option<TxId>, outcome: Outcome },
}

/// What an event is to a coordinator that is asked.
enum Verdict {
    /// It belongs to a transaction that is open, or that it opens.
    New,
    /// It is here already.
    Known,
    /// Its transaction has ended.
    Over(Outcome),
    /// Another has begun since.
    Late,
}

impl Known {
    fn verify(&self, stamp: Stamp, to: ProcessId) -> Verdict {
        match (stamp.cmp(&self.latest), self.standing) {
            (Ordering::Greater, _) => Verdict::New,
            (Ordering::Less, _) => Verdict::Late,
            (Ordering::Equal, Standing::Open { partitions, .. }) => {
                if partitions.contains(to) {
                    Verdict::Known
                } else {
                    Verdict::New
                }
            }
            (Ordering::Equal, Standing::Ended { outcome, .. }) => Verdict::Over(outcome),
        }
    }

    fn is_open(&self) -> bool {
        match self.standing {
            Standing::Open { .. } => true,
            Standing::Ended { .. } => false,
        }
    }

    /// Ends what is open; gives back where it has events.
    fn close(&mut self, outcome: Outcome) -> Processes {
        match self.standing {
            Standing::Open { tx, partitions } => {
                self.standing = Standing::Ended { tx: Some(tx), outcome };
                partitions
            }
            Standing::Ended { .. } => Processes::NONE,
        }
    }

    /// Whether what its producer has committed was aborted here.
    fn has_lost(&self, committed: Option<TxId>) -> bool {
        let kept = Standing::Ended { tx: committed, outcome: Outcome::Commit };
        committed.is_some() && self.standing != kept
    }
}

impl Transactions {
    /// What the broker's log amounts to, and what of it is in queues, in order.
    pub(in crate::messaging) fn replay(
        log: &[messaging::Record],
    ) -> (Transactions, Vec<Logged<'_>>) {
        let (mut transactions, mut queued) = (Transactions::default(), Vec::new());
        for record in log {
            match record {
                messaging::Record::Transaction(record) => {
                    let released = transactions.take(record).released.into_iter();
                    queued.extend(released.map(|(to, tx, part)| Logged::Admitted(to, tx, part)));
                }
                messaging::Record::Broker(record) => queued.push(Logged::Record(record)),
                // Of what is kept back for another reason; and a service's are in its own log.
                messaging::Record::Half(_)
                | messaging::Record::Committed { .. }
                | messaging::Record::Row { .. }
                | messaging::Record::Relayed { .. }
                | messaging::Record::Aborted { .. }
                | messaging::Record::Effect { .. }
                | messaging::Record::Inbox { .. }
                | messaging::Record::Refused { .. }
                | messaging::Record::GivenUp { .. }
                | messaging::Record::Poll(_)
                | messaging::Record::Event(_)
                | messaging::Record::Snapshot(_) => {}
            }
        }
        (transactions, queued)
    }

    /// What a recovery does: time-outs begin anew.
    pub(in crate::messaging) fn resume(&self, here: Here<'_>, out: &mut Out) {
        for (&producer, known) in self.producers.iter() {
            if known.is_open() {
                watch(here, (producer, known.latest), out);
            }
        }
    }

    /// The records that a compacted log has of them.
    pub(in crate::messaging) fn compacted(self) -> Option<messaging::Record> {
        let is_empty = self.producers.is_empty();
        (!is_empty).then(|| Record::Kept(self.into()).into())
    }

    /// What a record changes, when it is written as when it is read.
    fn take(&mut self, record: &Record) -> Outcomes {
        match record {
            Record::Fenced { producer, epoch, outcome } => {
                let latest = Stamp { epoch: *epoch, number: 0 };
                let never = Standing::Ended { tx: None, outcome: Outcome::Abort };
                let first = || Known { latest, standing: never };
                let known = self.producers.entry(*producer, first);
                known.latest = latest;
                let partitions = known.close(*outcome);
                self.held.end(*producer, partitions, *outcome)
            }
            Record::Produced { producer, stamp, tx, to, part } => {
                self.register(*producer, *stamp, (*to, *tx));
                self.held.append(*producer, (*to, *tx, part.clone()));
                Outcomes::default()
            }
            Record::Ended { producer, stamp, outcome } => {
                let Some(known) = self.producers.get_mut(producer) else {
                    return Outcomes::default();
                };
                if *stamp > known.latest {
                    let standing = Standing::Ended { tx: None, outcome: *outcome };
                    *known = Known { latest: *stamp, standing };
                }
                let partitions = known.close(*outcome);
                self.held.end(*producer, partitions, *outcome)
            }
            Record::Kept(all) => {
                *self = Transactions::clone(all);
                Outcomes::default()
            }
            // The producer's, in its own log.
            Record::Started { .. } => Outcomes::default(),
        }
    }

    /// An event belongs to the transaction of that name, if that is open or has not been.
    fn register(&mut self, producer: ProcessId, stamp: Stamp, (to, tx): (ProcessId, TxId)) {
        let Some(known) = self.producers.get_mut(&producer) else { return };
        if stamp > known.latest {
            let standing = Standing::Open { tx, partitions: Processes::one(to) };
            *known = Known { latest: stamp, standing };
        } else if let Standing::Open { partitions, .. } = &mut known.standing
            && stamp == known.latest
        {
            partitions.insert(to);
        }
    }

    /// Handles a message of a producer.
    pub(in crate::messaging) fn message(
        &mut self,
        here: Here<'_>,
        queues: &mut Broker,
        (from, message): (ProcessId, Message),
        out: &mut Out,
    ) {
        match message {
            Message::Init { epoch, committed } => {
                self.init(here, queues, (from, epoch, committed), out);
            }
            Message::Produce { stamp, tx, to, part } => {
                self.produce(here, (from, stamp), (to, tx, part), out);
            }
            Message::End { stamp, outcome } => {
                self.end(here, queues, (from, stamp, outcome), out);
            }
            // What a broker sends it does not get.
            Message::Inited { .. } | Message::Produced { .. } | Message::Ended { .. } => {}
        }
    }

    /// A producer has started: what it has left open is committed if it says so, and aborted if
    /// not.
    fn init(
        &mut self,
        here: Here<'_>,
        queues: &mut Broker,
        (from, epoch, committed): (ProcessId, u32, Option<TxId>),
        out: &mut Out,
    ) {
        let known = self.producers.get(&from);
        let latest = known.map(|known| known.latest.epoch);
        if latest > Some(epoch) {
            return;
        }
        if latest < Some(epoch) {
            let open = known.and_then(|known| match known.standing {
                Standing::Open { tx, .. } => Some(tx),
                Standing::Ended { .. } => None,
            });
            let is_committed = open.is_some() && open == committed;
            let outcome = if is_committed { Outcome::Commit } else { Outcome::Abort };
            let record = Record::Fenced { producer: from, epoch, outcome };
            let released = self.conclude(here, from, record, out);
            self.answer_init((from, epoch, committed), out);
            return admit(here, queues, released, out);
        }
        self.answer_init((from, epoch, committed), out);
    }

    fn answer_init(&self, (from, epoch, committed): (ProcessId, u32, Option<TxId>), out: &mut Out) {
        let lost = self.producers.get(&from).is_some_and(|known| known.has_lost(committed));
        out.send(from, Message::Inited { epoch, lost }.into());
    }

    /// An event: it is taken if its transaction is open, or not known yet.
    fn produce(
        &mut self,
        here: Here<'_>,
        (from, stamp): (ProcessId, Stamp),
        event: Event,
        out: &mut Out,
    ) {
        let Some(rules) = here.transactions() else { return };
        let Some(known) = self.producers.get(&from) else { return };
        // Who is fenced waits for no answer.
        if stamp.epoch != known.latest.epoch {
            return;
        }
        let to = event.0;
        let is_first = stamp > known.latest;
        match known.verify(stamp, to) {
            Verdict::Over(_) | Verdict::Late if rules.broken == Some(Flaw::UnverifiedProduce) => {}
            Verdict::New => {}
            Verdict::Known => return out.send(from, Message::Produced { stamp, to }.into()),
            Verdict::Over(outcome) => {
                return out.send(from, Message::Ended { stamp, outcome }.into());
            }
            Verdict::Late => return,
        }
        let (to, tx, part) = event;
        let record = Record::Produced { producer: from, stamp, tx, to, part };
        out.force(record.clone().into());
        self.take(&record);
        if is_first {
            watch(here, (from, stamp), out);
        }
        out.send(from, Message::Produced { stamp, to }.into());
    }

    /// A producer ends its transaction, perhaps before any event of it has come.
    fn end(
        &mut self,
        here: Here<'_>,
        queues: &mut Broker,
        (from, stamp, outcome): (ProcessId, Stamp, Outcome),
        out: &mut Out,
    ) {
        let Some(Rules { broken, .. }) = here.transactions() else { return };
        let Some(known) = self.producers.get(&from) else { return };
        if stamp.epoch != known.latest.epoch {
            return;
        }
        let any = broken == Some(Flaw::EndNotNumbered) && known.is_open();
        let ended = if any { known.latest } else { stamp };
        match known.standing {
            Standing::Ended { outcome, .. } if ended == known.latest => {
                out.send(from, Message::Ended { stamp, outcome }.into());
            }
            // A copy: it was answered.
            Standing::Open { .. } | Standing::Ended { .. } if ended < known.latest => {}
            Standing::Open { .. } | Standing::Ended { .. } => {
                let record = Record::Ended { producer: from, stamp: ended, outcome };
                let released = self.conclude(here, from, record, out);
                out.send(from, Message::Ended { stamp, outcome }.into());
                admit(here, queues, released, out);
            }
        }
    }

    /// A transaction has been open for too long.
    pub(in crate::messaging) fn expire(
        &mut self,
        here: Here<'_>,
        queues: &mut Broker,
        (producer, stamp): (ProcessId, Stamp),
        out: &mut Out,
    ) {
        let Some(known) = self.producers.get(&producer) else { return };
        if known.is_open() && known.latest == stamp {
            let record = Record::Ended { producer, stamp, outcome: Outcome::Abort };
            let released = self.conclude(here, producer, record, out);
            admit(here, queues, released, out);
        }
    }

    /// Something ends with that record; gives back what can be delivered.
    fn conclude(
        &mut self,
        here: Here<'_>,
        producer: ProcessId,
        record: Record,
        out: &mut Out,
    ) -> Vec<Event> {
        let known = self.producers.get(&producer).filter(|known| known.is_open());
        let expires = here.transactions().is_some_and(|rules| rules.expiry.is_some());
        if let Some(&Known { latest: stamp, .. }) = known.filter(|_| expires) {
            out.cancel_timer(Timer::Expire { producer, stamp }.into());
        }
        out.force(record.clone().into());
        let Outcomes { committed, released } = self.take(&record);
        for (tx, to) in committed {
            out.note(Note::Published { tx, to });
        }
        released
    }

    /// Says at rest what is kept back.
    pub(in crate::messaging) fn report(&self, say: &mut Vec<Note>) {
        self.held.report(say);
    }
}

/// A transaction that nobody ends is not waited for any longer than that.
fn watch(here: Here<'_>, (producer, stamp): (ProcessId, Stamp), out: &mut Out) {
    if here.transactions().is_some_and(|rules| rules.expiry.is_some()) {
        out.set_timer(Timer::Expire { producer, stamp }.into());
    }
}

fn admit(here: Here<'_>, queues: &mut Broker, released: Vec<Event>, out: &mut Out) {
    let rules = here.protocol.rules();
    for (to, tx, part) in released {
        queues.admit(&rules, to, (tx, part), out);
    }
}

impl Here<'_> {
    /// The rules of transactions at the broker, if there are any.
    pub(in crate::messaging) fn transactions(&self) -> Option<Rules> {
        let Telling::Transactions(rules) = self.telling() else { return None };
        Some(rules)
    }
}
