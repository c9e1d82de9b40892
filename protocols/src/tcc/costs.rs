//! What try, confirm, cancel costs when nothing fails, measured against the published formulas.
//!
//! Source: DTM's documentation of TCC. With `k` branches a success takes `k` Try and `k` Confirm;
//! an abort the Tries that were made, and a Cancel of every branch that is registered, the refused
//! one included. Each call is a request and its reply.

use super::knobs::{Knobs, Tries};
use super::world;
use crate::common::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row, Votes};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// In which order branches are tried.
    pub tries: Tries,
    /// Which of them can be done, in the order of [`Votes`]: those that cannot come last.
    pub votes: Votes,
}

/// The published numbers of calls, and what the records at the head of [`crate::tcc`] add up to.
pub fn formula(tries: Tries, Votes { yes, read, no }: Votes) -> Costs {
    let (able, all) = (yes + read, yes + read + no);
    // After a refusal nobody else is tried, unless all are at once.
    let tried = match tries {
        Tries::Parallel => all,
        Tries::Sequential => able + no.min(1),
    };
    let (registrations, delays) = match tries {
        Tries::Parallel => (1, 2),
        Tries::Sequential => (tried, 2 * tried),
    };
    let calls = 2 * tried;
    // A registration each, the decision, what is tried, what is confirmed or cancelled.
    let forced = registrations + 1 + able + tried;
    Costs { messages: 2 * calls, forced, writes: forced + 1, answer: delays, last: delays + 2 }
}

/// Runs one transaction in a world without faults and counts.
///
/// `extra_message` makes the coordinator ask for the first Try twice: to see that a table of costs
/// can be wrong.
pub fn measure(tries: Tries, votes: Votes, extra_message: bool) -> Costs {
    let knobs = Knobs { tries, ..Knobs::default() };
    let setup = costs::setup(Choice::Tcc(knobs), votes);
    let mut world = world(setup).expect("these knobs fit together");
    world.protocol.extra_message = extra_message;
    costs::count(&world)
}

/// The whole table for 2 to `most` branches: success, one refusal, several.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let mut rows = Vec::new();
    for tries in [Tries::Parallel, Tries::Sequential] {
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
                let measured = measure(tries, votes, extra_message);
                let case = Case { tries, votes };
                rows.push(Row { case, measured, formula: formula(tries, votes) });
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
    fn an_extra_message_shows_in_every_row() {
        assert!(table(3, true).iter().all(|row| !row.agrees()));
    }

    #[test]
    fn calls_are_as_published() {
        let calls = |tries, votes| measure(tries, votes, false).messages / 2;
        for k in 2..=6 {
            let success = Votes { yes: k, read: 0, no: 0 };
            let refused = Votes { yes: k - 1, read: 0, no: 1 };
            for tries in [Tries::Parallel, Tries::Sequential] {
                assert_eq!(calls(tries, success), k + k, "k Try and k Confirm");
                assert_eq!(calls(tries, refused), k + k, "k Try and k Cancel");
            }
            let first = Votes { yes: 0, read: 0, no: k };
            assert_eq!(calls(Tries::Sequential, first), 1 + 1, "the refused one is cancelled");
        }
    }
}
