//! A queue of jobs: a service inserts what was ordered, publishes a job, and workers do the rest.
//!
//! Sources: Hohpe & Woolf, *Enterprise Integration Patterns*, 2003 (Competing Consumers, Idempotent
//! Receiver); the documentation of RabbitMQ, *Work Queues* and *Consumer Prefetch*.
//!
//! ```text
//! client    service                  broker                    workers
//!   | order   |                        |                          |
//!   |-------->| COMMITTED              |                          |
//!   |    done |                        |                          |
//!   |<--------| publish                |                          |
//!   |         |----------------------->| ACCEPTED                 |
//!   |         |               accepted | deliver                  |
//!   |         |<-----------------------|------------------------->| EFFECT: the job is done, once
//!   |         |                        |                 consumed |
//!   |         |                        |<-------------------------|
//! ```
//!
//! Between the insert and the job it is a dual write, or an outbox, and nothing else: with
//! `publish: after_commit`, which is broken, it is [`crate::dual_write`], with `publish: outboxed`
//! [`crate::outbox`], and costs the same. What is its own is who does the rest: with two workers,
//! `workers: two`, the broker has a job outstanding with each, and either may be done first. Each
//! job is still done once, for a row of it is inserted with its effect; but nothing is promised of
//! their order. Only one worker keeps it.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

pub use crate::messaging::Timeouts;

use crate::messaging::{self, Consumer, Messaging, PROPERTIES, Relaying, Settings, Telling};
use crate::setup::{Choice, Family, Setup, SetupError};

/// How a job gets to the broker.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// By a row that is committed with the order.
    #[default]
    Outboxed,
    /// After the commit, from memory, which is broken.
    AfterCommit,
}

/// How many workers a service has.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Workers {
    /// One, which does one job after the other.
    #[default]
    One,
    /// Two, which compete.
    Two,
}

/// One thing that is done wrong on purpose, beside how a job is published.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A worker looks a job up and does it, in two local transactions.
    JobLookedUpFirst,
}

impl Flaw {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::JobLookedUpFirst => "job_looked_up_first",
        }
    }
}

/// The knobs of a queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// How a job gets to the broker.
    pub publish: Publish,
    /// How many do the rest.
    pub workers: Workers,
    /// What is done wrong on purpose, beside that.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

/// The name of a way to publish as a broken variant, if it is one.
pub const fn broken_publish(publish: Publish) -> Option<&'static str> {
    match publish {
        Publish::Outboxed => None,
        Publish::AfterCommit => Some("after_commit"),
    }
}

impl Knobs {
    /// Whether they fit together.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), &'static str> {
        match (self.workers, self.broken) {
            (Workers::One, Some(Flaw::JobLookedUpFirst)) => {
                Err("one worker alone cannot do a job twice at once")
            }
            (Workers::Two, Some(Flaw::JobLookedUpFirst)) | (Workers::One | Workers::Two, None) => {
                Ok(())
            }
        }
    }

    /// The name of what is done wrong on purpose, if something is.
    pub fn broken(&self) -> Option<&'static str> {
        self.broken.map(Flaw::name).or(broken_publish(self.publish))
    }

    fn settings(self) -> Settings {
        let Knobs { publish, workers, broken, timeouts } = self;
        let telling = match publish {
            Publish::Outboxed => Telling::Outbox(Relaying::default()),
            Publish::AfterCommit => Telling::CommitThenPublish,
        };
        let consumer = match broken {
            Some(Flaw::JobLookedUpFirst) => Consumer::CheckThenAct,
            None => Consumer::Inbox,
        };
        let prefetch = match workers {
            Workers::One => 1,
            Workers::Two => 2,
        };
        Settings { consumer, prefetch, ..Settings::new(telling, timeouts) }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.workers {
            Workers::One => "workers: one",
            Workers::Two => "workers: two",
        })?;
        if let Some(broken) = self.broken() {
            write!(f, ", BROKEN: {broken}")?;
        }
        Ok(())
    }
}

/// What listings say.
pub const FAMILY: Family = Family {
    name: "queue",
    summary: "a service inserts an order and publishes a job, workers that compete do the rest",
    broken: &[
        (
            "after_commit",
            "the job is published after the commit, and only remembered in memory",
            "at-least-once",
        ),
        (
            Flaw::JobLookedUpFirst.name(),
            "a worker looks a job up and does it in two local transactions",
            "exactly-once-effect",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[],
};

/// The world of a setup whose choice is a queue.
///
/// # Errors
/// If the choice is another, or two things are done wrong at once.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::Queue(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    if let (Some(flaw), Some(publish)) = (knobs.broken, broken_publish(knobs.publish)) {
        return Err(SetupError(format!("`{}` and `{publish}` at once", flaw.name())));
    }
    knobs.check().map_err(|why| SetupError(why.to_owned()))?;
    messaging::world(setup, knobs.settings())
}
