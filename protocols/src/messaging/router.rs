//! A router: what [`crate::parallel_pipelines`] adds to messaging, and where it is explained.
//!
//! It is a source without data: a transaction is an event to it, which it hands to the broker, and
//! what is in the broker's log happens. All it keeps in mind it keeps in memory.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Here;
use super::service::{Out, Service};
use crate::common::{Branch, Note, Outcome, Transaction, TxId, Work};

/// The name of the router's process; services have their own.
pub const ROUTER: &str = "router";

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Each pipeline gets its request by a publication of its own.
    TwoPublishes,
}

/// How a router goes about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

impl Flaw {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::TwoPublishes => "two_publishes",
        }
    }
}

impl Service {
    /// A client asks for a transaction: the requests for all pipelines are one event.
    pub(super) fn route(
        &mut self,
        here: Here<'_>,
        rules: Rules,
        (tx, work): (TxId, Work),
        out: &mut Out,
    ) {
        match rules.broken {
            None => self.hand_over(here, tx, work, out),
            Some(Flaw::TwoPublishes) => {
                for branch in work.0.branches() {
                    self.hand_over(here, tx, alone(&work, branch), out);
                }
            }
        }
    }

    /// The broker has an event. If it was the last of its transaction, the client is told.
    pub(super) fn routed(&self, tx: TxId, out: &mut Out) {
        if self.rows.iter().all(|row| row.tx != tx) {
            out.note(Note::Answered { tx, outcome: Outcome::Commit });
        }
    }
}

/// One branch, as if there were no other.
fn alone(work: &Work, branch: &Branch) -> Work {
    Work(Arc::new(Transaction::new(work.0.name(), [branch.clone()])))
}
