//! Logs that are compacted mean what they meant.

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::Simulation;
use dtxsim_core::{Nanos, Outbox, Protocol as _};
use dtxsim_protocols::common::{Generator, Pick, Transactions};
use dtxsim_protocols::outbox::Knobs;
use dtxsim_protocols::{Choice, Setup};

use super::{WAYS, callers, gifts, listeners, of_broker, pipelines, transaction, world};

/// Transfers in a world that falls apart.
pub(crate) fn stormy(choice: Choice, count: u32) -> Setup {
    let mut setup = in_a_storm(gifts(3, 1, choice));
    for service in &mut setup.business.services {
        service.keys[0].min = None;
    }
    let pick = Pick::Uniform;
    let generator = Generator { count, spread: 2, pick, reads: Ratio::ZERO };
    setup.business.transactions = Transactions::Generated(generator);
    setup
}

/// The same where there are crashes, and messages are lost and doubled; nothing is checked.
pub(crate) fn in_a_storm(mut setup: Setup) -> Setup {
    let tenth = Ratio { num: 1, den: 10 };
    let swarm = Swarm {
        crashes: 2,
        loss: tenth,
        duplication: tenth,
        span: Nanos::from_millis(60),
        ..Swarm::NONE
    };
    setup.surroundings.faults = FaultPlan { swarm, ..FaultPlan::NONE };
    setup.check = Vec::new();
    setup
}

/// Whatever happened, a log that is compacted means what it meant: how many became shorter.
pub(crate) fn compacted(setup: Setup) -> u32 {
    let mut shortened = 0;
    let world = world(setup);
    let mut simulation = Simulation::new(&world);
    for seed in 0..100 {
        simulation.run(seed);
        for node in simulation.nodes() {
            let whole = node.log().records().to_vec();
            for length in 0..=whole.len() {
                let prefix = &whole[..length];
                let mut compacted = prefix.to_vec();
                world.protocol.compact(node.id(), &mut compacted);
                let boot = |log: &[_]| world.protocol.boot(node.id(), log, &mut Outbox::default());
                assert_eq!(boot(&compacted), boot(prefix), "seed {seed}, {prefix:?}");
                shortened += u32::from(compacted.len() < length);
            }
        }
    }
    shortened
}

#[test]
fn a_compacted_log_boots_to_the_same_state() {
    let outbox = |deduplicating: bool| {
        let dead_letters = deduplicating.then_some(1);
        Choice::Outbox(Knobs { deduplicating, dead_letters, ..Knobs::default() })
    };
    let transactions = WAYS.map(|by| Choice::MqTransaction(transaction(by, true)));
    let all = [false, true].map(outbox).into_iter().chain(transactions).chain(callers());
    let brokers = [of_broker(false, None), of_broker(true, None), pipelines(None)];
    let all = all.chain(listeners()).chain(brokers);
    let shortened: u32 = all.map(|choice| compacted(stormy(choice, 6))).sum();
    assert!(shortened > 1_000, "{shortened} logs became shorter");
}

#[test]
fn logs_stay_short_in_a_long_run() {
    let mut long = stormy(Choice::Outbox(Knobs::default()), 5_000);
    long.surroundings.arrival = Arrival::Sequential { patience: Nanos::from_secs(1) };
    long.surroundings.faults = FaultPlan::NONE;
    let world = world(long);
    let mut simulation = Simulation::new(&world);
    simulation.run(1);
    assert!(simulation.ledger().appended > 20_000);
    for node in simulation.nodes() {
        let length = node.log().records().len();
        assert!(length < 4_096, "{:?} has {length} records", node.id());
    }
}
