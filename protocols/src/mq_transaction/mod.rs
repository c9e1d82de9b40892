//! Message-queue transactions: the broker gets the event before the local transaction begins, keeps
//! it back until it hears how that ended, and asks if it hears nothing.
//!
//! Sources: the documentation of Apache RocketMQ, *Transaction Message* (half message, check-back,
//! 15 checks, then discarded); the documentation of DTM, *Two-phase Message* (Prepare, Submit,
//! QueryPrepared, and the barrier row that makes the answer right); apache/rocketmq#2694 and
//! dtm-labs/dtm#405, on checks that meet a transaction that still runs.
//!
//! ```text
//! client    source                       broker                      consumer
//!   | order   |                            |                            |
//!   |-------->| half                       |                            |
//!   |         |--------------------------->| HALF                       |
//!   |         |                half-stored |                            |
//!   |         |<---------------------------|                            |
//!   |         | COMMITTED: data, barrier   |                            |
//!   |    done |                            |                            |
//!   |<--------| commit                     |                            |
//!   |         |--------------------------->| ACCEPTED                   |
//!   |         |                            | deliver                    |
//!   |         |                            |--------------------------->| EFFECT: data, inbox row
//!   |         |                            |                   consumed |
//!   |         |                            |<---------------------------|
//!   |         |                            |                            |
//!   |         |        check, if it is not decided by then              |
//!   |         |<---------------------------|                            |
//! ```
//!
//! There is no outbox, no relay, and no row to be deleted; in return the broker must know of
//! transactions, and every source must be able to say how any of its own has ended. The event
//! cannot be lost, for it is durable before the data are; nor be a phantom, for it is out only
//! after the commit. All hangs on the answer to a check while the transaction may still run:
//!
//! - *Half message*: what is not found is not answered. So a transaction that a crash has ended
//!   before its commit is never decided: a limit of checks must end it, and then a person.
//! - *Two-phase message*: a row that says rolled back is inserted, under the key under which the
//!   transaction inserts that it has committed. The unique key is the decision register: whoever
//!   is first decides, and the other finds it.
//!
//! The first word that the broker hears counts. That an effect is had once is the consumer's
//! business, as everywhere: it has an inbox. DTM calls its branches directly where RocketMQ has
//! consumers; here both have the queues of [`crate::common::broker`].

pub mod costs;
mod knobs;

pub use knobs::{Knobs, Timeouts};

pub use crate::messaging::half::{By, Flaw};

use dtxsim_core::timed::World;

use crate::messaging::{self, Messaging};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// What it is judged by: as all that sends events, and what a source has told the broker counts as
/// a decision.
const PROPERTIES: &[Property] = &[
    Property::Stability,
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
];

/// What listings say.
pub const FAMILY: Family = Family {
    name: "mq_transaction",
    summary: "the broker keeps an event back until its local transaction is decided, and checks",
    broken: &[
        (
            Flaw::NotFoundIsRolledBack.name(),
            "a check that does not find the transaction says rolled back, though it may still run",
            "published-iff-committed",
        ),
        (
            Flaw::LateCommitAccepted.name(),
            "the same, and the broker accepts the commit that comes after it",
            "stability",
        ),
        (
            Flaw::TwoKeys.name(),
            "the check inserts its row under another key than the transaction",
            "stability",
        ),
        (
            Flaw::DiscardsUnanswered.name(),
            "what is not answered in all checks is thrown away, and nobody is told",
            "published-iff-committed",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::PerKeyOrder, Property::ReadYourWrites],
};

/// The world of a setup whose choice is a message-queue transaction.
///
/// # Errors
/// If the choice is another, or knobs do not fit together.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::MqTransaction(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    knobs.check().map_err(|why| SetupError(why.to_owned()))?;
    messaging::world(setup, knobs.settings())
}
