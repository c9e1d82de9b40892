//! Listen to yourself: a service publishes what it is asked for, and consumes its own event like
//! every other consumer. There is one write, the one to the broker, so there is no dual write.
//!
//! Sources: Shopen, *Listen to Yourself: a Design Pattern for Event-Driven Microservices*, 2017;
//! Waldron, *Designing Event-Driven Microservices*, Confluent Developer, on its validation and its
//! eventual consistency; Terry et al., *Session Guarantees for Weakly Consistent Replicated Data*,
//! PDIS 1994, for what its clients lose.
//!
//! ```text
//! client    source                       broker                      consumers
//!   | order   |                            |                            |
//!   |-------->| publish                    |                            |
//!   |         |--------------------------->| ACCEPTED                   |
//!   |    done |                   accepted |                            |
//!   |<--------|<---------------------------| deliver                    |
//!   |         |<---------------------------|--------------------------->| EFFECT: data, inbox row
//!   |         | EFFECT: data, inbox row    |                   consumed |
//!   |         | consumed                   |<---------------------------|
//!   |         |--------------------------->|                            |
//! ```
//!
//! Until then the request is in the source's memory alone: a crash forgets it, and the client has
//! no answer. `when: accepted` answers as soon as the broker has the event; what the client then
//! reads at the source may not be there yet. `when: consumed` answers when the source has consumed
//! it, and so gives back to its clients what they wrote to it; what they wrote elsewhere still
//! comes later.
//!
//! A source refuses what it could not apply to what it has consumed so far, before it publishes
//! anything. Two requests may both pass and together break a constraint: the second is accepted and
//! cannot be applied. Then the source does as a consumer that refuses: it remembers that, which is
//! durable, and a person must act; others may have done their part. A client that waits for it is
//! not answered.
//!
//! Who only reads is answered by the source from what it has consumed; no event is published.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

pub use crate::messaging::listen::When;
pub use crate::retry::Timeouts;

use crate::messaging::{self, Consumer, Messaging, PROPERTIES, Settings, Telling, listen};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The client is answered before the broker has the event.
    AnswersBeforeAccepted,
    /// A service does again what it consumes again, its own events included.
    ConsumesAgain,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 2] = [Flaw::AnswersBeforeAccepted, Flaw::ConsumesAgain];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::AnswersBeforeAccepted => listen::Flaw::AnswersBeforeAccepted.name(),
            Flaw::ConsumesAgain => "consumes_again",
        }
    }
}

/// The knobs of those who listen to themselves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// When clients are answered.
    pub when: When,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    fn settings(self) -> Settings {
        let Knobs { when, broken, timeouts } = self;
        let (consumer, broken) = match broken {
            Some(Flaw::ConsumesAgain) => (Consumer::Naive, None),
            Some(Flaw::AnswersBeforeAccepted) => {
                (Consumer::Inbox, Some(listen::Flaw::AnswersBeforeAccepted))
            }
            None => (Consumer::Inbox, None),
        };
        let telling = Telling::Listen(listen::Rules { when, broken });
        Settings { consumer, ..Settings::new(telling, timeouts.of_messaging()) }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.when {
            When::Accepted => "when: accepted",
            When::Consumed => "when: consumed",
        })?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "listen_to_yourself",
    summary: "a service publishes what it is asked for, and consumes its own event as others do",
    broken: &[
        (
            Flaw::AnswersBeforeAccepted.name(),
            "the client is answered before the broker has the event",
            "conservation",
        ),
        (
            Flaw::ConsumesAgain.name(),
            "a service does again what it consumes again, its own events included",
            "exactly-once-effect",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::ReadYourWrites],
};

/// The world of a setup whose choice is to listen to oneself.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::ListenToYourself(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}
