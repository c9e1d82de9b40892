//! What a queue costs when nothing fails, measured against what its steps come to: those of the
//! outbox, or of the same without a row.

use super::{Knobs, Publish, world};
use crate::messaging::costs;
use crate::outbox::{self, Relay};
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How a job gets to the broker.
    pub publish: Publish,
    /// How many services have a job.
    pub jobs: u64,
}

/// What its steps come to.
pub fn formula(publish: Publish, jobs: u64) -> Costs {
    let outboxed = outbox::costs::formula(Relay::Polling, jobs);
    match publish {
        Publish::Outboxed => outboxed,
        // There is no row to be deleted.
        Publish::AfterCommit => {
            let (forced, writes) = (outboxed.forced - 1, outboxed.writes - 1);
            Costs { forced, writes, ..outboxed }
        }
    }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(publish: Publish, jobs: u64, extra_message: bool) -> Costs {
    let choice = Choice::Queue(Knobs { publish, ..Knobs::default() });
    costs::measure((choice, world), costs::votes(jobs, true), extra_message)
}

/// The whole table for 1 job to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |publish, jobs| Row {
        case: Case { publish, jobs },
        measured: measure(publish, jobs, extra_message),
        formula: formula(publish, jobs),
    };
    let ways = [Publish::Outboxed, Publish::AfterCommit];
    ways.into_iter().flat_map(|publish| (1..most).map(move |n| row(publish, n))).collect()
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
