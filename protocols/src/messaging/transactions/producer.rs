//! A service as a producer: it sends its events within a transaction of the broker, does its local
//! transaction once the broker has them all, and ends the broker's as that has ended.

use std::collections::VecDeque;

use dtxsim_core::ProcessId;

use super::message::{Message, Timer};
use super::record::Record;
use super::{Flaw, Stamp};
use crate::common::broker::receivers;
use crate::common::{Note, Outcome, Processes, TxId, Work};
use crate::messaging::service::Service;
use crate::messaging::{self, Here, Out};

/// What a producer keeps in mind: one transaction at a time.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Producer {
    /// Of the latest transaction, or of the start before it.
    stamp: Stamp,
    standing: Standing,
    /// How often what it waits for was sent again.
    attempt: u8,
    /// Clients that wait for their turn.
    waiting: VecDeque<(TxId, Work)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
enum Standing {
    /// It waits for clients.
    #[default]
    Idle,
    /// The broker is to know that it has started, and what it has committed before.
    Starting { committed: Option<TxId> },
    /// The broker is to have all events; these it has.
    Producing { tx: TxId, work: Work, stored: Processes },
    /// The broker is to know how it ended.
    Ending { tx: TxId, outcome: Outcome },
}

impl Producer {
    /// The transaction on which it works.
    fn current(&self) -> Option<TxId> {
        match self.standing {
            Standing::Idle => None,
            Standing::Starting { committed } => committed,
            Standing::Producing { tx, .. } | Standing::Ending { tx, .. } => Some(tx),
        }
    }

    /// All that wait for the broker.
    pub(in crate::messaging) fn unfinished(&self) -> impl Iterator<Item = TxId> + '_ {
        self.current().into_iter().chain(self.waiting.iter().map(|(tx, _)| *tx))
    }

    /// Sends what is not answered yet, and waits.
    fn send(&self, here: Here<'_>, out: &mut Out) {
        let (broker, stamp) = (here.broker(), self.stamp);
        match &self.standing {
            Standing::Idle => return,
            Standing::Starting { committed } => {
                let (epoch, committed) = (stamp.epoch, *committed);
                out.send(broker, Message::Init { epoch, committed }.into());
            }
            Standing::Producing { tx, work, stored } => {
                for (to, part) in receivers(work).filter(|(to, _)| !stored.contains(*to)) {
                    out.send(broker, Message::Produce { stamp, tx: *tx, to, part }.into());
                }
            }
            Standing::Ending { outcome, .. } => {
                out.send(broker, Message::End { stamp, outcome: *outcome }.into());
            }
        }
        out.set_timer(Timer::Repeat { attempt: self.attempt }.into());
    }

    /// It has its answer.
    fn answered(&mut self, out: &mut Out) -> Standing {
        out.cancel_timer(Timer::Repeat { attempt: self.attempt }.into());
        self.attempt = 0;
        std::mem::take(&mut self.standing)
    }
}

impl Service {
    /// First start and recovery: what an earlier start has left open is over.
    pub(in crate::messaging) fn start_producing(
        &mut self,
        here: Here<'_>,
        (epoch, committed): (u32, Option<TxId>),
        out: &mut Out,
    ) {
        out.force(Record::Started { epoch }.into());
        self.producer.stamp = Stamp { epoch, number: 0 };
        self.producer.standing = Standing::Starting { committed };
        self.producer.send(here, out);
    }

    /// A client asks for a transaction.
    pub(in crate::messaging) fn produce(
        &mut self,
        here: Here<'_>,
        tx: TxId,
        work: Work,
        out: &mut Out,
    ) {
        self.producer.waiting.push_back((tx, work));
        if self.producer.standing == Standing::Idle {
            self.produce_next(here, out);
        }
    }

    /// The next transaction begins. Its events are under way when its own part turns out to be
    /// refused, as where each is sent as soon as it is made.
    fn produce_next(&mut self, here: Here<'_>, out: &mut Out) {
        let Some((tx, work)) = self.producer.waiting.pop_front() else { return };
        self.producer.stamp.number += 1;
        let stored = Processes::NONE;
        self.producer.standing = Standing::Producing { tx, work: work.clone(), stored };
        self.producer.send(here, out);
        let ops = &work.0.branches()[0].ops;
        if self.store.clone().execute(tx, ops, here.keys()).is_err() {
            self.producer.answered(out);
            self.commit(here, tx, work, out);
        }
    }

