//! Services, their data, and the transactions over them.

use std::collections::BTreeMap;

use dtxsim_core::ratio::Ratio;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{
    Business, Generator, Key, KeySpec, Op, Pick, Service, Transactions,
};

use crate::diagnostic::Diagnostic;
use crate::names::quoted;
use crate::source::Source;
use crate::syntax::{Kind, Node};

use super::reader::Reader;
use super::shapes::{Entry, Fields, Record};
use super::values::chance;

/// No scenario has more services.
pub(super) const SERVICES: usize = Business::SERVICES;

/// The shortest key is `"a":(initial:0),`: no file has room for more than [`Key`] can number.
const _: () = assert!(Source::LARGEST / 16 <= u16::MAX as u64 + 1);

const SERVICE: Fields = Fields { what: "a service", names: &["keys"] };
const KEY: Fields = Fields { what: "a key", names: &["initial", "min", "max"] };
const TRANSACTION: Fields = Fields { what: "a transaction", names: &["name", "branches"] };
const GENERATE: Fields =
    Fields { what: "`generate`", names: &["count", "spread", "keys", "reads"] };
const HOT: Fields = Fields { what: "`hot`", names: &["chance"] };

/// The bounds of 64-bit amounts. The least is left out, so that every amount has an opposite.
const AMOUNTS: (i128, i128) = (-(i64::MAX as i128), i64::MAX as i128);

/// The services that a file has; what is wrong with one is reported, and it is there all the same,
/// so that using its name is no further error.
#[derive(Debug, Default)]
pub(super) struct Services<'n> {
    /// Whether the file says what services there are; if not, no name of one is wrong.
    known: bool,
    pub(super) all: Vec<Service>,
    by_name: BTreeMap<&'n str, usize>,
    keys: Vec<BTreeMap<&'n str, Key>>,
}

impl<'n> Services<'n> {
    /// Services; `with_data` if each must have some.
    pub(super) fn read(reader: &mut Reader, node: &'n Node<'_>, with_data: bool) -> Services<'n> {
        let mut services =
            Services { known: matches!(node.kind, Kind::Map(_)), ..Services::default() };
        let entries = reader.entries(node);
        reader.filled(node, "there must be at least one service");
        if let Some((_, beyond)) = entries.get(SERVICES) {
            let message = format!("there are more than {SERVICES} services");
            reader.report(Diagnostic::at(&beyond.key.span, message));
        }
        for (name, entry) in entries.into_iter().take(SERVICES) {
            services.by_name.insert(name, services.all.len());
            let (keys, by_name) = keys(reader, entry.value, with_data);
            services.all.push(Service { name: name.to_owned(), keys });
            services.keys.push(by_name);
        }
        services
    }

    fn find(&self, reader: &mut Reader, node: &Node<'_>, name: &str) -> Option<usize> {
        let found = self.by_name.get(name).copied();
        if found.is_none() && self.known {
            reader.unknown(&node.span, ("there is no service", name), self.by_name.keys().copied());
        }
        found
    }
}

fn keys<'n>(
    reader: &mut Reader,
    node: &'n Node<'_>,
    needed: bool,
) -> (Vec<KeySpec>, BTreeMap<&'n str, Key>) {
    let (mut keys, mut by_name) = (Vec::new(), BTreeMap::new());
    let Some(record) = reader.anonymous(node, SERVICE) else { return (keys, by_name) };
    let map = match needed {
        true => record.require(reader, "keys"),
        false => record.get("keys"),
    };
    let Some(map) = map else { return (keys, by_name) };
    let entries = reader.entries(map);
    if needed {
        reader.filled(map, "a service must have at least one key");
    }
    for ((name, entry), number) in entries.into_iter().zip(0..=u16::MAX) {
        keys.extend(key(reader, name, &entry));
        by_name.insert(name, Key(number));
    }
    (keys, by_name)
}

fn key(reader: &mut Reader, name: &str, entry: &Entry<'_, '_>) -> Option<KeySpec> {
    let record = reader.anonymous(entry.value, KEY)?;
    let initial_node = record.require(reader, "initial")?;
    let initial = integer(reader, initial_node, "a value", AMOUNTS);
    let mut bound = |field: &str| match record.get(field) {
        None => Some(None),
        Some(node) => integer(reader, node, "a bound", AMOUNTS).map(Some),
    };
    let (min, max) = (bound("min"), bound("max"));
    let (initial, min, max) = (initial?, min?, max?);
    let wrong = if min.is_some_and(|min| initial < min) {
        format!("the initial value {initial} is less than `min`")
    } else if max.is_some_and(|max| initial > max) {
        format!("the initial value {initial} is more than `max`")
    } else {
        return Some(KeySpec { name: name.to_owned(), initial, min, max });
    };
    reader.report(Diagnostic::at(&initial_node.span, wrong));
    None
}

fn integer(reader: &mut Reader, node: &Node<'_>, what: &str, bounds: (i128, i128)) -> Option<i64> {
    i64::try_from(reader.integer(node, what, bounds)?).ok()
}

/// Exactly one of the fields `transactions` and `generate`.
pub(super) fn transactions(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    services: &Services<'_>,
) -> Option<Transactions> {
    match (file.get("transactions"), file.get("generate")) {
        (Some(list), None) => listed(reader, list, services).map(Transactions::Listed),
        (None, Some(node)) => generator(reader, node, services).map(Transactions::Generated),
        (None, None) => {
            let message = "a scenario needs a field `transactions` or a field `generate`";
            reader.report(Diagnostic::at(file.head(), message));
            None
        }
        (Some(list), Some(node)) => {
            let message = "a scenario has `transactions` or `generate`, not both";
            reader.report(Diagnostic::at(&node.head, message).related(&list.head, "and here"));
            None
        }
    }
}

