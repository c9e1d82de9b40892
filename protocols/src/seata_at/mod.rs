//! Seata AT: branches commit locally at once and keep undo logs; a transaction that is rolled back
//! has the before-images put back, the last branch first.
//!
//! Source: the documentation of Apache Seata (*Seata AT Mode*: undo log of before- and after-image
//! in the local transaction of the change; global lock; dirty writes are found by comparing the
//! after-image; reads are read uncommitted, `SELECT .. FOR UPDATE` and `@GlobalLock` ask for the
//! lock).
//!
//! ```text
//! coordinator               services
//!   | STARTED                  |
//!   |  do                      |
//!   |------------------------->| ACTED: data, undo log; holds the global lock of its rows
//!   |                     done |
//!   |<-------------------------|
//!   |  TURNED        undo      |   data are the after-image: UNDID, the before-image is back
//!   |------------------------->|   they are not:             STUCK, a person must act
//! ```
//!
//! It is a [`crate::saga`] whose services undo by image and not by compensation: the coordinator,
//! its log and its messages are those, so is what a service remembers. A branch that would change
//! rows whose global lock another holds is refused. A service keeps the locks of its own rows, and
//! lets go when it hears, with a later call, that their holder is over. Registration of branches
//! and the second phase of a commit, in which undo logs are deleted, are not modelled.
//!
//! The lock keeps transactions of this kind off each other's rows, and nobody else. What changes
//! data of one service only is a local transaction: it asks for the lock if it is told to. If it
//! does not, it may change what is rolled back later (*dirty rollback*): the image no longer fits,
//! and is not put back. Reads may see what is rolled back later (*dirty read*).

pub mod costs;
mod knobs;

pub use knobs::{Flaw, GlobalLock, Knobs, Timeouts};

use dtxsim_core::timed::World;

use crate::saga::{self, Saga};
use crate::setup::{Choice, Family, Setup, SetupError};

/// What listings say.
pub const FAMILY: Family = Family {
    name: "seata_at",
    summary: "Seata AT: local commits with undo logs and a global lock",
    broken: &[(
        Flaw::RestoresBlindly.name(),
        "before-images are put back over what others have written since",
        "conservation",
    )],
    properties: saga::FAMILY.properties,
    by_request: saga::FAMILY.by_request,
};

/// The world of a setup whose choice is Seata AT.
///
/// # Errors
/// If the choice is another, or there are too many services.
pub fn world(setup: Setup) -> Result<World<Saga>, SetupError> {
    let Choice::SeataAt(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    saga::around(setup, knobs.of_saga(), Some(knobs.undo_logs()))
}
