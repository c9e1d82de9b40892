//! How a scenario is explored, and whether it is.

use std::collections::BTreeMap;

use dtxsim_core::untimed::{Bounds, Budgets, Caps, Network, Order, Plan, Reductions, Timers};

use crate::diagnostic::Diagnostic;
use crate::explore::{Explore, Objection};
use crate::scenario::Mode;
use crate::syntax::{Body, Kind, Node};

use super::reader::Reader;
use super::shapes::{Fields, Record};
use super::values::bytes;
use super::verdict::seeds;
use super::walk::walk;

const EXPLORE: Fields = Fields {
    what: "`explore`",
    names: &[
        "network",
        "timers",
        "crashes",
        "drops",
        "duplicates",
        "partitions",
        "restarts",
        "disk",
        "sends",
        "reduce",
        "order",
        "fingerprints",
        "states",
        "memory",
        "require",
        "walk",
    ],
};

const NETWORKS: [(&str, Network); 3] = [
    (Network::Bag.name(), Network::Bag),
    (Network::Fifo.name(), Network::Fifo),
    (Network::Set.name(), Network::Set),
];

const TIMERS: [(&str, Timers); 2] =
    [(Timers::Any.name(), Timers::Any), (Timers::Quiescent.name(), Timers::Quiescent)];

/// Whether a forced write takes a step of its own.
const DISKS: [(&str, bool); 2] = [("split", true), ("instant", false)];

/// Whether who dies amid sends has got out the first, or any.
const SENDS: [(&str, bool); 2] = [("ordered", false), ("unordered", true)];

const ORDERS: [(&str, Order); 3] = [
    (Order::Breadth.name(), Order::Breadth),
    (Order::Depth.name(), Order::Depth),
    (Order::Deepening.name(), Order::Deepening),
];

/// The mode of a file, and the fields of `explore` if it has that.
pub(super) fn mode<'n, 't>(
    reader: &mut Reader,
    file: &Record<'n, 't>,
) -> (Option<Mode>, Option<Record<'n, 't>>) {
    let Some(node) = file.get("explore") else {
        return (seeds(reader, file).map(Mode::Seeds), None);
    };
    let seeds = file.get("seeds").and(file.word("seeds"));
    if let (Some(place), Some(seeds)) = (file.word("explore"), seeds) {
        let message = "a scenario is explored, or it runs seeds";
        let help = "remove `seeds` to explore every interleaving, or `explore` to run seeds";
        reader.report(Diagnostic::at(place, message).related(seeds, "seeds here").help(help));
    }
    without_a_fault_plan(reader, file);
    let Some(record) = reader.anonymous(node, EXPLORE) else { return (None, None) };
    (explore(reader, &record).map(Mode::Explore), Some(record))
}

fn explore(reader: &mut Reader, record: &Record<'_, '_>) -> Option<Explore> {
    let standard = Explore::default();
    let Bounds { network, timers, restarts, split_sync, any_sends, .. } = standard.bounds;
    let network = choice(reader, record, ("network", "network"), (&NETWORKS, network));
    let timers = choice(reader, record, ("timers", "timer policy"), (&TIMERS, timers));
    let split_sync = choice(reader, record, ("disk", "kind of disk"), (&DISKS, split_sync));
    let any_sends = choice(reader, record, ("sends", "order of sends"), (&SENDS, any_sends));
    let order = choice(reader, record, ("order", "order"), (&ORDERS, standard.order));
    let reductions = reductions(reader, record);
    let mut whether = |field: &str, standard| match record.get(field) {
        None => Some(standard),
        Some(node) => reader.boolean(node),
    };
    let restarts = whether("restarts", restarts);
    let fingerprints = whether("fingerprints", standard.fingerprints);
    let budgets = ["crashes", "drops", "duplicates", "partitions"].map(|field| {
        let Some(node) = record.get(field) else { return Some(0) };
        let most = i128::from(u8::MAX);
        u8::try_from(reader.integer(node, &format!("`{field}`"), (0, most))?).ok()
    });
    let states = match record.get("states") {
        None => Some(standard.caps.states),
        Some(node) => {
            let bounds = (1, i128::from(Plan::STATES_MAX));
            let states = reader.integer(node, "the cap on states", bounds);
            states.and_then(|states| u64::try_from(states).ok())
        }
    };
    let memory = match record.get("memory") {
        None => Some(standard.caps.memory),
        Some(node) => bytes(reader, node, "the cap on memory"),
    };
    let walk = walk(reader, record);
    let [crashes, drops, duplicates, partitions] = budgets;
    let budgets = Budgets {
        crashes: crashes?,
        drops: drops?,
        duplicates: duplicates?,
        partitions: partitions?,
    };
    let bounds = Bounds {
        network: network?,
        timers: timers?,
        budgets,
        restarts: restarts?,
        split_sync: split_sync?,
        any_sends: any_sends?,
    };
    let caps = Caps { states: states?, memory: memory? };
    let (order, fingerprints, walk) = (order?, fingerprints?, walk?);
    Some(Explore { bounds, order, fingerprints, caps, reductions, walk })
}

