//! Blocking retry: a service commits its own part, then calls the others while its client waits,
//! and calls again whoever does not answer, until all have or its tries are used up.
//!
//! Sources: Nygard, *Release It!*, 2007, on integration points, time-outs and retries; Helland,
//! *Life beyond Distributed Transactions: an Apostate's Opinion*, CIDR 2007, on receivers that must
//! expect a request more than once.
//!
//! ```text
//! client    caller                      receivers
//!   | order   |                            |
//!   |-------->| COMMITTED: data, pending   |
//!   |         | call                       |
//!   |         |--------------------------->| EFFECT: data, key of the call
//!   |         |                     result |
//!   |         |<---------------------------|
//!   |    done | RELAYED: no longer pending |
//!   |<--------|                            |
//! ```
//!
//! A time-out says nothing: the receiver may have done it. So calls carry an idempotency key, a
//! row in the local transaction of the effect. What the caller still has to call it keeps in
//! memory; a crash, as the last try, leaves its own row *orphaned*. That calls are pending is a
//! column of that row, so an orphan is found, and is left to a person. A call that was given up may
//! still arrive, after later ones: there is no order. Whoever would rather have it resumed keeps
//! calls in a table: [`crate::local_message_table`].

use std::fmt;

use dtxsim_core::Nanos;
use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

use crate::messaging::calls::{self, Keeps};
use crate::messaging::{self, Consumer, Messaging, Settings, Telling};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A receiver does again what it is asked again.
    NoIdempotencyKeys,
    /// The caller's row does not say that calls are pending.
    OrphanUnnoticed,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 2] = [Flaw::NoIdempotencyKeys, Flaw::OrphanUnnoticed];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NoIdempotencyKeys => "no_idempotency_keys",
            Flaw::OrphanUnnoticed => calls::Flaw::OrphanUnnoticed.name(),
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a call is made again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { resend: Nanos::from_millis(10), resend_most: Nanos::from_millis(200) }
    }
}

impl Timeouts {
    pub(crate) fn of_messaging(self) -> messaging::Timeouts {
        let Timeouts { resend, resend_most } = self;
        messaging::Timeouts { resend, resend_most, ..messaging::Timeouts::default() }
    }
}

/// The knobs of blocking retry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// So often a call is made.
    pub tries: u8,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs { tries: 3, broken: None, timeouts: Timeouts::default() }
    }
}

impl Knobs {
    /// The most tries that can be asked for.
    pub const TRIES: u8 = 250;

    fn settings(self) -> Settings {
        let Knobs { tries, broken, timeouts } = self;
        let consumer = match broken {
            Some(Flaw::NoIdempotencyKeys) => Consumer::Naive,
            Some(Flaw::OrphanUnnoticed) | None => Consumer::Inbox,
        };
        let broken = match broken {
            Some(Flaw::OrphanUnnoticed) => Some(calls::Flaw::OrphanUnnoticed),
            Some(Flaw::NoIdempotencyKeys) | None => None,
        };
        Settings {
            telling: Telling::Calls(calls::Rules {
                keeps: Keeps::Memory,
                tries: Some(tries),
                broken,
            }),
            consumer,
            deduplicating: false,
            view: None,
            broken: None,
            timeouts: timeouts.of_messaging(),
        }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tries: {}", self.tries)?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What it is judged by: as all that sends events, but for their order.
const PROPERTIES: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
];

/// What listings say.
pub const FAMILY: Family = Family {
    name: "retry",
    summary: "a service commits, then calls the others, and calls again, while its client waits",
    broken: &[
        (
            Flaw::NoIdempotencyKeys.name(),
            "a receiver does again what it is asked again",
            "exactly-once-effect",
        ),
        (
            Flaw::OrphanUnnoticed.name(),
            "the caller's row does not say that calls are pending",
            "at-least-once",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::PerKeyOrder, Property::ReadYourWrites],
};

/// The world of a setup whose choice is blocking retry.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::Retry(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    let protocol = Messaging::new(&setup.business, &setup.placement, knobs.settings())?;
    let keys = protocol.keys();
    Ok(setup.around(protocol, keys))
}
