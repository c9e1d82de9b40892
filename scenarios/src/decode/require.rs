//! What an exploration must exercise.

use std::collections::BTreeMap;

use crate::syntax::{Kind, Node};

use super::reader::Reader;
use super::shapes::Record;

/// The names that `require` lists, each once. `names` are all that there are, if the protocol is
/// known.
pub(super) fn required(
    reader: &mut Reader,
    explore: Option<&Record<'_, '_>>,
    names: impl FnOnce() -> Option<Vec<String>>,
) -> Vec<String> {
    let Some(node) = explore.and_then(|explore| explore.get("require")) else { return Vec::new() };
    reader.filled(node, "nothing is required");
    let items = reader.list(node).unwrap_or_default();
    let Some(names) = names() else { return Vec::new() };
    let mut seen = BTreeMap::new();
    let mut required = Vec::new();
    for item in items {
        let Some(name) = reader.text(item) else { continue };
        if !names.iter().any(|known| known == name) {
            unknown(reader, item, name, &names);
        } else if reader.is_first(&mut seen, name, &item.span) {
            required.push(name.to_owned());
        }
    }
    required
}

/// Reports a name that nothing has. Those that begin with the same word are nearest.
fn unknown(reader: &mut Reader, item: &Node<'_>, name: &str, names: &[String]) {
    let sentence = "nothing that can be exercised is called";
    let verb = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    let alike: Vec<&str> =
        names.iter().map(String::as_str).filter(|known| verb(known) == verb(name)).collect();
    debug_assert!(matches!(item.kind, Kind::Text(_)), "it has a name");
    if alike.is_empty() {
        let mut verbs: Vec<String> = names.iter().map(|known| verb(known)).collect();
        verbs.sort_unstable();
        verbs.dedup();
        let verbs = verbs.iter().map(String::as_str);
        reader.unknown(&item.span, (sentence, name), verbs);
    } else {
        reader.unknown(&item.span, (sentence, name), alike);
    }
}
