//! Failing runs, made short.

mod bank;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, Keep, Restart, Scripted, Swarm, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::Experiment;
use dtxsim_core::untimed::{ShrinkPlan, Shrunk};
use dtxsim_core::{HostId, Nanos};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{FAMILY, Flaw, Knobs, Presumption};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// Transactions that move money between two services, in a world where much goes wrong.
fn setup(transactions: usize, broken: Option<Flaw>, faults: FaultPlan) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 20, min: Some(0), max: None };
    let branches = |n: usize| {
        let amount = if n.is_multiple_of(2) { 15 } else { -5 };
        vec![(0, vec![Op::Add(Key(0), -amount)]), (1, vec![Op::Add(Key(0), amount)])]
    };
    let listed = |n| Listed { name: format!("t{n}"), branches: branches(n) };
    let latency = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    let presumption = broken.map_or(Presumption::Abort, |flaw| flaw.presumptions()[0]);
    let choice = Choice::TwoPhaseCommit(Knobs { presumption, broken, ..Knobs::default() });
    let setup = bank::setup(2, &[key], (0..transactions).map(listed).collect(), choice);
    let surroundings = Surroundings {
        arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(8))),
        network: Network::uniform(Link::reliable(latency)),
        sync: Latency::Constant(Nanos::from_micros(200)),
        faults,
        ..setup.surroundings
    };
    Setup { surroundings, ..setup }
}

fn stormy() -> FaultPlan {
    let fifth = Ratio { num: 1, den: 5 };
    let swarm = Swarm {
        crashes: 2,
        pauses: 1,
        partitions: 1,
        loss: fifth,
        duplication: fifth,
        reorder: fifth,
        skew: Ratio { num: 1, den: 2 },
        span: Nanos::from_millis(60),
    };
    FaultPlan { swarm, ..FaultPlan::NONE }
}

/// The first run that violates a property, and how long it is.
fn failing(world: &dyn Experiment, property: &str) -> (u64, u64) {
    let fails = |seed: u64| {
        let outcome = world.record(seed).0;
        let violated = outcome.violations.iter().any(|found| found.property == property);
        violated.then_some((seed, outcome.steps))
    };
    (0..5_000).find_map(fails).expect("some run fails")
}

fn shrink(world: &dyn Experiment, property: &str, states: u64) -> Shrunk {
    let (seed, _) = failing(world, property);
    let plan = ShrinkPlan { states, ..ShrinkPlan::new(property) };
    let shrunk = world.shrink(seed, &plan).expect("it fails without a clock as well");
    assert_eq!(shrunk.violation.property, property);
    let (trace, violations) = world.replay(&shrunk.schedule).expect("it is the same world");
    assert!(violations.iter().any(|found| found.property == property));
    assert_eq!(trace.steps.last().map(|s| s.chain), shrunk.trace.steps.last().map(|s| s.chain));
    shrunk
}

#[test]
fn every_flaw_shrinks_to_within_two_events_of_the_shortest() {
    for flaw in Flaw::ALL {
        let broken = FAMILY.broken.iter().find(|(name, ..)| *name == flaw.name());
        let property = broken.expect("every flaw is listed").2;
        let world = setup(4, Some(flaw), stormy()).build().expect("it is expressible");
        let alone = shrink(&*world, property, 0);
        let polished = shrink(&*world, property, 200_000);
        // It takes two transactions, and more states than are explored for a shorter path.
        let large = flaw == Flaw::LocksLostAtRestart;
        assert_eq!(polished.shortest, !large, "{flaw:?}");
        let (longer, shorter) = (alone.schedule.choices.len(), polished.schedule.choices.len());
        assert!(longer <= shorter + 2, "{flaw:?}: {longer} {shorter}\n{}", alone.trace);
        let faultless = flaw == Flaw::ForgetsBeforeAcks;
        assert_eq!(polished.needed.is_empty(), faultless, "{flaw:?}: {:?}", polished.needed);
        let most = if large { 50 } else { 25 };
        assert!(polished.trace.steps.len() < most, "{flaw:?}\n{}", polished.trace);
    }
}

#[test]
fn a_long_failure_takes_few_steps_to_shrink() {
    let world = setup(60, Some(Flaw::AckBeforeForce), stormy()).build().expect("it is expressible");
    let property = Property::Agreement.name();
    let length = |seed: &u64| {
        let outcome = world.record(*seed).0;
        let found = outcome.violations.iter().find(|found| found.property == property);
        found.is_some_and(|found| found.step > 500)
    };
    let seed = (0..5_000).find(length).expect("some run fails late");
    let plan = ShrinkPlan { states: 0, ..ShrinkPlan::new(property) };
    let shrunk = world.shrink(seed, &plan).expect("it fails without a clock as well");
    assert!(shrunk.before > 400 && shrunk.steps < 100_000, "{} {}", shrunk.before, shrunk.steps);
    assert!(shrunk.schedule.choices.len() < 30, "{}", shrunk.trace);
}

/// The coordinator dies for good when it has asked for votes: its participants are blocked.
#[test]
fn who_is_blocked_for_ever_is_so_in_few_steps() {
    let when = When::At(Nanos::from_millis(26));
    let fault = Fault::Crash { host: HostId(0), restart: Restart::Never, keep: Keep::Everything };
    let faults = FaultPlan { script: vec![Scripted { when, fault }], ..FaultPlan::NONE };
    let world = setup(4, None, faults).build().expect("it is expressible");
    let property = Property::Termination.name();
    let shrunk = world.shrink(0, &ShrinkPlan::new(property)).expect("it is blocked here as well");
    assert!(shrunk.schedule.ending.is_some() && shrunk.needed.len() == 1, "{:?}", shrunk.needed);
    assert_eq!(shrunk.faults.crashes, 1);
    assert!(shrunk.schedule.choices.len() < 20, "{}", shrunk.trace);
    assert!(!shrunk.violation.finding.waits.is_empty());
}
