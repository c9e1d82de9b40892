//! Random walks, in the place of an exploration.

use std::collections::BTreeMap;

use dtxsim_core::untimed::Tactic;

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;
use crate::walk::{Tactics, Walk};

use super::reader::Reader;
use super::shapes::{Fields, Record};

const WALK: Fields = Fields { what: "`walk`", names: &["tactics", "walks", "steps", "seed"] };

/// Fields of `explore` that say how a search goes, or ask what only a search knows.
const OF_SEARCH: [&str; 5] = ["order", "states", "memory", "reduce", "require"];

/// The walks that an `explore` asks for, if it does.
pub(super) fn walk(reader: &mut Reader, explore: &Record<'_, '_>) -> Option<Option<Walk>> {
    let Some(node) = explore.get("walk") else { return Some(None) };
    for field in OF_SEARCH {
        if let Some(place) = explore.get(field).and(explore.word(field)) {
            let message = format!("random walks have no use for `{field}`");
            let help = "remove it, or remove `walk` to explore every interleaving";
            reader.report(Diagnostic::at(place, message).help(help));
        }
    }
    let record = reader.anonymous(node, WALK)?;
    let standard = Walk::default();
    let tactics = match record.get("tactics") {
        None => Some(standard.tactics),
        Some(node) => tactics(reader, node),
    };
    let mut number = |field, what, standard: u64, (least, most): (u64, u64)| {
        let Some(node) = record.get(field) else { return Some(standard) };
        let number = reader.integer(node, what, (least.into(), most.into()))?;
        u64::try_from(number).ok()
    };
    let walks = number("walks", "the number of walks", standard.walks, (1, Walk::WALKS_MAX));
    let bounds = (1, u64::from(Walk::STEPS_MAX));
    let steps = number("steps", "the steps of a walk", u64::from(standard.steps), bounds);
    let seed = number("seed", "a seed", standard.seed, (0, u64::MAX - Walk::WALKS_MAX));
    let steps = steps.and_then(|steps| u32::try_from(steps).ok());
    Some(Some(Walk { tactics: tactics?, walks: walks?, steps: steps?, seed: seed? }))
}

/// Each once.
fn tactics(reader: &mut Reader, node: &Node<'_>) -> Option<Tactics> {
    let names = Tactic::ALL.map(|tactic| (tactic.name(), tactic));
    reader.filled(node, "nobody walks");
    let (mut listed, mut seen) = (Vec::new(), BTreeMap::new());
    for item in reader.list(node)? {
        let tactic = reader.choice(item, "tactic", &names)?;
        if let Some(word) = item.word()
            && reader.is_first(&mut seen, word.text, &word.span)
        {
            listed.push(tactic);
        }
    }
    Tactics::new(&listed)
}
