//! What a broker transaction costs when nothing fails, measured against what its steps come to.
//!
//! Source: Apache Kafka, KIP-98: init, produce, end, each with its answer; here an event names its
//! transaction, as since KIP-890, so that partitions are not added by a request of their own, and
//! the end is one record, as the broker has all partitions. That a source starts is counted with
//! its first transaction, and once.

use super::{Knobs, world};
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How many services consume events.
    pub consumers: u64,
    /// Whether the local transaction commits.
    pub commits: bool,
}

/// What its steps come to, the start of the source included: two messages and two forced writes.
pub fn formula(Case { consumers, commits }: Case) -> Costs {
    if commits {
        // Forced: each event, data and row, the end, that the row is gone, each effect. Lazy: that
        // an event is consumed.
        Costs {
            messages: 2 + 4 * consumers + 2,
            forced: 2 + 2 * consumers + 3,
            writes: 2 + 3 * consumers + 3,
            answer: 4,
            last: 7,
        }
    } else {
        // Forced: each event, that it is refused, the end.
        Costs {
            messages: 2 + 2 * consumers + 2,
            forced: 2 + consumers + 2,
            writes: 2 + consumers + 2,
            answer: 2,
            last: 4,
        }
    }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(Case { consumers, commits }: Case, extra_message: bool) -> Costs {
    let choice = Choice::BrokerTransaction(Knobs::default());
    costs::measure((choice, world), costs::votes(consumers, commits), extra_message)
}

/// The whole table for 1 consumer to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |commits, consumers| {
        let case = Case { consumers, commits };
        Row { case, measured: measure(case, extra_message), formula: formula(case) }
    };
    let rows = |commits| (1..most).map(move |consumers| row(commits, consumers));
    rows(true).chain(rows(false)).collect()
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
