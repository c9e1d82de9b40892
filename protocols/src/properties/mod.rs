//! The properties that protocols must keep, one file each.

mod accounts;
mod agreement;
mod at_least_once;
mod catalog;
mod commit_validity;
mod compensation_complete;
mod compensation_order;
mod conservation;
mod consistent;
mod convergence;
mod decisions;
mod deeds;
mod durability;
mod exactly_once_effect;
mod left;
mod no_dirty_read;
mod no_hang;
mod no_lock_left;
mod no_lost_update;
mod no_negative_balance;
mod no_read_skew;
mod no_reservation_left;
mod non_triviality;
mod null_safe;
mod per_key_order;
mod published_iff_committed;
mod read_your_writes;
mod reads;
mod recent;
mod roll;
mod saga_outcome;
mod stability;
mod termination;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod waits;

pub use agreement::Agreement;
pub use commit_validity::CommitValidity;
pub use conservation::Conservation;
pub use consistent::Consistent;
pub use convergence::Convergence;
pub use decisions::Decisions;
pub use durability::Durability;
pub use no_lock_left::NoLockLeft;
pub use no_negative_balance::NoNegativeBalance;
pub use no_reservation_left::NoReservationLeft;
pub use non_triviality::NonTriviality;
pub use per_key_order::PerKeyOrder;
pub use read_your_writes::ReadYourWrites;
pub use roll::PROCESSES;
pub use stability::Stability;
pub use termination::Termination;

use std::fmt;
use std::sync::Arc;

use dtxsim_core::monitor::Monitor;
use serde::{Deserialize, Serialize};

use self::at_least_once::AtLeastOnce;
use self::catalog::Catalog;
use self::compensation_complete::CompensationComplete;
use self::compensation_order::CompensationOrder;
use self::exactly_once_effect::ExactlyOnceEffect;
use self::no_dirty_read::NoDirtyRead;
use self::no_hang::NoHang;
use self::no_lost_update::NoLostUpdate;
use self::no_read_skew::NoReadSkew;
use self::null_safe::NullSafe;
use self::published_iff_committed::PublishedIffCommitted;
use self::saga_outcome::SagaOutcome;
use crate::common::{KeySpec, Note};

/// A property, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// All that decide on a transaction decide alike.
    Agreement,
    /// Nobody changes its decision.
    Stability,
    /// A transaction commits only if everybody has voted for it.
    CommitValidity,
    /// Without failures and with everybody for it, a transaction commits.
    NonTriviality,
    /// A vote or decision, once forced, survives a crash.
    Durability,
    /// Once failures are repaired, everybody decides.
    Termination,
    /// At rest the data are what the committed transactions make of them.
    Conservation,
    /// No committed value breaks a constraint such as `balance >= 0`.
    NoNegativeBalance,
    /// At rest nothing is locked.
    NoLockLeft,
    /// Nobody has committed for good what somebody has aborted for good.
    Consistent,
    /// No process carries out the same deed of a transaction twice.
    ExactlyOnceEffect,
    /// Who has undone its branch does not begin it afterwards.
    NoHang,
    /// Nothing is undone that was not done.
    NullSafe,
    /// What was done last is undone first.
    CompensationOrder,
    /// All that was done of an aborted transaction is undone, once.
    CompensationComplete,
    /// At rest a transaction has all its effects, or none is left.
    SagaOutcome,
    /// At rest nothing is reserved.
    NoReservationLeft,
    /// An event is published if and only if its source commits.
    PublishedIffCommitted,
    /// What a source commits has its effect everywhere.
    AtLeastOnce,
    /// Events of one datum have effects in the order of their commits.
    PerKeyOrder,
    /// Who commits has read nothing of who aborts.
    NoDirtyRead,
    /// No two that commit have read the same version of a datum and written it.
    NoLostUpdate,
    /// Who commits has not read of another, and missed what that wrote elsewhere.
    NoReadSkew,
    /// Who was told of a commit, and then reads, finds what was written.
    ReadYourWrites,
    /// At rest a view has of every datum the value that its service has.
    Convergence,
}

impl Property {
    /// All of them, in the order of reports.
    pub const ALL: [Property; 25] = [
        Property::Agreement,
        Property::Stability,
        Property::CommitValidity,
        Property::NonTriviality,
        Property::Durability,
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::NoLockLeft,
        Property::Consistent,
        Property::ExactlyOnceEffect,
        Property::NoHang,
        Property::NullSafe,
        Property::CompensationOrder,
        Property::CompensationComplete,
        Property::SagaOutcome,
        Property::NoReservationLeft,
        Property::PublishedIffCommitted,
        Property::AtLeastOnce,
        Property::PerKeyOrder,
        Property::NoDirtyRead,
        Property::NoLostUpdate,
        Property::NoReadSkew,
        Property::ReadYourWrites,
        Property::Convergence,
    ];

