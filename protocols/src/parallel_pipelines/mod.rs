//! Parallel pipelines: a router puts the requests for several services into a broker in one
//! transaction of the broker, and each service does its own, when it comes to it.
//!
//! Sources: Ibryam, *Distributed transaction patterns for microservices compared*, 2021 (parallel
//! pipelines: a router, a broker, and services that work independently); Kleppmann, *Designing
//! Data-Intensive Applications*, 2017, ch. 12, for writes that are one event in a log first.
//!
//! ```text
//! client    router                       broker                services
//!   | order   |                            |                     |
//!   |-------->| publish, all requests      |                     |
//!   |         |--------------------------->| ACCEPTED            |
//!   |    done |                   accepted | deliver, to each    |
//!   |<--------|<---------------------------|-------------------->| EFFECT: data, inbox row
//!   |         |                            |            consumed |
//!   |         |                            |<--------------------|
//! ```
//!
//! The record in the broker is the decision. It is one, so all that was asked for happens, or
//! nothing. Nobody waits for anybody, and nothing is said of the order in which services do their
//! part. So none can refuse either: what breaks a constraint is left to a person, and nothing
//! undoes what the others have done.
//!
//! The router has no data and no log. What it has not published when it crashes has not been asked
//! for; what it does not know to be accepted it publishes again, and an inbox in each service sees
//! to it that this has its effect once.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;

pub use crate::messaging::router::Flaw;
pub use crate::retry::Timeouts;

use crate::messaging::{self, Messaging, Settings, Telling, router};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// The knobs of parallel pipelines.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    fn settings(self) -> Settings {
        let Knobs { broken, timeouts } = self;
        Settings::new(Telling::Route(router::Rules { broken }), timeouts.of_messaging())
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken {
            None => f.write_str("one publication"),
            Some(flaw) => write!(f, "BROKEN: {}", flaw.name()),
        }
    }
}

/// What it is judged by: all that was asked for happens, or nothing.
const PROPERTIES: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::SagaOutcome,
];

/// What listings say.
pub const FAMILY: Family = Family {
    name: "parallel_pipelines",
    summary: "a router publishes the requests for all services at once, and each does its own",
    broken: &[(
        Flaw::TwoPublishes.name(),
        "each service's request is published by itself, and a crash may fall in between",
        "saga-outcome",
    )],
    properties: PROPERTIES,
    by_request: &[],
};

/// The world of a setup whose choice is parallel pipelines.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::ParallelPipelines(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}
