//! What it costs to listen to oneself when nothing fails, measured against what its steps come to.
//! A formula is published nowhere.

use super::{Knobs, When, world};
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// When the client is answered.
    pub when: When,
    /// How many services consume the event, the source not counted.
    pub consumers: u64,
}

/// An event and its acceptance; a delivery and an acknowledgement for each consumer and for the
/// source. Forced are the broker's record and each effect; the broker's notes of acknowledgements
/// are lazy. The acceptance and the source's own copy of the event come at the same time, so an
/// answer that waits for the latter waits for a forced write more, and for no message.
pub fn formula(_: When, consumers: u64) -> Costs {
    let all = consumers + 1;
    Costs { messages: 2 + 2 * all, forced: 1 + all, writes: 1 + 2 * all, answer: 2, last: 3 }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(when: When, consumers: u64, extra_message: bool) -> Costs {
    let choice = Choice::ListenToYourself(Knobs { when, ..Knobs::default() });
    costs::measure((choice, world), costs::votes(consumers, true), extra_message)
}

/// The whole table for no consumer to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |when, consumers| Row {
        case: Case { when, consumers },
        measured: measure(when, consumers, extra_message),
        formula: formula(when, consumers),
    };
    let all = [When::Accepted, When::Consumed];
    all.into_iter().flat_map(|when| (0..most).map(move |n| row(when, n))).collect()
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
