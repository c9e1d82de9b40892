//! The dual write, broken on purpose: a service writes to its database and to a broker, one after
//! the other, and nothing makes the two one.
//!
//! Sources: Richardson, *Microservices Patterns*, 2018, ch. 3, on why a message must be sent as a
//! part of the transaction; the documentation of Debezium, *Outbox Event Router*, on the
//! inconsistency that it is there to avoid.
//!
//! | order | what goes wrong | what is lost |
//! |---|---|---|
//! | commit, publish | a crash in between: the event is lost | at-least-once |
//! | publish, commit | a refusal or a crash: a phantom event | published-iff-committed |
//!
//! In memory the source does what it can: it publishes again until the broker has accepted the
//! event, so a lost message alone does no harm. The broker and the consumers are those of the
//! outbox, with an inbox. The repair is [`crate::outbox`]: [`Choice::repaired`] gives it, for the
//! same business and the same time-outs.

use std::fmt;

use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

pub use crate::messaging::Timeouts;

use crate::messaging::{self, Messaging, PROPERTIES, Settings, Telling};
use crate::outbox;
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// What comes first. Either is broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The database, then the broker.
    CommitThenPublish,
    /// The broker, then the database.
    PublishThenCommit,
}

impl Order {
    /// Both.
    pub const ALL: [Order; 2] = [Order::CommitThenPublish, Order::PublishThenCommit];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Order::CommitThenPublish => "commit_then_publish",
            Order::PublishThenCommit => "publish_then_commit",
        }
    }
}

/// The knobs of the dual write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// What comes first.
    pub order: Order,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// The same business with the event committed in the local transaction.
    pub fn repaired(self) -> outbox::Knobs {
        outbox::Knobs { timeouts: self.timeouts, ..outbox::Knobs::default() }
    }

    fn settings(self) -> Settings {
        let telling = match self.order {
            Order::CommitThenPublish => Telling::CommitThenPublish,
            Order::PublishThenCommit => Telling::PublishThenCommit,
        };
        Settings::new(telling, self.timeouts)
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BROKEN: {}", self.order.name())
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "dual_write",
    summary: "a service writes to its database and to a broker, one after the other; use outbox",
    broken: &[
        (
            Order::CommitThenPublish.name(),
            "the event is published after the commit, and only remembered in memory",
            "at-least-once",
        ),
        (
            Order::PublishThenCommit.name(),
            "the event is published before the commit, which may be refused",
            "published-iff-committed",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::ReadYourWrites],
};

/// The world of a setup whose choice is the dual write.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::DualWrite(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}
