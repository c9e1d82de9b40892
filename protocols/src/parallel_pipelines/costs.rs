//! What parallel pipelines cost when nothing fails, measured against what their steps come to: a
//! publication and its answer, and for each service a delivery and an acknowledgement.

use super::{Knobs, world};
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How many services do something.
    pub services: u64,
}

/// What its steps come to.
pub fn formula(Case { services }: Case) -> Costs {
    // Forced: the event, and each effect. The broker's note that it is consumed is lazy.
    Costs {
        messages: 2 + 2 * services,
        forced: 1 + services,
        writes: 1 + 2 * services,
        answer: 2,
        last: 3,
    }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(Case { services }: Case, extra_message: bool) -> Costs {
    let choice = Choice::ParallelPipelines(Knobs::default());
    // The router is told of by nobody, so it is one service less.
    costs::measure((choice, world), costs::votes(services - 1, true), extra_message)
}

/// The whole table for 1 to `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |services| {
        let case = Case { services };
        Row { case, measured: measure(case, extra_message), formula: formula(case) }
    };
    (1..=most).map(row).collect()
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
