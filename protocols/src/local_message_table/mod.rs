//! The local message table: what a service has to tell the others is a row that is committed with
//! its data, and a worker calls them until all have answered.
//!
//! Sources: Pritchett, *BASE: an Acid Alternative*, ACM Queue 6(3), 2008, for the table of messages
//! in the database of the data; Helland, *Life beyond Distributed Transactions: an Apostate's
//! Opinion*, CIDR 2007, for receivers that remember what they have had.
//!
//! ```text
//! client    caller                      receivers
//!   | order   |                            |
//!   |-------->| COMMITTED: data and row    |
//!   |    done |                            |
//!   |<--------| call                       |
//!   |         |--------------------------->| EFFECT: data, row of the call
//!   |         |                     result |
//!   |         |<---------------------------|
//!   |         | RELAYED: the row is gone   |
//! ```
//!
//! It is an outbox without a broker: the worker calls all receivers of a row, the oldest row
//! first, and repeats to those who do not answer. After `alert_after` calls in vain the row is
//! given up, which is durable, a person must act, and the next row's turn has come. A call that
//! was given up may arrive after it, so there is an order only without such a limit. A row that
//! a receiver refuses for good is given up at once: its client was told of a commit long before.
//! A receiver must be idempotent, as any that is asked again.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

pub use crate::retry::Timeouts;

use crate::messaging::calls::{self, Keeps};
use crate::messaging::{self, Consumer, Messaging, PROPERTIES, Settings, Telling};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A receiver does again what it is asked again.
    ReceiverNotIdempotent,
    /// A row is deleted before its calls are answered.
    DeletedBeforeResult,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 2] = [Flaw::ReceiverNotIdempotent, Flaw::DeletedBeforeResult];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::ReceiverNotIdempotent => "receiver_not_idempotent",
            Flaw::DeletedBeforeResult => calls::Flaw::DeletedBeforeResult.name(),
        }
    }
}

/// The knobs of the local message table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// After so many calls in vain a person must act; `None`: never.
    pub alert_after: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// The most calls that can be asked for.
    pub const CALLS: u8 = 250;

    fn settings(self) -> Settings {
        let Knobs { alert_after, broken, timeouts } = self;
        let consumer = match broken {
            Some(Flaw::ReceiverNotIdempotent) => Consumer::Naive,
            Some(Flaw::DeletedBeforeResult) | None => Consumer::Inbox,
        };
        let broken = match broken {
            Some(Flaw::DeletedBeforeResult) => Some(calls::Flaw::DeletedBeforeResult),
            Some(Flaw::ReceiverNotIdempotent) | None => None,
        };
        let telling =
            Telling::Calls(calls::Rules { keeps: Keeps::Table, tries: alert_after, broken });
        Settings { consumer, ..Settings::new(telling, timeouts.of_messaging()) }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.alert_after {
            None => f.write_str("no alert")?,
            Some(calls) => write!(f, "alert_after: {calls}")?,
        }
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "local_message_table",
    summary: "a message row committed with the data, a worker that calls receivers, no broker",
    broken: &[
        (
            Flaw::ReceiverNotIdempotent.name(),
            "a receiver does again what it is asked again",
            "exactly-once-effect",
        ),
        (
            Flaw::DeletedBeforeResult.name(),
            "a row is deleted before its calls are answered",
            "at-least-once",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::ReadYourWrites],
};

/// The world of a setup whose choice is the local message table.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::LocalMessageTable(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}
