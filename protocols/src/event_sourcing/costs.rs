//! What event sourcing costs when nothing fails and every reader polls once, after the append,
//! measured against what its steps come to: those of polling choreography, for an append is a local
//! transaction.

use super::{Knobs, world};
use crate::common::costs::{self, Votes};
use crate::polling_choreography;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How many services read.
    pub readers: u64,
}

/// What its steps come to.
pub fn formula(readers: u64) -> Costs {
    polling_choreography::costs::formula(readers)
}

/// Runs one transaction in a world without faults, in which readers poll once, and counts.
///
/// `extra_message` makes the source send once more than the protocol says: to see that a table of
/// costs can be wrong.
pub fn measure(readers: u64, extra_message: bool) -> Costs {
    let choice = Choice::EventSourcing(Knobs::default());
    let setup = costs::setup(choice, Votes { yes: readers + 1, read: 0, no: 0 });
    let mut world = world(setup).expect("these knobs fit together");
    world.protocol.polls_once = true;
    world.protocol.extra_message = extra_message;
    costs::count(&world)
}

/// The whole table for 1 reader to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |readers| Row {
        case: Case { readers },
        measured: measure(readers, extra_message),
        formula: formula(readers),
    };
    (1..most).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_what_the_formula_says() {
        for row in table(8, false) {
            assert!(row.agrees(), "{row:?}");
        }
    }

    #[test]
    fn an_extra_message_shows_in_every_row() {
        assert!(table(4, true).iter().all(|row| !row.agrees()));
    }
}
