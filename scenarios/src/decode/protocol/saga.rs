//! Orchestrated sagas.

use dtxsim_protocols::Choice;
use dtxsim_protocols::saga::{Countermeasure, FailedStep, Flaw, Knobs, Timeouts, Workers};

use crate::diagnostic::Diagnostic;

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::syntax::{Kind, Node};

use super::{repetition, switch, timeout};

const KNOBS: Fields = Fields {
    what: "`saga`",
    names: &["pivot", "failed_step", "retries", "gives_up", "countermeasure", "workers", "broken"],
};

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["resend", "resend_most", "handling"] };

const FAILED_STEPS: [(&str, FailedStep); 2] =
    [("classic", FailedStep::Classic), ("dtm", FailedStep::Dtm)];

const WORKERS: [(&str, Workers); 2] = [("one", Workers::One), ("two", Workers::Two)];

/// With any amount, where there is one.
const COUNTERMEASURES: [Countermeasure; 6] = [
    Countermeasure::CommutativeUpdates,
    Countermeasure::Nothing,
    Countermeasure::SemanticLock,
    Countermeasure::PessimisticView,
    Countermeasure::RereadValue,
    Countermeasure::ByValue(0),
];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, file: &Record<'_, '_>) -> Choice {
    let waits = file.get("timeouts");
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol, file).unwrap_or_default();
    Choice::Saga(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>, file: &Record<'_, '_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let pivot = match record.get("pivot") {
        None => Some(None),
        Some(node) => service(reader, node, file).map(Some),
    };
    let failed_step = match record.get("failed_step") {
        None => Some(standard.failed_step),
        Some(node) => reader.choice(node, "way with a failed step", &FAILED_STEPS),
    };
    let retries = match record.get("retries") {
        None => Some(standard.retries),
        Some(node) => {
            let retries = reader.integer(node, "`retries`", (0, Knobs::RETRIES.into()));
            retries.and_then(|retries| u8::try_from(retries).ok())
        }
    };
    let gives_up = switch(reader, &record, "gives_up", standard.gives_up);
    let countermeasure = match record.get("countermeasure") {
        None => Some(standard.countermeasure),
        Some(node) => countermeasure(reader, node),
    };
    let workers = match record.get("workers") {
        None => Some(standard.workers),
        Some(node) => reader.choice(node, "number of workers", &WORKERS),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    let knobs = Knobs {
        pivot: pivot?,
        failed_step: failed_step?,
        retries: retries?,
        gives_up: gives_up?,
        countermeasure: countermeasure?,
        workers: workers?,
        broken: broken?,
        timeouts: standard.timeouts,
    };
    if let Some(contradiction) = knobs.contradiction() {
        let place = record.word("broken").unwrap_or(record.head());
        reader.report(Diagnostic::at(place, contradiction));
        return None;
    }
    Some(knobs)
}

fn countermeasure(reader: &mut Reader, node: &Node<'_>) -> Option<Countermeasure> {
    let named = COUNTERMEASURES.map(|countermeasure| (countermeasure.name(), countermeasure));
    let countermeasure = reader.variant(node, "countermeasure", &named)?;
    match countermeasure {
        Countermeasure::ByValue(_) => {
            let [least] = reader.tuple(node, "`by_value(100)`")?;
            let least = reader.integer(least, "an amount", (1, i64::MAX.into()))?;
            i64::try_from(least).ok().map(Countermeasure::ByValue)
        }
        Countermeasure::CommutativeUpdates
        | Countermeasure::Nothing
        | Countermeasure::SemanticLock
        | Countermeasure::PessimisticView
        | Countermeasure::RereadValue => reader.bare(node).then_some(countermeasure),
    }
}

/// The name of one of the file's services.
fn service(reader: &mut Reader, node: &Node<'_>, file: &Record<'_, '_>) -> Option<String> {
    let name = reader.text(node)?;
    // What is wrong with the services themselves is told where they are read.
    let Some(Kind::Map(services)) = file.get("services").map(|node| &node.kind) else {
        return Some(name.to_owned());
    };
    let names = services.iter().filter_map(|(key, _)| match &key.kind {
        Kind::Text(name) => Some(&**name),
        _ => None,
    });
    if names.clone().any(|known| known == name) {
        return Some(name.to_owned());
    }
    reader.unknown(&node.span, ("there is no service", name), names);
    None
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
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
