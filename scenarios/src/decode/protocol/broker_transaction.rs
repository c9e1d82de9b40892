//! Broker transactions.

use dtxsim_protocols::Choice;
use dtxsim_protocols::broker_transaction::{Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::{repetition, switch, timeout};

const KNOBS: Fields = Fields { what: "`broker_transaction`", names: &["expiry", "broken"] };

const TIMEOUTS: Fields = Fields { what: "`timeouts`", names: &["resend", "resend_most", "expiry"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::BrokerTransaction(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let expiry = switch(reader, &record, "expiry", standard.expiry);
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let knobs = Knobs { expiry: expiry?, broken: broken?, timeouts: standard.timeouts };
    fitting(reader, &record, knobs)
}

/// Reports knobs that do not fit together.
fn fitting(reader: &mut Reader, record: &Record<'_, '_>, knobs: Knobs) -> Option<Knobs> {
    let Err(why) = knobs.check() else { return Some(knobs) };
    let place = record.get("broken").map_or(record.head(), |node| &node.span);
    reader.report(Diagnostic::at(place, why));
    None
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let expiry = timeout("expiry", standard.expiry);
    let timeouts = Timeouts { resend: resend?, resend_most: resend_most?, expiry: expiry? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
