//! Try, confirm, cancel, every interleaving: what a barrier prevents, and how little it takes
//! without one.

mod bank;
mod same;

use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{
    Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation, Timers,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::tcc::{Fence, Flaw, Knobs, Tries};
use dtxsim_protocols::{Choice, Setup};

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };
const CRASH_AND_DROP: Budgets = Budgets { crashes: 1, drops: 1, ..NONE };
const DUPLICATE: Budgets = Budgets { duplicates: 1, ..NONE };

fn any(budgets: Budgets) -> Bounds {
    Bounds { timers: Timers::Any, budgets, ..Bounds::default() }
}

fn quiescent(budgets: Budgets) -> Bounds {
    Bounds { timers: Timers::Quiescent, budgets, ..Bounds::default() }
}

/// One transaction that takes one of each service's ten, or more than the last one has.
fn order(services: usize, refused: bool, knobs: Knobs) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    let amount = |n: usize| if refused && n + 1 == services { -11 } else { -1 };
    let branches = (0..services).map(|n| (n, vec![Op::Add(Key(0), amount(n))])).collect();
    let listed = vec![Listed { name: "order".into(), branches }];
    bank::setup(services, &[key], listed, Choice::Tcc(knobs))
}

fn broken(flaw: Flaw) -> Knobs {
    Knobs { broken: Some(flaw), ..Knobs::default() }
}

fn with(fence: Fence) -> Knobs {
    Knobs { fence, ..Knobs::default() }
}

fn plan(bounds: Bounds, representation: Representation) -> Plan<'static> {
    static GO_ON: AtomicBool = AtomicBool::new(false);
    Plan {
        bounds,
        order: Order::Breadth,
        representation,
        reductions: Reductions::default(),
        caps: Caps { states: 1_000_000, memory: 2 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &GO_ON,
    }
}

fn explore(setup: Setup, bounds: Bounds, representation: Representation) -> Exploration {
    let plan = plan(bounds, representation);
    let label = format!("{}, {bounds}", setup.choice.label());
    let world = setup.build().unwrap_or_else(|error| panic!("{error}"));
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None, "{label}: {:?}", explored.growth);
    explored
}

/// Every property holds.
fn holds(setup: Setup, bounds: Bounds) {
    let label = format!("{}, {bounds}", setup.choice.label());
    let explored = explore(setup, bounds, Representation::Collapsed);
    if let Some(found) = explored.violations.first() {
        panic!("{label}: {:?}\n{}", found.violation, found.trace);
    }
}

#[test]
fn whole_it_keeps_every_property_with_one_crash_and_one_lost_message() {
    for refused in [false, true] {
        for tries in [Tries::Parallel, Tries::Sequential] {
            let knobs = Knobs { tries, ..Knobs::default() };
            holds(order(2, refused, knobs), quiescent(CRASH_AND_DROP));
            holds(order(2, refused, knobs), any(CRASH));
            holds(order(2, refused, knobs), any(DUPLICATE));
            holds(order(2, refused, knobs), any(CRASH_AND_DROP));
        }
    }
}

#[test]
fn so_it_does_if_it_calls_for_a_person() {
    for knobs in [
        Knobs { retries: Some(0), ..Knobs::default() },
        Knobs { retries: Some(1), ..Knobs::default() },
        Knobs { expiry: true, ..Knobs::default() },
    ] {
        holds(order(2, false, knobs), quiescent(CRASH_AND_DROP));
        holds(order(1, false, knobs), any(CRASH_AND_DROP));
        holds(order(2, false, knobs), any(NONE));
    }
}

/// The property that is violated on the shortest path, and how long that is after the start.
fn caught(setup: Setup, property: Property, bounds: Bounds) -> u64 {
    let setup = Setup { check: vec![property], ..setup };
    let label = format!("{}, {bounds}", setup.choice.label());
    let mut plan = plan(bounds, Representation::Collapsed);
    plan.enough = &|violated| !violated.is_empty();
    let world = setup.build().unwrap_or_else(|error| panic!("{error}"));
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.violated, [property.name()], "{label}");
    let found = &explored.violations[0];
    found.violation.step + 1 - found.trace.processes.len() as u64
}

/// Without a fence each of the three anomalies needs no failure but a time-out that comes early;
/// with one that is checked first and written later two of them do.
#[test]
fn each_anomaly_has_its_shortest_path() {
    let steps = |fence, property| caught(order(1, false, with(fence)), property, any(NONE));
    let naive = [Property::NullSafe, Property::NoHang, Property::ExactlyOnceEffect];
    assert_eq!(naive.map(|property| steps(Fence::None, property)), [6, 8, 9]);
    let checked = [Property::NoHang, Property::ExactlyOnceEffect];
    assert_eq!(checked.map(|property| steps(Fence::CheckThenAct, property)), [10, 16]);
}

/// Whoever looks for the row of a Try before it gives something back gives back nothing that was
/// not taken, in whatever order effect and row are written.
#[test]
fn checking_first_is_enough_against_empty_rollback_alone() {
    let knobs = Knobs { retries: Some(1), ..with(Fence::CheckThenAct) };
    let setup = Setup { check: vec![Property::NullSafe], ..order(1, false, knobs) };
    holds(setup, any(CRASH_AND_DROP));
}

#[test]
fn both_representations_agree_on_every_knob_and_flaw() {
    let fences = [Fence::None, Fence::CheckThenAct, Fence::Barrier];
    let fences = fences.map(|fence| Knobs { retries: Some(1), ..with(fence) });
    let flaws = Flaw::ALL.map(|flaw| match flaw {
        Flaw::HalfConfirmedDropped => Knobs { retries: Some(0), ..broken(flaw) },
        Flaw::ExpiredConfirmAcknowledged => Knobs { expiry: true, ..broken(flaw) },
        Flaw::ConfirmBeforeDecision
        | Flaw::TryBeforeRegistration
        | Flaw::ConfirmedBeforeForce
        | Flaw::EmptyCancelForgotten
        | Flaw::EmptyCancelRefused
        | Flaw::CancelNotRecorded => broken(flaw),
    });
    let tries = Tries::Sequential;
    let more = [
        Knobs { tries, ..Knobs::default() },
        Knobs { expiry: true, ..Knobs::default() },
        Knobs { tries, expiry: true, retries: Some(0), ..Knobs::default() },
    ];
    for knobs in fences.into_iter().chain(flaws).chain(more) {
        for refused in [false, true] {
            agree(&order(1, refused, knobs), any(CRASH_AND_DROP));
            agree(&order(2, refused, knobs), quiescent(CRASH));
        }
    }
}

/// Explores both representations to the end; all that does not depend on how it was done must be
/// the same.
fn agree(setup: &Setup, bounds: Bounds) {
    let label = format!("{}, {bounds}", setup.choice.label());
    let [collapsed, plain] = [Representation::Collapsed, Representation::Plain]
        .map(|representation| explore(setup.clone(), bounds, representation));
    same::same(&label, &collapsed, &plain);
}
