//! Blocking retry.

use dtxsim_protocols::Choice;
use dtxsim_protocols::retry::{Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::{repetition, timeout};

const KNOBS: Fields = Fields { what: "`retry`", names: &["tries", "broken"] };

const TIMEOUTS: Fields = Fields { what: "`timeouts`", names: &["resend", "resend_most"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::Retry(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let tries = match record.get("tries") {
        None => Some(standard.tries),
        Some(node) => {
            let tries = reader.integer(node, "`tries`", (1, Knobs::TRIES.into()));
            tries.and_then(|tries| u8::try_from(tries).ok())
        }
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs { tries: tries?, broken: broken?, timeouts: standard.timeouts })
}

/// Those of all who call.
pub(super) fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let timeouts = Timeouts { resend: resend?, resend_most: resend_most? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
