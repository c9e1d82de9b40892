//! Events that a broker keeps back until their transactions are decided: what
//! [`crate::mq_transaction`] adds to messaging, and where it is explained.
//!
//! | role | file | |
//! |---|---|---|
//! | producer | `producer.rs` | a source: it sends the event, then does its local transaction |
//! | keeper | `keeper.rs` | the broker: it publishes what was committed, and checks back |

mod keeper;
mod message;
mod producer;
mod record;

pub use keeper::Halves;
pub use message::{Message, Timer};
pub use record::Record;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// How a producer finds out what to answer when the broker checks back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// It looks for the transaction. If it finds none it does not answer: it may still run.
    HalfMessage,
    /// It inserts a row that says rolled back, under the key under which the transaction inserts
    /// one that says committed, and reads. The first row decides.
    #[default]
    TwoPhaseMessage,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A transaction that is not found is said to be rolled back, though it may still run.
    NotFoundIsRolledBack,
    /// The same, and the broker lets a commit that comes later undo what it was told first.
    LateCommitAccepted,
    /// The check inserts its row under another key than the transaction.
    TwoKeys,
    /// What is not answered in all checks is thrown away.
    DiscardsUnanswered,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 4] = [
        Flaw::NotFoundIsRolledBack,
        Flaw::LateCommitAccepted,
        Flaw::TwoKeys,
        Flaw::DiscardsUnanswered,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NotFoundIsRolledBack => "not_found_is_rolled_back",
            Flaw::LateCommitAccepted => "late_commit_accepted",
            Flaw::TwoKeys => "two_keys",
            Flaw::DiscardsUnanswered => "discards_unanswered",
        }
    }
}

/// How producer and broker deal with each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// How a check is answered.
    pub by: By,
    /// After so long without a decision the broker checks; doubled each time, as repetitions are.
    pub check: Nanos,
    /// After so many checks without an answer the broker gives up; `None`: never.
    pub check_backs: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}
