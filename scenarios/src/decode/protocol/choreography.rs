//! Choreographed sagas.

use dtxsim_protocols::Choice;
use dtxsim_protocols::choreography::{Flaw, Knobs, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::{repetition, timeout};

const KNOBS: Fields = Fields { what: "`choreography`", names: &["broken"] };

const TIMEOUTS: Fields = Fields { what: "`timeouts`", names: &["resend", "resend_most"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let broken = broken(reader, protocol).unwrap_or_default();
    Choice::Choreography(Knobs { broken, timeouts })
}

fn broken(reader: &mut Reader, node: &Node<'_>) -> Option<Option<Flaw>> {
    let record = reader.record(node, KNOBS)?;
    match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    }
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let timeouts = Timeouts { resend: resend?, resend_most: resend_most? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
