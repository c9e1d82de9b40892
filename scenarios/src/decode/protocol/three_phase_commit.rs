//! Three-phase commit.

use dtxsim_protocols::Choice;
use dtxsim_protocols::three_phase_commit::{Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::{repetition, switch, timeout};

const KNOBS: Fields = Fields { what: "`three_phase_commit`", names: &["final_acks", "broken"] };

const TIMEOUTS: Fields = Fields {
    what: "`timeouts`",
    names: &[
        "votes",
        "acks",
        "coordinator",
        "states",
        "elected",
        "inquiry",
        "resend",
        "resend_most",
    ],
};

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::ThreePhaseCommit(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let final_acks = switch(reader, &record, "final_acks", standard.final_acks);
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs { final_acks: final_acks?, broken: broken?, timeouts: standard.timeouts })
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let votes = timeout("votes", standard.votes);
    let acks = timeout("acks", standard.acks);
    let coordinator = timeout("coordinator", standard.coordinator);
    let states = timeout("states", standard.states);
    let elected = timeout("elected", standard.elected);
    let inquiry = timeout("inquiry", standard.inquiry);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let timeouts = Timeouts {
        votes: votes?,
        acks: acks?,
        coordinator: coordinator?,
        states: states?,
        elected: elected?,
        inquiry: inquiry?,
        resend: resend?,
        resend_most: resend_most?,
    };
    if let Some((which, why)) = timeouts.nesting() {
        let place = record.word(which).unwrap_or(record.head());
        let message = format!("`{which}` is too short");
        let help =
            "a time-out means a failure here, so it must be longer than any that it hangs on";
        reader.report(Diagnostic::at(place, message).note(why).help(help));
    }
    repetition(reader, &record, ("inquiry", timeouts.inquiry), timeouts.resend_most);
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
