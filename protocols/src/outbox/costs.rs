//! What the outbox costs when nothing fails, measured against what its steps come to.
//!
//! Source: the steps of Richardson 2018, ch. 3, one by one: a local transaction at the source, an
//! event and its acceptance, for each consumer a delivery, a local transaction and an
//! acknowledgement; a polling relay deletes the row in one more local transaction, change data
//! capture writes an offset lazily (Debezium). The client waits for the first of these only.

use super::{Knobs, Relay, world};
use crate::messaging::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// The relay.
    pub relay: Relay,
    /// How many services consume the event.
    pub consumers: u64,
}

/// What its steps come to.
pub fn formula(relay: Relay, consumers: u64) -> Costs {
    let deletes = match relay {
        Relay::Polling => 1,
        Relay::Cdc => 0,
    };
    Costs {
        messages: 2 + 2 * consumers,
        forced: 2 + consumers + deletes,
        // The broker's note of each acknowledgement is lazy.
        writes: 3 + 2 * consumers,
        answer: 0,
        last: 3,
    }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(relay: Relay, consumers: u64, extra_message: bool) -> Costs {
    let choice = Choice::Outbox(Knobs { relay, ..Knobs::default() });
    costs::measure((choice, world), costs::votes(consumers, true), extra_message)
}

/// The whole table for 1 consumer to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |relay, consumers| Row {
        case: Case { relay, consumers },
        measured: measure(relay, consumers, extra_message),
        formula: formula(relay, consumers),
    };
    let relays = [Relay::Polling, Relay::Cdc];
    relays.into_iter().flat_map(|relay| (1..most).map(move |n| row(relay, n))).collect()
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
