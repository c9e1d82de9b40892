//! Polling choreography.

use dtxsim_protocols::Choice;
use dtxsim_protocols::polling_choreography::{Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::timeout;

const KNOBS: Fields = Fields { what: "`polling_choreography`", names: &["broken"] };

const TIMEOUTS: Fields = Fields { what: "`timeouts`", names: &["poll", "handling"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let broken = broken(reader, protocol);
    Choice::PollingChoreography(Knobs { broken, timeouts })
}

fn broken(reader: &mut Reader, node: &Node<'_>) -> Option<Flaw> {
    let record = reader.record(node, KNOBS)?;
    let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
    reader.choice(record.get("broken")?, "broken variant", &flaws)
}

/// Those of all who poll.
pub(super) fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let poll = timeout(reader, &record, "poll", standard.poll);
    let handling = timeout(reader, &record, "handling", standard.handling);
    Some(Timeouts { poll: poll?, handling: handling? })
}