/// What is to be left out: a list of names, each once.
fn reductions(reader: &mut Reader, record: &Record<'_, '_>) -> Reductions {
    let mut all = Reductions::default();
    let Some(node) = record.get("reduce") else { return all };
    let mut seen = BTreeMap::new();
    reader.filled(node, "nothing is reduced");
    for item in reader.list(node).unwrap_or_default() {
        if let Some(one) = reader.choice(item, "reduction", &Reductions::NAMED)
            && let Some(word) = item.word()
            && reader.is_first(&mut seen, word.text, &word.span)
        {
            all = all.and(one);
        }
    }
    all
}

/// The word in a field, or what it stands for if the field is not there.
fn choice<T: Copy>(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    (field, what): (&str, &str),
    (options, standard): (&[(&'static str, T)], T),
) -> Option<T> {
    match record.get(field) {
        None => Some(standard),
        Some(node) => reader.choice(node, what, options),
    }
}

/// Reports what is for runs with a clock only, and would look as if it went wrong.
fn without_a_fault_plan(reader: &mut Reader, file: &Record<'_, '_>) {
    if let Some(place) = file.get("faults").and(file.word("faults")) {
        let message = "an exploration has no fault plan: whatever its budgets allow goes wrong, \
                       whenever it can";
        let help = "remove `faults`, and give `explore` budgets: `crashes`, `drops`, \
                    `duplicates`, `partitions`";
        reader.report(Diagnostic::at(place, message).help(help));
    }
    let Some(network) = file.get("network") else { return };
    let links = fields(network).iter().filter(|(word, _)| word.text == "links");
    let links = links.flat_map(|(_, links)| match &links.kind {
        Kind::List(links) => links.as_slice(),
        Kind::Number(_) | Kind::Text(_) | Kind::Useless | Kind::Map(_) | Kind::Shape(..) => &[],
    });
    for (word, _) in std::iter::once(network).chain(links).flat_map(fields) {
        let help = match word.text {
            "loss" => "remove it, and give `explore` a budget of `drops`",
            "duplication" => "remove it, and give `explore` a budget of `duplicates`",
            "reorder" => "remove it: in the networks `bag` and `set` any message may be the next",
            "fifo" => "remove it, and write `explore: (network: fifo)`",
            _ => continue,
        };
        let message = format!("an exploration has no use for `{}`", word.text);
        reader.report(Diagnostic::at(&word.span, message).help(help));
    }
}

fn fields<'n, 't>(node: &'n Node<'t>) -> &'n [(crate::syntax::Word<'t>, Node<'t>)] {
    match &node.kind {
        Kind::Shape(_, Body::Fields(fields)) => fields,
        Kind::Number(_)
        | Kind::Text(_)
        | Kind::Useless
        | Kind::List(_)
        | Kind::Map(_)
        | Kind::Shape(..) => &[],
    }
}

/// Reports what speaks against an exploration, each where it is written.
pub(super) fn object(
    reader: &mut Reader,
    objections: Vec<Objection>,
    explore: &Record<'_, '_>,
    file: &Record<'_, '_>,
) {
    for Objection { field, message, help } in objections {
        let place = explore.word(field).or(file.word(field)).unwrap_or(explore.head());
        reader.report(Diagnostic::at(place, message).help(help));
    }
}
