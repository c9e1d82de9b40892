//! Services that call each other directly, without a broker: what [`crate::retry`] and
//! [`crate::local_message_table`] add to messaging, and where it is explained.
//!
//! | role | file | |
//! |---|---|---|
//! | caller | `caller.rs` | a source: it calls the others until all have answered |
//! | receiver | `consumer.rs` of messaging | to it a call is what an event is |

mod caller;
mod message;

pub use message::Message;

use serde::{Deserialize, Serialize};

/// Where a caller keeps in mind whom it still has to call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Keeps {
    /// In memory, while its client waits. That calls are pending is a column of the row, so that
    /// an orphan is found.
    Memory,
    /// In a table of messages, from which a worker calls. The client does not wait.
    Table,
}

/// One thing that is done wrong on purpose, beside what the receiver does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The row does not say that calls are pending.
    OrphanUnnoticed,
    /// A message is deleted before its calls are answered.
    DeletedBeforeResult,
}

/// How a caller goes about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// Where it keeps it.
    pub keeps: Keeps,
    /// So often it calls, then a person must act; `None`: for ever.
    pub tries: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

impl Rules {
    /// Whether it is durable that calls are pending.
    pub(super) fn remembers(&self) -> bool {
        self.broken != Some(Flaw::OrphanUnnoticed)
    }
}

impl Flaw {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::OrphanUnnoticed => "orphan_unnoticed",
            Flaw::DeletedBeforeResult => "deleted_before_result",
        }
    }
}
