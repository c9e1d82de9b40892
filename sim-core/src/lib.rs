//! The world of dtxsim: processes on hosts, their disks, the network between them, the faults
//! that befall all three, and the executors that decide what happens next.
//!
//! A protocol is a pure state machine ([`Protocol`]): an [`Event`] goes in, [`Effect`]s come out.
//! [`Node::step`] is the one local step; an executor ([`timed::Simulation`] here) only picks which
//! step comes next. Everything that is not determined by the protocol comes out of named random
//! streams ([`random::Streams`]), so one seed is one run, byte for byte.
//!
//! *Invariant:* nothing here names a protocol, reads a clock, a file or the environment, or holds
//! a collection whose order depends on addresses or on a random hasher.

pub mod client;
pub mod fault;
pub mod fingerprint;
pub mod latency;
pub mod ledger;
mod log;
pub mod monitor;
pub mod mutants;
pub mod network;
mod node;
mod protocol;
mod queue;
pub mod random;
pub mod ratio;
pub mod sweep;
pub mod symmetry;
mod table;
mod time;
pub mod timed;
pub mod token;
pub mod topology;
pub mod trace;
pub mod untimed;
pub mod verdict;

pub use log::Log;
pub use node::{Environment, Flow, Input, Node, SyncAnswer, Waiting};
pub use protocol::{Data, Effect, Event, Interval, Kinds, Outbox, Protocol, RequestId, Vocabulary};
pub use table::Table;
pub use time::Nanos;
pub use topology::{HostId, ProcessId, Topology};
