//! What is checked, on which seeds, and what is expected of it.

use std::collections::BTreeMap;
use std::ops::Range;

use dtxsim_protocols::Choice;
use dtxsim_protocols::properties::Property;

use crate::diagnostic::Diagnostic;
use crate::scenario::Expect;
use crate::syntax::Node;

use super::reader::Reader;
use super::shapes::Record;

/// The seeds of a file that does not say.
const SEEDS: Range<u64> = 0..1000;

/// A property's name in scenarios.
pub(crate) fn identifier(property: Property) -> String {
    property.name().replace('-', "_")
}

/// The properties that the field `check` lists; none if it is not there. The protocol, if it is
/// known, must be one that can be judged by them.
pub(super) fn check(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    choice: Option<&Choice>,
) -> Option<Vec<Property>> {
    let node = file.get("check")?;
    let listed = properties(reader, node, "nothing is checked");
    for (property, item) in &listed {
        let Some(choice) = choice.filter(|choice| !choice.judged_by().contains(property)) else {
            continue;
        };
        let (family, name) = (choice.family(), identifier(*property));
        let message = format!("`{family}` cannot be judged by `{name}`");
        let note = format!("nothing that it does says whether {}", property.summary());
        reader.report(Diagnostic::at(&item.span, message).note(note));
    }
    Some(listed.into_iter().map(|(property, _)| property).collect())
}

/// Properties, each once, with their places.
fn properties<'n, 't>(
    reader: &mut Reader,
    node: &'n Node<'t>,
    none: &str,
) -> Vec<(Property, &'n Node<'t>)> {
    let names: Vec<String> = Property::ALL.into_iter().map(identifier).collect();
    let mut listed: Vec<(Property, &Node<'t>)> = Vec::new();
    let mut seen = BTreeMap::new();
    reader.filled(node, none);
    for item in reader.list(node).unwrap_or_default() {
        let Some(word) = item.word() else {
            reader.expected(item, "the name of a property, without quotes");
            continue;
        };
        let Some(place) = names.iter().position(|name| name == word.text) else {
            let names = names.iter().map(String::as_str);
            reader.unknown(&word.span, ("there is no property", word.text), names);
            continue;
        };
        if reader.bare(item) && reader.is_first(&mut seen, word.text, &word.span) {
            listed.push((Property::ALL[place], item));
        }
    }
    listed
}

/// A half-open range of seeds.
pub(super) fn seeds(reader: &mut Reader, file: &Record<'_, '_>) -> Option<Range<u64>> {
    let Some(node) = file.get("seeds") else { return Some(SEEDS) };
    let [start, end] = reader.tuple(node, "a range of seeds such as `(0, 1000)`")?;
    let mut seed = |node| {
        let seed = reader.integer(node, "a seed", (0, u64::MAX.into()))?;
        u64::try_from(seed).ok()
    };
    let (start, end) = (seed(start), seed(end));
    let (start, end) = (start?, end?);
    if start >= end {
        let message = format!("there is no seed from {start} to {end}");
        let note = "the second number is the first seed that is left out";
        reader.report(Diagnostic::at(&node.span, message).note(note));
        return None;
    }
    Some(start..end)
}

#[derive(Clone, Copy)]
enum Expected {
    Holds,
    Violates,
    Vacuous,
    Inconclusive,
}

const EXPECTED: [(&str, Expected); 4] = [
    ("holds", Expected::Holds),
    ("violates", Expected::Violates),
    ("vacuous", Expected::Vacuous),
    ("inconclusive", Expected::Inconclusive),
];

/// The verdict that a file expects; what it expects to be violated must be checked.
pub(super) fn expect(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    checked: &[Property],
) -> Option<Expect> {
    let Some(node) = file.get("expect") else { return Some(Expect::Holds) };
    match reader.variant(node, "verdict", &EXPECTED)? {
        Expected::Holds => reader.bare(node).then_some(Expect::Holds),
        Expected::Vacuous => reader.bare(node).then_some(Expect::Vacuous),
        Expected::Inconclusive => reader.bare(node).then_some(Expect::Inconclusive),
        Expected::Violates => {
            let [list] = reader.tuple(node, "`violates([<property>, ..])`")?;
            let none = "`violates` names at least one property";
            let listed = properties(reader, list, none);
            for (property, item) in &listed {
                if !checked.contains(property) {
                    let message = format!("`{}` is not checked", identifier(*property));
                    let help =
                        "add it to `check`, which replaces the properties checked by default";
                    reader.report(Diagnostic::at(&item.span, message).help(help));
                }
            }
            Some(Expect::Violates(listed.into_iter().map(|(property, _)| property).collect()))
        }
    }
}
