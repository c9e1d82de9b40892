//! Services with a view.

use dtxsim_protocols::Choice;
use dtxsim_protocols::cqrs::{Events, Flaw, Knobs};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::retry::timeouts;

const KNOBS: Fields = Fields { what: "`cqrs`", names: &["events", "broken"] };

const EVENTS: [(&str, Events); 2] = [("changes", Events::Changes), ("states", Events::States)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::Cqrs(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let events = match record.get("events") {
        None => Some(standard.events),
        Some(node) => reader.choice(node, "kind of events", &EVENTS),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let knobs = Knobs { events: events?, broken: broken?, timeouts: standard.timeouts };
    if let Err(why) = knobs.check() {
        let place = record.get("broken").map_or(record.head(), |node| &node.span);
        reader.report(Diagnostic::at(place, why));
        return None;
    }
    Some(knobs)
}
