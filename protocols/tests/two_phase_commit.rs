//! Two-phase commit under every presumption, whole and broken, in seeded worlds.

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::{Sweep, SweepPlan, sweep};
use dtxsim_core::timed::Limits;
use dtxsim_core::verdict::{Verdict, conclude};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, KeySpec, Op, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination};
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

fn run(knobs: Knobs, seeds: u64) -> (Sweep, Verdict) {
    let experiment = setup(knobs, Property::ALL.to_vec()).build().expect("the knobs fit");
    let plan = SweepPlan {
        seeds: 0..seeds,
        jobs: 2,
        enough: &|violated| !violated.is_empty(),
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
            let (_, verdict) = run(knobs, 3_000);
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
        let (sweep, verdict) = run(knobs, 10_000);
        println!("{knobs}: {:?} after {} runs", sweep.violated, sweep.runs);
        assert_eq!(verdict, Verdict::Violated, "{knobs}");
        assert!(sweep.violated_names().contains(&property.name()), "{knobs}: {:?}", sweep.violated);
    }
}
