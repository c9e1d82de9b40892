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
mod waits;

pub use agreement::Agreement;
pub use commit_validity::CommitValidity;
pub use conservation::Conservation;
pub use consistent::Consistent;
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
    /// Who was told of a commit, and then reads, finds what was written.
    ReadYourWrites,
}

impl Property {
    /// All of them, in the order of reports.
    pub const ALL: [Property; 23] = [
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
        Property::ReadYourWrites,
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
            Property::ReadYourWrites => "read-your-writes",
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
            Property::ReadYourWrites => {
                "who was told of a commit, and then reads, finds what was written"
            }
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
            Property::ReadYourWrites => Box::new(ReadYourWrites::new(catalog.clone())),
        }
    };
    check.iter().map(monitor).collect()
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;
    use crate::common::{Deed, Key, TxId};
    use dtxsim_core::ProcessId;
    use dtxsim_core::fingerprint;
    use dtxsim_core::symmetry::Renaming;

    fn all() -> Vec<Box<dyn Monitor<Note>>> {
        let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
        monitors(&Property::ALL, &vec![vec![key]; 3].into())
    }

    #[test]
    fn premises_alone_make_no_new_state() {
        let again = [
            SeenNote::Note(1, Note::Locked { tx: TxId(0) }),
            SeenNote::Note(1, Note::Changed { key: Key(0), value: 7 }),
            found_nothing(0, 1, Deed::Cancel),
            decided(0, 1, ABORT),
        ];
        for mut monitor in all() {
            let name = monitor.name();
            assert_eq!(watch(&mut *monitor, &[began(0, &[1, 2])]), None, "{name}");
            assert_eq!(watch(&mut *monitor, &again), None, "{name}");
            let mut more = monitor.clone();
            assert_eq!(watch(&mut *more, &again), None, "{name}");
            assert!(*monitor == *more, "{name}");
            assert_eq!(fingerprint::of(&monitor), fingerprint::of(&more), "{name}");
        }
    }

    #[test]
    fn a_reset_is_a_fresh_start() {
        for (mut monitor, fresh) in all().into_iter().zip(all()) {
            let name = monitor.name();
            let voting = [began(0, &[1, 2]), voted(0, 1, YES), decided(0, 1, ABORT)];
            let doing = [did(0, 1, Deed::Try), published(1, 1, 2), did(0, 1, Deed::Cancel)];
            let history: Vec<_> = voting.into_iter().chain(doing).collect();
            assert_eq!(watch(&mut *monitor, &history), None, "{name}");
            monitor.reset();
            assert!(*monitor == *fresh && monitor.premises() == 0, "{name}");
        }
    }

    #[test]
    fn who_judges_the_rest_says_so() {
        let judges: Vec<_> = all().iter().filter(|m| m.judges_rest()).map(|m| m.name()).collect();
        let expected = [
            Property::NonTriviality,
            Property::Termination,
            Property::Conservation,
            Property::NoNegativeBalance,
            Property::NoLockLeft,
            Property::CompensationComplete,
            Property::SagaOutcome,
            Property::NoReservationLeft,
            Property::PublishedIffCommitted,
            Property::AtLeastOnce,
            Property::NoDirtyRead,
            Property::NoLostUpdate,
        ];
        assert_eq!(judges, expected.map(Property::name));
    }

    #[test]
    fn a_closed_transaction_looks_the_same_whoever_was_first() {
        let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2]];
        let prints = orders.map(|order| {
            let mut monitors = all();
            for monitor in &mut monitors {
                assert_eq!(watch(&mut **monitor, &[began(0, &[1, 2])]), None);
                for by in [1, 2] {
                    assert_eq!(watch(&mut **monitor, &[voted(0, by, YES)]), None);
                }
                for by in order {
                    assert_eq!(watch(&mut **monitor, &[decided(0, by, ABORT)]), None);
                }
            }
            fingerprint::of(&monitors)
        });
        assert!(prints.iter().all(|print| *print == prints[0]));
    }

    /// Two who do the same, one after the other.
    fn both_do(first: u16, second: u16) -> Vec<Box<dyn Monitor<Note>>> {
        let mut monitors = all();
        for monitor in &mut monitors {
            assert_eq!(watch(&mut **monitor, &[began(0, &[0, 1, 2])]), None);
            for deed in [Deed::Try, Deed::Confirm, Deed::Action] {
                let history = [did(0, first, deed), did(0, second, deed)];
                assert_eq!(watch(&mut **monitor, &history), None);
            }
            assert_eq!(watch(&mut **monitor, &[found_nothing(0, first, Deed::Cancel)]), None);
        }
        monitors
    }

    #[test]
    fn deeds_of_different_services_may_come_in_any_order() {
        let orders = [both_do(1, 2), both_do(2, 1)].map(|mut monitors| {
            for monitor in &mut monitors {
                for by in [1, 2] {
                    let nothing = [found_nothing(0, by, Deed::Cancel)];
                    assert_eq!(watch(&mut **monitor, &nothing), None);
                }
            }
            fingerprint::of(&monitors)
        });
        assert_eq!(orders[0], orders[1]);
    }

    #[test]
    fn a_renamed_monitor_has_seen_what_the_renamed_processes_did() {
        let swap = Renaming::swap(ProcessId(1), ProcessId(2));
        let mut renamed = 0;
        for (one, other) in both_do(1, 2).into_iter().zip(both_do(2, 1)) {
            let Some(one) = one.renamed(&swap) else { continue };
            assert!(*one == *other, "{}", one.name());
            renamed += 1;
        }
        // An order of branches tells processes apart; and so do versions, and who has which.
        assert_eq!(renamed, Property::ALL.len() - 7);
    }
}
