//! Every timed run is a path of the untimed world, and within what an exploration of it reaches.

mod bank;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::fingerprint;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Simulation, World};
use dtxsim_core::untimed::{self, Bounds, Budgets, Caps, Order, Plan, Reductions, Representation};
use dtxsim_core::{Nanos, Node, Protocol as _};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, TwoPhaseCommit, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// Each transaction adds one to a key of every service.
fn setup(transactions: usize, knobs: Knobs, sync: Latency, swarm: Swarm) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let branches = || (0..2).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let listed = |n| Listed { name: format!("t{n}"), branches: branches() };
    let latency = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(9) };
    let listed = (0..transactions).map(listed).collect();
    let setup = bank::setup(2, &[key], listed, Choice::TwoPhaseCommit(knobs));
    let surroundings = Surroundings {
        arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(20))),
        network: Network::uniform(Link::reliable(latency)),
        sync,
        faults: FaultPlan { swarm, ..FaultPlan::NONE },
        ..setup.surroundings
    };
    Setup { surroundings, ..setup }
}

fn stormy() -> Swarm {
    let fifth = Ratio { num: 1, den: 5 };
    Swarm {
        crashes: 2,
        pauses: 1,
        partitions: 2,
        loss: fifth,
        duplication: fifth,
        reorder: fifth,
        skew: Ratio { num: 1, den: 2 },
        span: Nanos::from_millis(60),
    }
}

const SLOW: Latency = Latency::Constant(Nanos::from_micros(200));

/// Follows that many runs; gives back how many faults of each kind they took, and how many runs
/// violate something.
fn follow(world: &World<TwoPhaseCommit>, seeds: u64) -> ([u64; 4], u32) {
    // Elsewhere the untimed world leaves out of states what a clock needs.
    let comparable = world.protocol.untimed() == world.protocol;
    let bounds = Bounds::for_runs_of(world);
    let mut simulation = Simulation::new(world);
    let (mut faults, mut failing) = ([0; 4], 0);
    for seed in 0..seeds {
        let (outcome, trace) = simulation.record(seed);
        let followed = untimed::follow(world, bounds, seed, &trace)
            .unwrap_or_else(|lost| panic!("seed {seed}: {lost}\n{trace}"));
        if comparable {
            assert_eq!(followed.nodes, simulation.nodes(), "seed {seed}\n{trace}");
        }
        let names = |violations: &[dtxsim_core::monitor::Violation]| {
            violations.iter().map(|violation| violation.property).collect::<Vec<_>>()
        };
        let (timed, found) = (names(&outcome.violations), names(&followed.violations));
        assert!(timed.starts_with(&found), "seed {seed}: {timed:?} {found:?}");
        failing += u32::from(!found.is_empty());
        let took = followed.faults.named().map(|(_, amount)| u64::from(amount));
        faults.iter_mut().zip(took).for_each(|(sum, more)| *sum += more);
    }
    (faults, failing)
}

#[test]
fn timed_runs_are_paths_of_the_untimed_world() {
    let presumptions = [Presumption::Nothing, Presumption::Abort, Presumption::Commit];
    for (presumption, sync) in presumptions.into_iter().zip([SLOW, SLOW, Latency::ZERO]) {
        let knobs = Knobs { presumption, ..Knobs::default() };
        let world = world(setup(3, knobs, sync, stormy())).expect("it is expressible").untimed();
        let (faults, _) = follow(&world, 200);
        assert!(faults.iter().all(|&count| count > 0), "{faults:?}");
    }
}

#[test]
fn runs_of_broken_protocols_are_paths_as_well_with_what_they_violate() {
    let mut all = 0;
    for flaw in Flaw::ALL {
        let presumption = flaw.presumptions()[0];
        let knobs = Knobs { presumption, broken: Some(flaw), ..Knobs::default() };
        // Names of timers count repetitions here; the untimed world has them without.
        let world = world(setup(2, knobs, SLOW, stormy())).expect("it is expressible");
        let (_, failing) = follow(&world, 100);
        all += failing;
    }
    assert!(all > 10, "{all}");
}

#[test]
fn timed_runs_are_within_what_is_explored() {
    let swarm = Swarm { crashes: 1, span: Nanos::from_millis(60), ..Swarm::NONE };
    let setup = setup(1, Knobs::default(), SLOW, swarm);
    let world = world(setup).expect("it is expressible").untimed();
    let mut simulation = Simulation::new(&world);
    // What was seen, by fingerprint, and whether it was explored.
    let mut seen: BTreeMap<u64, (Vec<Node<TwoPhaseCommit>>, bool)> = BTreeMap::new();
    for seed in 0..500 {
        simulation.observe(seed, |nodes| {
            seen.entry(print(&nodes.iter().collect::<Vec<_>>()))
                .or_insert_with(|| (nodes.to_vec(), false));
        });
    }
    let bounds =
        Bounds { budgets: Budgets { crashes: 1, ..Budgets::default() }, ..Bounds::default() };
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: 1 << 30, memory: 4 << 30 },
        traces: false,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    let mut explored = 0;
    let exploration = untimed::visit(&world, &plan, &mut |nodes| {
        if let Some((known, reached)) = seen.get_mut(&print(nodes)) {
            assert!(known.iter().eq(nodes.iter().copied()), "fingerprints collide");
            explored += u32::from(!*reached);
            *reached = true;
        }
    });
    assert_eq!(exploration.cut_short, None);
    let beyond: Vec<_> = seen.values().filter(|(_, reached)| !reached).collect();
    assert!(beyond.is_empty(), "{} of {}: {:#?}", beyond.len(), seen.len(), beyond[0]);
    assert!(seen.len() > 100 && explored as usize == seen.len());
    assert!(exploration.distinct > 1000 && exploration.faults.crashes > 0);
}

fn print(nodes: &[&Node<TwoPhaseCommit>]) -> u64 {
    fingerprint::of(nodes)
}
