//! What a saga costs when nothing fails, measured against the published numbers of calls.
//!
//! Sources: Garcia-Molina & Salem 1987: `k` calls for `k` steps; a saga that is refused at its
//! `m`th step makes `m` and undoes `m - 1`. The documentation of DTM: `m` and `m`, for the step
//! that was refused is undone as well. A call is two messages. The writes are those of the
//! protocol's own table, for the sources leave them to the store. With a graph of steps there
//! are as many calls; message delays are two for each step on its longest way.

use dtxsim_core::timed::World;

use super::graph::Graph;
use super::knobs::{FailedStep, Knobs};
use super::{Saga, world};
use crate::common::{Transactions, costs};
use crate::setup::{Choice, Setup, SetupError};

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

/// Graphs of steps that are measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// No step waits for another.
    Beside,
    /// One comes first, one comes last, and the others are beside each other.
    Diamond,
}

/// What tells lines of the table of graphs apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GraphCase {
    /// Which comes after which.
    pub shape: Shape,
    /// How many steps it has.
    pub steps: u64,
    /// Whether the last of them is refused.
    pub refused: bool,
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

impl Shape {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Beside => "beside each other",
            Shape::Diamond => "diamond",
        }
    }

    fn graph(self, steps: u64) -> Graph {
        let name = |n: u64| format!("service-{n}");
        let (first, last) = (name(0), name(steps - 1));
        let between: Vec<String> = (1..steps - 1).map(name).collect();
        let orders = between.iter().flat_map(|one| [(&**one, &*first), (&*last, &**one)]);
        match self {
            Shape::Beside => Graph::default(),
            Shape::Diamond => Graph::new(orders).expect("a diamond is no circle"),
        }
    }
}

/// So many steps, of which that one is refused or none.
pub(crate) fn setup(choice: Choice, steps: u64, refused: Option<u64>) -> Setup {
    let no = u64::from(refused.is_some());
    let mut setup = costs::setup(choice, Votes { yes: steps - no, read: 0, no });
    if let (Some(m), Transactions::Listed(listed)) = (refused, &mut setup.business.transactions) {
        // The last is the one that refuses.
        listed[0].branches[m as usize - 1..].rotate_right(1);
    }
    setup
}

/// What a graph of steps costs, of which the last one is refused in the end or none.
pub fn graph_formula(GraphCase { shape, steps, refused }: GraphCase) -> Costs {
    // The longest way there, and back from before the step that is refused.
    let (there, back, released) = match shape {
        Shape::Beside => (1, 1, 0),
        Shape::Diamond => (3, 2, 2),
    };
    // Forced: each step; the start, steps that let others be called, and the end. Lazy: the other
    // steps, but for the one that ends it.
    let (mut forced, mut lazy) = (steps + released + 2, steps - 1 - released);
    let (mut calls, mut delays) = (steps, 2 * there);
    if refused {
        // Forced: the turn, and each compensation. Lazy: compensations but for the last one.
        calls += steps - 1;
        delays += 2 * back;
        forced += 1 + (steps - 1);
        lazy += steps - 2;
    }
    Costs { messages: 2 * calls, forced, writes: forced + lazy, answer: delays, last: delays }
}

/// Runs one saga in a world without faults and counts. `extra_message` is for seeing that a table
/// of costs can be wrong.
pub fn measure(
    failed_step: FailedStep,
    (steps, refused): (u64, Option<u64>),
    extra_message: bool,
) -> Costs {
    let knobs = Knobs { failed_step, ..Knobs::default() };
    count(world(setup(Choice::Saga(knobs), steps, refused)), extra_message)
}

/// The same for a graph of steps.
pub fn measure_graph(case: GraphCase, extra_message: bool) -> Costs {
    let GraphCase { shape, steps, refused } = case;
    let knobs = Knobs { after: Some(shape.graph(steps)), ..Knobs::default() };
    let setup = setup(Choice::Saga(knobs), steps, refused.then_some(steps));
    count(world(setup), extra_message)
}

/// Runs it in a world without faults and counts.
pub(crate) fn count(world: Result<World<Saga>, SetupError>, extra_message: bool) -> Costs {
    let mut world = world.expect("these knobs fit together");
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

/// The table of graphs for 3 to `most` steps: success, and a refusal at the last step.
pub fn graph_table(most: u64, extra_message: bool) -> Vec<Row<GraphCase>> {
    let mut rows = Vec::new();
    for shape in [Shape::Beside, Shape::Diamond] {
        for steps in 3..=most {
            for refused in [false, true] {
                let case = GraphCase { shape, steps, refused };
                let measured = measure_graph(case, extra_message);
                rows.push(Row { case, measured, formula: graph_formula(case) });
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
    fn every_row_of_graphs_is_what_the_formula_says() {
        for row in graph_table(8, false) {
            assert!(row.agrees(), "{row:?}");
        }
    }

    #[test]
    fn a_graph_saves_message_delays_and_no_message() {
        let sequence = measure(FailedStep::Classic, (6, None), false);
        assert_eq!((sequence.messages, sequence.answer), (12, 12));
        for (shape, delays) in [(Shape::Beside, 2), (Shape::Diamond, 6)] {
            let graph = measure_graph(GraphCase { shape, steps: 6, refused: false }, false);
            assert_eq!((graph.messages, graph.answer), (12, delays));
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
        assert!(graph_table(4, true).iter().all(|row| !row.agrees()));
    }
}
