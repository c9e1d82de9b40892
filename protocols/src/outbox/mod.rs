//! The transactional outbox: the event of a local transaction is a row that is committed with it,
//! and a relay publishes rows.
//!
//! Sources: Richardson, *Microservices Patterns*, 2018, ch. 3 (outbox, polling publisher,
//! transaction log tailing, duplicates); the documentation of Debezium, *Outbox Event Router*
//! (change data capture, offsets, at least once); Helland, *Life beyond Distributed Transactions*,
//! CIDR 2007 (receivers that remember what they have had).
//!
//! ```text
//! client    source                       broker                      consumer
//!   | order   |                            |                            |
//!   |-------->| COMMITTED: data and row    |                            |
//!   |    done |                            |                            |
//!   |<--------| publish                    |                            |
//!   |         |--------------------------->| ACCEPTED                   |
//!   |         |                   accepted |                            |
//!   |         |<---------------------------| deliver                    |
//!   |         | RELAYED: the row is gone   |--------------------------->| EFFECT: data, inbox row
//!   |         |                            |                   consumed |
//!   |         |                            |<---------------------------|
//!   |         |                            | consumed                   |
//! ```
//!
//! Records in capitals are forced; with `relay: cdc` RELAYED is an offset that is written lazily.
//! The relay publishes rows in the order of their commits, one after the other, and repeats what is
//! not accepted. It lives in its source's process. How long a row waits until it is polled is left
//! out: it is published at once.
//!
//! So an event is published if and only if its source has committed, each event is consumed at
//! least once, and events of one source in the order of their commits. Everybody may repeat
//! himself: the relay after a lost acceptance or a crash, the broker after a lost acknowledgement.
//! That an effect is had once is the consumer's business: an inbox row in the local transaction of
//! the effect.
//!
//! With `relays: skip_locked` there are two relays, each of which takes the oldest row that the
//! other has not locked, so two events are under way at once: each is still published if and only
//! if its source has committed, and consumed at least once, but nothing is promised of their order.
//! The flaw `several_in_flight` is the same fault of one relay, without a bound, where an order is
//! promised. `skip_locked_per_key` takes no row while an older one of the same datum is not
//! published, which keeps the order by datum.
//!
//! With `dead_letters: 3` the broker sets an event aside that is not acknowledged in three
//! deliveries, and a consumer acknowledges nothing that it cannot do: it hopes for better times.
//! Later events pass a dead letter, for a queue that is held up by one event that nobody can handle
//! is what dead letters are there to avoid; so nothing is promised of their order.
//!
//! Only the source may refuse. What a consumer refuses has been committed elsewhere and answered to
//! the client: it needs a person.

pub mod costs;
mod knobs;

pub use knobs::{Consumer, Flaw, Knobs, Relay, Relays, Timeouts, broken_consumer};

use dtxsim_core::timed::World;

use crate::messaging::{self, Messaging, PROPERTIES};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// What listings say.
pub const FAMILY: Family = Family {
    name: "outbox",
    summary: "an event row committed with the data, a relay, a broker, consumers with an inbox",
    broken: &[
        (
            Flaw::RowApart.name(),
            "the row is written after the data, in a record of its own",
            "at-least-once",
        ),
        (
            Flaw::DeletesBeforeAck.name(),
            "the row is deleted before the broker has accepted the event",
            "at-least-once",
        ),
        (
            Flaw::SkipsLateCommits.name(),
            "rows are polled by a number that is taken before the commit",
            "at-least-once",
        ),
        (
            Flaw::SeveralInFlight.name(),
            "the relay publishes the next event before the last is accepted",
            "per-key-order",
        ),
        (
            Flaw::AckBeforeEffect.name(),
            "a consumer acknowledges an event before its effect is durable",
            "at-least-once",
        ),
        (
            Flaw::InboxRowApart.name(),
            "the inbox row is written after the effect, in a record of its own",
            "exactly-once-effect",
        ),
        (
            Flaw::DiscardsUndelivered.name(),
            "an event that is not acknowledged in all deliveries is thrown away",
            "at-least-once",
        ),
        (
            "naive_consumer",
            "a consumer does not notice that an event comes twice",
            "exactly-once-effect",
        ),
        (
            "check_then_act_consumer",
            "a consumer looks an event up and acts in two local transactions",
            "exactly-once-effect",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::ReadYourWrites],
};

/// The world of a setup whose choice is the outbox.
///
/// # Errors
/// If the choice is another, or two things are done wrong at once.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::Outbox(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    if let (Some(flaw), Some(consumer)) = (knobs.broken, broken_consumer(knobs.consumer)) {
        return Err(SetupError(format!("`{}` and `{consumer}` at once", flaw.name())));
    }
    knobs.check().map_err(|why| SetupError(why.to_owned()))?;
    messaging::world(setup, knobs.settings())
}
