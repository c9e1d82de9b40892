//! Services that tell each other by a broker what they have committed: what [`crate::outbox`],
//! [`crate::dual_write`], [`crate::mq_transaction`], [`crate::broker_transaction`],
//! [`crate::retry`], [`crate::local_message_table`], [`crate::listen_to_yourself`],
//! [`crate::cqrs`], [`crate::polling_choreography`], [`crate::queue`],
//! [`crate::event_sourcing`] and [`crate::parallel_pipelines`] have in common.
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
//! | caller | [`calls`] | a source that calls receivers itself: then there is no broker |
//! | reader | [`polls`] | it reads what a source keeps for it: then there is no broker |
//! | handler | [`events`] | a source whose state is the fold of its events |
//! | producer, keeper | [`half`] | a source, and a broker that keeps its events back |
//! | source that listens | [`listen`] | a source that consumes its own events |
//! | view | [`view`] | a consumer that shows what the services have |
//! | router | [`router`] | a source without data |
//! | producer, coordinator | [`transactions`] | the same, with transactions over many receivers |
//!
//! Every service is both source and consumer, with one store and one log (`service.rs`).

mod building;
pub mod calls;
mod consumer;
pub(crate) mod costs;
pub mod events;
pub mod half;
pub mod listen;
mod memory;
mod message;
pub mod polls;
mod record;
pub mod router;
mod service;
mod settings;
mod source;
pub mod transactions;
pub mod view;

pub(crate) use building::world;
pub use building::{brokerless, routed, topology, viewed};
pub use half::Halves;
pub use memory::{Memory, Past, Received};
pub use message::{Message, Timer};
pub use record::Record;
pub use service::Service;
pub use settings::{Consumer, Flaw, Relay, Relaying, Relays, Settings, Telling, Timeouts};
pub use transactions::Transactions;

use std::sync::Arc;

use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use self::service::Out;
use crate::common::broker::{self, Broker};
use crate::common::{KeySpec, Note, Processes, Retry, Work};
use crate::properties::Property;
use crate::setup::Words;

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

/// The same where nothing is promised of their order.
pub const UNORDERED: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
];

/// A broker and services around it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Messaging {
    topology: Topology,
    broker: Option<ProcessId>,
    router: Option<ProcessId>,
    /// The data of each process; none for the broker.
    keys: Arc<[Vec<KeySpec>]>,
    settings: Settings,
    /// Who shows what the services have, if somebody does.
    view: Option<view::View>,
    /// The services that clients may ask.
    asked: Processes,
    retry: Retry,
    /// How the broker delivers again.
    redelivery: Retry,
    /// How the broker checks back.
    checks: Retry,
    /// Whose changes each process reads, where they do.
    sources: Arc<[Vec<ProcessId>]>,
    /// Readers poll once and never again: to count what one transaction costs.
    pub(crate) polls_once: bool,
    /// The source sends one message too many: to see that the cost tables notice.
    pub(crate) extra_message: bool,
}

/// One process' volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The broker.
    Broker {
        /// Events that are published.
        queues: Broker,
        /// Events that are kept back.
        halves: Halves,
        /// Its transactions, and events that wait for them.
        transactions: Transactions,
    },
    /// A service.
    Service(Box<Service>),
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

    /// The broker, for those who have one.
    fn broker(&self) -> ProcessId {
        self.protocol.broker.expect("who publishes has a broker")
    }
}

impl Messaging {
    /// After how long a transaction expires that does.
    fn expiry(&self) -> Nanos {
        let Telling::Transactions(rules) = self.settings.telling else { return Nanos::ZERO };
        rules.expiry.unwrap_or_default()
    }

