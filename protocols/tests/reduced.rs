//! Reductions leave out nothing that matters: verdicts are those of the full search.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::monitor::{Finding, Monitor, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::untimed::{
    self, Asymmetry, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation,
    Timers, Unlike,
};
use dtxsim_core::{ProcessId, Topology};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Note, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination};
use dtxsim_protocols::{Choice, Setup, three_phase_commit, two_phase_tla};

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
    bank::setup(services, &[key], listed, choice)
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
        assert_eq!(trace.steps.len(), found.trace.steps.len());
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
    let orbits = |n: u64| choose(n + 5, 5) + choose(n + 3, 3) + n + 1;
    assert_eq!([3, 5, 7, 9].map(orbits), [80, 314, 920, 2_232], "as published");
    for managers in 2..=9 {
        let n = managers as u64;
        let explored = reduced(&reference(managers, None), SET);
        assert_eq!((explored.distinct, explored.depth), (orbits(n), 3 * n as u32 + 2));
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

fn two(knobs: Knobs) -> Setup {
    commit(2, Knobs { one_phase: false, ..knobs })
}

#[test]
fn two_participants_in_every_kind_of_world() {
    let kinds = [
        NONE,
        CRASH,
        Budgets { drops: 1, ..NONE },
        Budgets { duplicates: 1, ..NONE },
        Budgets { partitions: 1, ..NONE },
        Budgets { crashes: 1, partitions: 1, ..NONE },
    ];
    exact(&two(Knobs::default()), FAIR);
    for network in [untimed::Network::Bag, untimed::Network::Fifo] {
        for budgets in kinds {
            for split_sync in [true, false] {
                let bounds = Bounds { network, budgets, split_sync, ..QUIESCENT };
                exact(&two(Knobs::default()), bounds);
            }
        }
    }
    let set = Bounds { network: untimed::Network::Set, budgets: CRASH, ..QUIESCENT };
    exact(&two(Knobs::default()), set);
}

#[test]
fn participants_that_ask_each_other_and_wait_for_ever() {
    let cooperative = Knobs { termination: Termination::Cooperative, ..Knobs::default() };
    let crash = Bounds { budgets: CRASH, ..QUIESCENT };
    for knobs in [Knobs::default(), cooperative] {
        let down = Bounds { restarts: false, ..crash };
        exact(&two(knobs), crash);
        exact(&two(knobs), down);
        assert!(full(&two(knobs), down).violated.contains(&"termination"));
    }
    let three = commit(3, cooperative);
    exact(&three, Bounds { restarts: false, ..crash });
}

/// Within these, each flaw shows in the smallest scope, which has one participant; here are two.
#[test]
fn every_flaw_is_found_and_no_other() {
    let presumptions = [Presumption::Nothing, Presumption::Abort, Presumption::Commit];
    let mut found = 0;
    for presumption in presumptions {
        for broken in Flaw::ALL.into_iter().map(Some).chain([None]) {
            let read_only_votes = presumption != Presumption::Nothing;
            let setup = two(Knobs { presumption, broken, read_only_votes, ..Knobs::default() });
            if setup.clone().build().is_err() {
                continue;
            }
            for timers in [Timers::Any, Timers::Quiescent] {
                equal(&setup, Bounds { budgets: CRASH, timers, ..FAIR });
            }
            found += 1;
        }
    }
    assert_eq!(found, 17);
    let broken = Some(Flaw::LocksLostAtRestart);
    let knobs = Knobs { broken, one_phase: false, ..Knobs::default() };
    let twice = setup(2, Choice::TwoPhaseCommit(knobs), adding(2, 2));
    equal(&twice, Bounds { budgets: CRASH, ..QUIESCENT });
}

#[test]
fn any_message_of_a_row_may_get_out_and_more_of_a_longer_one() {
    let crash = Bounds { budgets: CRASH, ..QUIESCENT };
    let states = |participants, any_sends| {
        full(&commit(participants, Knobs::default()), Bounds { any_sends, ..crash }).distinct
    };
    assert_eq!(states(1, true), states(1, false));
    assert!(states(2, true) > states(2, false) && states(3, true) > states(3, false));
}

#[test]
fn three_participants_and_two_groups() {
    let crash = Bounds { budgets: CRASH, ..QUIESCENT };
    let (all, orbits) = equal(&commit(3, Knobs::default()), crash);
    assert!(all > 4 * orbits, "{all} states, {orbits} orbits");
    // Two that write and two that read.
    let op = |n| if n < 2 { Op::Add(Key(0), 1) } else { Op::Read(Key(0)) };
    let branches = (0..4).map(|n| (n, vec![op(n)])).collect();
    let listed = vec![Listed { name: "t".into(), branches }];
    let groups = setup(4, Choice::TwoPhaseCommit(Knobs::default()), listed);
    let explored = reduced(&groups, QUIESCENT);
    assert_eq!(explored.alike, [["s0", "s1"], ["s2", "s3"]]);
    exact(&groups, QUIESCENT);
}

#[test]
fn what_is_not_symmetric_is_refused() {
    let crash = Bounds { budgets: CRASH, ..QUIESCENT };
    let refused = |setup: &Setup, bounds| {
        setup.clone().build().expect("it is expressible").alike(bounds).expect_err("it is not")
    };
    let three = Choice::ThreePhaseCommit(three_phase_commit::Knobs::default());
    let elects = setup(2, three, adding(1, 2));
    assert_eq!(refused(&elects, crash), Asymmetry::Protocol, "it elects by number");
    let plain = two(Knobs::default());
    let ordered = Bounds { any_sends: false, ..crash };
    assert_eq!(refused(&plain, ordered), Asymmetry::Sends);
    assert!(plain.clone().build().expect("it fits").alike(crash).is_ok());
    let unlike = |why| Asymmetry::Unlike { one: "s0".into(), other: "s1".into(), why };
    let together = vec![("coordinator".to_owned(), "s0".to_owned())];
    let together = Setup { placement: together, ..plain.clone() };
    assert_eq!(refused(&together, crash), unlike(Unlike::Host));
    let asked = |branches: [(usize, i64); 2]| {
        let branches = branches.map(|(n, amount)| (n, vec![Op::Add(Key(0), amount)])).into();
        let listed = vec![Listed { name: "t".into(), branches }];
        setup(2, Choice::TwoPhaseCommit(Knobs::default()), listed)
    };
    assert_eq!(refused(&asked([(0, 1), (1, -1)]), crash), unlike(Unlike::Request(0)));
    assert_eq!(refused(&asked([(1, 1), (0, 1)]), crash), unlike(Unlike::Request(0)));
    let mut rich = plain;
    rich.business.services[1].keys[0].initial = 7;
    assert_eq!(refused(&rich, crash), Asymmetry::Alone);
}

/// Says that nobody decides twice, and looks at the first resource manager only; it claims that it
/// does not matter who that is.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Planted {
    decided: bool,
}

