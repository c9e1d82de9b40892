//! Event sourcing: what a service has done is a stream of events, to which it only appends; its
//! state is the fold of them, and others replay them.
//!
//! Sources: Fowler, *Event Sourcing*, 2005; Young, *CQRS Documents*, 2010 (commands decided against
//! the folded state, expected versions, rolling snapshots); Overeem et al., *The Dark Side of Event
//! Sourcing*, SANER 2017; the documentation of EventStoreDB, *Optimistic Concurrency* and
//! *Subscriptions*.
//!
//! ```text
//! client    source                                reader
//!   | order   | decides, at version 7                |
//!   |-------->|                                      |
//!   |         | APPENDED as event 8, if there are 7  |
//!   |    done |                                      | (the time has come)
//!   |<--------|                                 poll |
//!   |         |<-------------------------------------|
//!   |         | changes                              |
//!   |         |------------------------------------->| APPENDED: event and position
//!   |         | folded, lazily, now and then         |
//! ```
//!
//! The event is the change and the news of it, so there is nothing to be written twice. A command
//! is decided against the state as it was folded; by the time that its event is appended there may
//! be more events, so the append expects the version that was decided against. If there is another,
//! the command is decided again: somebody is always first, so that ends.
//!
//! Readers are those of [`crate::polling_choreography`]: they poll, and store their position in the
//! stream of another with the event that they append to their own. So effects are had exactly once,
//! and at last.
//!
//! After a crash a service folds its stream again. With `snapshots: 10` it notes the folded state
//! after every tenth event, lazily, with the version that it is of, and folds only what came after.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

pub use crate::polling_choreography::Timeouts;

use crate::messaging::{self, Messaging, PROPERTIES, Settings, Telling, events, polls};
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A reader stores its position before it appends, in a transaction of its own.
    PositionBeforeEffect,
    /// A snapshot does not carry the version that it is of.
    SnapshotApart,
    /// An event is appended at whatever version.
    VersionUnchecked,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] =
        [Flaw::PositionBeforeEffect, Flaw::SnapshotApart, Flaw::VersionUnchecked];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::PositionBeforeEffect => "position_before_effect",
            Flaw::SnapshotApart => "snapshot_apart",
            Flaw::VersionUnchecked => "version_unchecked",
        }
    }
}

/// The knobs of event sourcing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// After so many events the folded state is noted; `None`: never.
    pub snapshots: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for; `handling` is what passes between decision and append.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// The most events between snapshots that can be asked for.
    pub const EVENTS: u8 = 250;

    /// Whether they fit together.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), &'static str> {
        match self.broken {
            Some(Flaw::SnapshotApart) if self.snapshots.is_none() => {
                Err("`snapshot_apart` needs a number of `snapshots`")
            }
            Some(Flaw::SnapshotApart | Flaw::PositionBeforeEffect | Flaw::VersionUnchecked)
            | None => Ok(()),
        }
    }

    fn settings(self) -> Settings {
        let Knobs { snapshots, broken, timeouts: Timeouts { poll, handling } } = self;
        let (of_polls, of_events) = match broken {
            Some(Flaw::PositionBeforeEffect) => (Some(polls::Flaw::OffsetBeforeEffect), None),
            Some(Flaw::SnapshotApart) => (None, Some(events::Flaw::SnapshotApart)),
            Some(Flaw::VersionUnchecked) => (None, Some(events::Flaw::VersionUnchecked)),
            None => (None, None),
        };
        let events = Some(events::Rules { snapshots, broken: of_events });
        let timeouts = messaging::Timeouts { handling, ..messaging::Timeouts::default() };
        Settings::new(
            Telling::Polls(polls::Rules { every: poll, broken: of_polls, events }),
            timeouts,
        )
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.snapshots {
            None => f.write_str("no snapshots")?,
            Some(events) => write!(f, "snapshots: {events}")?,
        }
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "event_sourcing",
    summary: "append-only events are the state; commands expect a version, others replay",
    broken: &[
        (
            Flaw::PositionBeforeEffect.name(),
            "a reader stores its position before it appends, in a transaction of its own",
            "at-least-once",
        ),
        (
            Flaw::SnapshotApart.name(),
            "a snapshot does not carry its version, so events are folded into it twice",
            "conservation",
        ),
        (
            Flaw::VersionUnchecked.name(),
            "an event is appended whatever came since its command was decided",
            "no-negative-balance",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[],
};

/// The world of a setup whose choice is event sourcing.
///
/// # Errors
/// If the choice is another, or its knobs do not fit together.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::EventSourcing(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    knobs.check().map_err(|why| SetupError(why.to_owned()))?;
    messaging::world(setup, knobs.settings())
}
