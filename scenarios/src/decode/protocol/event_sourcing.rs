//! Event sourcing.

use dtxsim_protocols::Choice;
use dtxsim_protocols::event_sourcing::{Flaw, Knobs};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::polling_choreography::timeouts;

const KNOBS: Fields = Fields { what: "`event_sourcing`", names: &["snapshots", "broken"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::EventSourcing(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let snapshots = match record.get("snapshots") {
        None => Some(standard.snapshots),
        Some(node) => {
            let events = reader.integer(node, "`snapshots`", (1, Knobs::EVENTS.into()));
            events.and_then(|events| u8::try_from(events).ok()).map(Some)
        }
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let knobs = Knobs { snapshots: snapshots?, broken: broken?, timeouts: standard.timeouts };
    if let Err(why) = knobs.check() {
        let place = record.get("broken").map_or(record.head(), |node| &node.span);
        reader.report(Diagnostic::at(place, why));
        return None;
    }
    Some(knobs)
}
