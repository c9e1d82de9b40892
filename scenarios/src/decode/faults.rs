//! What goes wrong.

use std::collections::BTreeMap;

use dtxsim_core::fault::{Fault, FaultPlan, Keep, On, Restart, Scripted, Swarm, When};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::{HostId, Nanos};

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::cast::Cast;
use super::reader::Reader;
use super::shapes::{Fields, Record};
use super::trigger::when;
use super::values::{chance, ratio, span, time};

const FAULTS: Fields = Fields { what: "`faults`", names: &["script", "swarm", "healing"] };
const SWARM: Fields = Fields {
    what: "`swarm`",
    names: &["crashes", "pauses", "partitions", "loss", "duplication", "reorder", "skew", "lasts"],
};
const CRASH: Fields = Fields { what: "`crash`", names: &["process", "when", "restart", "keep"] };
const PAUSE: Fields = Fields { what: "`pause`", names: &["process", "when", "lasts"] };
const PARTITION: Fields =
    Fields { what: "`partition`", names: &["from", "to", "both_ways", "when", "lasts"] };
const DROP: Fields = Fields { what: "`drop`", names: &["when"] };
const DUPLICATE: Fields = Fields { what: "`duplicate`", names: &["when", "after"] };
const DELAY: Fields = Fields { what: "`delay`", names: &["when", "by"] };
const SKEW: Fields = Fields { what: "`skew`", names: &["process", "stretch", "when"] };

#[derive(Clone, Copy)]
enum Kind {
    Crash,
    Pause,
    Partition,
    Drop,
    Duplicate,
    Delay,
    Skew,
}

const KINDS: [(&str, Kind); 7] = [
    ("crash", Kind::Crash),
    ("pause", Kind::Pause),
    ("partition", Kind::Partition),
    ("drop", Kind::Drop),
    ("duplicate", Kind::Duplicate),
    ("delay", Kind::Delay),
    ("skew", Kind::Skew),
];

/// The faults of a file; without a cast, its script is not looked at.
pub(super) fn faults(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    cast: Option<&Cast>,
) -> Option<FaultPlan> {
    let Some(node) = file.get("faults") else { return Some(FaultPlan::NONE) };
    let record = reader.anonymous(node, FAULTS)?;
    let healing = match record.get("healing") {
        None => Some(FaultPlan::NONE.healing),
        Some(node) => span(reader, node, "the time until the healing"),
    };
    let swarm = match record.get("swarm") {
        None => Some(Swarm::NONE),
        Some(node) => swarm(reader, node),
    };
    let mut script = Vec::new();
    if let (Some(node), Some(cast)) = (record.get("script"), cast) {
        for item in reader.list(node)? {
            script.extend(scripted(reader, item, (cast, healing)));
        }
    }
    Some(FaultPlan { script, swarm: swarm?, healing: healing? })
}

/// More faults of a kind than that in one run tell nothing that fewer do not.
const MOST_DRAWN: u32 = 1_000;

/// A clock that is further off than that is no clock.
const MOST_STRETCHED: u64 = 1_000;

fn swarm(reader: &mut Reader, node: &Node<'_>) -> Option<Swarm> {
    let record = reader.anonymous(node, SWARM)?;
    let mut count = |field: &str| match record.get(field) {
        None => Some(0),
        Some(node) => {
            let count = reader.count(node, "a number of faults", 0)?;
            if count > MOST_DRAWN {
                let message = format!("a seed draws at most {MOST_DRAWN} faults of a kind");
                reader.report(Diagnostic::at(&node.span, message));
                return None;
            }
            Some(count)
        }
    };
    let (crashes, pauses, partitions) = (count("crashes"), count("pauses"), count("partitions"));
    let mut most = |field: &str| match record.get(field) {
        None => Some(Ratio::ZERO),
        Some(node) => chance(reader, node),
    };
    let (loss, duplication, reorder) = (most("loss"), most("duplication"), most("reorder"));
    let skew = match record.get("skew") {
        None => Some(Ratio::ZERO),
        Some(node) => ratio(reader, node).and_then(|skew| {
            // The core computes with their sum.
            if skew.num.checked_add(skew.den).is_none() {
                reader
                    .report(Diagnostic::at(&node.span, "the numbers of this ratio are too large"));
                return None;
            }
            Some(skew)
        }),
    };
    let lasts = match record.get("lasts") {
        None => Some(Swarm::NONE.span),
        Some(node) => span(reader, node, "what lasts"),
    };
    Some(Swarm {
        crashes: crashes?,
        pauses: pauses?,
        partitions: partitions?,
        loss: loss?,
        duplication: duplication?,
        reorder: reorder?,
        skew: skew?,
        span: lasts?,
    })
}

