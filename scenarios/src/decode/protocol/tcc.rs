//! Try, confirm, cancel.

use dtxsim_protocols::Choice;
use dtxsim_protocols::tcc::{Contradiction, Fence, Flaw, Knobs, Timeouts, Tries};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::{repetition, switch, timeout};

const KNOBS: Fields =
    Fields { what: "`tcc`", names: &["fence", "tries", "expiry", "retries", "broken"] };

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["tries", "expiry", "resend", "resend_most"] };

const FENCES: [(&str, Fence); 3] =
    [("none", Fence::None), ("check_then_act", Fence::CheckThenAct), ("barrier", Fence::Barrier)];

const TRIES: [(&str, Tries); 2] =
    [("parallel", Tries::Parallel), ("sequential", Tries::Sequential)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol, timeouts).unwrap_or_default();
    Choice::Tcc(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>, timeouts: Timeouts) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let fence = match record.get("fence") {
        None => Some(standard.fence),
        Some(node) => reader.choice(node, "fence", &FENCES),
    };
    let tries = match record.get("tries") {
        None => Some(standard.tries),
        Some(node) => reader.choice(node, "order of tries", &TRIES),
    };
    let expiry = switch(reader, &record, "expiry", standard.expiry);
    let retries = match record.get("retries") {
        None => Some(standard.retries),
        Some(node) => retries(reader, node).map(Some),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let (fence, tries, expiry) = (fence?, tries?, expiry?);
    let (retries, broken) = (retries?, broken?);
    let knobs = Knobs { fence, tries, expiry, retries, broken, timeouts };
    match knobs.contradiction() {
        None => Some(knobs),
        Some(contradiction) => {
            contradicts(reader, &record, contradiction);
            None
        }
    }
}

/// The limit counts in the name of a timer.
fn retries(reader: &mut Reader, node: &Node<'_>) -> Option<u8> {
    let number = reader.integer(node, "a number of repetitions", (0, 250))?;
    u8::try_from(number).ok()
}

fn contradicts(reader: &mut Reader, record: &Record<'_, '_>, wrong: Contradiction) {
    let place = record.word(wrong.field).unwrap_or(record.head());
    reader.report(Diagnostic::at(place, wrong.message));
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let tries = timeout("tries", standard.tries);
    let expiry = timeout("expiry", standard.expiry);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let timeouts =
        Timeouts { tries: tries?, expiry: expiry?, resend: resend?, resend_most: resend_most? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
