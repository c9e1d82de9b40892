//! Services whose state is the fold of their events: what [`crate::event_sourcing`] adds to
//! messaging, and where it is explained.
//!
//! | role | file | |
//! |---|---|---|
//! | source | `handler.rs` | decides a command against the folded state, and appends its event |
//! | reader | [`super::polls`] | replays the events of others from its position |
//!
//! `stream.rs` is what a log amounts to.

mod handler;
mod record;
mod stream;

pub use handler::Handler;
pub use record::{Kind, Record};
pub use stream::Stream;

use super::Here;

/// One thing that is done wrong on purpose, beside what readers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Flaw {
    /// A snapshot does not say up to where it goes: that is a record of its own, after it.
    SnapshotApart,
    /// An event is appended whatever was appended since its command was decided.
    VersionUnchecked,
}

/// How services go about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// After so many events the folded state is noted; `None`: never.
    pub snapshots: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

impl Here<'_> {
    /// The rules of those whose state is the fold of their events.
    pub(super) fn events(&self) -> Option<Rules> {
        self.polls().and_then(|rules| rules.events)
    }
}
