//! Services that read each other's tables of changes: what [`crate::polling_choreography`] adds to
//! messaging, and where it is explained.
//!
//! | role | file | |
//! |---|---|---|
//! | source | `feed.rs` | keeps what it has committed, numbered, for others to read |
//! | reader | `reader.rs` | polls, and stores how far it is together with what it does |

mod feed;
mod message;
mod reader;
mod record;

pub use feed::Feed;
pub use message::{Change, Message};
pub use record::{Offset, Record};

use std::collections::BTreeSet;
use std::sync::Arc;

use dtxsim_core::{Nanos, ProcessId, Topology};

use super::{Here, Telling, events};
use crate::common::{Business, Transactions, services};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Flaw {
    /// The offset is stored in a transaction of its own, after that of the effect.
    OffsetAfterEffect,
    /// The offset is stored in a transaction of its own, before that of the effect.
    OffsetBeforeEffect,
    /// A change has its number before it commits.
    NumberBeforeCommit,
}

/// How readers go about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// They poll so often.
    pub every: Nanos,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// Those of services whose state is the fold of their events, if it is.
    pub events: Option<events::Rules>,
}

/// Whose changes each process reads, by [`ProcessId`]: of a listed transaction all that write read
/// those of its source.
pub(super) fn sources(business: &Business, topology: &Topology) -> Arc<[Vec<ProcessId>]> {
    let processes = services::processes(business, topology);
    let mut sources = vec![BTreeSet::new(); topology.processes.len()];
    match &business.transactions {
        Transactions::Listed(listed) => {
            for listed in listed {
                let Some((source, _)) = listed.branches.first() else { continue };
                let written = listed.branches.iter().skip(1);
                for (reader, _) in written.filter(|(_, ops)| ops.iter().any(|op| op.writes())) {
                    sources[processes[*reader].index()].insert(processes[*source]);
                }
            }
        }
        // Anybody may be the source of what is drawn.
        Transactions::Generated(_) => {
            for reader in &processes {
                sources[reader.index()].extend(&processes);
            }
        }
    }
    let of_others = sources.into_iter().enumerate().map(|(reader, sources)| {
        sources.into_iter().filter(|source| source.index() != reader).collect()
    });
    of_others.collect()
}

impl Here<'_> {
    /// The rules of readers, if there are any.
    pub(super) fn polls(&self) -> Option<Rules> {
        let Telling::Polls(rules) = self.telling() else { return None };
        Some(rules)
    }

    /// Whose changes this process reads.
    fn sources(&self) -> &[ProcessId] {
        self.protocol.sources.get(self.me.index()).map_or(&[], Vec::as_slice)
    }
}
