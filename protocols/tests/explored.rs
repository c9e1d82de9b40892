//! Every interleaving: known sizes, and two representations that must agree.

mod bank;
mod same;

use std::sync::atomic::{AtomicBool, Ordering};

use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, CutShort, Exploration, Order, Plan, Reductions, Representation,
    Timers,
};
use dtxsim_core::verdict::{Verdict, conclude_explored};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination};
use dtxsim_protocols::{Choice, Setup, two_phase_tla};

const BAG: Bounds = Bounds {
    network: untimed::Network::Bag,
    timers: Timers::Any,
    budgets: NONE,
    restarts: true,
    split_sync: true,
    any_sends: false,
};
const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };

/// One transaction over so many participants, and all that can be checked.
fn commit(participants: usize, knobs: Knobs) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let branches = (0..participants).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let listed = vec![Listed { name: "t".into(), branches }];
    let knobs = Knobs { one_phase: false, ..knobs };
    bank::setup(participants, &[key], listed, Choice::TwoPhaseCommit(knobs))
}

/// The reference model.
fn reference(managers: usize, broken: Option<two_phase_tla::Flaw>) -> Setup {
    let choice = Choice::TwoPhaseTla(two_phase_tla::Knobs { broken });
    let setup = bank::setup(managers, &[], Vec::new(), choice);
    Setup { check: vec![Property::Consistent], ..setup }
}

fn plan(bounds: Bounds) -> Plan<'static> {
    static GO_ON: AtomicBool = AtomicBool::new(false);
    Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: 10_000_000, memory: 4 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &GO_ON,
    }
}

fn explore(setup: Setup, bounds: Bounds, representation: Representation) -> Exploration {
    let world = setup.build().expect("it is expressible");
    let plan = Plan { representation, ..plan(bounds) };
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    explored
}

/// Explores both representations to the end; all that does not depend on how it was done must be
/// the same. Gives back how many states there are.
fn both(setup: &Setup, bounds: Bounds) -> u64 {
    let collapsed = explore(setup.clone(), bounds, Representation::Collapsed);
    let plain = explore(setup.clone(), bounds, Representation::Plain);
    let label = format!("{}, {bounds}", setup.choice.label());
    same::same(&label, &collapsed, &plain);
    let steps = |explored: &Exploration| {
        let found = explored.violations.iter().filter(|found| found.stuck.is_none());
        let mut steps: Vec<_> =
            found.map(|found| (found.violation.property, found.violation.step)).collect();
        steps.sort_unstable();
        steps
    };
    assert_eq!(steps(&collapsed), steps(&plain), "{label}: a shortest path is as short");
    collapsed.distinct
}

#[test]
fn the_reference_model_is_as_large_and_as_deep_as_published() {
    let set = Bounds { network: untimed::Network::Set, ..BAG };
    for managers in 1..=6u32 {
        let explored = explore(reference(managers as usize, None), set, Representation::Collapsed);
        let wanted = 6u64.pow(managers) + 4u64.pow(managers) + 2u64.pow(managers);
        assert_eq!((explored.distinct, explored.depth), (wanted, 3 * managers + 2));
        assert!(explored.violated.is_empty());
    }
}

#[test]
fn the_broken_reference_model_is_caught_after_seven_steps() {
    let broken = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    let set = Bounds { network: untimed::Network::Set, ..BAG };
    let explored = explore(reference(3, broken), set, Representation::Collapsed);
    let found = &explored.violations[0];
    let starts = found.trace.processes.len() as u64;
    assert_eq!((found.violation.property, found.violation.step), ("consistent", starts + 6));
}

#[test]
fn both_representations_agree_on_the_reference_model() {
    let broken = Some(two_phase_tla::Flaw::CommitWhenOneIsMissing);
    for network in [untimed::Network::Set, untimed::Network::Bag, untimed::Network::Fifo] {
        for timers in [Timers::Any, Timers::Quiescent] {
            let bounds = Bounds { network, timers, ..BAG };
            assert!(both(&reference(2, None), bounds) > 1);
            both(&reference(3, broken), bounds);
        }
    }
    assert_eq!(both(&reference(4, None), Bounds { network: untimed::Network::Set, ..BAG }), 1568);
}

#[test]
fn both_representations_agree_on_every_presumption_and_flaw() {
    for presumption in [Presumption::Nothing, Presumption::Abort, Presumption::Commit] {
        let flaws = Flaw::ALL.into_iter().map(Some).chain([None]);
        for broken in flaws {
            let read_only_votes = presumption != Presumption::Nothing;
            let knobs = Knobs { presumption, broken, read_only_votes, ..Knobs::default() };
            let setup = commit(1, knobs);
            if setup.clone().build().is_err() {
                continue;
            }
            for restarts in [true, false] {
                both(&setup, Bounds { budgets: CRASH, restarts, ..BAG });
            }
        }
    }
}

