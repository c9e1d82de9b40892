//! Services that tell each other by a broker what they have committed: what [`crate::outbox`],
//! [`crate::dual_write`], [`crate::mq_transaction`], [`crate::broker_transaction`],
//! [`crate::retry`], [`crate::local_message_table`] and [`crate::parallel_pipelines`] have in
//! common.
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
//! | producer, keeper | [`half`] | a source, and a broker that keeps its events back |
//! | router | [`router`] | a source without data |
//! | producer, coordinator | [`transactions`] | the same, with transactions over many receivers |
//!
//! Every service is both source and consumer, with one store and one log (`service.rs`).

pub mod calls;
mod consumer;
pub mod half;
mod memory;
mod message;
mod record;
pub mod router;
mod service;
mod settings;
mod source;
pub mod transactions;

pub use half::Halves;
pub use memory::{Memory, Past, Received};
pub use message::{Message, Timer};
pub use record::Record;
pub use service::Service;
pub use settings::{Consumer, Flaw, Relay, Settings, Telling, Timeouts};
pub use transactions::Transactions;

use std::sync::Arc;

use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

use self::service::Out;
use crate::common::broker::{self, BROKER, Broker};
use crate::common::{
    Business, KeySpec, Note, Processes, Retry, Transactions as Asked, Work, services,
};
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
    broker: Option<ProcessId>,
    router: Option<ProcessId>,
    /// The data of each process; none for the broker.
    keys: Arc<[Vec<KeySpec>]>,
    settings: Settings,
    /// The services that clients may ask.
    sources: Processes,
    retry: Retry,
    /// How the broker checks back.
    checks: Retry,
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

    /// The broker, for those who have one.
    fn broker(&self) -> ProcessId {
        self.protocol.broker.expect("who publishes has a broker")
    }
}

/// The services alone, which call each other.
pub fn brokerless(business: &Business, placement: &[(String, String)]) -> Topology {
    services::peers(business, "service", placement)
}

/// The broker, which is process 0, and the services.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::led(business, BROKER, ("broker", "service"), placement)
}

/// The broker, the router, and the services.
pub fn routed(business: &Business, placement: &[(String, String)]) -> Topology {
    let leaders = [(BROKER, "broker"), (router::ROUTER, "router")];
    services::led_by(business, &leaders, "service", placement)
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
        let is_routed = matches!(settings.telling, Telling::Route(_));
        let most = Business::SERVICES - usize::from(is_routed);
        if business.services.len() > most {
            return Err(SetupError(format!("at most {most} services")));
        }
        let led = |topology: Topology| (topology.find(BROKER), topology);
        let (tries, (broker, topology)) = match settings.telling {
            Telling::Calls(rules) => (rules.tries, (None, brokerless(business, placement))),
            Telling::Route(_) => (None, led(routed(business, placement))),
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Transactions(_) => (None, led(topology(business, placement))),
        };
        let router = topology.find(router::ROUTER).filter(|_| is_routed);
        let keys = services::keys(business, &topology);
        let Timeouts { resend, resend_most, handling: _ } = settings.timeouts;
        let retry = Retry::new(resend, resend_most, tries);
        let checks = match settings.telling {
            Telling::Half(half::Rules { check, check_backs, .. }) => {
                // One more: it is the repetition of a wait that is counted, and not the check.
                let limit = check_backs.map(|checks| checks.saturating_add(1));
                Retry::new(check, resend_most, limit)
            }
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Transactions(_)
            | Telling::Calls(_)
            | Telling::Route(_) => retry,
        };
        let sources = sources(business, &topology);
        Ok(Messaging {
            topology,
            broker,
            router,
            keys,
            settings,
            sources,
            retry,
            checks,
            extra_message: false,
        })
    }

    /// The data of each process, by [`ProcessId`].
    pub(crate) fn keys(&self) -> Arc<[Vec<KeySpec>]> {
        self.keys.clone()
    }

    /// After how long a transaction expires that does.
    fn expiry(&self) -> Nanos {
        match self.settings.telling {
            Telling::Transactions(rules) => rules.expiry.unwrap_or_default(),
            // None is open.
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Calls(_)
            | Telling::Route(_) => Nanos::default(),
        }
    }

    fn rules(&self) -> broker::Rules {
        let is_routed = matches!(self.settings.telling, Telling::Route(_));
        broker::Rules {
            deduplicating: self.settings.deduplicating,
            to_source: is_routed,
            decides: is_routed,
            retry: self.retry,
        }
    }
}

/// The services that clients may ask: those of first branches, or any where transactions are drawn.
fn sources(business: &Business, topology: &Topology) -> Processes {
    let processes = services::processes(business, topology);
    match &business.transactions {
        Asked::Listed(listed) => {
            let first = listed.iter().filter_map(|listed| listed.branches.first());
            first.map(|(service, _)| processes[*service]).collect()
        }
        Asked::Generated(_) => processes.into_iter().collect(),
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
            State::Service(Service::boot(Here { protocol: self, me }, log, out))
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
                Event::Message { message: Message::Call(_), .. }
                | Event::Timer(
                    Timer::Republish { .. }
                    | Timer::Handle { .. }
                    | Timer::Commit { .. }
                    | Timer::CallAgain { .. }
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
        }
    }

    fn untimed(&self) -> Self {
        let (retry, checks) = (self.retry.untimed(), self.checks.untimed());
        Messaging { retry, checks, ..self.clone() }
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
            memory::compact(here.keys(), here.half().is_some(), log);
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