    fn rules(&self) -> broker::Rules {
        let is_routed = matches!(self.settings.telling, Telling::Route(_));
        let listens = matches!(self.settings.telling, Telling::Listen(_));
        broker::Rules {
            deduplicating: self.settings.deduplicating,
            to_source: is_routed || listens,
            decides: is_routed,
            retry: self.redelivery,
            prefetch: self.settings.prefetch,
            discards: self.settings.broken == Some(Flaw::DiscardsUndelivered),
        }
    }
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
        if Some(me) == self.broker {
            let here = Here { protocol: self, me };
            let (transactions, logged) = Transactions::replay(log);
            let queues = Broker::boot(&self.rules(), logged.into_iter(), out);
            let halves = Halves::boot(here, log, out);
            transactions.resume(here, out);
            State::Broker { queues, halves, transactions }
        } else {
            State::Service(Box::new(Service::boot(Here { protocol: self, me }, log, out)))
        }
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        match state {
            State::Service(service) => {
                if self.extra_message && matches!(event, Event::Request { .. }) {
                    let (tx, other) = (crate::common::TxId(0), ProcessId(u16::from(me.0 == 0)));
                    out.send(other, broker::Message::Accepted { tx }.into());
                }
                service.step(Here { protocol: self, me }, event, out);
            }
            State::Broker { queues, halves, transactions } => match event {
                Event::Message { from, message: Message::Broker(message) } => {
                    queues.message(&self.rules(), from, message, out);
                }
                Event::Message { message: Message::Half(message), .. } => {
                    halves.message(Here { protocol: self, me }, queues, message, out);
                }
                Event::Message { from, message: Message::Transaction(message) } => {
                    let here = Here { protocol: self, me };
                    transactions.message(here, queues, (from, message), out);
                }
                Event::Timer(Timer::Transaction(transactions::Timer::Expire {
                    producer,
                    stamp,
                })) => {
                    let here = Here { protocol: self, me };
                    transactions.expire(here, queues, (producer, stamp), out);
                }
                Event::Timer(Timer::Broker(timer)) => queues.timer(&self.rules(), &timer, out),
                Event::Timer(Timer::Half(half::Timer::CheckBack { tx, .. })) => {
                    halves.silent(Here { protocol: self, me }, tx, out);
                }
                // Services' messages and timers; clients ask services; nothing is left to choice.
                Event::Message { message: Message::Call(_) | Message::Poll(_), .. }
                | Event::Timer(
                    Timer::Republish { .. }
                    | Timer::Handle { .. }
                    | Timer::Commit { .. }
                    | Timer::CallAgain { .. }
                    | Timer::Poll
                    | Timer::Transaction(transactions::Timer::Repeat { .. })
                    | Timer::Half(half::Timer::Resend { .. }),
                )
                | Event::Request { .. }
                | Event::Chosen(_) => {}
            },
        }
    }

    fn delay(&self, timer: &Timer) -> Nanos {
        match *timer {
            Timer::Broker(broker::Timer::Redeliver { attempt, .. })
            | Timer::Republish { attempt, .. }
            | Timer::CallAgain { attempt, .. }
            | Timer::Half(half::Timer::Resend { attempt, .. })
            | Timer::Transaction(transactions::Timer::Repeat { attempt }) => {
                self.retry.wait(attempt)
            }
            Timer::Transaction(transactions::Timer::Expire { .. }) => self.expiry(),
            Timer::Half(half::Timer::CheckBack { attempt, .. }) => self.checks.wait(attempt),
            Timer::Handle { .. } | Timer::Commit { .. } => self.settings.timeouts.handling,
            Timer::Poll => {
                let rules = Here { protocol: self, me: ProcessId(0) }.polls();
                rules.expect("only readers poll").every
            }
        }
    }

    fn untimed(&self) -> Self {
        let (retry, checks) = (self.retry.untimed(), self.checks.untimed());
        let redelivery = self.redelivery.untimed();
        Messaging { retry, redelivery, checks, ..self.clone() }
    }

    fn compact(&self, me: ProcessId, log: &mut Vec<Record>) {
        let here = Here { protocol: self, me };
        if Some(me) == self.broker {
            let (transactions, logged) = Transactions::replay(log);
            let backlog = broker::compacted(&self.rules(), logged.into_iter());
            let halves = Halves::compacted(here, log);
            log.clear();
            log.push(Record::Broker(backlog));
            log.extend(halves);
            log.extend(transactions.compacted());
        } else {
            memory::compact(here, log);
        }
    }

    fn report(&self, me: ProcessId, state: &State, say: &mut Vec<Note>) {
        match state {
            State::Broker { queues, halves, transactions } => {
                queues.report(say);
                halves.report(say);
                transactions.report(say);
            }
            State::Service(service) => service.report(Here { protocol: self, me }, say),
        }
    }

    fn door(&self, work: &Work) -> ProcessId {
        self.router.unwrap_or_else(|| work.0.source())
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