fn listed(reader: &mut Reader, node: &Node<'_>, services: &Services<'_>) -> Option<Vec<Listed>> {
    let items = reader.list(node)?;
    reader.filled(node, "there must be at least one transaction");
    let mut names = BTreeMap::new();
    let mut all = Vec::new();
    for item in items {
        let Some(record) = reader.anonymous(item, TRANSACTION) else { continue };
        let branches = record.require(reader, "branches").map(|node| {
            reader.filled(node, "a transaction must have at least one branch");
            branches(reader, node, services)
        });
        let Some(node) = record.require(reader, "name") else { continue };
        let Some(name) = reader.name(node) else { continue };
        if reader.is_first(&mut names, name, &node.span) {
            all.extend(branches.map(|branches| Listed { name: name.to_owned(), branches }));
        }
    }
    Some(all)
}

fn branches(
    reader: &mut Reader,
    node: &Node<'_>,
    services: &Services<'_>,
) -> Vec<(usize, Vec<Op>)> {
    let mut branches = Vec::new();
    for (name, entry) in reader.entries(node) {
        let service = services.find(reader, entry.key, name);
        let Some(items) = reader.list(entry.value) else { continue };
        reader.filled(entry.value, "a branch must do at least one thing");
        // Without its service, nothing can be said of a branch's keys.
        let Some(service) = service else { continue };
        let mut ops = Vec::new();
        for item in items {
            ops.extend(op(reader, item, &services.keys[service], name));
        }
        branches.push((service, ops));
    }
    branches
}

#[derive(Clone, Copy)]
enum Verb {
    Debit,
    Credit,
    Add,
    Read,
}

const VERBS: [(&str, Verb); 4] =
    [("debit", Verb::Debit), ("credit", Verb::Credit), ("add", Verb::Add), ("read", Verb::Read)];

fn op(
    reader: &mut Reader,
    node: &Node<'_>,
    keys: &BTreeMap<&str, Key>,
    service: &str,
) -> Option<Op> {
    match reader.variant(node, "operation", &VERBS)? {
        Verb::Read => {
            let [key] = reader.tuple(node, "`read(\"key\")`")?;
            find_key(reader, key, keys, service).map(Op::Read)
        }
        Verb::Debit => {
            let (key, amount) = change(reader, node, keys, (service, 1))?;
            Some(Op::Add(key, -amount))
        }
        Verb::Credit => {
            let (key, amount) = change(reader, node, keys, (service, 1))?;
            Some(Op::Add(key, amount))
        }
        Verb::Add => {
            let (key, amount) = change(reader, node, keys, (service, AMOUNTS.0))?;
            Some(Op::Add(key, amount))
        }
    }
}

/// A key of a service, and by how much it changes: at least `least`.
fn change(
    reader: &mut Reader,
    node: &Node<'_>,
    keys: &BTreeMap<&str, Key>,
    (service, least): (&str, i128),
) -> Option<(Key, i64)> {
    let [key, amount] = reader.tuple(node, "an operation such as `debit(\"key\", 10)`")?;
    let key = find_key(reader, key, keys, service);
    let amount = integer(reader, amount, "an amount", (least, AMOUNTS.1));
    Some((key?, amount?))
}

fn find_key(
    reader: &mut Reader,
    node: &Node<'_>,
    keys: &BTreeMap<&str, Key>,
    service: &str,
) -> Option<Key> {
    let name = reader.text(node)?;
    let found = keys.get(name).copied();
    if found.is_none() {
        let sentence = format!("{} has no key", quoted(service));
        reader.unknown(&node.span, (&sentence, name), keys.keys().copied());
    }
    found
}

#[derive(Clone, Copy)]
enum Picking {
    Uniform,
    Hot,
}

fn generator(reader: &mut Reader, node: &Node<'_>, services: &Services<'_>) -> Option<Generator> {
    let record = reader.anonymous(node, GENERATE)?;
    let count = record.require(reader, "count");
    let count = count.and_then(|node| reader.count(node, "`count`", 1));
    let spread = match record.get("spread") {
        None => Some(2),
        Some(node) => reader.count(node, "`spread`", 2).and_then(|n| usize::try_from(n).ok()),
    };
    let pick = match record.get("keys") {
        None => Some(Pick::Uniform),
        Some(node) => pick(reader, node),
    };
    let reads = match record.get("reads") {
        None => Some(Ratio::ZERO),
        Some(node) => chance(reader, node),
    };
    let (count, spread, pick, reads) = (count?, spread?, pick?, reads?);
    let there = services.all.len();
    if spread > there {
        let place = record.get("spread").map_or(record.head(), |node| &node.span);
        let message =
            format!("transactions over {spread} services need as many; there are {there}");
        reader.report(Diagnostic::at(place, message));
        return None;
    }
    Some(Generator { count, spread, pick, reads })
}

fn pick(reader: &mut Reader, node: &Node<'_>) -> Option<Pick> {
    let options = [("uniform", Picking::Uniform), ("hot", Picking::Hot)];
    match reader.variant(node, "way to pick keys", &options)? {
        Picking::Uniform => reader.bare(node).then_some(Pick::Uniform),
        Picking::Hot => {
            let record = reader.record(node, HOT)?;
            let ratio = record.require(reader, "chance")?;
            chance(reader, ratio).map(Pick::Hot)
        }
    }
}
