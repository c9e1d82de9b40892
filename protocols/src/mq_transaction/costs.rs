//! What a message-queue transaction costs when nothing fails, measured against what its published
//! steps come to.
//!
//! Sources: the documentation of DTM, *Two-phase Message*: Prepare, local transaction, Submit, a
//! call for each branch, and checks only if Submit is missing; the documentation of RocketMQ: half
//! message and its acknowledgement, local transaction, commit or rollback. Submit, as RocketMQ's
//! end of a transaction, is not answered here: if it is lost the check makes good for it. A call is
//! a delivery and its acknowledgement.

use super::{By, Knobs, world};
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How checks would be answered.
    pub by: By,
    /// How many services consume the event.
    pub consumers: u64,
    /// Whether the local transaction commits.
    pub commits: bool,
}

/// What its steps come to. Nobody checks, so it is the same for both kinds.
pub fn formula(consumers: u64, commits: bool) -> Costs {
    if commits {
        // Half, its acknowledgement, commit; for each consumer a delivery and an acknowledgement,
        // of which the broker's note is lazy.
        Costs {
            messages: 3 + 2 * consumers,
            forced: 3 + consumers,
            writes: 3 + 2 * consumers,
            answer: 2,
            last: 5,
        }
    } else {
        // Half, its acknowledgement, rollback, of which the broker's note is lazy.
        Costs { messages: 3, forced: 2, writes: 3, answer: 2, last: 3 }
    }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(by: By, (consumers, commits): (u64, bool), extra_message: bool) -> Costs {
    let choice = Choice::MqTransaction(Knobs::by(by));
    costs::measure((choice, world), costs::votes(consumers, commits), extra_message)
}

/// The whole table for 1 consumer to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |by, consumers, commits| Row {
        case: Case { by, consumers, commits },
        measured: measure(by, (consumers, commits), extra_message),
        formula: formula(consumers, commits),
    };
    let mut rows = Vec::new();
    for by in [By::HalfMessage, By::TwoPhaseMessage] {
        for commits in [true, false] {
            rows.extend((1..most).map(|consumers| row(by, consumers, commits)));
        }
    }
    rows
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