fn scripted(
    reader: &mut Reader,
    node: &Node<'_>,
    (cast, healing): (&Cast, Option<Nanos>),
) -> Option<Scripted> {
    let kind = reader.variant(node, "fault", &KINDS)?;
    let fields = match kind {
        Kind::Crash => CRASH,
        Kind::Pause => PAUSE,
        Kind::Partition => PARTITION,
        Kind::Drop => DROP,
        Kind::Duplicate => DUPLICATE,
        Kind::Delay => DELAY,
        Kind::Skew => SKEW,
    };
    let record = reader.record(node, fields)?;
    let moment = trigger(reader, &record, (cast, healing));
    let fault = match kind {
        Kind::Crash => crash(reader, &record, cast),
        Kind::Pause => {
            let host = host(reader, &record, cast);
            let lasts = record.require(reader, "lasts")?;
            let span = span(reader, lasts, "a pause");
            Some(Fault::Pause { host: host?, span: span? })
        }
        Kind::Partition => partition(reader, &record, cast),
        Kind::Drop => Some(Fault::Drop),
        Kind::Duplicate => {
            let after = match record.get("after") {
                None => Some(Nanos::ZERO),
                Some(node) => time(reader, node),
            };
            after.map(|after| Fault::Duplicate { after })
        }
        Kind::Delay => {
            let by = record.require(reader, "by")?;
            span(reader, by, "a delay").map(|by| Fault::Delay { by })
        }
        Kind::Skew => skew(reader, &record, cast),
    };
    let scripted = Scripted { when: moment?, fault: fault? };
    if scripted.fault.is_about_a_message()
        && !matches!(scripted.when, When::Nth { on: On::Sent { .. }, .. })
    {
        let place = record.get("when").map_or(&node.head, |when| &when.head);
        let message = format!("`{}` needs a trigger `sent(message: ..)`", word_of(kind));
        let note = "it is about the message that pulls the trigger";
        reader.report(Diagnostic::at(place, message).note(note));
        return None;
    }
    Some(scripted)
}

fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Crash => "crash",
        Kind::Pause => "pause",
        Kind::Partition => "partition",
        Kind::Drop => "drop",
        Kind::Duplicate => "duplicate",
        Kind::Delay => "delay",
        Kind::Skew => "skew",
    }
}

/// When a fault happens: before the healing.
fn trigger(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    (cast, healing): (&Cast, Option<Nanos>),
) -> Option<When> {
    let node = record.require(reader, "when")?;
    let when = when(reader, node, cast)?;
    if let (When::At(moment), Some(healing)) = (when, healing)
        && moment >= healing
    {
        let message = format!("nothing goes wrong any more at {moment}");
        let note = format!("the healing is at {healing}");
        reader.report(Diagnostic::at(&node.span, message).note(note));
        return None;
    }
    Some(when)
}

fn host(reader: &mut Reader, record: &Record<'_, '_>, cast: &Cast) -> Option<HostId> {
    let node = record.require(reader, "process")?;
    cast.process(reader, node).map(|process| cast.host(process))
}

#[derive(Clone, Copy)]
enum Restarting {
    After,
    AtHealing,
    Never,
}

const RESTARTS: [(&str, Restarting); 3] = [
    ("after", Restarting::After),
    ("at_healing", Restarting::AtHealing),
    ("never", Restarting::Never),
];

#[derive(Clone, Copy)]
enum Keeping {
    Nothing,
    Everything,
    First,
    Any,
}

const KEEPS: [(&str, Keeping); 4] = [
    ("nothing", Keeping::Nothing),
    ("everything", Keeping::Everything),
    ("first", Keeping::First),
    ("any", Keeping::Any),
];

