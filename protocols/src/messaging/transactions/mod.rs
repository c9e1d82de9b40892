//! Transactions of a broker, over the queues of several receivers: what
//! [`crate::broker_transaction`] adds to messaging, and where it is explained.
//!
//! | role | file | |
//! |---|---|---|
//! | producer | `producer.rs` | a source: it sends its events within a transaction, and ends it |
//! | coordinator | `coordinator.rs` | the broker: which transactions are open, and how they end |
//! | partitions | `partitions.rs` | the broker: events that wait behind an open transaction |

mod coordinator;
mod message;
mod partitions;
mod producer;
mod record;

pub use coordinator::Transactions;
pub use message::{Message, Timer};
pub use producer::Producer;
pub use record::Record;

use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// An event is taken without asking whether its transaction is open.
    UnverifiedProduce,
    /// That a transaction ends ends whichever is open.
    EndNotNumbered,
    /// That what was committed has expired at the broker is logged and nothing else.
    ExpiryOnlyLogged,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] =
        [Flaw::UnverifiedProduce, Flaw::EndNotNumbered, Flaw::ExpiryOnlyLogged];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::UnverifiedProduce => "unverified_produce",
            Flaw::EndNotNumbered => "end_not_numbered",
            Flaw::ExpiryOnlyLogged => "expiry_only_logged",
        }
    }
}

/// How producers and the broker deal with each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// After so long the broker aborts a transaction that nobody ends; `None`: never.
    pub expiry: Option<Nanos>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

/// The name of a transaction at the broker, beside that of its producer. Later ones are more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Stamp {
    /// Which start of the producer: whoever has an earlier one is fenced.
    pub epoch: u32,
    /// Which transaction since then, from 1.
    pub number: u32,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.number)
    }
}
