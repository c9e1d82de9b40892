//! Reductions leave out nothing that matters: verdicts are those of the full search.

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::Limits;
use dtxsim_core::untimed::{
    self, Asymmetry, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation,
    Timers, Unlike,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, KeySpec, Op, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination};
use dtxsim_protocols::{Choice, Setup, Surroundings, three_phase_commit, two_phase_tla};

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };
/// Who dies amid sends may have got out any.
const FAIR: Bounds = Bounds {
    network: untimed::Network::Bag,
    timers: Timers::Any,
    budgets: NONE,
    restarts: true,
    split_sync: true,
    any_sends: true,
};
const QUIESCENT: Bounds = Bounds { timers: Timers::Quiescent, ..FAIR };
const SET: Bounds = Bounds { network: untimed::Network::Set, ..FAIR };

const SYMMETRY: Reductions = Reductions { symmetry: true, partial_order: false };

fn setup(services: usize, choice: Choice, listed: Vec<Listed>) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let service = |n: usize| Service { name: format!("s{n}"), keys: vec![key.clone()] };
    let ms = Latency::Constant(Nanos::from_millis(1));
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
        check: Property::ALL.to_vec(),
    }
}

/// So many transactions that add one everywhere.
fn adding(transactions: usize, participants: usize) -> Vec<Listed> {
    let branches = || (0..participants).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    (0..transactions).map(|n| Listed { name: format!("t{n}"), branches: branches() }).collect()
}

fn commit(participants: usize, knobs: Knobs) -> Setup {
    setup(participants, Choice::TwoPhaseCommit(knobs), adding(1, participants))
}

/// The reference model.
fn reference(managers: usize, broken: Option<two_phase_tla::Flaw>) -> Setup {
    let choice = Choice::TwoPhaseTla(two_phase_tla::Knobs { broken });
    Setup { check: vec![Property::Consistent], ..setup(managers, choice, Vec::new()) }
}

fn explore(
    setup: &Setup,
    bounds: Bounds,
    (representation, reductions): (Representation, Reductions),
) -> Exploration {
    let world = setup.clone().build().expect("it is expressible");
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation,
        reductions,
        caps: Caps { states: 50_000_000, memory: 6 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    for found in &explored.violations {
        let (trace, violations) = world.replay(&found.schedule).expect("it is a path of the world");
        assert_eq!(trace, found.trace);
        assert!(violations.contains(&found.violation), "{:?}", found.violation);
    }
    explored
}

fn full(setup: &Setup, bounds: Bounds) -> Exploration {
    explore(setup, bounds, (Representation::Collapsed, Reductions::default()))
}

fn reduced(setup: &Setup, bounds: Bounds) -> Exploration {
    explore(setup, bounds, (Representation::Collapsed, SYMMETRY))
}

/// Reduced by going through all permutations of whole states.
fn brute(setup: &Setup, bounds: Bounds) -> Exploration {
    explore(setup, bounds, (Representation::Plain, SYMMETRY))
}

/// All that a search of a part must have in common with one of the whole: what is violated and
/// after how many steps, what came to be judged, which faults were felt, whether there is a way out
/// of everything.
fn verdict(explored: &Exploration) -> impl PartialEq + std::fmt::Debug {
    let mut violated = explored.violated.clone();
    violated.sort_unstable();
    let found = explored.violations.iter().map(|found| {
        let step = found.stuck.is_none().then_some(found.violation.step);
        (found.violation.property, step)
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    let judged: Vec<bool> = explored.premises.iter().map(|&count| count > 0).collect();
    let felt = explored.faults;
    let felt = [felt.crashes, felt.drops, felt.duplicates, felt.partitions, felt.cut];
    let ways = explored.liveness.map(|liveness| (liveness.settled > 0, liveness.doomed > 0));
    (violated, found, judged, felt.map(|count| count > 0), ways, explored.depth)
}

/// The reduced search must say what the full one says. Gives back the sizes of both.
fn equal(setup: &Setup, bounds: Bounds) -> (u64, u64) {
    let (full, reduced) = (full(setup, bounds), reduced(setup, bounds));
    let label = format!("{}, {bounds}", setup.choice.label());
    assert_eq!(verdict(&full), verdict(&reduced), "{label}");
    assert!(reduced.distinct < full.distinct, "{label}");
    (full.distinct, reduced.distinct)
}

/// The same, and all numbers must be those of the search that goes through all permutations.
fn exact(setup: &Setup, bounds: Bounds) -> (u64, u64) {
    let sizes = equal(setup, bounds);
    let (brute, reduced) = (brute(setup, bounds), reduced(setup, bounds));
    let numbers = |e: &Exploration| {
        let sizes = (e.distinct, e.transitions, e.depth);
        (sizes, e.premises.clone(), e.faults, e.liveness)
    };
    let label = format!("{}, {bounds}", setup.choice.label());
    assert_eq!(numbers(&brute), numbers(&reduced), "{label}");
    assert_eq!(verdict(&brute), verdict(&reduced), "{label}");
    sizes
}

fn choose(n: u64, k: u64) -> u64 {
    (1..=k).fold(1, |all, i| all * (n - k + i) / i)
}

/// Orbits of the reference model: GROUND_TRUTH, section 2.
#[test]
fn the_reference_model_has_as_many_orbits_as_can_be_counted() {
    for managers in 2..=9 {
        let n = managers as u64;
        let explored = reduced(&reference(managers, None), SET);
        let orbits = choose(n + 5, 5) + choose(n + 3, 3) + n + 1;
        assert_eq!((explored.distinct, explored.depth), (orbits, 3 * n as u32 + 2));
        match managers {
            3 => assert_eq!(orbits, 80),
            5 => assert_eq!(orbits, 314),
            7 => assert_eq!(orbits, 920),
            9 => assert_eq!(orbits, 2_232),
            _ => {}
        }
    }
}

#[test]
fn orbits_of_the_reference_model_are_those_of_all_permutations() {
    let broken = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    for managers in 2..=4 {
        assert_eq!(
            exact(&reference(managers, None), SET).0,
            full(&reference(managers, None), SET).distinct
        );
        exact(&reference(managers, broken), SET);
    }
    for network in [untimed::Network::Bag, untimed::Network::Fifo] {
        exact(&reference(3, broken), Bounds { network, ..FAIR });
        exact(&reference(3, None), Bounds { network, ..QUIESCENT });
    }
}

#[test]
fn two_participants_calm() {
    let (all, orbits) = exact(&commit(2, Knobs::default()), FAIR);
    eprintln!("calm {all} {orbits}");
    for network in [untimed::Network::Bag, untimed::Network::Fifo] {
        for budgets in [
            CRASH,
            Budgets { drops: 1, ..NONE },
            Budgets { duplicates: 1, ..NONE },
            Budgets { partitions: 1, ..NONE },
            Budgets { crashes: 1, partitions: 1, ..NONE },
        ] {
            let bounds = Bounds { network, budgets, ..QUIESCENT };
            let (all, orbits) = exact(&commit(2, Knobs::default()), bounds);
            eprintln!("{bounds} {all} {orbits}");
        }
    }
}
