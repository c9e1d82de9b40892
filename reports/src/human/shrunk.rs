//! What is said of a counterexample that was made short.

use dtxsim_core::monitor::Wait;

use super::headline::listed;
use super::plural;
use crate::paint::printable;
use crate::report::CounterExample;
use crate::shrunk::ShrunkReport;

/// What became of it, and what it needs; or why it is shown as it was found.
pub(super) fn said(example: &CounterExample, waiting: fn(&Wait) -> String) -> String {
    if let Some(why) = &example.unshrunk {
        return listed("! ", &format!("not shrunk: {}", printable(why)));
    }
    let shrunk = example.shrunk.as_ref();
    let timed = example.at_ns.is_some();
    shrunk.map_or(String::new(), |shrunk| became(shrunk, (&example.summary, timed), waiting))
}

/// What became of a path that was wrong in that way, and had a clock or not.
pub(super) fn became(
    shrunk: &ShrunkReport,
    (summary, timed): (&str, bool),
    waiting: fn(&Wait) -> String,
) -> String {
    let mut text = listed("", &head(shrunk, timed));
    if shrunk.summary != summary {
        text += &listed("", &printable(&shrunk.summary));
        let waits = shrunk.waits.iter().map(|wait| listed("- ", &waiting(wait)));
        text += &waits.collect::<String>();
    }
    for needed in &shrunk.needed {
        text += &listed("- ", &format!("needs step {}: {}", needed.step, printable(&needed.what)));
    }
    if shrunk.needed.is_empty() {
        text += &listed("- ", "needs no fault");
    }
    if shrunk.shortest {
        text += &listed("- ", "no path with these faults and requests is shorter");
    }
    text
}

fn head(shrunk: &ShrunkReport, timed: bool) -> String {
    let ShrunkReport { events_before, events, step, .. } = shrunk;
    // Who wonders why no fault is needed is told what takes its place.
    let place = match timed {
        true => ", in a world without a clock, where any timer may run out at any time",
        false => "",
    };
    if events < events_before {
        format!(
            "shrunk from {events_before} to {}{place}: violated at step {step}",
            plural(*events, "event")
        )
    } else {
        let events = plural(*events, "event");
        format!("nothing can be left out of its {events}{place}: violated at step {step}")
    }
}