impl Monitor<Note> for Planted {
    fn name(&self) -> &'static str {
        "planted"
    }

    fn interest(&self) -> u64 {
        Note::DECIDED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        let Seen::Note { by: ProcessId(1), .. } = *seen else { return None };
        let again = self.decided;
        self.decided = true;
        again.then(|| Finding::new("it decides twice"))
    }

    fn renamed(&self, _: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        Some(Box::new(self.clone()))
    }

    fn premises(&self) -> u64 {
        1
    }

    fn reset(&mut self) {
        *self = Planted::default();
    }
}

#[test]
fn a_planted_reduction_that_takes_unlike_states_for_one_is_caught() {
    let mut world = two_phase_tla::world(reference(3, None)).expect("it fits");
    world.monitors = Box::new(|_| vec![Box::new(Planted::default())]);
    let explored = |reductions| {
        let plan = Plan {
            bounds: SET,
            order: Order::Breadth,
            representation: Representation::Collapsed,
            reductions,
            caps: Caps { states: 1_000_000, memory: 1 << 30 },
            traces: false,
            enough: &|_| false,
            interrupt: &AtomicBool::new(false),
        };
        untimed::explore(&world, &plan, &mut |_| {})
    };
    let (full, reduced) = (explored(Reductions::default()), explored(SYMMETRY));
    assert_eq!(full.violated, [""; 0]);
    assert_ne!(verdict(&full), verdict(&reduced), "the comparison has to notice");
}
