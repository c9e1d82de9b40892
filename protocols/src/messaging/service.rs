//! A service: the source of some transactions, a consumer of the events of others. One store, one
//! log.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, Table};

use super::events::Handler;
use super::memory::{Memory, Received};
use super::message::Timer;
use super::polls::Feed;
use super::settings::{Flaw, Relaying, Relays, Telling};
use super::{Here, Message, Messaging, calls};
use super::{half, polls, transactions};
use crate::common::broker;
use crate::common::{Key, LocalStore, Note, Outcome, Part, Processes, TxId, Work};

pub(super) type Out = Outbox<Messaging>;

/// A service's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    pub(super) store: LocalStore,
    /// Events that the broker, or receivers, are not known to have, in the order in which they
    /// shall get them.
    pub(super) rows: Vec<Row>,
    /// Rows of which calls are made no more, and a person must act.
    pub(super) orphans: Table<TxId, ()>,
    /// The highest number that the relay has read, where it minds numbers.
    pub(super) read: Option<TxId>,
    /// Events that the broker shall keep back, and how often each was sent again.
    pub(super) halves: Table<TxId, (Work, u8)>,
    /// How transactions have ended of whose events the broker may ask.
    pub(super) ended: Table<TxId, Outcome>,
    /// Local transactions that have begun and are not committed.
    pub(super) running: Table<TxId, Work>,
    /// What it has under way in transactions of the broker.
    pub(super) producer: transactions::Producer,
    /// Events of which it knows that it has had them.
    pub(super) inbox: Table<TxId, Received>,
    /// Of which event each datum is, where that is minded.
    pub(super) versions: Table<Key, TxId>,
    /// Transactions whose clients wait until their source has consumed its own event.
    pub(super) asked: Table<TxId, ()>,
    /// What it has committed and others read, and how far it has read theirs, where they do.
    pub(super) feed: Option<Box<Feed>>,
    /// Commands that are decided against the fold of its events, where its state is that.
    pub(super) handler: Handler,
    /// What workers have looked up and not acted on.
    pub(super) working: Table<(TxId, u8), Part>,
}

/// An event that is to be published.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Row {
    pub(super) tx: TxId,
    pub(super) work: Work,
    /// Whether somebody is at it: it is under way.
    pub(super) taken: bool,
    /// How often it has been published again.
    pub(super) attempt: u8,
    /// Who has answered, where receivers are called.
    pub(super) answered: Processes,
    /// Whether somebody refuses for good.
    pub(super) refused: bool,
}

impl Row {
    pub(super) fn new(tx: TxId, work: Work) -> Row {
        Row { tx, work, taken: false, attempt: 0, answered: Processes::NONE, refused: false }
    }

    /// Whether sources change the same datum by both.
    fn shares_key(&self, other: &Row) -> bool {
        let keys = |row: &Row| {
            let ops = row.work.0.branches()[0].ops.clone();
            ops.iter().filter(|op| op.writes()).map(|op| op.key()).collect::<Vec<_>>()
        };
        let others = keys(other);
        keys(self).iter().any(|key| others.contains(key))
    }
}

impl Service {
    /// The row that is to be taken next, if its turn has come.
    pub(super) fn next_row(&self, here: Here<'_>) -> Option<usize> {
        let relays = if let Telling::Outbox(Relaying { relays, .. }) = here.telling() {
            relays
        } else {
            Relays::One
        };
        let under_way = self.rows.iter().filter(|row| row.taken).count();
        if under_way >= relays.count() && !here.flawed(Flaw::SeveralInFlight) {
            return None;
        }
        let is_free = |&at: &usize| {
            let row = &self.rows[at];
            let held = relays == Relays::SkipLockedPerKey
                && self.rows[..at].iter().any(|older| older.shares_key(row));
            !row.taken && !held
        };
        (0..self.rows.len()).find(is_free)
    }

