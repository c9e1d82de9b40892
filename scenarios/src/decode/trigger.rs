//! When a fault happens.

use dtxsim_core::fault::{On, When};
use dtxsim_core::topology::ProcessId;

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::cast::Cast;
use super::reader::Reader;
use super::shapes::{Fields, Record};
use super::values::time;

#[derive(Clone, Copy)]
enum Trigger {
    At,
    Sent,
    Delivered,
    Appended,
    Synced,
    Noted,
    Acted,
}

const TRIGGERS: [(&str, Trigger); 7] = [
    ("at", Trigger::At),
    ("sent", Trigger::Sent),
    ("delivered", Trigger::Delivered),
    ("appended", Trigger::Appended),
    ("synced", Trigger::Synced),
    ("noted", Trigger::Noted),
    ("acted", Trigger::Acted),
];

const SENT: Fields = Fields { what: "`sent`", names: &["message", "from", "to", "nth", "every"] };
const DELIVERED: Fields =
    Fields { what: "`delivered`", names: &["message", "from", "to", "nth", "every"] };
const APPENDED: Fields = Fields { what: "`appended`", names: &["record", "by", "nth", "every"] };
const SYNCED: Fields = Fields { what: "`synced`", names: &["record", "by", "nth", "every"] };
const NOTED: Fields = Fields { what: "`noted`", names: &["note", "by", "nth", "every"] };
const ACTED: Fields = Fields { what: "`acted`", names: &["by", "nth", "every"] };

/// Reads a trigger.
pub(super) fn when(reader: &mut Reader, node: &Node<'_>, cast: &Cast) -> Option<When> {
    match reader.variant(node, "trigger", &TRIGGERS)? {
        Trigger::At => {
            let [moment] = reader.tuple(node, "`at(<time>)`")?;
            time(reader, moment).map(When::At)
        }
        Trigger::Sent => {
            let record = reader.record(node, SENT)?;
            let (kind, [from, to]) = message(reader, &record, cast)?;
            if let (Some(from), Some(to)) = (from, to)
                && cast.host(from) == cast.host(to)
            {
                let (from, to) = (cast.name(from), cast.name(to));
                let message =
                    format!("`{from}` and `{to}` share a host: nothing is sent between them");
                reader.report(Diagnostic::at(&node.span, message));
                return None;
            }
            nth(reader, &record, On::Sent { kind, from, to })
        }
        Trigger::Delivered => {
            let record = reader.record(node, DELIVERED)?;
            let (kind, [from, to]) = message(reader, &record, cast)?;
            nth(reader, &record, On::Delivered { kind, from, to })
        }
        Trigger::Appended => {
            let record = reader.record(node, APPENDED)?;
            let kind = word(reader, &record, "record", cast.words.records);
            let by = one(reader, &record, "by", cast);
            nth(reader, &record, On::Appended { kind: kind?, by: by? })
        }
        Trigger::Synced => {
            let record = reader.record(node, SYNCED)?;
            let kind = word(reader, &record, "record", cast.words.records);
            let by = one(reader, &record, "by", cast);
            nth(reader, &record, On::Synced { kind: kind?, by: by? })
        }
        Trigger::Noted => {
            let record = reader.record(node, NOTED)?;
            let kind = word(reader, &record, "note", cast.words.notes);
            let by = one(reader, &record, "by", cast);
            nth(reader, &record, On::Noted { kind: kind?, by: by? })
        }
        Trigger::Acted => {
            let record = reader.record(node, ACTED)?;
            let by = record.require(reader, "by")?;
            let by = cast.process(reader, by)?;
            nth(reader, &record, On::Effect { by })
        }
    }
}

/// A kind of message, and its sender and receiver if they matter.
fn message(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    cast: &Cast,
) -> Option<(usize, [Option<ProcessId>; 2])> {
    let kind = word(reader, record, "message", cast.words.messages);
    let (from, to) = (one(reader, record, "from", cast), one(reader, record, "to", cast));
    Some((kind?, [from?, to?]))
}

/// The number of a word of the protocol.
fn word(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    field: &str,
    words: &[&'static str],
) -> Option<usize> {
    let node = record.require(reader, field)?;
    let name = reader.text(node)?;
    let found = words.iter().position(|word| *word == name);
    if found.is_none() {
        let sentence = format!("the protocol has no {field}");
        reader.unknown(&node.span, (&sentence, name), words.iter().copied());
    }
    found
}

/// The process that a field names, if it is there: none only if it names none that there is.
fn one(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    field: &str,
    cast: &Cast,
) -> Option<Option<ProcessId>> {
    match record.get(field) {
        None => Some(None),
        Some(node) => cast.process(reader, node).map(Some),
    }
}

fn nth(reader: &mut Reader, record: &Record<'_, '_>, on: On) -> Option<When> {
    let nth = match record.get("nth") {
        None => Some(1),
        Some(node) => reader.count(node, "`nth` counts from one, and", 1),
    };
    let every = match record.get("every") {
        None => Some(false),
        Some(node) => reader.boolean(node),
    };
    Some(When::Nth { on, nth: nth?, every: every? })
}
