//! What event sourcing costs when nothing fails and every reader polls once, after the append: what
//! polling choreography costs, for an append is a local transaction.

use super::{Knobs, world};
use crate::polling_choreography::costs::rows;
use crate::setup::Choice;

pub use crate::polling_choreography::costs::{Case, Costs, Row};

/// The whole table for 1 reader to one less than `most` services; see
/// [`crate::polling_choreography::costs::table`].
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    rows((&Choice::EventSourcing(Knobs::default()), world), (most, extra_message))
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
