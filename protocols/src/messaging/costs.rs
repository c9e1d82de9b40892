//! What one transaction costs under any of the ways to tell others.

use dtxsim_core::timed::World;

use super::Messaging;
use crate::common::costs::{self, Costs, Votes};
use crate::setup::{Choice, Setup, SetupError};

/// How a family makes the world of a setup.
pub(crate) type Build = fn(Setup) -> Result<World<Messaging>, SetupError>;

/// How services vote of which so many are told, or would be if the first, the source, did not
/// refuse.
pub(crate) fn votes(told: u64, commits: bool) -> Votes {
    if commits {
        Votes { yes: told + 1, read: 0, no: 0 }
    } else {
        Votes { yes: 0, read: 0, no: told + 1 }
    }
}

/// The world in which one transaction is counted: nothing fails.
///
/// `extra_message` makes the source send once more than the protocol says: to see that a table of
/// costs can be wrong.
pub(crate) fn one(
    (choice, world): (Choice, Build),
    votes: Votes,
    extra_message: bool,
) -> World<Messaging> {
    let mut world = world(costs::setup(choice, votes)).expect("these knobs fit together");
    world.protocol.extra_message = extra_message;
    world
}

/// Runs that one transaction and counts.
pub(crate) fn measure(family: (Choice, Build), votes: Votes, extra_message: bool) -> Costs {
    costs::count(&one(family, votes, extra_message))
}
