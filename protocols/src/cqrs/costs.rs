//! What a command costs when nothing fails, measured against what its steps come to. A formula is
//! published nowhere.

use super::{Events, Knobs, world};
use crate::messaging::costs;
use crate::outbox::{self, Relay};
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// What events say.
    pub events: Events,
    /// How many services consume the event beside the view.
    pub consumers: u64,
}

/// To a polling outbox a view is one consumer more.
pub fn formula(consumers: u64) -> Costs {
    outbox::costs::formula(Relay::Polling, consumers + 1)
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(Case { events, consumers }: Case, extra_message: bool) -> Costs {
    let choice = Choice::Cqrs(Knobs { events, ..Knobs::default() });
    costs::measure((choice, world), costs::votes(consumers, true), extra_message)
}

/// The whole table for no consumer to one less than `most` services; of states only the first line,
/// for a source tells them of itself alone.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |events, consumers| {
        let case = Case { events, consumers };
        Row { case, measured: measure(case, extra_message), formula: formula(consumers) }
    };
    let changes = (0..most).map(|consumers| row(Events::Changes, consumers));
    changes.chain([row(Events::States, 0)]).collect()
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
