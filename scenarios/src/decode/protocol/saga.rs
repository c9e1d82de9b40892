//! Orchestrated sagas.

use std::collections::BTreeMap;

use dtxsim_protocols::Choice;
use dtxsim_protocols::saga::{Countermeasure, FailedStep, Flaw, Graph, Knobs, Timeouts, Workers};

use crate::diagnostic::Diagnostic;
use crate::names::{all_of, quoted};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::syntax::{Kind, Node};

use super::{repetition, switch, timeout};

const KNOBS: Fields = Fields {
    what: "`saga`",
    names: &[
        "pivot",
        "after",
        "failed_step",
        "retries",
        "gives_up",
        "countermeasure",
        "workers",
        "broken",
    ],
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
        Some(node) => service(reader, node, file).map(|name| Some(name.to_owned())),
    };
    let after = match record.get("after") {
        None => Some(None),
        Some(node) => after(reader, node, file).map(Some),
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
        after: after?,
        failed_step: failed_step?,
        retries: retries?,
        gives_up: gives_up?,
        countermeasure: countermeasure?,
        workers: workers?,
        broken: broken?,
        timeouts: standard.timeouts,
    };
    if let Some((knob, why)) = knobs.contradiction() {
        let place = record.word(knob).unwrap_or(record.head());
        reader.report(Diagnostic::at(place, why));
        return None;
    }
    if let (Some(graph), Some(pivot)) = (&knobs.after, &knobs.pivot)
        && let Some(beside) = graph.beside(pivot, services(file).into_iter().flatten())
    {
        let place = record.word("pivot").unwrap_or(record.head());
        let [beside, pivot] = [beside, pivot.as_str()].map(quoted);
        let message = format!("{beside} comes neither before nor after the pivot {pivot}");
        let note = "it could not be undone once the pivot is done";
        reader.report(Diagnostic::at(place, message).note(note));
        return None;
    }
    Some(knobs)
}

/// Which steps come after which others.
fn after(reader: &mut Reader, node: &Node<'_>, file: &Record<'_, '_>) -> Option<Graph> {
    let mut places = BTreeMap::new();
    for (_, entry) in reader.entries(node) {
        let later = service(reader, entry.key, file);
        let mut seen = BTreeMap::new();
        for item in reader.list(entry.value).unwrap_or_default() {
            let Some(earlier) = service(reader, item, file) else { continue };
            if reader.is_first(&mut seen, earlier, &item.span)
                && let Some(later) = later
            {
                places.insert((later, earlier), &item.span);
            }
        }
    }
    let circle = match Graph::new(places.keys().copied()) {
        Ok(graph) => return Some(graph),
        Err(circle) => circle,
    };
    // Each comes after the one before it, and the first after the last.
    let before = circle.iter().cycle().skip(circle.len().saturating_sub(1));
    let mut orders: Vec<_> = circle
        .iter()
        .zip(before)
        .filter_map(|(&later, &earlier)| Some((*places.get(&(later, earlier))?, later, earlier)))
        .collect();
    orders.sort_by_key(|(place, ..)| place.start);
    let (last, others) = orders.split_last()?;
    let message = match circle[..] {
        [alone] => format!("the step of {} cannot come after itself", quoted(alone)),
        _ => format!("the steps of {} come after each other in a circle", all_of(&circle)),
    };
    let mut diagnostic = Diagnostic::at(last.0, message);
    for (place, later, earlier) in others {
        let order = format!("{} comes after {}", quoted(later), quoted(earlier));
        diagnostic = diagnostic.related(place, order);
    }
    reader.report(diagnostic);
    None
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
fn service<'n>(reader: &mut Reader, node: &'n Node<'_>, file: &Record<'_, '_>) -> Option<&'n str> {
    let name = reader.text(node)?;
    // What is wrong with the services themselves is told where they are read.
    let Some(names) = services(file) else { return Some(name) };
    if names.contains(&name) {
        return Some(name);
    }
    reader.unknown(&node.span, ("there is no service", name), names);
    None
}

/// The names of the file's services, if it says what there are.
fn services<'n>(file: &Record<'n, '_>) -> Option<Vec<&'n str>> {
    let Some(Kind::Map(services)) = file.get("services").map(|node| &node.kind) else {
        return None;
    };
    let name = |(key, _): &'n (Node<'_>, Node<'_>)| match &key.kind {
        Kind::Text(name) => Some(&**name),
        Kind::Number(_) | Kind::Useless | Kind::List(_) | Kind::Map(_) | Kind::Shape(..) => None,
    };
    Some(services.iter().filter_map(name).collect())
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
