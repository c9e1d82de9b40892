//! Try, confirm, cancel in seeded worlds, and its logs.

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Limits, Simulation};
use dtxsim_core::{Nanos, Outbox, Protocol as _};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{
    Business, Generator, Key, KeySpec, Op, Pick, Service, Transactions,
};
use dtxsim_protocols::tcc::{Fence, Flaw, Knobs, Timeouts, Tries, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// Three services; of five transactions one is refused, and some share data.
fn setup(knobs: Knobs, crashes: u32) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 100, min: Some(0), max: None };
    let service = |n| Service { name: format!("s{n}"), keys: vec![key.clone()] };
    let order = |amount: i64| Listed {
        name: format!("order-{amount}"),
        branches: (0..3).map(|n| (n, vec![Op::Add(Key(0), -amount)])).collect(),
    };
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    let fifth = Ratio { num: 1, den: 5 };
    let swarm = Swarm {
        crashes,
        loss: fifth,
        duplication: fifth,
        reorder: fifth,
        span: Nanos::from_millis(80),
        ..FaultPlan::NONE.swarm
    };
    Setup {
        business: Business {
            services: (0..3).map(service).collect(),
            transactions: Transactions::Listed([10, 200, 20, 30, 1].map(order).to_vec()),
        },
        choice: Choice::Tcc(knobs),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(8))),
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(Nanos::from_micros(200)),
            faults: FaultPlan { swarm, ..FaultPlan::NONE },
            limits: Limits::DEFAULT,
        },
        check: Vec::new(),
    }
}

/// Whatever happened, a log that is compacted means what it meant: every process that restarts
/// from it is the one that restarts from the whole log.
#[test]
fn a_compacted_log_boots_to_the_same_state() {
    let timeouts = Timeouts { expiry: Nanos::from_millis(60), ..Timeouts::default() };
    let kinds = [
        Knobs::default(),
        Knobs { tries: Tries::Sequential, retries: Some(1), ..Knobs::default() },
        Knobs { expiry: true, timeouts, ..Knobs::default() },
        Knobs { fence: Fence::CheckThenAct, ..Knobs::default() },
        Knobs { fence: Fence::None, ..Knobs::default() },
    ];
    let (mut compared, mut shortened) = (0, 0);
    for knobs in kinds {
        let world = world(setup(knobs, 4)).expect("they fit");
        let mut simulation = Simulation::new(&world);
        for seed in 0..100 {
            simulation.run(seed);
            for node in simulation.nodes() {
                let whole = node.log().records().to_vec();
                // Every prefix is what some crash leaves behind.
                for length in 0..=whole.len() {
                    let prefix = &whole[..length];
                    let mut compacted = prefix.to_vec();
                    world.protocol.compact(node.id(), &mut compacted);
                    let boot =
                        |log: &[_]| world.protocol.boot(node.id(), log, &mut Outbox::default());
                    assert_eq!(boot(&compacted), boot(prefix), "seed {seed}, {prefix:?}");
                    compared += 1;
                    shortened += u32::from(compacted.len() < length);
                }
            }
        }
    }
    assert!(shortened > 1_000, "{shortened} of {compared} logs became shorter");
}

/// A run of many transactions keeps no more of the finished ones than of the latest.
#[test]
fn logs_stay_short_in_a_long_run() {
    let mut long = setup(Knobs::default(), 0);
    long.surroundings.faults = FaultPlan::NONE;
    let generator = Generator { count: 20_000, spread: 2, pick: Pick::Uniform, reads: Ratio::ZERO };
    for service in &mut long.business.services {
        service.keys[0].min = None;
    }
    long.business.transactions = Transactions::Generated(generator);
    long.surroundings.arrival = Arrival::Sequential { patience: Nanos::from_secs(1) };
    let world = world(long).expect("the knobs fit");
    let mut simulation = Simulation::new(&world);
    simulation.run(1);
    assert!(simulation.ledger().appended > 100_000);
    for node in simulation.nodes() {
        let length = node.log().records().len();
        assert!(length < 4_096, "{:?} has {length} records", node.id());
    }
}

#[test]
fn knobs_that_contradict_each_other_are_refused() {
    let broken = |flaw| Knobs { broken: Some(flaw), ..Knobs::default() };
    let standard = Timeouts::default();
    for (knobs, told) in [
        (broken(Flaw::HalfConfirmedDropped), "without `retries`"),
        (broken(Flaw::ExpiredConfirmAcknowledged), "without `expiry`"),
        (Knobs { fence: Fence::None, ..broken(Flaw::EmptyCancelRefused) }, "wrong enough"),
        (Knobs { fence: Fence::None, expiry: true, ..Knobs::default() }, "behind a barrier"),
        (
            Knobs {
                expiry: true,
                timeouts: Timeouts { expiry: standard.tries, ..standard },
                ..Knobs::default()
            },
            "would expire before",
        ),
    ] {
        let refused = world(setup(knobs, 0)).map(drop);
        assert!(refused.is_err_and(|error| error.0.contains(told)), "{told}");
    }
}
