//! What the tests of exploration have in common: services that each hold the same keys.

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::Limits;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, KeySpec, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// All that a protocol can be judged by where nobody reads.
pub(crate) fn all(choice: &Choice) -> Vec<Property> {
    let mut all = choice.judged_by();
    all.retain(|property| !Property::OF_READS.contains(property));
    all
}

/// So many services, everything at once, nothing that goes wrong, all that can be checked where
/// nobody reads.
pub(crate) fn setup(
    services: usize,
    keys: &[KeySpec],
    listed: Vec<Listed>,
    choice: Choice,
) -> Setup {
    let service = |n: usize| Service { name: format!("s{n}"), keys: keys.to_vec() };
    let ms = Latency::Constant(Nanos::from_millis(1));
    let check = all(&choice);
    Setup {
        business: Business {
            services: (0..services).map(service).collect(),
            transactions: Transactions::Listed(listed),
        },
        choice,
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(ms)),
            sync: ms,
            faults: FaultPlan::NONE,
            limits: Limits::DEFAULT,
        },
        check,
    }
}
