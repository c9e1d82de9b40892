//! What the tests of exploration have in common: services that each hold the same keys.

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::Limits;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, KeySpec, Service, Transactions};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// So many services, everything at once, nothing that goes wrong, all that can be checked.
pub(crate) fn setup(
    services: usize,
    keys: &[KeySpec],
    listed: Vec<Listed>,
    choice: Choice,
) -> Setup {
    let service = |n: usize| Service { name: format!("s{n}"), keys: keys.to_vec() };
    let ms = Latency::Constant(Nanos::from_millis(1));
    let check = choice.judged_by();
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
