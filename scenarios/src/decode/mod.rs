//! From a tree of values to a scenario.

mod business;
mod cast;
pub(crate) mod defaults;
mod explore;
mod faults;
mod network;
mod protocol;
mod reader;
mod require;
mod shapes;
mod trigger;
mod values;
pub(crate) mod verdict;
mod walk;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::latency::Latency;
use dtxsim_core::timed::Limits;
use dtxsim_protocols::common::{Business, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{Choice, Setup, Surroundings};

use crate::diagnostic::Diagnostic;
use crate::scenario::{Mode, Scenario};
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
        "explore",
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
    let none = Transactions::Listed(Vec::new());
    let transactions = match serving {
        true => business::transactions(reader, &file, &services),
        false => Some(none.clone()),
    };
    let is_understood = transactions.is_some();
    let transactions = transactions.unwrap_or(none);
    let business = Business { services: services.all, transactions };
    let (cast, placement) = match &choice {
        None => (None, Vec::new()),
        Some(choice) => {
            let (cast, placement) = Cast::read(reader, &file, choice, &business);
            (Some(cast), placement)
        }
    };
    let surroundings = surroundings(reader, &file, cast.as_ref());
    let (mode, explored) = explore::mode(reader, &file);
    if let (Some(Mode::Explore(mode)), Some(record), Some(choice)) = (&mode, &explored, &choice) {
        let objections = mode.objections(choice, &business, &placement);
        explore::object(reader, objections, record, &file);
    }
    let required = require::required(reader, explored.as_ref(), || {
        choice.as_ref().map(|choice| choice.vocabulary(&business, &placement).names())
    });
    let check = verdict::check(reader, &file, choice.as_ref());
    let is_checked = check.is_some();
    let swarm = surroundings.as_ref().map(|around| &around.faults.swarm);
    let of_protocol = choice.as_ref().map_or(Property::OF_ATOMIC_COMMITMENT, Choice::properties);
    let order = choice.as_ref().and_then(Choice::order);
    let by_default =
        || defaults::checked_by_default(of_protocol, (&business, order), swarm, mode.as_ref());
    let check = check.unwrap_or_else(by_default);
    let expect = verdict::expect(reader, &file, &check);
    if !is_understood {
        return None;
    }
    let surroundings = surroundings?;
    let setup = Setup { business, choice: choice?, placement, surroundings, check };
    if let (Some(Mode::Explore(mode)), Some(record)) = (&mode, &explored)
        && reader.is_content()
    {
        explore::object(reader, mode.asymmetry(&setup).into_iter().collect(), record, &file);
    }
    let (name, about) = (name?.to_owned(), about?.to_owned());
    let mut scenario = Scenario::new((name, about), setup, is_checked, (mode?, expect?));
    scenario.required = required;
    Some(scenario)
}

/// What surrounds the protocol; without a cast, what names processes is not looked at.
fn surroundings(
    reader: &mut Reader,
    file: &Record<'_, '_>,
    cast: Option<&Cast>,
) -> Option<Surroundings> {
    let arrival = arrival(reader, file);
    let network = network::network(reader, file, cast);
    let sync = match file.get("sync") {
        None => Some(SYNC),
        Some(node) => latency(reader, node),
    };
    let faults = faults::faults(reader, file, cast);
    Some(Surroundings {
        arrival: arrival?,
        network: network?,
        sync: sync?,
        faults: faults?,
        limits: Limits::DEFAULT,
    })
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