#[test]
fn both_representations_agree_on_every_kind_of_world() {
    let all = Budgets { crashes: 1, drops: 1, duplicates: 1, partitions: 1 };
    let kinds = [
        Budgets { drops: 1, ..NONE },
        Budgets { duplicates: 1, ..NONE },
        Budgets { partitions: 1, ..NONE },
        Budgets { crashes: 1, partitions: 1, ..NONE },
    ];
    for timers in [Timers::Any, Timers::Quiescent] {
        for network in [untimed::Network::Bag, untimed::Network::Fifo] {
            for budgets in kinds {
                for split_sync in [true, false] {
                    let bounds = Bounds { network, timers, budgets, split_sync, ..BAG };
                    both(&commit(1, Knobs::default()), bounds);
                }
            }
        }
        let set = Bounds { network: untimed::Network::Set, timers, budgets: CRASH, ..BAG };
        both(&commit(1, Knobs::default()), set);
    }
    both(&commit(1, Knobs::default()), Bounds { timers: Timers::Quiescent, budgets: all, ..BAG });
}

#[test]
fn both_representations_agree_on_two_participants() {
    let cooperative = Knobs { termination: Termination::Cooperative, ..Knobs::default() };
    let quiescent = Bounds { timers: Timers::Quiescent, ..BAG };
    both(&commit(2, Knobs::default()), BAG);
    for knobs in [Knobs::default(), cooperative] {
        both(&commit(2, knobs), Bounds { budgets: CRASH, ..quiescent });
        both(&commit(2, knobs), Bounds { budgets: CRASH, restarts: false, ..quiescent });
    }
    let mut together = commit(2, Knobs::default());
    together.placement = vec![("coordinator".to_owned(), "s0".to_owned())];
    both(&together, Bounds { budgets: CRASH, ..quiescent });
}

#[test]
fn what_was_exercised_of_two_phase_commit_is_named() {
    let covered = |budgets| {
        let bounds = Bounds { budgets, timers: Timers::Quiescent, ..BAG };
        let knobs = Knobs { presumption: Presumption::Nothing, ..Knobs::default() };
        explore(commit(2, knobs), bounds, Representation::Collapsed).coverage
    };
    let calm = covered(NONE);
    let timers = ["timer votes of coordinator", "timer resend of coordinator"];
    assert_eq!(calm.never()[..2], timers, "nobody waits in vain");
    assert_eq!(calm.never()[2..], ["timer inquire of participant"]);
    assert_eq!(calm.unsent, ["abort", "inquiry", "one-phase", "done"], "all goes well");
    assert!(calm.exercised("deliver prepare to participant") > 0);
    assert_eq!(calm.exercised("deliver prepare to coordinator"), 0, "nobody sends it one");
    let one = covered(CRASH);
    assert!(one.exercised("crash participant at prepared") > 0);
    for fate in ["losing", "keeping", "after"] {
        assert!(one.exercised(&format!("crash coordinator {fate} commit")) > 0, "{fate}");
        assert_eq!(one.exercised(&format!("crash participant {fate} one-phase")), 0);
    }
    assert_eq!(one.exercised("drop prepare"), 0);
    let lossy = covered(Budgets { crashes: 1, drops: 1, ..NONE });
    for message in ["prepare", "vote", "commit", "abort", "ack", "inquiry"] {
        assert!(lossy.exercised(&format!("drop {message}")) > 0, "{message}");
    }
}

/// Large worlds that have an end, none of which is seen.
#[test]
fn what_is_large_and_has_an_end_is_not_taken_for_growing() {
    let all = Budgets { crashes: 2, drops: 1, duplicates: 1, partitions: 1 };
    let cooperative = Knobs { termination: Termination::Cooperative, ..Knobs::default() };
    for timers in [Timers::Any, Timers::Quiescent] {
        for knobs in [Knobs::default(), cooperative] {
            for states in [100, 1_000, 10_000] {
                let mut plan = plan(Bounds { timers, budgets: all, ..BAG });
                plan.caps.states = states;
                let world = commit(3, knobs).build().expect("it is expressible");
                let explored = world.explore(&plan, &mut |_| {});
                assert_eq!(explored.cut_short, Some(CutShort::States));
                assert_eq!(explored.growth, [], "{timers:?}, {states} states");
            }
        }
    }
}

#[test]
fn interrupted_while_it_looks_where_states_lead_it_decides_nothing() {
    let world = dtxsim_protocols::two_phase_commit::world(commit(1, Knobs::default()));
    let world = world.expect("it is expressible");
    let interrupt = AtomicBool::new(false);
    let plan = Plan { interrupt: &interrupt, ..plan(BAG) };
    // All states have been found when they are shown.
    let found = untimed::visit(&world, &plan, &mut |_| interrupt.store(true, Ordering::Relaxed));
    assert_eq!((found.cut_short, found.liveness), (Some(CutShort::Interrupted), None));
    assert_eq!(conclude_explored(&found).verdict, Verdict::Inconclusive);
}
