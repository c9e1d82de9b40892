//! The bare loop's job on the engine: the same two counting roles as a [`Protocol`], with loss
//! checked, fingerprints, ledger and causal depths, and a world that could do all the rest.

use std::fmt;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Limits, World};
use dtxsim_core::{Event, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology};

/// Two-phase commit that only counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Counting {
    topology: Topology,
    transactions: u32,
}

/// A message, as in the bare loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Message {
    /// Vote!
    Prepare(u32),
    /// I can.
    Yes(u32),
    /// Do it!
    Commit(u32),
    /// Done.
    Ack(u32),
}

/// A role's counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// Votes and acknowledgements of the transaction under way.
    Coordinator {
        /// Votes so far.
        votes: u16,
        /// Acknowledgements so far.
        acks: u16,
    },
    /// The transaction that it is prepared for, and how many it has committed.
    Participant {
        /// Prepared for.
        prepared: Option<u32>,
        /// Committed.
        committed: u64,
    },
}

/// What this protocol has no use for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Unused;

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("start")
    }
}

impl Kinds for Unused {
    const KINDS: &'static [&'static str] = &["start"];

    fn kind(&self) -> usize {
        0
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Message::KINDS[self.kind()])
    }
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["prepare", "yes", "commit", "ack"];

    fn kind(&self) -> usize {
        match self {
            Message::Prepare(_) => 0,
            Message::Yes(_) => 1,
            Message::Commit(_) => 2,
            Message::Ack(_) => 3,
        }
    }
}

const COORDINATOR: ProcessId = ProcessId(0);

impl Counting {
    fn participants(&self) -> u16 {
        self.topology.processes.len() as u16 - 1
    }

    fn broadcast(&self, message: Message, out: &mut Outbox<Self>) {
        (1..=self.participants()).for_each(|p| out.send(ProcessId(p), message));
    }
}

impl Protocol for Counting {
    type State = State;
    type Message = Message;
    type Timer = Unused;
    type Record = Unused;
    type Request = Unused;
    type Note = Unused;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, _: &[Unused], _: &mut Outbox<Self>) -> State {
        if me == COORDINATOR {
            State::Coordinator { votes: 0, acks: 0 }
        } else {
            State::Participant { prepared: None, committed: 0 }
        }
    }

    fn step(&self, _: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        let all = self.participants();
        match (state, event) {
            (State::Coordinator { .. }, Event::Request { .. }) => {
                self.broadcast(Message::Prepare(0), out);
            }
            (
                State::Coordinator { votes, .. },
                Event::Message { message: Message::Yes(tx), .. },
            ) => {
                *votes += 1;
                if *votes == all {
                    *votes = 0;
                    self.broadcast(Message::Commit(tx), out);
                }
            }
            (State::Coordinator { acks, .. }, Event::Message { message: Message::Ack(tx), .. }) => {
                *acks += 1;
                if *acks == all {
                    *acks = 0;
                    if tx + 1 < self.transactions {
                        self.broadcast(Message::Prepare(tx + 1), out);
                    }
                }
            }
            (
                State::Participant { prepared, .. },
                Event::Message { message: Message::Prepare(tx), .. },
            ) => {
                *prepared = Some(tx);
                out.send(COORDINATOR, Message::Yes(tx));
            }
            (
                State::Participant { prepared, committed },
                Event::Message { message: Message::Commit(tx), .. },
            ) => {
                *committed += u64::from(prepared.take() == Some(tx));
                out.send(COORDINATOR, Message::Ack(tx));
            }
            (_, _) => {}
        }
    }

    fn delay(&self, _: &Unused) -> Nanos {
        Nanos::ZERO
    }

    fn report(&self, _: ProcessId, _: &State, _: &mut Vec<Unused>) {}

    fn door(&self, _: &Unused) -> ProcessId {
        COORDINATOR
    }

    fn answers(_: &Unused) -> Option<RequestId> {
        None
    }
}

/// The world of the bare loop.
pub fn world(participants: usize, transactions: u32) -> World<Counting> {
    let mut topology = Topology::default();
    topology.add("coordinator", "coordinator");
    for n in 0..participants {
        topology.add(&format!("p{n}"), "participant");
    }
    // One in four thousand million: checked for every message, lost none.
    let loss = Ratio { num: 1, den: u32::MAX };
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos(1_999_999) };
    World {
        protocol: Counting { topology, transactions },
        workload: Box::new(vec![Unused]),
        arrival: Arrival::AtOnce,
        network: Network::uniform(Link { loss, ..Link::reliable(uniform) }),
        sync: Latency::ZERO,
        faults: FaultPlan { healing: Nanos::MAX, ..FaultPlan::NONE },
        limits: Limits { stall: u64::MAX, ..Limits::DEFAULT },
        monitors: Box::new(|_| Vec::new()),
    }
}
