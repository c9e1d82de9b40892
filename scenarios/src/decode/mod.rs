//! From a tree of values to a scenario.

mod business;
mod cast;
mod faults;
mod network;
mod protocol;
mod reader;
mod shapes;
mod trigger;
mod values;
mod verdict;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::latency::Latency;
use dtxsim_core::timed::Limits;
use dtxsim_protocols::common::{Business, Transactions};
use dtxsim_protocols::{Choice, Setup, Surroundings};

use crate::diagnostic::Diagnostic;
use crate::scenario::{Expect, Mode, Scenario};
use crate::source::Source;
use crate::syntax::Node;

use business::Services;
use cast::Cast;
use reader::Reader;
use shapes::{Fields, Record};
use values::{latency, span};

/// The sync of a file that does not say.
const SYNC: Latency = Latency::Constant(Nanos::from_micros(100));

/// How long a client that asks for one thing after the other waits, if the file does not say.
const PATIENCE: Nanos = Nanos::from_secs(1);

const SCENARIO: Fields = Fields {
    what: "a scenario",
    names: &[
        "name",
        "about",
        "services",
        "transactions",
        "generate",
        "arrival",
        "protocol",
        "hosts",
        "timeouts",
        "network",
        "sync",
        "faults",
        "check",
        "seeds",
        "expect",
    ],
};
const RANDOM: Fields = Fields { what: "`random`", names: &["mean"] };
const SEQUENTIAL: Fields = Fields { what: "`sequential`", names: &["patience"] };

/// Reads a scenario, or says all that is wrong with it.
pub(crate) fn scenario(source: &Source, node: &Node<'_>) -> Result<Scenario, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let scenario = file(&mut reader, source, node);
    let diagnostics = reader.finish();
    match scenario {
        Some(scenario) if diagnostics.is_empty() => Ok(scenario),
        Some(_) => Err(diagnostics),
        None if diagnostics.is_empty() => {
            let message = "this scenario cannot be read, and dtxsim does not know why";
            Err(vec![Diagnostic::new(message).help("please report this file as a bug")])
        }
        None => Err(diagnostics),
    }
}

fn file(reader: &mut Reader, source: &Source, node: &Node<'_>) -> Option<Scenario> {
    let file = reader.anonymous(node, SCENARIO)?;
    let name = match file.get("name") {
        None => Some(source.stem()),
        Some(node) => reader.name(node),
    };
    let about = match file.get("about") {
        None => Some(""),
        Some(node) => reader.text(node),
    };
    let choice = protocol::choice(reader, &file);
    let serving = choice.as_ref().is_none_or(Choice::serves_clients);
    let services = match file.require(reader, "services") {
        None => Services::default(),
        Some(node) => Services::read(reader, node, serving),
    };
    let transactions = match serving {
        true => business::transactions(reader, &file, &services),
        false => Some(Transactions::Listed(Vec::new())),
    };
    let services = services.all;
    // Only the names of the services matter to who takes part.
    let none = Transactions::Listed(Vec::new());
    let mut business = Business { services, transactions: none };
    let (cast, placement) = match &choice {
        None => (None, Vec::new()),
        Some(choice) => {
            let (cast, placement) = Cast::read(reader, &file, choice, &business);
            (Some(cast), placement)
        }
    };
    let arrival = arrival(reader, &file);
    let network = network::network(reader, &file, cast.as_ref());
    let sync = match file.get("sync") {
        None => Some(SYNC),
        Some(node) => latency(reader, node),
    };
    let faults = faults::faults(reader, &file, cast.as_ref());
    let swarm = faults.as_ref().map(|faults| &faults.swarm);
    let by_default = || verdict::checked_by_default(serving, &business.services, swarm);
    let check = verdict::check(reader, &file).unwrap_or_else(by_default);
    let seeds = verdict::seeds(reader, &file);
    let expect: Option<Expect> = verdict::expect(reader, &file, &check);
    business.transactions = transactions?;
    let surroundings = Surroundings {
        arrival: arrival?,
        network: network?,
        sync: sync?,
        faults: faults?,
        limits: Limits::DEFAULT,
    };
    let setup = Setup { business, choice: choice?, placement, surroundings, check };
    let (name, about) = (name?.to_owned(), about?.to_owned());
    Some(Scenario::new((name, about), setup, Mode::Seeds(seeds?), expect?))
}

#[derive(Clone, Copy)]
enum Arriving {
    AtOnce,
    Every,
    Random,
    Sequential,
}

const ARRIVALS: [(&str, Arriving); 4] = [
    ("at_once", Arriving::AtOnce),
    ("every", Arriving::Every),
    ("random", Arriving::Random),
    ("sequential", Arriving::Sequential),
];

fn arrival(reader: &mut Reader, file: &Record<'_, '_>) -> Option<Arrival> {
    let Some(node) = file.get("arrival") else { return Some(Arrival::AtOnce) };
    match reader.variant(node, "arrival", &ARRIVALS)? {
        Arriving::AtOnce => reader.bare(node).then_some(Arrival::AtOnce),
        Arriving::Every => {
            let [every] = reader.tuple(node, "`every(<time>)`")?;
            let every = span(reader, every, "the time between two requests")?;
            Some(Arrival::Spaced(Latency::Constant(every)))
        }
        Arriving::Random => {
            let record = reader.record(node, RANDOM)?;
            let mean = record.require(reader, "mean")?;
            let mean = span(reader, mean, "the mean")?;
            Some(Arrival::Spaced(Latency::Exponential { min: Nanos::ZERO, mean }))
        }
        Arriving::Sequential => {
            let record = reader.record(node, SEQUENTIAL)?;
            let patience = match record.get("patience") {
                None => PATIENCE,
                Some(node) => span(reader, node, "patience")?,
            };
            Some(Arrival::Sequential { patience })
        }
    }
}
