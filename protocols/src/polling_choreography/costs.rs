//! What polling choreography costs when nothing fails and every reader polls once, after the
//! commit, measured against what its steps come to: a formula is published nowhere.

use super::{Knobs, world};
use crate::common::costs::count;
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How many services read.
    pub readers: u64,
}

/// A query and its result for each reader; forced are the source's local transaction and each
/// effect, with its offset. A poll that finds nothing costs two messages more.
pub fn formula(readers: u64) -> Costs {
    let forced = 1 + readers;
    Costs { messages: 2 * readers, forced, writes: forced, answer: 0, last: 2 }
}

/// The whole table for 1 reader to one less than `most` services.
///
/// `extra_message` makes the source send once more than the protocol says: to see that a table of
/// costs can be wrong.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    rows((&Choice::PollingChoreography(Knobs::default()), world), (most, extra_message))
}

/// The same of a family of that sort, whose readers poll once.
pub(crate) fn rows(
    (choice, world): (&Choice, costs::Build),
    (most, extra_message): (u64, bool),
) -> Vec<Row<Case>> {
    let measure = |readers| {
        let votes = costs::votes(readers, true);
        let mut world = costs::one((choice.clone(), world), votes, extra_message);
        world.protocol.polls_once = true;
        count(&world)
    };
    let row = |readers| Row {
        case: Case { readers },
        measured: measure(readers),
        formula: formula(readers),
    };
    (1..most).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::common::costs::sound;

    #[test]
    fn every_row_is_what_the_formula_says_and_an_extra_message_shows() {
        sound(table);
    }
}
