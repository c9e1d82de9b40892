//! What lies between hosts.

use std::collections::BTreeMap;

use dtxsim_core::Nanos;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::cast::Cast;
use super::reader::Reader;
use super::shapes::{Fields, Record};
use super::values::{chance, latency};

/// The network of a file that does not say.
const STANDARD: Link = Link::reliable(Latency::Constant(Nanos::from_millis(1)));

const NETWORK: Fields = Fields {
    what: "`network`",
    names: &["latency", "loss", "duplication", "reorder", "fifo", "links"],
};
const LINK: Fields = Fields {
    what: "a link",
    names: &["from", "to", "latency", "loss", "duplication", "reorder", "fifo"],
};
const REORDER: Fields = Fields { what: "`reorder`", names: &["chance", "hold"] };

/// The network of a file; without a cast, its links are not looked at.
pub(super) fn network(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    cast: Option<&Cast>,
) -> Option<Network> {
    let Some(node) = file.get("network") else { return Some(Network::uniform(STANDARD)) };
    let record = reader.anonymous(node, NETWORK)?;
    let default = link(reader, &record, STANDARD);
    let mut network = Network::uniform(default.unwrap_or(STANDARD));
    if let (Some(node), Some(cast)) = (record.get("links"), cast) {
        let mut seen = BTreeMap::new();
        for item in reader.list(node)? {
            let Some((hosts, link)) = exception(reader, item, cast, network.default) else {
                continue;
            };
            match seen.insert(hosts, item) {
                None => network.links.push((hosts.0, hosts.1, link)),
                Some(first) => {
                    let message = "this link was described before";
                    let diagnostic = Diagnostic::at(&item.head, message);
                    reader.report(diagnostic.related(&first.head, "first here"));
                }
            }
        }
    }
    default.map(|_| network)
}

type Hosts = (dtxsim_core::HostId, dtxsim_core::HostId);

/// A link that differs from the others in what it names.
fn exception(
    reader: &mut Reader,
    node: &Node<'_>,
    cast: &Cast,
    default: Link,
) -> Option<(Hosts, Link)> {
    let record = reader.anonymous(node, LINK)?;
    let mut end = |field: &str| {
        let node = record.require(reader, field)?;
        cast.process(reader, node)
    };
    let (from, to) = (end("from"), end("to"));
    let link = link(reader, &record, default);
    let (from, to) = (cast.host(from?), cast.host(to?));
    if from == to {
        let message = "these two share a host: no message between them is on the network";
        reader.report(Diagnostic::at(&node.head, message));
        return None;
    }
    Some(((from, to), link?))
}

/// What `record` says of a link; for all else it is as `default`.
fn link(reader: &mut Reader, record: &Record<'_, '_>, default: Link) -> Option<Link> {
    let latency = match record.get("latency") {
        None => Some(default.latency),
        Some(node) => latency(reader, node),
    };
    let mut ratio = |field: &str, default: Ratio| match record.get(field) {
        None => Some(default),
        Some(node) => chance(reader, node),
    };
    let (loss, duplication) =
        (ratio("loss", default.loss), ratio("duplication", default.duplication));
    let reorder = match record.get("reorder") {
        None => Some(default.reorder),
        Some(node) => reorder(reader, node).map(Some),
    };
    let fifo = match record.get("fifo") {
        None => Some(default.fifo),
        Some(node) => reader.boolean(node),
    };
    Some(Link {
        latency: latency?,
        loss: loss?,
        duplication: duplication?,
        reorder: reorder?,
        fifo: fifo?,
    })
}

fn reorder(reader: &mut Reader, node: &Node<'_>) -> Option<(Ratio, Latency)> {
    let record = reader.anonymous(node, REORDER)?;
    let ratio = record.require(reader, "chance").and_then(|node| chance(reader, node));
    let hold = record.require(reader, "hold").and_then(|node| latency(reader, node));
    Some((ratio?, hold?))
}
