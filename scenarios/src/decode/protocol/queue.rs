//! A queue of jobs.

use dtxsim_protocols::Choice;
use dtxsim_protocols::queue::{Flaw, Knobs, Publish, Workers, broken_publish};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::outbox::timeouts;

const KNOBS: Fields = Fields { what: "`queue`", names: &["publish", "workers", "broken"] };

const WAYS: [(&str, Publish); 2] =
    [("outboxed", Publish::Outboxed), ("after_commit", Publish::AfterCommit)];

const WORKERS: [(&str, Workers); 2] = [("one", Workers::One), ("two", Workers::Two)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::Queue(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let publish = match record.get("publish") {
        None => Some(standard.publish),
        Some(node) => reader.choice(node, "way to publish", &WAYS),
    };
    let workers = match record.get("workers") {
        None => Some(standard.workers),
        Some(node) => reader.choice(node, "number of workers", &WORKERS),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = [(Flaw::JobLookedUpFirst.name(), Flaw::JobLookedUpFirst)];
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let (publish, broken) = (publish?, broken?);
    if broken.is_some() && broken_publish(publish).is_some() {
        let place = record.get("publish").map_or(record.head(), |node| &node.span);
        let message = "that is broken by itself, and one thing is broken at a time";
        let help = "leave `broken` out, or take `publish: outboxed`";
        reader.report(Diagnostic::at(place, message).help(help));
        return None;
    }
    let knobs = Knobs { publish, workers: workers?, broken, timeouts: standard.timeouts };
    if let Err(why) = knobs.check() {
        let place = record.get("broken").map_or(record.head(), |node| &node.span);
        reader.report(Diagnostic::at(place, why).help("write `workers: two`"));
        return None;
    }
    Some(knobs)
}
