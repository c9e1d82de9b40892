//! What two-phase commit costs when nothing fails, measured against the published formulas.
//!
//! Source: Mohan, Lindsay & Obermarck 1986, the record tables; Bernstein, Hadzilacos & Goodman
//! 1987, ch. 7, for the centralised protocol's delays. The coordinator's own data are ignored.

use super::knobs::{Knobs, Presumption};
use super::world;
use crate::common::costs;
use crate::setup::Choice;

pub use crate::common::costs::{Costs, Row, Votes};

/// What tells lines of the table apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// The presumption.
    pub presumption: Presumption,
    /// How the participants vote.
    pub votes: Votes,
}

/// The published costs.
pub fn formula(presumption: Presumption, votes: Votes) -> Costs {
    let Votes { yes, read, no } = votes;
    let (all, costs) = (yes + read + no, |messages, forced, writes, last| Costs {
        messages,
        forced,
        writes,
        answer: 2,
        last,
    });
    let commits = no == 0;
    match presumption {
        // Presumed nothing knows no READ vote: readers prepare like all others.
        Presumption::Nothing if commits => costs(4 * all, 1 + 2 * all, 2 + 2 * all, 4),
        Presumption::Nothing => {
            let told = yes + read;
            let last = if told == 0 { 2 } else { 4 };
            costs(2 * all + 2 * told, 1 + 2 * told + no, 2 + 2 * told + no, last)
        }
        Presumption::Abort if commits && yes == 0 => costs(2 * read, 0, 0, 2),
        Presumption::Abort if commits => costs(4 * yes + 2 * read, 1 + 2 * yes, 2 + 2 * yes, 4),
        Presumption::Abort => {
            let last = if yes == 0 { 2 } else { 3 };
            costs(2 * all + yes, yes, 1 + 2 * yes + no, last)
        }
        Presumption::Commit if commits && yes == 0 => costs(2 * read, 1, 2, 2),
        Presumption::Commit if commits => costs(3 * yes + 2 * read, 2 + yes, 2 + 2 * yes, 3),
        Presumption::Commit => {
            let last = if yes == 0 { 2 } else { 4 };
            costs(2 * all + 2 * yes, 1 + 2 * yes, 2 + 2 * yes + no, last)
        }
    }
}

/// Runs one transaction in a world without faults and counts.
///
/// `extra_message` makes the coordinator greet its first participant once more than the protocol
/// says: to see that a table of costs can be wrong.
pub fn measure(presumption: Presumption, votes: Votes, extra_message: bool) -> Costs {
    // The paper's network, on which presumed commit need not force NO votes.
    let knobs = Knobs { presumption, sessions: true, ..Knobs::default() };
    let setup = costs::setup(Choice::TwoPhaseCommit(knobs), votes);
    let mut world = world(setup).expect("these knobs fit together");
    world.protocol.extra_message = extra_message;
    costs::count(&world)
}

/// The whole table for 2 to `most` participants: commit, abort, read-only and mixed.
pub fn table(most: u64, extra_message: bool) -> Vec<Row<Case>> {
    let mut rows = Vec::new();
    for presumption in [Presumption::Nothing, Presumption::Abort, Presumption::Commit] {
        for n in 2..=most {
            let half = n / 2;
            let cases = [
                Votes { yes: n, read: 0, no: 0 },
                Votes { yes: 0, read: n, no: 0 },
                Votes { yes: n - half, read: half, no: 0 },
                Votes { yes: n - 1, read: 0, no: 1 },
                Votes { yes: n - half, read: 0, no: half },
                Votes { yes: 0, read: 0, no: n },
            ];
            for (at, &votes) in cases.iter().enumerate() {
                if cases[..at].contains(&votes) {
                    continue;
                }
                let measured = measure(presumption, votes, extra_message);
                let formula = formula(presumption, votes);
                rows.push(Row { case: Case { presumption, votes }, measured, formula });
            }
        }
    }
    rows
}

/// One line of the textbook's table: centralised two-phase commit, with and without
/// acknowledgements (Bernstein, Hadzilacos & Goodman 1987, ch. 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Centralised {
    /// How many participants.
    pub participants: u64,
    /// Messages without acknowledgements: measured, and 3n.
    pub messages: (u64, u64),
    /// Messages with them: measured, and 4n.
    pub acknowledged: (u64, u64),
    /// Message delays until the last participant knows the decision: measured, and 3.
    pub rounds: (u64, u64),
}

impl Centralised {
    /// Whether the measurement is what the formula says.
    pub fn agrees(&self) -> bool {
        [self.messages, self.acknowledged, self.rounds].iter().all(|(is, should)| is == should)
    }
}

/// The textbook's table for 2 to `most` participants. A commit is not acknowledged where it is
/// presumed, and is where nothing is.
pub fn centralised(most: u64, extra_message: bool) -> Vec<Centralised> {
    let line = |n| {
        let votes = Votes { yes: n, read: 0, no: 0 };
        let without = measure(Presumption::Commit, votes, extra_message);
        let with = measure(Presumption::Nothing, votes, extra_message);
        Centralised {
            participants: n,
            messages: (without.messages, 3 * n),
            acknowledged: (with.messages, 4 * n),
            rounds: (without.last, 3),
        }
    };
    (2..=most).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_what_the_formula_says() {
        for row in table(8, false) {
            assert!(row.agrees(), "{row:?}");
        }
        for line in centralised(8, false) {
            assert!(line.agrees(), "{line:?}");
        }
    }

    #[test]
    fn an_extra_message_shows_in_every_row() {
        assert!(table(3, true).iter().all(|row| !row.agrees()));
        assert!(centralised(3, true).iter().all(|line| !line.agrees()));
    }
}
