//! Two-phase commit under every presumption, whole and broken, in seeded worlds.

use std::sync::atomic::AtomicBool;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::{Sweep, SweepPlan, sweep};
use dtxsim_core::timed::{Limits, Simulation};
use dtxsim_core::verdict::{Verdict, conclude};
use dtxsim_core::{Nanos, Outbox, Protocol as _};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{
    Business, Generator, Key, KeySpec, Op, Pick, Service, Transactions,
};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

const A: Key = Key(0);

/// Two banks and a shop that refuses; two transactions touch the same account.
fn business() -> Business {
    let key = |initial| KeySpec { name: "a".into(), initial, min: Some(0), max: None };
    let service = |name: &str, initial| Service { name: name.into(), keys: vec![key(initial)] };
    let transfer = |from: usize, to: usize, amount: i64| Listed {
        name: format!("transfer-{amount}"),
        branches: vec![(from, vec![Op::Add(A, -amount)]), (to, vec![Op::Add(A, amount)])],
    };
    Business {
        services: vec![service("east", 100), service("west", 100), service("shop", 5)],
        transactions: Transactions::Listed(vec![
            transfer(0, 1, 10),
            transfer(1, 0, 20),
            transfer(2, 0, 50),
            transfer(0, 2, 30),
        ]),
    }
}

fn setup(knobs: Knobs, check: Vec<Property>) -> Setup {
    let tenth = Ratio { num: 1, den: 5 };
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    Setup {
        business: business(),
        choice: Choice::TwoPhaseCommit(knobs),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(8))),
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(Nanos::from_micros(200)),
            faults: FaultPlan {
                swarm: Swarm {
                    crashes: 2,
                    pauses: 1,
                    partitions: 1,
                    loss: tenth,
                    duplication: tenth,
                    reorder: tenth,
                    skew: Ratio { num: 1, den: 2 },
                    span: Nanos::from_millis(60),
                },
                ..FaultPlan::NONE
            },
            limits: Limits::DEFAULT,
        },
        check,
    }
}

/// Runs seeds until that property is violated, or any if none is named.
fn run(knobs: Knobs, seeds: u64, until: Option<Property>) -> (Sweep, Verdict) {
    let mut all = Choice::TwoPhaseCommit(knobs).judged_by();
    all.retain(|property| !Property::OF_READS.contains(property));
    let experiment = setup(knobs, all).build().expect("the knobs fit");
    let plan = SweepPlan {
        seeds: 0..seeds,
        jobs: 2,
        enough: &|violated| match until {
            Some(property) => violated.contains(&property.name()),
            None => !violated.is_empty(),
        },
        interrupt: &AtomicBool::new(false),
    };
    let sweep = sweep(&*experiment, &plan, &mut |_| {});
    let conclusion = conclude(&*experiment, &sweep);
    if conclusion.verdict != Verdict::Holds && knobs.broken.is_none() {
        eprintln!("{conclusion:#?}");
        if let Some(failure) = sweep.failures.first() {
            let (_, trace) = experiment.record(failure.seed);
            eprintln!("seed {}\n{trace}", failure.seed);
        }
    }
    (sweep, conclusion.verdict)
}

fn presumptions() -> [Presumption; 3] {
    [Presumption::Nothing, Presumption::Abort, Presumption::Commit]
}

#[test]
fn whole_it_keeps_every_property() {
    for presumption in presumptions() {
        for termination in [Termination::None, Termination::Cooperative] {
            let knobs = Knobs { presumption, termination, ..Knobs::default() };
            let (_, verdict) = run(knobs, 10_000, None);
            assert_eq!(verdict, Verdict::Holds, "{knobs}");
        }
    }
}

#[test]
fn each_flaw_is_caught_by_the_property_it_breaks() {
    let cases = [
        (Flaw::VoteBeforePrepare, Presumption::Abort, Property::Durability),
        (Flaw::UnforcedDecision, Presumption::Abort, Property::Agreement),
        (Flaw::AckBeforeForce, Presumption::Abort, Property::Agreement),
        (Flaw::ForgetsBeforeAcks, Presumption::Abort, Property::Agreement),
        (Flaw::UnforcedCollecting, Presumption::Commit, Property::CommitValidity),
        (Flaw::LocksLostAtRestart, Presumption::Abort, Property::Conservation),
    ];
    for (flaw, presumption, property) in cases {
        let knobs = Knobs { presumption, broken: Some(flaw), ..Knobs::default() };
        let (sweep, verdict) = run(knobs, 10_000, Some(property));
        println!("{knobs}: {:?} after {} runs", sweep.violated, sweep.runs);
        assert_eq!(verdict, Verdict::Violated, "{knobs}");
        assert!(sweep.violated_names().contains(&property.name()), "{knobs}: {:?}", sweep.violated);
    }
}

/// Whatever happened, a log that is compacted means what it meant: every process that restarts
/// from it is the one that restarts from the whole log.
#[test]
fn a_compacted_log_boots_to_the_same_state() {
    let (mut compared, mut shortened) = (0, 0);
    for presumption in presumptions() {
        let knobs = Knobs { presumption, ..Knobs::default() };
        let world = world(setup(knobs, Vec::new())).expect("the knobs fit");
        let mut simulation = Simulation::new(&world);
        for seed in 0..300 {
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
    let mut long = setup(Knobs::default(), Vec::new());
    let generator = Generator { count: 20_000, spread: 2, pick: Pick::Uniform, reads: Ratio::ZERO };
    long.business.transactions = Transactions::Generated(generator);
    long.surroundings.arrival = Arrival::Sequential { patience: Nanos::from_secs(1) };
    long.surroundings.faults = FaultPlan::NONE;
    let world = world(long).expect("the knobs fit");
    let mut simulation = Simulation::new(&world);
    simulation.run(1);
    assert!(simulation.ledger().appended > 60_000);
    for node in simulation.nodes() {
        let length = node.log().records().len();
        assert!(length < 4_096, "{:?} has {length} records", node.id());
    }
}
