//! Partial-order reduction finds every state at its depth, and says what the full search says.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation, Timers,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Termination};
use dtxsim_protocols::{Choice, Setup, three_phase_commit, two_phase_tla};

const ALL: Reductions = Reductions { symmetry: true, partial_order: true };
const SYMMETRY: Reductions = Reductions { symmetry: true, partial_order: false };
const PARTIAL_ORDER: Reductions = Reductions { symmetry: false, partial_order: true };

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };

/// Every kind of fault by itself, and some together.
const FAULTS: [Budgets; 7] = [
    NONE,
    CRASH,
    Budgets { drops: 1, ..NONE },
    Budgets { duplicates: 1, ..NONE },
    Budgets { partitions: 1, ..NONE },
    Budgets { crashes: 1, drops: 1, ..NONE },
    Budgets { crashes: 1, partitions: 1, ..NONE },
];

fn setup(participants: usize, transactions: usize, choice: Choice) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 1, min: Some(0), max: None };
    let branches = || (0..participants).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let listed = |n| Listed { name: format!("t{n}"), branches: branches() };
    bank::setup(participants, &[key], (0..transactions).map(listed).collect(), choice)
}

fn commit(participants: usize, knobs: Knobs) -> Setup {
    setup(participants, 1, Choice::TwoPhaseCommit(Knobs { one_phase: false, ..knobs }))
}

fn reference(managers: usize, broken: Option<two_phase_tla::Flaw>) -> Setup {
    let choice = Choice::TwoPhaseTla(two_phase_tla::Knobs { broken });
    Setup { check: vec![Property::Consistent], ..setup(managers, 0, choice) }
}

