//! The properties that protocols must keep, one file each.

mod agreement;
mod catalog;
mod commit_validity;
mod conservation;
mod consistent;
mod decisions;
mod durability;
mod no_lock_left;
mod no_negative_balance;
mod non_triviality;
mod roll;
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
pub use non_triviality::NonTriviality;
pub use roll::PROCESSES;
pub use stability::Stability;
pub use termination::Termination;

use std::fmt;
use std::sync::Arc;

use dtxsim_core::monitor::Monitor;
use serde::{Deserialize, Serialize};

use self::catalog::Catalog;
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
}

impl Property {
    /// All of them, in the order of reports.
    pub const ALL: [Property; 10] = [
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
    use crate::common::{Key, TxId};
    use dtxsim_core::fingerprint;

    fn all() -> Vec<Box<dyn Monitor<Note>>> {
        let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
        monitors(&Property::ALL, &vec![vec![key]; 3].into())
    }

    #[test]
    fn premises_alone_make_no_new_state() {
        let again = [
            SeenNote::Note(1, Note::Locked { tx: TxId(0) }),
            SeenNote::Note(1, Note::Changed { key: Key(0), value: 7 }),
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
            let history = [began(0, &[1, 2]), voted(0, 1, YES), decided(0, 1, ABORT)];
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
}
