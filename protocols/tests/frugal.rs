//! Fingerprints and deepening: less memory, and the same is found along the way.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, CutShort, Exploration, Order, Plan, Reductions, Representation,
    Timers,
};
use dtxsim_core::verdict::{Verdict, conclude_explored};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs};
use dtxsim_protocols::{Choice, Setup, two_phase_tla};

const SET: Bounds = Bounds {
    network: untimed::Network::Set,
    timers: Timers::Any,
    budgets: Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 },
    restarts: true,
    split_sync: true,
    any_sends: false,
};

fn setup(participants: usize, choice: Choice) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 1, min: Some(0), max: None };
    let branches = (0..participants).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    bank::setup(participants, &[key], vec![Listed { name: "t".into(), branches }], choice)
}

fn committing(participants: usize, broken: Option<Flaw>) -> Setup {
    let knobs = Knobs { broken, one_phase: false, ..Knobs::default() };
    setup(participants, Choice::TwoPhaseCommit(knobs))
}

fn commit(broken: Option<Flaw>) -> Setup {
    committing(2, broken)
}

fn reference(managers: usize, broken: Option<two_phase_tla::Flaw>) -> Setup {
    let choice = Choice::TwoPhaseTla(two_phase_tla::Knobs { broken });
    let setup = bank::setup(managers, &[], Vec::new(), choice);
    Setup { check: vec![Property::Consistent], ..setup }
}

/// In which order, of what, and with how much memory.
#[derive(Clone, Copy)]
struct How {
    order: Order,
    representation: Representation,
    symmetry: bool,
    memory: u64,
}

const WHOLE: How = How {
    order: Order::Breadth,
    representation: Representation::Collapsed,
    symmetry: false,
    memory: 4 << 30,
};
const PRINTED: How = How { representation: Representation::Fingerprints, ..WHOLE };
const DEEPENING: How = How { order: Order::Deepening, ..WHOLE };
const BOTH: How = How { order: Order::Deepening, ..PRINTED };