    /// The local transaction has ended, and with it the broker's.
    pub(in crate::messaging) fn end_transaction(
        &mut self,
        here: Here<'_>,
        (tx, outcome): (TxId, Outcome),
        out: &mut Out,
    ) {
        self.producer.standing = Standing::Ending { tx, outcome };
        self.producer.send(here, out);
    }

    /// The broker has not answered in time.
    pub(in crate::messaging) fn produce_again(&mut self, here: Here<'_>, out: &mut Out) {
        if let Some(next) = here.protocol.retry.next(self.producer.attempt) {
            self.producer.attempt = next;
            self.producer.send(here, out);
        }
    }

    /// A message of the broker.
    pub(in crate::messaging) fn in_transaction(
        &mut self,
        here: Here<'_>,
        message: Message,
        out: &mut Out,
    ) {
        match message {
            Message::Inited { epoch, lost } => self.started(here, (epoch, lost), out),
            Message::Produced { stamp, to } if stamp == self.producer.stamp => {
                self.stored(here, to, out);
            }
            Message::Ended { stamp, outcome } if stamp == self.producer.stamp => {
                self.ended(here, outcome, out);
            }
            // Of one that is over; or the broker's business, which nobody sends here.
            Message::Produced { .. }
            | Message::Ended { .. }
            | Message::Init { .. }
            | Message::Produce { .. }
            | Message::End { .. } => {}
        }
    }

    fn started(&mut self, here: Here<'_>, (epoch, lost): (u32, bool), out: &mut Out) {
        match self.producer.standing {
            Standing::Starting { committed } if epoch == self.producer.stamp.epoch => {
                self.producer.answered(out);
                if let Some(tx) = committed {
                    self.told(here, (tx, lost), out);
                }
                self.produce_next(here, out);
            }
            // A copy.
            Standing::Starting { .. }
            | Standing::Idle
            | Standing::Producing { .. }
            | Standing::Ending { .. } => {}
        }
    }

    /// The broker has an event. Once it has all of them, the local transaction commits.
    fn stored(&mut self, here: Here<'_>, to: ProcessId, out: &mut Out) {
        match &mut self.producer.standing {
            Standing::Producing { tx, work, stored } => {
                stored.insert(to);
                let (tx, work, stored) = (*tx, work.clone(), *stored);
                if receivers(&work).all(|(to, _)| stored.contains(to)) {
                    self.producer.answered(out);
                    self.commit(here, tx, work, out);
                }
            }
            // It is over, or it would not wait for it.
            Standing::Idle | Standing::Starting { .. } | Standing::Ending { .. } => {}
        }
    }

    /// The broker says how the transaction has ended there.
    fn ended(&mut self, here: Here<'_>, outcome: Outcome, out: &mut Out) {
        match self.producer.standing {
            // It was ended by somebody else before it was decided here.
            Standing::Producing { tx, .. } => {
                self.producer.answered(out);
                out.force(messaging::Record::Aborted { tx });
                out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
                out.note(Note::Answered { tx, outcome: Outcome::Abort });
            }
            Standing::Ending { tx, outcome: wanted } => {
                self.producer.answered(out);
                if wanted == Outcome::Commit {
                    self.told(here, (tx, outcome != wanted), out);
                }
            }
            // A copy.
            Standing::Idle | Standing::Starting { .. } => return,
        }
        self.produce_next(here, out);
    }

    /// The broker knows of a commit, or has aborted what is committed: then a person must act.
    fn told(&mut self, here: Here<'_>, (tx, lost): (TxId, bool), out: &mut Out) {
        let is_minded =
            here.transactions().is_some_and(|rules| rules.broken != Some(Flaw::ExpiryOnlyLogged));
        if lost && is_minded {
            out.force(messaging::Record::GivenUp { tx });
            self.leave_to_person(tx, out);
        } else {
            out.force(messaging::Record::Relayed { tx });
        }
    }
}
