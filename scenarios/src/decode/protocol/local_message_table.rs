//! The local message table.

use dtxsim_protocols::Choice;
use dtxsim_protocols::local_message_table::{Flaw, Knobs};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::retry::timeouts;

const KNOBS: Fields = Fields { what: "`local_message_table`", names: &["alert_after", "broken"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::LocalMessageTable(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let alert_after = match record.get("alert_after") {
        None => Some(standard.alert_after),
        Some(node) => {
            let calls = reader.integer(node, "`alert_after`", (1, Knobs::CALLS.into()));
            calls.and_then(|calls| u8::try_from(calls).ok()).map(Some)
        }
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs { alert_after: alert_after?, broken: broken?, timeouts: standard.timeouts })
}
