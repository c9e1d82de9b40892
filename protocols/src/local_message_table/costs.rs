//! What direct calls cost when nothing fails, by a table of messages and by blocking retry,
//! measured against what their steps come to. A formula is published for neither.

use crate::messaging::costs;
use crate::setup::Choice;
use crate::{local_message_table, retry};

pub use crate::common::costs::{Costs, Row};

/// Who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller {
    /// [`crate::retry`].
    Retry,
    /// [`crate::local_message_table`].
    LocalMessageTable,
}

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// Who calls.
    pub caller: Caller,
    /// How many services are called.
    pub receivers: u64,
}

/// A call and a result for each receiver; forced are the caller's local transaction, each effect,
/// and that nothing is pending any more. The client of a retry waits for all of it.
pub fn formula(caller: Caller, receivers: u64) -> Costs {
    let answer = match caller {
        Caller::Retry => 2,
        Caller::LocalMessageTable => 0,
    };
    let forced = 2 + receivers;
    Costs { messages: 2 * receivers, forced, writes: forced, answer, last: 2 }
}

/// Runs one transaction in a world without faults and counts, with one message too many to see
/// that a table of costs can be wrong.
pub fn measure(caller: Caller, receivers: u64, extra_message: bool) -> Costs {
    let family: (Choice, costs::Build) = match caller {
        Caller::Retry => (Choice::Retry(retry::Knobs::default()), retry::world),
        Caller::LocalMessageTable => {
            let knobs = local_message_table::Knobs::default();
            (Choice::LocalMessageTable(knobs), local_message_table::world)
        }
    };
    costs::measure(family, costs::votes(receivers, true), extra_message)
}

/// The whole table for 1 receiver to one less than `most` services.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let row = |caller, receivers| Row {
        case: Case { caller, receivers },
        measured: measure(caller, receivers, extra_message),
        formula: formula(caller, receivers),
    };
    let callers = [Caller::Retry, Caller::LocalMessageTable];
    callers.into_iter().flat_map(|caller| (1..most).map(move |n| row(caller, n))).collect()
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
