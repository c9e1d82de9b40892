//! Distributed transaction protocols as pure state machines, the properties that they must keep,
//! and variants of them that are broken on purpose.
//!
//! *Invariant:* a protocol sees time, randomness, the network and the disk only through events and
//! effects. No catch-all arm: every pair of state and event that is ignored is named.

pub mod broker_transaction;
pub mod choreography;
pub mod common;
pub mod cqrs;
pub mod dual_write;
pub mod event_sourcing;
pub mod isolation;
pub mod listen_to_yourself;
pub mod local;
pub mod local_message_table;
pub mod messaging;
pub mod mq_transaction;
pub mod outbox;
pub mod parallel_pipelines;
pub mod polling_choreography;
pub mod properties;
pub mod queue;
pub mod retry;
pub mod saga;
pub mod seata_at;
pub mod setup;
pub mod tcc;
pub mod three_phase_commit;
pub mod two_phase_commit;
pub mod two_phase_tla;

pub use setup::{Choice, Family, Setup, SetupError, Surroundings, Words, families};
