//! Services that tell each other by a broker what they have committed: what [`crate::outbox`] and
//! [`crate::dual_write`] have in common.
//!
//! A transaction's first branch is done by its *source* in one local transaction; every other
//! branch that writes is the effect that its service, a *consumer*, shall have when it gets the
//! event. A local transaction is one record, so it is there or it is not. The source answers its
//! client as soon as it has committed.
//!
//! | role | file | |
//! |---|---|---|
//! | source | `source.rs` | its local transaction, and the relay of its event to the broker |
//! | consumer | `consumer.rs` | the effect of an event, and what keeps it from having it twice |
//! | broker | [`crate::common::broker`] | keeps events until they are consumed |
//!
//! Every service is both source and consumer, with one store and one log (`service.rs`).

mod consumer;
mod memory;
mod message;
mod record;
mod service;
mod settings;
mod source;

pub use memory::{Memory, Past, Received};
pub use message::Timer;
pub use record::Record;
pub use service::Service;
pub use settings::{Consumer, Flaw, Relay, Settings, Telling, Timeouts};

use std::sync::Arc;

use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use crate::common::broker::{self, BROKER, Broker, Message};
use crate::common::{Business, KeySpec, Note, Retry, Work, services};
use crate::properties::Property;
use crate::setup::{SetupError, Words};

/// What fault triggers and requirements may name.
pub const WORDS: Words = Words {
    messages: Message::KINDS,
    timers: Timer::KINDS,
    records: Record::KINDS,
    notes: Note::KINDS,
};

/// What it is judged by.
pub const PROPERTIES: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
    Property::PerKeyOrder,
];

/// A broker and services around it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Messaging {
    topology: Topology,
    broker: ProcessId,
    /// The data of each process; none for the broker.
    keys: Arc<[Vec<KeySpec>]>,
    settings: Settings,
    retry: Retry,
    /// The source sends one message too many: to see that the cost tables notice.
    pub(crate) extra_message: bool,
}

/// One process' volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The broker.
    Broker(Broker),
    /// A service.
    Service(Service),
}

/// Where a step happens.
#[derive(Clone, Copy)]
struct Here<'a> {
    protocol: &'a Messaging,
    me: ProcessId,
}

impl Here<'_> {
    fn keys(&self) -> &[KeySpec] {
        &self.protocol.keys[self.me.index()]
    }
}

/// The broker, which is process 0, and the services.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::led(business, BROKER, ("broker", "service"), placement)
}

impl Messaging {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        settings: Settings,
    ) -> Result<Messaging, SetupError> {
        if business.services.len() > Business::SERVICES {
            return Err(SetupError(format!("at most {} services", Business::SERVICES)));
        }
        let topology = topology(business, placement);
        let broker = topology.find(BROKER).expect("it has one");
        let keys = services::keys(business, &topology);
        let Timeouts { resend, resend_most, handling: _ } = settings.timeouts;
        let retry = Retry::new(resend, resend_most, None);
        Ok(Messaging { topology, broker, keys, settings, retry, extra_message: false })
    }

    /// The data of each process, by [`ProcessId`].
    pub(crate) fn keys(&self) -> Arc<[Vec<KeySpec>]> {
        self.keys.clone()
    }

    fn rules(&self) -> broker::Rules {
        broker::Rules { deduplicating: self.settings.deduplicating, retry: self.retry }
    }
}

/// The broker's records of a log.
fn of_broker(log: &[Record]) -> impl Iterator<Item = &broker::Record> {
    log.iter().filter_map(|record| match record {
        Record::Broker(record) => Some(record),
        // A service's records are in its own log.
        Record::Committed { .. }
        | Record::Row { .. }
        | Record::Relayed { .. }
        | Record::Aborted { .. }
        | Record::Effect { .. }
        | Record::Inbox { .. }
        | Record::Refused { .. }
        | Record::Snapshot(_) => None,
    })
}

impl Protocol for Messaging {
    type State = State;
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Request = Work;
    type Note = Note;

    const INTERVALS: &'static [&'static str] = Note::INTERVALS;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, log: &[Record], out: &mut Outbox<Self>) -> State {
        if me == self.broker {
            State::Broker(Broker::boot(&self.rules(), of_broker(log), out))
        } else {
            State::Service(Service::boot(Here { protocol: self, me }, log, out))
        }
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::Service(service) => {
                if self.extra_message && matches!(event, Event::Request { .. }) {
                    out.send(self.broker, Message::Accepted { tx: crate::common::TxId(0) });
                }
                service.step(Here { protocol: self, me }, event, out);
            }
            State::Broker(broker) => match event {
                Event::Message { from, message } => {
                    broker.message(&self.rules(), from, message, out);
                }
                Event::Timer(Timer::Broker(timer)) => broker.timer(&self.rules(), &timer, out),
                // Services' timers; clients ask services; nothing is left to choice.
                Event::Timer(
                    Timer::Republish { .. } | Timer::Handle { .. } | Timer::Commit { .. },
                )
                | Event::Request { .. }
                | Event::Chosen(_) => {}
            },
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        match *timer {
            Timer::Broker(broker::Timer::Redeliver { attempt, .. })
            | Timer::Republish { attempt, .. } => self.retry.wait(attempt),
            Timer::Handle { .. } | Timer::Commit { .. } => self.settings.timeouts.handling,
        }
    }

    fn untimed(&self) -> Self {
        Messaging { retry: self.retry.untimed(), ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        if me == self.broker {
            let backlog = broker::compacted(&self.rules(), of_broker(log));
            log.clear();
            log.push(Record::Broker(backlog));
        } else {
            memory::compact(&self.keys[me.index()], log);
        }
    }

    fn report(&self, me: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::Broker(broker) => broker.report(say),
            State::Service(service) => service.report(Here { protocol: self, me }, say),
        }
    }

    fn door(&self, work: &Work) -> ProcessId {
        work.0.source()
    }

    fn answers(note: &Note) -> Option<RequestId> {
        note.answers()
    }

    fn describe(&self, by: ProcessId, note: &Note) -> String {
        note.describe(&self.keys[by.index()])
    }

    fn intervals(note: &Note) -> [Option<Interval>; 2] {
        note.intervals()
    }
}
