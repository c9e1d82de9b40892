use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A dual write: the step is committed, and then its event is sent, once.
    EventAfterCommit,
    /// A dual write the other way round: the event is sent, and then the step is committed.
    EventBeforeCommit,
    /// A service does again what it is told again.
    NoInbox,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] = [Flaw::EventAfterCommit, Flaw::EventBeforeCommit, Flaw::NoInbox];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::EventAfterCommit => "event_after_commit",
            Flaw::EventBeforeCommit => "event_before_commit",
            Flaw::NoInbox => "no_inbox",
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without a receipt an event is sent again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { resend: Nanos::from_millis(10), resend_most: Nanos::from_millis(200) }
    }
}

/// The knobs of a choreographed saga.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken {
            Some(flaw) => write!(f, "BROKEN: {}", flaw.name()),
            None => f.write_str("outbox and inbox"),
        }
    }
}