fn explore(setup: &Setup, bounds: Bounds, how: How) -> Exploration {
    let How { order, representation, symmetry, memory } = how;
    let world = setup.clone().build().expect("it is expressible");
    let plan = Plan {
        bounds,
        order,
        representation,
        reductions: Reductions { symmetry, ..Reductions::default() },
        caps: Caps { states: 10_000_000, memory },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    world.explore(&plan, &mut |_| {})
}

/// What is found along the way, and how far in: not what is judged at rest.
fn along_the_way(explored: &Exploration) -> impl PartialEq + std::fmt::Debug {
    let found = explored.violations.iter().filter(|found| found.stuck.is_none());
    let mut found: Vec<_> =
        found.map(|found| (found.violation.property, found.violation.step)).collect();
    found.sort_unstable();
    (explored.cut_short, explored.distinct, explored.depth, found)
}

fn worlds() -> Vec<(Setup, Bounds)> {
    let calm = Bounds { network: untimed::Network::Bag, ..SET };
    let budgets = Budgets { crashes: 1, ..SET.budgets };
    let crash = Bounds { budgets, timers: Timers::Quiescent, any_sends: true, ..calm };
    let broken = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    let models = [None, broken].into_iter().flat_map(|flaw| {
        [2, 3, 5].into_iter().map(move |managers| (reference(managers, flaw), SET))
    });
    let flaws = Flaw::ALL.into_iter().map(Some).chain([None]);
    let worlds = flaws.flat_map(|flaw| [(commit(flaw), calm), (commit(flaw), crash)]);
    models.chain(worlds).filter(|(setup, _)| setup.clone().build().is_ok()).collect()
}

/// Worlds with more processes than fit into a word, and few states up to symmetry.
fn wide_worlds() -> Vec<(Setup, Bounds)> {
    let calm = Bounds { network: untimed::Network::Bag, timers: Timers::Quiescent, ..SET };
    let flaw = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    let models = [None, flaw].map(|flaw| (reference(13, flaw), SET));
    models.into_iter().chain([(committing(14, None), calm)]).collect()
}

#[test]
fn fingerprints_find_what_whole_states_find_along_the_way() {
    for (setup, bounds) in wide_worlds() {
        let label = format!("{}, {bounds}", setup.choice.label());
        let whole = explore(&setup, bounds, How { symmetry: true, ..WHOLE });
        let printed = explore(&setup, bounds, How { symmetry: true, ..PRINTED });
        assert_eq!(along_the_way(&whole), along_the_way(&printed), "{label}");
        assert_eq!(whole.transitions, printed.transitions, "{label}");
        assert_eq!(whole.coverage, printed.coverage, "{label}");
        let odds = printed.collision_odds().expect("it takes more than a word");
        assert!(whole.collision_odds().is_none() && odds < 1e-8, "{label}: {odds}");
    }
}

#[test]
fn states_of_one_word_are_kept_whole() {
    for (setup, bounds) in worlds() {
        let whole = explore(&setup, bounds, WHOLE);
        let printed = explore(&setup, bounds, PRINTED);
        let label = format!("{}, {bounds}", setup.choice.label());
        assert_eq!(whole, printed, "{label}");
        assert!(printed.collision_odds().is_none(), "{label}");
    }
}

#[test]
fn deepening_finds_what_breadth_finds_as_early() {
    let mut violated = 0;
    for (setup, bounds) in worlds() {
        let label = format!("{}, {bounds}", setup.choice.label());
        for symmetry in [false, true] {
            let breadth = explore(&setup, bounds, How { symmetry, ..WHOLE });
            violated += breadth.violations.len();
            for how in [DEEPENING, BOTH] {
                let deep = explore(&setup, bounds, How { symmetry, ..how });
                assert_eq!(along_the_way(&breadth), along_the_way(&deep), "{label}");
                assert_eq!(breadth.coverage.never(), deep.coverage.never(), "{label}");
                assert_eq!(deep.forgotten, 0, "{label}");
            }
        }
    }
    assert!(violated > 20, "there is something to be found: {violated}");
}

/// There are more states than it may remember.
#[test]
fn a_deepening_search_that_forgets_comes_to_the_end_all_the_same() {
    for how in [DEEPENING, BOTH] {
        let memory = 1_800_000;
        let sound = explore(&reference(6, None), SET, How { memory, ..how });
        assert_eq!((sound.cut_short, sound.violated.len()), (None, 0));
        assert!(sound.forgotten > 0 && sound.distinct >= 50_816, "{}", sound.distinct);
        assert!(sound.memory <= memory, "{}", sound.memory);
        let breadth = explore(&reference(6, None), SET, How { memory, ..WHOLE });
        assert_eq!(breadth.cut_short, Some(CutShort::Memory), "it keeps them all");
        let flaw = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
        let broken = explore(&reference(6, flaw), SET, How { memory, ..how });
        let shortest = explore(&reference(6, flaw), SET, WHOLE);
        let step = |explored: &Exploration| explored.violations[0].violation.step;
        assert_eq!(step(&broken), step(&shortest));
    }
}

#[test]
fn what_is_judged_at_rest_never_holds_without_the_states() {
    let bounds = Bounds { network: untimed::Network::Bag, timers: Timers::Quiescent, ..SET };
    let both = vec![Property::Agreement, Property::Termination];
    let sound = Setup { check: both, ..committing(14, None) };
    let along = Setup { check: vec![Property::Agreement], ..sound.clone() };
    let whole = How { symmetry: true, ..WHOLE };
    assert_eq!(conclude_explored(&explore(&sound, bounds, whole)).verdict, Verdict::Holds);
    for how in [PRINTED, DEEPENING, BOTH] {
        let how = How { symmetry: true, ..how };
        let explored = explore(&sound, bounds, how);
        assert_eq!((explored.liveness, explored.unjudged.len()), (None, 1));
        assert_eq!(explored.fingerprints, how.representation == Representation::Fingerprints);
        assert!(explored.distinct > 1_000, "{}", explored.distinct);
        let conclusion = conclude_explored(&explored);
        let verdicts: Vec<Verdict> = conclusion.properties.iter().map(|p| p.verdict).collect();
        assert_eq!(verdicts, [Verdict::Holds, Verdict::Inconclusive]);
        assert_eq!(conclusion.verdict, Verdict::Inconclusive);
        assert_eq!(conclude_explored(&explore(&along, bounds, how)).verdict, Verdict::Holds);
    }
}
