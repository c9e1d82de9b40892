//! What Seata AT costs when nothing fails: as many calls and writes as a saga of as many steps, of
//! which the one that is refused is not undone. An undo log is a part of its branch's record.

use super::knobs::Knobs;
use super::world;
use crate::saga::FailedStep;
use crate::saga::costs::{count, formula, setup};
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// How many branches it has.
    pub branches: u64,
    /// Whether the last of them is refused.
    pub refused: bool,
}

/// Runs one transaction in a world without faults and counts.
pub fn measure(Case { branches, refused }: Case, extra_message: bool) -> Costs {
    let choice = Choice::SeataAt(Knobs::default());
    let world = world(setup(choice, branches, refused.then_some(branches)));
    count(world, extra_message)
}

/// The whole table for 2 to `most` branches: success, and a refusal at the last branch.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let mut rows = Vec::new();
    for branches in 2..=most {
        for refused in [false, true] {
            let case = Case { branches, refused };
            let formula = formula(FailedStep::Classic, branches, refused.then_some(branches));
            rows.push(Row { case, measured: measure(case, extra_message), formula });
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
    fn it_costs_what_a_saga_costs() {
        let saga = crate::saga::costs::measure(FailedStep::Classic, (3, Some(3)), false);
        assert_eq!(measure(Case { branches: 3, refused: true }, false), saga);
    }

    #[test]
    fn an_extra_message_shows_in_every_row() {
        assert!(table(3, true).iter().all(|row| !row.agrees()));
    }
}