    /// What protocols are judged by that make all services of a transaction decide alike.
    pub const OF_ATOMIC_COMMITMENT: &'static [Property] = &[
        Property::Agreement,
        Property::Stability,
        Property::CommitValidity,
        Property::NonTriviality,
        Property::Durability,
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::NoLockLeft,
    ];

    /// What they can be judged by as well, if a scenario asks for it. Dirty reads are not among it:
    /// a version is there from when its commit is decided, so none is of who aborts.
    pub const OF_ISOLATED_COMMITMENT: &'static [Property] = &[
        Property::Consistent,
        Property::NoLostUpdate,
        Property::NoReadSkew,
        Property::ReadYourWrites,
    ];

    /// What is judged by what transactions read of each other, and so never where nobody reads.
    pub const OF_READS: &'static [Property] = &[
        Property::NoDirtyRead,
        Property::NoLostUpdate,
        Property::NoReadSkew,
        Property::ReadYourWrites,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Property::Agreement => "agreement",
            Property::Stability => "stability",
            Property::CommitValidity => "commit-validity",
            Property::NonTriviality => "non-triviality",
            Property::Durability => "durability",
            Property::Termination => "termination",
            Property::Conservation => "conservation",
            Property::NoNegativeBalance => "no-negative-balance",
            Property::NoLockLeft => "no-lock-left",
            Property::Consistent => "consistent",
            Property::ExactlyOnceEffect => "exactly-once-effect",
            Property::NoHang => "no-hang",
            Property::NullSafe => "null-safe",
            Property::CompensationOrder => "compensation-order",
            Property::CompensationComplete => "compensation-complete",
            Property::SagaOutcome => "saga-outcome",
            Property::NoReservationLeft => "no-reservation-left",
            Property::PublishedIffCommitted => "published-iff-committed",
            Property::AtLeastOnce => "at-least-once",
            Property::PerKeyOrder => "per-key-order",
            Property::NoDirtyRead => "no-dirty-read",
            Property::NoLostUpdate => "no-lost-update",
            Property::NoReadSkew => "no-read-skew",
            Property::ReadYourWrites => "read-your-writes",
            Property::Convergence => "convergence",
        }
    }

    /// What it says, in one line.
    pub const fn summary(self) -> &'static str {
        match self {
            Property::Agreement => "all that decide on a transaction decide alike",
            Property::Stability => "nobody changes its decision",
            Property::CommitValidity => "a transaction commits only if everybody voted for it",
            Property::NonTriviality => {
                "without failures and with all for it, a transaction commits"
            }
            Property::Durability => "a vote or decision, once forced, survives a crash",
            Property::Termination => "once failures are repaired, everybody decides",
            Property::Conservation => {
                "at rest the data are what committed transactions made of them"
            }
            Property::NoNegativeBalance => "no committed value breaks a constraint",
            Property::NoLockLeft => "at rest nothing is locked",
            Property::Consistent => "nobody has committed for good what somebody has aborted",
            Property::ExactlyOnceEffect => {
                "no process carries out the same deed of a transaction twice"
            }
            Property::NoHang => "who has undone its branch does not begin it afterwards",
            Property::NullSafe => "nothing is undone that was not done",
            Property::CompensationOrder => "what was done last is undone first",
            Property::CompensationComplete => {
                "all that was done of an aborted transaction is undone, once"
            }
            Property::SagaOutcome => "at rest a transaction has all its effects, or none is left",
            Property::NoReservationLeft => "at rest nothing is reserved",
            Property::PublishedIffCommitted => {
                "an event is published if and only if its source commits"
            }
            Property::AtLeastOnce => "what a source commits has its effect everywhere",
            Property::PerKeyOrder => {
                "events of one datum have effects in the order of their commits"
            }
            Property::NoDirtyRead => "who commits has read nothing of who aborts",
            Property::NoLostUpdate => {
                "no two that commit have read the same version of a datum and written it"
            }
            Property::NoReadSkew => {
                "who commits has not read of another and missed what that wrote elsewhere"
            }
            Property::ReadYourWrites => {
                "who was told of a commit, and then reads, finds what was written"
            }
            Property::Convergence => "at rest a view shows what the services have",
        }
    }
}

/// Monitors for these properties, over processes with these data.
pub fn monitors(check: &[Property], keys: &Arc<[Vec<KeySpec>]>) -> Vec<Box<dyn Monitor<Note>>> {
    let catalog = Catalog::new(keys.clone());
    let monitor = |property: &Property| -> Box<dyn Monitor<Note>> {
        match property {
            Property::Agreement => Box::new(Agreement::default()),
            Property::Stability => Box::new(Stability::default()),
            Property::CommitValidity => Box::new(CommitValidity::default()),
            Property::NonTriviality => Box::new(NonTriviality::default()),
            Property::Durability => Box::new(Durability::default()),
            Property::Termination => Box::new(Termination::new(catalog.clone())),
            Property::Conservation => Box::new(Conservation::new(catalog.clone())),
            Property::NoNegativeBalance => Box::new(NoNegativeBalance::new(catalog.clone())),
            Property::NoLockLeft => Box::new(NoLockLeft::new(catalog.clone())),
            Property::Consistent => Box::new(Consistent::default()),
            Property::ExactlyOnceEffect => Box::new(ExactlyOnceEffect::default()),
            Property::NoHang => Box::new(NoHang::default()),
            Property::NullSafe => Box::new(NullSafe::default()),
            Property::CompensationOrder => Box::new(CompensationOrder::default()),
            Property::CompensationComplete => Box::new(CompensationComplete::default()),
            Property::SagaOutcome => Box::new(SagaOutcome::default()),
            Property::NoReservationLeft => Box::new(NoReservationLeft::new(catalog.clone())),
            Property::PublishedIffCommitted => Box::new(PublishedIffCommitted::default()),
            Property::AtLeastOnce => Box::new(AtLeastOnce::default()),
            Property::PerKeyOrder => Box::new(PerKeyOrder::default()),
            Property::NoDirtyRead => Box::new(NoDirtyRead::new(catalog.clone())),
            Property::NoLostUpdate => Box::new(NoLostUpdate::new(catalog.clone())),
            Property::NoReadSkew => Box::new(NoReadSkew::new(catalog.clone())),
            Property::ReadYourWrites => Box::new(ReadYourWrites::new(catalog.clone())),
            Property::Convergence => Box::new(Convergence::new(catalog.clone())),
        }
    };
    check.iter().map(monitor).collect()
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
