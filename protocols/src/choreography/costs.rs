//! What a choreographed saga costs when nothing fails.
//!
//! Of `k` steps each has one event and its receipt. One that is refused at its `m`th step goes
//! `m - 1` steps forth and as many back. Forced are a record for each step, one for each
//! compensation, and the end; lazy is that an event has left the outbox.

use super::{Knobs, world};
use crate::common::Transactions;
use crate::common::costs::{self, Votes};
use crate::setup::{Choice, Setup};

pub use crate::common::costs::Costs;

/// The formula, for so many steps, of which one may be refused, counted from one.
pub fn formula(steps: u64, refused: Option<u64>) -> Costs {
    let (events, forced, lazy) = match refused {
        None => (steps, steps + 1, steps),
        // The receipt of the last event forth comes after the event that takes its step back.
        Some(m) => (2 * (m - 1), 2 * m, (2 * (m - 1)).saturating_sub(1)),
    };
    let (messages, writes) = (2 * events, forced + lazy);
    // The last event's receipt comes after the answer.
    Costs { messages, forced, writes, answer: events, last: events + u64::from(events > 0) }
}

fn setup(steps: u64, refused: Option<u64>) -> Setup {
    let no = u64::from(refused.is_some());
    let votes = Votes { yes: steps - no, read: 0, no };
    let mut setup = costs::setup(Choice::Choreography(Knobs::default()), votes);
    if let (Some(m), Transactions::Listed(listed)) = (refused, &mut setup.business.transactions) {
        // The last is the one that refuses.
        listed[0].branches[m as usize - 1..].rotate_right(1);
    }
    setup
}

/// Runs one in a world without faults and counts.
pub fn measure(steps: u64, refused: Option<u64>) -> Costs {
    costs::count(&world(setup(steps, refused)).expect("it is expressible"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_what_the_formula_says() {
        for steps in 2..=8 {
            for refused in (1..=steps).map(Some).chain([None]) {
                let (measured, formula) = (measure(steps, refused), formula(steps, refused));
                assert_eq!(measured, formula, "{steps} steps, {refused:?}");
            }
        }
    }
}
