//! Effects that are left out, for a mutation run: what if a protocol did not force this record, or
//! did not send that message?
//!
//! All that a protocol does leaves it by the [`Outbox`](crate::Outbox). So a mutant need not be
//! compiled: with the feature `mutants` the outbox knows which line of code puts an effect out, and
//! leaves out those of one line. Without the feature nothing is ever left out, and nobody asks.

/// What can be left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// A record is not appended.
    Record,
    /// What was appended is not forced.
    Sync,
    /// A message is not sent.
    Message,
    /// A timer is not set.
    Timer,
}

impl Part {
    /// What a mutant does not do.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Record => "record",
            Part::Sync => "force",
            Part::Message => "message",
            Part::Timer => "timer",
        }
    }
}

#[cfg(not(feature = "mutants"))]
pub(crate) const fn left_out(_: Part) -> bool {
    false
}

#[cfg(feature = "mutants")]
pub(crate) use run::left_out;
#[cfg(feature = "mutants")]
pub use run::{Site, leave_out, sites};

#[cfg(feature = "mutants")]
mod run {
    use std::collections::BTreeSet;
    use std::panic::Location;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError, RwLock};

    use super::Part;

    /// Where a protocol puts an effect out.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    pub struct Site {
        /// The file, from the root of the workspace.
        pub file: &'static str,
        /// The line in it, from one.
        pub line: u32,
        /// The column, from one.
        pub column: u32,
        /// What is put out.
        pub part: Part,
    }

    static WATCHED: AtomicBool = AtomicBool::new(false);
    static SEEN: Mutex<BTreeSet<Site>> = Mutex::new(BTreeSet::new());
    static LEFT_OUT: RwLock<Option<Site>> = RwLock::new(None);

    /// From now on this is left out; nothing, if it is `None`.
    pub fn leave_out(site: Option<Site>) {
        *LEFT_OUT.write().unwrap_or_else(PoisonError::into_inner) = site;
    }

    /// What comes of doing something, and all from where effects are put out meanwhile.
    pub fn sites<T>(what: impl FnOnce() -> T) -> (T, BTreeSet<Site>) {
        WATCHED.store(true, Ordering::SeqCst);
        let done = what();
        WATCHED.store(false, Ordering::SeqCst);
        (done, std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    #[track_caller]
    pub(crate) fn left_out(part: Part) -> bool {
        let place = Location::caller();
        let site = Site { file: place.file(), line: place.line(), column: place.column(), part };
        if WATCHED.load(Ordering::Relaxed) {
            SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(site);
        }
        *LEFT_OUT.read().unwrap_or_else(PoisonError::into_inner) == Some(site)
    }
}