fn explore(setup: &Setup, bounds: Bounds, reductions: Reductions) -> Exploration {
    let world = setup.clone().build().expect("it is expressible");
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions,
        caps: Caps { states: 10_000_000, memory: 4 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    assert_eq!(explored.reductions, reductions);
    explored
}

/// All but how many steps there are, and how often each thing came about on them.
fn found(explored: &Exploration) -> impl PartialEq + std::fmt::Debug {
    let Exploration { distinct, depth, liveness, coverage, premises, faults, .. } = explored;
    let mut violated = explored.violated.clone();
    violated.sort_unstable();
    let steps = explored.violations.iter().map(|found| {
        let step = found.stuck.is_none().then_some(found.violation.step);
        (found.violation.property, step)
    });
    let mut steps: Vec<_> = steps.collect();
    steps.sort_unstable();
    let judged: Vec<bool> = premises.iter().map(|&count| count > 0).collect();
    let felt = [faults.crashes, faults.drops, faults.duplicates, faults.partitions, faults.cut];
    let felt = felt.map(|count| count > 0);
    // Up to symmetry, how often something was exercised depends on who stands for whom.
    let exact = (!explored.reductions.symmetry).then(|| coverage.clone());
    (*distinct, *depth, *liveness, (exact, coverage.never()), (violated, steps, judged, felt))
}

/// With the reduction everything must be as it is without. Gives back the steps without and with.
fn equal(setup: &Setup, bounds: Bounds, reduction: (Reductions, Reductions)) -> (u64, u64) {
    let (without, with) =
        (explore(setup, bounds, reduction.0), explore(setup, bounds, reduction.1));
    assert_eq!(found(&without), found(&with), "{}, {bounds}", setup.choice.label());
    assert!(with.transitions <= without.transitions);
    (without.transitions, with.transitions)
}

fn reordered(setup: &Setup, bounds: Bounds) -> (u64, u64) {
    equal(setup, bounds, (Reductions::default(), PARTIAL_ORDER))
}

#[test]
fn the_reference_model_has_all_its_states() {
    let set = Bounds { network: untimed::Network::Set, ..Bounds::default() };
    let broken = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    for managers in 1..=5 {
        reordered(&reference(managers, broken), set);
        let (without, with) = reordered(&reference(managers, None), set);
        // A third of what is left of the steps beside the one that is needed, and more of more.
        assert!(managers < 4 || with * 10 < without * 9, "{managers}: {without}, {with}");
    }
    for network in [untimed::Network::Bag, untimed::Network::Fifo] {
        reordered(&reference(3, None), Bounds { network, ..Bounds::default() });
    }
}

#[test]
fn two_phase_commit_in_every_kind_of_world() {
    let networks = [untimed::Network::Bag, untimed::Network::Fifo];
    let (mut without, mut with) = (0, 0);
    for budgets in FAULTS {
        for (network, timers) in networks.into_iter().zip([Timers::Any, Timers::Quiescent]) {
            let bounds = Bounds { network, timers, budgets, ..Bounds::default() };
            let steps = reordered(&commit(2, Knobs::default()), bounds);
            (without, with) = (without + steps.0, with + steps.1);
        }
    }
    assert!(with < without);
    let down = Bounds { budgets: CRASH, restarts: false, ..Bounds::default() };
    reordered(&commit(2, Knobs::default()), down);
    let cooperative = Knobs { termination: Termination::Cooperative, ..Knobs::default() };
    reordered(&commit(3, cooperative), Bounds { timers: Timers::Quiescent, ..down });
}

#[test]
fn neighbours_on_a_host_and_several_transactions() {
    let quiescent = Bounds { budgets: CRASH, timers: Timers::Quiescent, ..Bounds::default() };
    for together in ["coordinator", "s1"] {
        let placement = vec![(together.to_owned(), "s0".to_owned())];
        let setup = Setup { placement, ..commit(2, Knobs::default()) };
        reordered(&setup, Bounds { budgets: CRASH, ..Bounds::default() });
        reordered(&setup, quiescent);
    }
    let twice = setup(2, 2, Choice::TwoPhaseCommit(Knobs::default()));
    reordered(&twice, quiescent);
}

#[test]
fn every_flaw_is_found_after_as_many_steps() {
    for flaw in Flaw::ALL {
        for &presumption in flaw.presumptions() {
            let knobs = Knobs { presumption, broken: Some(flaw), ..Knobs::default() };
            reordered(&commit(1, knobs), Bounds { budgets: CRASH, ..Bounds::default() });
            let bounds = Bounds { budgets: CRASH, timers: Timers::Quiescent, ..Bounds::default() };
            reordered(&commit(2, knobs), bounds);
        }
    }
    for broken in three_phase_commit::Flaw::ALL.into_iter().map(Some).chain([None]) {
        let knobs = three_phase_commit::Knobs { broken, ..Default::default() };
        let budgets = Budgets { crashes: 2, ..NONE };
        let bounds = Bounds { budgets, timers: Timers::Quiescent, ..Bounds::default() };
        reordered(&setup(2, 1, Choice::ThreePhaseCommit(knobs)), bounds);
    }
}

#[test]
fn both_reductions_together_find_every_orbit() {
    let set = Bounds { network: untimed::Network::Set, any_sends: true, ..Bounds::default() };
    for managers in 2..=7 {
        equal(&reference(managers, None), set, (SYMMETRY, ALL));
    }
    let quiescent = Bounds { timers: Timers::Quiescent, any_sends: true, ..Bounds::default() };
    let (mut without, mut with) = (0, 0);
    for budgets in FAULTS {
        let bounds = Bounds { budgets, ..quiescent };
        for participants in [2, 3] {
            let setup = commit(participants, Knobs::default());
            let steps = equal(&setup, bounds, (SYMMETRY, ALL));
            (without, with) = (without + steps.0, with + steps.1);
        }
    }
    assert!(with < without, "{with} of {without}");
    for flaw in Flaw::ALL {
        let presumption = flaw.presumptions()[0];
        let knobs = Knobs { presumption, broken: Some(flaw), ..Knobs::default() };
        let bounds = Bounds { budgets: CRASH, any_sends: true, ..Bounds::default() };
        equal(&commit(2, knobs), bounds, (SYMMETRY, ALL));
    }
}
