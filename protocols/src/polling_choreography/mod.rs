//! Polling choreography: a service keeps a table of what it has committed, and the others read it.
//! There is no broker, and nobody is told anything.
//!
//! Sources: Hohpe & Woolf, *Enterprise Integration Patterns*, 2003 (Polling Consumer, Shared
//! Database); Helland, *Data on the Outside versus Data on the Inside*, CIDR 2005 (what a service
//! shows of itself, and how old it is by the time it is read); the documentation of Apache Kafka,
//! *Consumer*, on offsets that are stored outside of it, in the transaction of the effect.
//!
//! ```text
//! client    source                      reader
//!   | order   |                            |
//!   |-------->| COMMITTED: data and row    |
//!   |    done |                            | (the time has come)
//!   |<--------|                       poll |
//!   |         |<---------------------------|
//!   |         | changes                    |
//!   |         |--------------------------->| APPLIED: data and offset
//! ```
//!
//! Rows are numbered in the order of their commits, and stay. A reader asks for all after its
//! offset, does what concerns it, row by row, and stores with each effect how far it is by that, in
//! one local transaction. So there is no dual write anywhere, and nothing to be acknowledged,
//! repeated or recognised: a query that is lost is made again the next time, an answer that comes
//! twice or late is behind the offset. The effect is had exactly once, without an inbox. The price:
//! staleness, for until the next poll a reader knows nothing; and a poll that finds nothing costs
//! two messages all the same.
//!
//! Only the source may refuse. What a reader refuses has been committed elsewhere and answered to
//! the client: it is passed over, and needs a person.
//!
//! A reader that polls has taken note of what is before the number it asks for; a source says at
//! rest who has not read what.

pub mod costs;

use std::fmt;

use dtxsim_core::Nanos;
use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

use crate::messaging::{self, Messaging, PROPERTIES, Settings, Telling, polls};
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The offset is stored after the effect, in a transaction of its own.
    OffsetAfterEffect,
    /// The offset is stored before the effect, in a transaction of its own.
    OffsetBeforeEffect,
    /// A row has its number before its transaction commits.
    NumberBeforeCommit,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] =
        [Flaw::OffsetAfterEffect, Flaw::OffsetBeforeEffect, Flaw::NumberBeforeCommit];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::OffsetAfterEffect => "offset_after_effect",
            Flaw::OffsetBeforeEffect => "offset_before_effect",
            Flaw::NumberBeforeCommit => "number_before_commit",
        }
    }

    fn of_polls(self) -> polls::Flaw {
        match self {
            Flaw::OffsetAfterEffect => polls::Flaw::OffsetAfterEffect,
            Flaw::OffsetBeforeEffect => polls::Flaw::OffsetBeforeEffect,
            Flaw::NumberBeforeCommit => polls::Flaw::NumberBeforeCommit,
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// A reader polls so often.
    pub poll: Nanos,
    /// What passes between number and commit, where a broken variant has them apart.
    pub handling: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { poll: Nanos::from_millis(10), handling: Nanos::from_millis(5) }
    }
}

/// The knobs of polling choreography.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    fn settings(self) -> Settings {
        let Knobs { broken, timeouts: Timeouts { poll, handling } } = self;
        let broken = broken.map(Flaw::of_polls);
        let timeouts = messaging::Timeouts { handling, ..messaging::Timeouts::default() };
        Settings::new(Telling::Polls(polls::Rules { every: poll, broken, events: None }), timeouts)
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken {
            None => write!(f, "poll: {}", self.timeouts.poll),
            Some(flaw) => write!(f, "BROKEN: {}", flaw.name()),
        }
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "polling_choreography",
    summary: "services poll each other's tables of changes; the offset is stored with the effect",
    broken: &[
        (
            Flaw::OffsetAfterEffect.name(),
            "the offset is stored after the effect, in a transaction of its own",
            "exactly-once-effect",
        ),
        (
            Flaw::OffsetBeforeEffect.name(),
            "the offset is stored before the effect, in a transaction of its own",
            "at-least-once",
        ),
        (
            Flaw::NumberBeforeCommit.name(),
            "a change has its number before it commits, and a reader is past it by then",
            "at-least-once",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[],
};

/// The world of a setup whose choice is polling choreography.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::PollingChoreography(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}
