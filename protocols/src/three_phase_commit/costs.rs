//! What three-phase commit costs when nothing fails, measured against formulas.
//!
//! Source: Bernstein, Hadzilacos & Goodman 1987, ch. 7, for messages and rounds: n participants and
//! a coordinator of its own, 5n messages in 5 rounds, and n more with final acknowledgements. What
//! is written follows from the table of records of this protocol.

use super::knobs::Knobs;
use super::world;
use crate::common::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row, Votes};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// Whether decisions are acknowledged.
    pub final_acks: bool,
    /// How the participants vote.
    pub votes: Votes,
}

/// The formulas. Nobody votes READ: who only reads votes YES.
pub fn formula(final_acks: bool, votes: Votes) -> Costs {
    let Votes { no, .. } = votes;
    let yes = votes.yes + votes.read;
    let n = yes + no;
    let acked = u64::from(final_acks);
    if no == 0 {
        // Prepare, vote, pre-commit, ack, commit. START, PREPARED, PRE-COMMITTED, COMMIT,
        // COMMITTED, end.
        let (messages, forced) = ((5 + acked) * n, 2 + 3 * n);
        Costs { messages, forced, writes: forced + acked, answer: 4, last: 5 + acked }
    } else {
        // Prepare, vote, and abort to those that voted YES. START, PREPARED or ABORTED, ABORT,
        // ABORTED, end.
        let (messages, forced) = (2 * n + (1 + acked) * yes, 2 + 2 * yes + no);
        let last = if yes == 0 { 2 } else { 3 + acked };
        Costs { messages, forced, writes: forced + acked, answer: 2, last }
    }
}

/// Runs one transaction in a world without faults and counts.
///
/// `extra_message` makes the coordinator send one message more than the protocol says: to see that
/// a table of costs can be wrong.
pub fn measure(final_acks: bool, votes: Votes, extra_message: bool) -> Costs {
    let knobs = Knobs { final_acks, ..Knobs::default() };
    let setup = costs::setup(Choice::ThreePhaseCommit(knobs), votes);
    let mut world = world(setup).expect("these knobs fit together");
    world.protocol.extra_message = extra_message;
    costs::count(&world)
}

/// The whole table for 2 to `most` participants: commit, abort, and readers, with and without final
/// acknowledgements.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let mut rows = Vec::new();
    for final_acks in [false, true] {
        for n in 2..=most {
            let half = n / 2;
            let cases = [
                Votes { yes: n, read: 0, no: 0 },
                Votes { yes: n - half, read: half, no: 0 },
                Votes { yes: n - 1, read: 0, no: 1 },
                Votes { yes: n - half, read: 0, no: half },
                Votes { yes: 0, read: 0, no: n },
            ];
            for (at, &votes) in cases.iter().enumerate() {
                if cases[..at].contains(&votes) {
                    continue;
                }
                let measured = measure(final_acks, votes, extra_message);
                let formula = formula(final_acks, votes);
                rows.push(Row { case: Case { final_acks, votes }, measured, formula });
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
    fn a_failure_free_commit_is_the_textbooks() {
        for n in 1..=12 {
            let votes = Votes { yes: n, read: 0, no: 0 };
            let (without, with) = (measure(false, votes, false), measure(true, votes, false));
            assert_eq!((without.messages, without.last), (5 * n, 5), "{n} participants");
            assert_eq!((with.messages, with.last), (6 * n, 6), "{n} participants, final acks");
        }
    }

    #[test]
    fn an_extra_message_shows_in_every_row() {
        assert!(table(3, true).iter().all(|row| !row.agrees()));
    }
}
