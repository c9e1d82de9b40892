//! Choreographed sagas in every interleaving of small worlds, and what they cost.

mod bank;
mod same;

use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation, Timers,
};
use dtxsim_protocols::choreography::{self, Flaw, Knobs};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{Choice, Setup};

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };
const BAG: Bounds = Bounds {
    network: untimed::Network::Bag,
    timers: Timers::Any,
    budgets: NONE,
    restarts: true,
    split_sync: true,
    any_sends: false,
};
const QUIESCENT: Bounds = Bounds { timers: Timers::Quiescent, ..BAG };

/// Two services that have 10 each and never less than nothing; what one transaction adds at which.
fn setup(branches: &[(usize, i64)], broken: Option<Flaw>) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    let branch = |&(at, sum): &(usize, i64)| (at, vec![Op::Add(Key(0), sum)]);
    let listed = Listed { name: "t".into(), branches: branches.iter().map(branch).collect() };
    let choice = Choice::Choreography(Knobs { broken, ..Knobs::default() });
    let setup = bank::setup(2, &[key], vec![listed], choice);
    Setup { check: setup.choice.properties().to_vec(), ..setup }
}

fn explore(setup: Setup, bounds: Bounds, representation: Representation) -> Exploration {
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation,
        reductions: Reductions::default(),
        caps: Caps { states: 2_000_000, memory: 2 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    let explored = setup.build().expect("it is expressible").explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    explored
}

const PAID: [(usize, i64); 2] = [(0, -3), (1, 3)];
const REFUSED: [(usize, i64); 2] = [(0, 3), (1, -11)];

#[test]
fn both_representations_agree() {
    for broken in Flaw::ALL.into_iter().map(Some).chain([None]) {
        for branches in [&PAID, &REFUSED] {
            let bounds = Bounds { budgets: CRASH, ..QUIESCENT };
            let collapsed = explore(setup(branches, broken), bounds, Representation::Collapsed);
            let plain = explore(setup(branches, broken), bounds, Representation::Plain);
            same::same(&format!("{broken:?}"), &collapsed, &plain);
        }
    }
}

#[test]
fn a_crash_anywhere_or_a_lost_or_doubled_message_keeps_every_property() {
    let budgets = [CRASH, Budgets { drops: 1, ..NONE }, Budgets { duplicates: 1, ..NONE }];
    for (branches, timers) in [PAID, REFUSED]
        .iter()
        .flat_map(|branches| [Timers::Any, Timers::Quiescent].map(|timers| (branches, timers)))
    {
        for budgets in budgets {
            let bounds = Bounds { budgets, timers, ..BAG };
            let explored = explore(setup(branches, None), bounds, Representation::Collapsed);
            assert!(explored.violated.is_empty(), "{bounds}: {:?}", explored.violated);
        }
    }
}

/// A step of the last service alone is no chain.
#[test]
fn a_saga_of_one_step_ends_where_it_begins() {
    for branches in [[(0, -3)], [(0, -11)]] {
        let bounds = Bounds { budgets: CRASH, ..BAG };
        let explored = explore(setup(&branches, None), bounds, Representation::Collapsed);
        assert!(explored.violated.is_empty(), "{:?}", explored.violated);
    }
}

#[test]
fn every_flaw_loses_what_it_says() {
    for (flaw, budgets) in [
        (Flaw::EventAfterCommit, CRASH),
        (Flaw::EventBeforeCommit, CRASH),
        (Flaw::NoInbox, Budgets { duplicates: 1, ..NONE }),
    ] {
        let broken = choreography::FAMILY.broken.iter().find(|(name, ..)| *name == flaw.name());
        let (_, _, loses) = broken.expect("it is listed");
        let bounds = Bounds { budgets, ..QUIESCENT };
        let explored = explore(setup(&PAID, Some(flaw)), bounds, Representation::Collapsed);
        assert!(explored.violated.contains(loses), "{flaw:?}: {:?}", explored.violated);
        let check = vec![Property::Termination, Property::ExactlyOnceEffect, Property::SagaOutcome];
        let repaired = Setup { check, ..setup(&PAID, None) };
        assert!(explore(repaired, bounds, Representation::Collapsed).violated.is_empty());
    }
}
