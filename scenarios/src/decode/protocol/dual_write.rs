//! The dual write.

use dtxsim_protocols::Choice;
use dtxsim_protocols::dual_write::{Knobs, Order};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::outbox::timeouts;

const KNOBS: Fields = Fields { what: "`dual_write`", names: &["order"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let order = order(reader, protocol).unwrap_or(Order::CommitThenPublish);
    Choice::DualWrite(Knobs { order, timeouts })
}

/// Both are broken, so neither goes without saying.
fn order(reader: &mut Reader, node: &Node<'_>) -> Option<Order> {
    let record = reader.record(node, KNOBS)?;
    let node = record.require(reader, "order")?;
    reader.choice(node, "order", &Order::ALL.map(|order| (order.name(), order)))
}
