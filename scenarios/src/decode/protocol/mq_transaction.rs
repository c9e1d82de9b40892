//! Message-queue transactions.

use dtxsim_protocols::Choice;
use dtxsim_protocols::mq_transaction::{By, Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::{Kind, Node};

use super::{repetition, timeout};

const KNOBS: Fields = Fields { what: "`mq_transaction`", names: &["by", "check_backs", "broken"] };

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["resend", "resend_most", "check", "local"] };

const KINDS: [(&str, By); 2] =
    [("half_message", By::HalfMessage), ("two_phase_message", By::TwoPhaseMessage)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::MqTransaction(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let by = match record.get("by") {
        None => Some(By::default()),
        Some(node) => reader.choice(node, "way to answer a check", &KINDS),
    };
    let standard = Knobs::by(by.unwrap_or_default());
    let check_backs = match record.get("check_backs") {
        None => Some(standard.check_backs),
        Some(node) => check_backs(reader, node),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let knobs = Knobs { check_backs: check_backs?, broken: broken?, ..Knobs::by(by?) };
    fitting(reader, &record, knobs)
}

/// A number, or that there is none.
fn check_backs(reader: &mut Reader, node: &Node<'_>) -> Option<Option<u8>> {
    if let Kind::Shape(..) = node.kind {
        return reader.choice(node, "number of checks", &[("unlimited", None)]);
    }
    let checks = reader.integer(node, "`check_backs`", (1, Knobs::CHECK_BACKS.into()))?;
    u8::try_from(checks).ok().map(Some)
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
    let check = timeout("check", standard.check);
    let local = timeout("local", standard.local);
    let timeouts =
        Timeouts { resend: resend?, resend_most: resend_most?, check: check?, local: local? };
    let Timeouts { resend, resend_most, check, local: _ } = timeouts;
    for first in [("resend", resend), ("check", check)] {
        repetition(reader, &record, first, resend_most);
    }
    Some(timeouts)
}