    pub(super) fn boot(here: Here<'_>, log: &[super::Record], out: &mut Out) -> Service {
        let memory = Memory::replay(here, log);
        memory.recall(out);
        let minds_numbers = here.flawed(Flaw::SkipsLateCommits);
        let mut service = Service {
            store: memory.store(),
            rows: Vec::new(),
            orphans: Table::new(),
            read: memory.relayed.filter(|_| minds_numbers),
            halves: Table::new(),
            ended: memory.ended,
            running: Table::new(),
            producer: transactions::Producer::default(),
            inbox: memory.inbox,
            versions: memory.versions,
            asked: Table::new(),
            feed: here.polls().map(|_| Box::new(Feed::resumed(memory.offsets))),
            handler: Handler::at(memory.stream.version),
            working: Table::new(),
        };
        for &tx in memory.given_up.keys() {
            service.leave_to_person(tx, out);
        }
        if here.transactions().is_some() {
            if here.is_source() {
                let committed = memory.rows.first().map(|(tx, _)| *tx);
                service.start_producing(here, (memory.epoch + 1, committed), out);
            }
            return service;
        }
        let in_memory = here.calls().is_some_and(|rules| rules.keeps == calls::Keeps::Memory);
        for (tx, work) in memory.rows {
            if in_memory {
                // Who made the calls is gone.
                service.leave_to_person(tx, out);
            } else {
                service.hand_over(here, tx, work, out);
            }
        }
        Service::poll_later(here, out);
        service
    }

    pub(super) fn step(&mut self, here: Here<'_>, event: Event<Messaging>, out: &mut Out) {
        match event {
            Event::Request { id, request: work } => self.begin(here, id.into(), work, out),
            Event::Message { from, message } => match message {
                Message::Broker(broker::Message::Accepted { tx }) => self.accepted(here, tx, out),
                Message::Broker(broker::Message::Deliver { tx, part }) => {
                    self.delivered(here, (from, tx), part, out);
                }
                // The broker's business; nobody sends it here.
                Message::Broker(
                    broker::Message::Publish { .. } | broker::Message::Consumed { .. },
                ) => {}
                Message::Half(message) => self.kept_back(here, message, out),
                Message::Transaction(message) => self.in_transaction(here, message, out),
                Message::Call(calls::Message::Call { tx, part }) => {
                    self.delivered(here, (from, tx), part, out);
                }
                Message::Call(calls::Message::Result { tx, refused }) => {
                    self.answered(here, (from, refused), tx, out);
                }
                Message::Poll(polls::Message::Poll { after }) => self.polled(from, after, out),
                Message::Poll(polls::Message::Changes { changes }) => {
                    self.read(here, from, &changes, out);
                }
            },
            Event::Timer(Timer::Republish { tx, .. }) => self.republish(here, tx, out),
            Event::Timer(Timer::Handle { tx, worker }) => self.handle(here, (tx, worker), out),
            Event::Timer(Timer::Commit { tx }) => match here.events() {
                Some(rules) => self.append_decided(here, rules, tx, out),
                None => {
                    if let Some(work) = self.running.remove(&tx) {
                        self.commit(here, tx, work, out);
                    }
                }
            },
            Event::Timer(Timer::Half(half::Timer::Resend { tx, .. })) => {
                self.resend_half(here, tx, out);
            }
            Event::Timer(Timer::CallAgain { tx, .. }) => self.call_again(here, tx, out),
            Event::Timer(Timer::Poll) => self.poll(here, out),
            Event::Timer(Timer::Transaction(transactions::Timer::Repeat { .. })) => {
                self.produce_again(here, out);
            }
            // The broker's timers; and nothing is left to choice.
            Event::Timer(
                Timer::Broker(_)
                | Timer::Half(half::Timer::CheckBack { .. })
                | Timer::Transaction(transactions::Timer::Expire { .. }),
            )
            | Event::Chosen(_) => {}
        }
    }

    pub(super) fn report(&self, here: Here<'_>, say: &mut Vec<Note>) {
        self.store.report(say);
        for (&tx, received) in self.inbox.iter() {
            match received {
                Received::Done => {}
                Received::Refused => say.push(Note::NeedsPerson { tx }),
            }
        }
        for &tx in self.orphans.keys() {
            say.push(Note::NeedsPerson { tx });
        }
        let mut wait = |tx, waits_for| {
            say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
        };
        for row in &self.rows {
            match here.calls() {
                Some(_) => wait(row.tx, row.unanswered().map(|(to, _)| to).collect()),
                None => wait(row.tx, [here.broker()].into()),
            }
        }
        for tx in self.halves.keys().copied().chain(self.producer.unfinished()) {
            wait(tx, [here.broker()].into());
        }
        if let Some(feed) = &self.feed {
            feed.report(say);
        }
    }
}

impl Here<'_> {
    pub(super) fn flawed(&self, flaw: Flaw) -> bool {
        self.protocol.settings.broken == Some(flaw)
    }

    /// Whether clients may ask this service first.
    fn is_source(&self) -> bool {
        self.protocol.asked.contains(self.me)
    }

    pub(super) fn telling(&self) -> Telling {
        self.protocol.settings.telling
    }
}