fn crash(reader: &mut Reader, record: &Record<'_, '_>, cast: &Cast) -> Option<Fault> {
    let host = host(reader, record, cast);
    let restart = match record.get("restart") {
        None => Some(Restart::AtHealing),
        Some(node) => restart(reader, node),
    };
    let keep = match record.get("keep") {
        None => Some(Keep::Any),
        Some(node) => keep(reader, node),
    };
    Some(Fault::Crash { host: host?, restart: restart?, keep: keep? })
}

fn restart(reader: &mut Reader, node: &Node<'_>) -> Option<Restart> {
    match reader.variant(node, "`restart` option", &RESTARTS)? {
        Restarting::AtHealing => reader.bare(node).then_some(Restart::AtHealing),
        Restarting::Never => reader.bare(node).then_some(Restart::Never),
        Restarting::After => {
            let [after] = reader.tuple(node, "`after(<time>)`")?;
            time(reader, after).map(Restart::After)
        }
    }
}

fn keep(reader: &mut Reader, node: &Node<'_>) -> Option<Keep> {
    match reader.variant(node, "`keep` option", &KEEPS)? {
        Keeping::Nothing => reader.bare(node).then_some(Keep::Nothing),
        Keeping::Everything => reader.bare(node).then_some(Keep::Everything),
        Keeping::Any => reader.bare(node).then_some(Keep::Any),
        Keeping::First => {
            let [count] = reader.tuple(node, "`first(<count>)`")?;
            reader.count(count, "a number of records", 0).map(Keep::First)
        }
    }
}

fn partition(reader: &mut Reader, record: &Record<'_, '_>, cast: &Cast) -> Option<Fault> {
    let from = record.require(reader, "from").and_then(|node| side(reader, node, cast, &[]));
    let to = match record.get("to") {
        Some(node) => side(reader, node, cast, from.as_deref().unwrap_or_default()),
        None => from.as_ref().and_then(|from| others(reader, record, cast, from)),
    };
    let both_ways = match record.get("both_ways") {
        None => Some(true),
        Some(node) => reader.boolean(node),
    };
    let lasts = match record.get("lasts") {
        None => Some(None),
        Some(node) => span(reader, node, "a partition").map(Some),
    };
    Some(Fault::Partition { from: from?, to: to?, both_ways: both_ways?, span: lasts? })
}

/// The hosts of one side of a cut; none of them may be on the other.
fn side(
    reader: &mut Reader,
    node: &Node<'_>,
    cast: &Cast,
    other: &[HostId],
) -> Option<Vec<HostId>> {
    let items = reader.list(node)?;
    reader.filled(node, "a side of a partition must not be empty");
    let (mut hosts, mut seen) = (Vec::new(), BTreeMap::new());
    let mut good = !items.is_empty();
    for item in items {
        let process = cast.process(reader, item);
        let Some(process) = process else {
            good = false;
            continue;
        };
        let (name, host) = (cast.name(process), cast.host(process));
        good &= reader.is_first(&mut seen, name, &item.span);
        if other.contains(&host) {
            let message = format!("the host of `{name}` is on the other side already");
            reader.report(Diagnostic::at(&item.span, message));
            good = false;
        } else if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    good.then_some(hosts)
}

/// The other side of a cut that names one.
fn others(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    cast: &Cast,
    from: &[HostId],
) -> Option<Vec<HostId>> {
    let others: Vec<HostId> = cast.hosts().filter(|host| !from.contains(host)).collect();
    if others.is_empty() {
        let message = "this partition has every host on one side, and none on the other";
        reader.report(Diagnostic::at(record.head(), message));
        return None;
    }
    Some(others)
}

fn skew(reader: &mut Reader, record: &Record<'_, '_>, cast: &Cast) -> Option<Fault> {
    let host = host(reader, record, cast);
    let node = record.require(reader, "stretch")?;
    let stretch = ratio(reader, node)?;
    if stretch.is_zero() {
        let message = "timers that take no time would fire for ever";
        reader.report(Diagnostic::at(&node.span, message));
        return None;
    }
    let times = |num: u32, den: u32| u64::from(num) > MOST_STRETCHED * u64::from(den);
    if times(stretch.num, stretch.den) || times(stretch.den, stretch.num) {
        let message = format!("timers run at most {MOST_STRETCHED} times too slow or too fast");
        reader.report(Diagnostic::at(&node.span, message));
        return None;
    }
    Some(Fault::Skew { host: host?, stretch })
}
