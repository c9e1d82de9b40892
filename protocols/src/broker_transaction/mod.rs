//! Broker transactions: a service sends the events of a transaction to the queues of several
//! receivers, does its local transaction, and then has the broker commit or abort all of them.
//!
//! Sources: Apache Kafka, KIP-98, *Exactly Once Delivery and Transactional Messaging* (producer ids
//! and epochs, markers, the last stable offset), KIP-890, *Transactions Server-Side Defense* (what
//! comes after the end of its transaction), KIP-939, *Support Participation in 2PC* (a
//! restarted producer commits what it had prepared, which never expires); Apache Flink,
//! `TwoPhaseCommitSinkFunction` and apache/flink#16941.
//!
//! ```text
//! client    source                       broker                      consumer
//!   |         | STARTED  init              |                            |
//!   |         |--------------------------->| FENCED                     |
//!   |         |                     inited |                            |
//!   |         |<---------------------------|                            |
//!   | order   |                            |                            |
//!   |-------->| produce, for each consumer |                            |
//!   |         |--------------------------->| PRODUCED                   |
//!   |         |                   produced |                            |
//!   |         |<---------------------------|                            |
//!   |         | COMMITTED: data, row       |                            |
//!   |    done |                            |                            |
//!   |<--------| end                        |                            |
//!   |         |--------------------------->| ENDED                      |
//!   |         |                      ended | deliver                    |
//!   |         |<---------------------------|--------------------------->| EFFECT: data, inbox row
//!   |         | RELAYED: the row is gone   |                   consumed |
//!   |         |                            |<---------------------------|
//! ```
//!
//! The broker's transaction and the database's are still two. This is how a sink with a two-phase
//! commit makes them one: the broker has all events and keeps them back, which is its YES; the
//! local commit decides, and is the log from which a restarted source knows what it decided. A
//! source starts under an epoch that no earlier start had, and tells the broker so with `init`:
//! what an earlier start has left open is committed if that is in its log, and aborted if not;
//! whatever else an earlier start has under way comes to nothing. (Kafka's broker hands epochs out;
//! here the source counts its starts in its own log, so that a late copy of `init` fences nobody.)
//!
//! A source has one transaction at a time. A consumer gets what is committed, in the order of its
//! queue: an event of an open transaction holds up all that comes after it, whosesoever. So a
//! source that does not come back holds up the consumers, unless its transaction expires; and if it
//! expires, a source that comes back may have committed what is gone. There is no repair in
//! the protocol: a broker that has said YES must not say no. A person is told.
//!
//! A transaction is named by its source, the epoch, and a number. Both what comes late of it and
//! how it ends are taken for that one and no other; [`Flaw`] has what becomes of it without.

pub mod costs;
mod knobs;

pub use knobs::{Knobs, Timeouts};

pub use crate::messaging::transactions::Flaw;

use dtxsim_core::timed::World;

use crate::messaging::{self, Messaging, PROPERTIES};
use crate::setup::{Choice, Family, Setup, SetupError};

/// What listings say.
pub const FAMILY: Family = Family {
    name: "broker_transaction",
    summary: "events for several queues in one transaction of the broker, ended as the local one",
    broken: &[
        (
            Flaw::UnverifiedProduce.name(),
            "an event that comes after the end of its transaction opens one that nobody ends",
            "termination",
        ),
        (
            Flaw::EndNotNumbered.name(),
            "a late end of one transaction ends the next of the same source",
            "published-iff-committed",
        ),
        (
            Flaw::ExpiryOnlyLogged.name(),
            "what was committed has expired at the broker, and nobody is told",
            "published-iff-committed",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[],
};

/// The world of a setup whose choice is a broker transaction.
///
/// # Errors
/// If the choice is another, or knobs do not fit together.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::BrokerTransaction(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    knobs.check().map_err(|why| SetupError(why.to_owned()))?;
    messaging::world(setup, knobs.settings())
}
