//! What a saga costs when nothing fails, measured against the published numbers of calls.
//!
//! Sources: Garcia-Molina & Salem 1987: `k` calls for `k` steps; a saga that is refused at its
//! `m`th step makes `m` and undoes `m - 1`. The documentation of DTM: `m` and `m`, for the step
//! that was refused is undone as well. A call is two messages. The writes are those of the
//! protocol's own table, for the sources leave them to the store.

use super::knobs::{FailedStep, Knobs};
use super::world;
use crate::common::{Transactions, costs};
use crate::setup::{Choice, Setup};

pub use crate::common::costs::{Costs, Row, Votes};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// Whether the step that was refused is undone.
    pub failed_step: FailedStep,
    /// How many steps it has.
    pub steps: u64,
    /// Which of them is refused, counted from one; none if it succeeds.
    pub refused: Option<u64>,
}

/// The calls, and what they cost here.
pub fn formula(failed_step: FailedStep, steps: u64, refused: Option<u64>) -> Costs {
    // Forced: the start, the turn if anything has to be undone, and the end; each step twice, but
    // once if it is the last one; each compensation. Lazy: compensations but for the last one.
    let (calls, forced, lazy) = match (refused, failed_step) {
        (None, _) => (steps, 2 + 2 * steps - 1, 0),
        (Some(1), FailedStep::Classic) => (1, 3, 0),
        (Some(m), FailedStep::Classic) => (m + m - 1, 3 + 2 * m - 1 + m - 1, m - 2),
        // The service that has refused need not write that there is nothing to undo.
        (Some(m), FailedStep::Dtm) => (m + m, 3 + 2 * m - 1 + m - 1, m - 1),
    };
    let (messages, writes) = (2 * calls, forced + lazy);
    Costs { messages, forced, writes, answer: messages, last: messages }
}

fn setup(failed_step: FailedStep, steps: u64, refused: Option<u64>) -> Setup {
    let choice = Choice::Saga(Knobs { failed_step, ..Knobs::default() });
    let no = u64::from(refused.is_some());
    let mut setup = costs::setup(choice, Votes { yes: steps - no, read: 0, no });
    if let (Some(m), Transactions::Listed(listed)) = (refused, &mut setup.business.transactions) {
        // The last is the one that refuses.
        listed[0].branches[m as usize - 1..].rotate_right(1);
    }
    setup
}

/// Runs one saga in a world without faults and counts. `extra_message` is for seeing that a table
/// of costs can be wrong.
pub fn measure(
    failed_step: FailedStep,
    (steps, refused): (u64, Option<u64>),
    extra_message: bool,
) -> Costs {
    let mut world = world(setup(failed_step, steps, refused)).expect("these knobs fit together");
    world.protocol.extra_message = extra_message;
    costs::count(&world)
}

/// The whole table for 2 to `most` steps: success, and a refusal at the first, a middle and the
/// last step.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let mut rows = Vec::new();
    for failed_step in [FailedStep::Classic, FailedStep::Dtm] {
        for steps in 2..=most {
            let mut cases = vec![None, Some(1), Some(steps / 2 + 1), Some(steps)];
            cases.dedup();
            for refused in cases {
                let measured = measure(failed_step, (steps, refused), extra_message);
                let formula = formula(failed_step, steps, refused);
                rows.push(Row { case: Case { failed_step, steps, refused }, measured, formula });
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_what_the_formula_says() {
        for row in table(8, false) {
            assert!(row.agrees(), "{row:?}");
        }
    }

    #[test]
    fn calls_are_as_published() {
        let calls = |failed_step, refused| measure(failed_step, (5, refused), false).messages / 2;
        assert_eq!(calls(FailedStep::Classic, None), 5);
        for m in 1..=5 {
            assert_eq!(calls(FailedStep::Classic, Some(m)), m + (m - 1));
            assert_eq!(calls(FailedStep::Dtm, Some(m)), m + m);
        }
    }

    #[test]
    fn an_extra_message_shows_in_every_row() {
        assert!(table(3, true).iter().all(|row| !row.agrees()));
    }
}
