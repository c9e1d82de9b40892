//! The transactional outbox.

use dtxsim_protocols::Choice;
use dtxsim_protocols::outbox::{Consumer, Flaw, Knobs, Relay, Relays, Timeouts, broken_consumer};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::{repetition, timeout};

const KNOBS: Fields = Fields {
    what: "`outbox`",
    names: &["relay", "relays", "dead_letters", "consumer", "broker", "broken"],
};

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["resend", "resend_most", "handling"] };

const RELAYS: [(&str, Relay); 2] = [("polling", Relay::Polling), ("cdc", Relay::Cdc)];

const HOW_MANY: [(&str, Relays); 3] = [
    ("one", Relays::One),
    ("skip_locked", Relays::SkipLocked),
    ("skip_locked_per_key", Relays::SkipLockedPerKey),
];

const CONSUMERS: [(&str, Consumer); 3] = [
    ("naive", Consumer::Naive),
    ("check_then_act", Consumer::CheckThenAct),
    ("inbox", Consumer::Inbox),
];

/// Whether the broker deduplicates.
const BROKERS: [(&str, bool); 2] = [("at_least_once", false), ("deduplicating", true)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::Outbox(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let relay = match record.get("relay") {
        None => Some(standard.relay),
        Some(node) => reader.choice(node, "relay", &RELAYS),
    };
    let relays = match record.get("relays") {
        None => Some(standard.relays),
        Some(node) => reader.choice(node, "number of relays", &HOW_MANY),
    };
    let dead_letters = match record.get("dead_letters") {
        None => Some(standard.dead_letters),
        Some(node) => {
            let most = (1, Knobs::DELIVERIES.into());
            let deliveries = reader.integer(node, "`dead_letters`", most);
            deliveries.and_then(|deliveries| u8::try_from(deliveries).ok()).map(Some)
        }
    };
    let consumer = match record.get("consumer") {
        None => Some(standard.consumer),
        Some(node) => reader.choice(node, "consumer", &CONSUMERS),
    };
    let deduplicating = match record.get("broker") {
        None => Some(standard.deduplicating),
        Some(node) => reader.choice(node, "broker", &BROKERS),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => flaw(reader, node, consumer, &record).map(Some),
    };
    let knobs = Knobs {
        relay: relay?,
        relays: relays?,
        dead_letters: dead_letters?,
        consumer: consumer?,
        deduplicating: deduplicating?,
        broken: broken?,
        timeouts: standard.timeouts,
    };
    if let Err(why) = knobs.check() {
        let named = record.get("relays").or(record.get("broken"));
        let place = named.map_or(record.head(), |node| &node.span);
        reader.report(Diagnostic::at(place, why));
        return None;
    }
    Some(knobs)
}

fn flaw(
    reader: &mut Reader,
    node: &Node<'_>,
    consumer: Option<Consumer>,
    record: &Record<'_, '_>,
) -> Option<Flaw> {
    let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
    let flaw = reader.choice(node, "broken variant", &flaws)?;
    if broken_consumer(consumer?).is_some() {
        let place = record.get("consumer").map_or(&node.span, |node| &node.span);
        let message = "that consumer is broken by itself, and one thing is broken at a time";
        let help = "leave `broken` out, or take `consumer: inbox`";
        reader.report(Diagnostic::at(place, message).help(help));
        return None;
    }
    Some(flaw)
}

/// Those of all that sends events.
pub(super) fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let handling = timeout("handling", standard.handling);
    let timeouts = Timeouts { resend: resend?, resend_most: resend_most?, handling: handling? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
