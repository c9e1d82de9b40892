//! The properties that protocols must keep, one file each.

mod agreement;
mod catalog;
mod commit_validity;
mod conservation;
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
}

impl Property {
    /// All of them, in the order of reports.
    pub const ALL: [Property; 9] = [
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
        }
    };
    check.iter().map(monitor).collect()
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
