//! Sagas in every interleaving of small worlds: two representations that must agree, a crash at
//! every effect boundary, and what needs a person.

#[path = "../bank/mod.rs"]
mod bank;
mod graph;
#[path = "../same/mod.rs"]
mod same;
mod undo_log;

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation, Timers,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::saga::{Countermeasure, FailedStep, Flaw, Knobs, Timeouts, Workers};
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

/// Services that have 10 each and never less than nothing; what each transaction adds at which.
/// Checked is what a saga is judged by unless a scenario says otherwise.
fn setup(services: usize, transactions: &[&[(usize, i64)]], knobs: Knobs) -> Setup {
    under(Choice::Saga(knobs), services, transactions)
}

/// The same under what else undoes.
fn under(choice: Choice, services: usize, transactions: &[&[(usize, i64)]]) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    let listed = transactions.iter().enumerate().map(|(n, branches)| Listed {
        name: format!("t{n}"),
        branches: branches.iter().map(|&(at, sum)| (at, vec![Op::Add(Key(0), sum)])).collect(),
    });
    let setup = bank::setup(services, &[key], listed.collect(), choice);
    Setup { check: setup.choice.properties().to_vec(), ..setup }
}

/// All but what a world without commits, or without anything to undo, has nothing to judge of.
fn checking(mut setup: Setup, without: &[Property]) -> Setup {
    setup.check.retain(|property| !without.contains(property));
    setup
}

fn hasty() -> Knobs {
    Knobs { retries: 0, ..Knobs::default() }
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
    let world = setup.build().expect("it is expressible");
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    explored
}

/// Nothing is violated, and every property had something to judge.
#[track_caller]
fn holds(setup: Setup, bounds: Bounds) -> Exploration {
    let label = setup.choice.label();
    let explored = explore(setup, bounds, Representation::Collapsed);
    assert!(explored.violated.is_empty(), "{label}, {bounds}: {:?}", explored.violated);
    let judged = explored.properties.iter().zip(&explored.premises);
    let vacuous: Vec<_> = judged.filter(|(_, premises)| **premises == 0).collect();
    assert!(vacuous.is_empty(), "{label}, {bounds}: {vacuous:?} had nothing to judge");
    explored
}

fn both(setup: &Setup, bounds: Bounds) {
    let collapsed = explore(setup.clone(), bounds, Representation::Collapsed);
    let plain = explore(setup.clone(), bounds, Representation::Plain);
    let label = format!("{}, {bounds}", setup.choice.label());
    same::same(&label, &collapsed, &plain);
}

#[test]
fn both_representations_agree_on_every_flaw() {
    for broken in Flaw::ALL.into_iter().map(Some).chain([None]) {
        // Without idempotence and without a limit there is no end to it.
        let two = broken == Some(Flaw::StateUnchecked);
        let workers = if two { Workers::Two } else { Workers::One };
        let knobs = Knobs { broken, workers, gives_up: true, ..hasty() };
        for restarts in [true, false] {
            let bounds = Bounds { budgets: CRASH, restarts, ..BAG };
            both(&setup(1, &[&[(0, -3)]], knobs.clone()), bounds);
        }
        both(&setup(2, &[&[(0, -3), (1, -11)]], knobs), Bounds { budgets: CRASH, ..QUIESCENT });
    }
}

#[test]
fn both_representations_agree_on_every_knob() {
    let refused: &[&[(usize, i64)]] = &[&[(0, -3), (1, -11)]];
    for failed_step in [FailedStep::Classic, FailedStep::Dtm] {
        for pivot in [None, Some("s0"), Some("s1")] {
            let pivot = pivot.map(str::to_owned);
            let knobs = Knobs { failed_step, pivot, ..hasty() };
            both(&setup(2, refused, knobs), Bounds { budgets: CRASH, ..QUIESCENT });
        }
    }
    both(&setup(2, refused, Knobs { gives_up: true, ..Knobs::default() }), QUIESCENT);
}

const LITTLE: [Property; 4] = [
    Property::NoHang,
    Property::NullSafe,
    Property::CompensationOrder,
    Property::CompensationComplete,
];

/// A crash at every effect of every role: what is done stays done or is undone, in a world in which
/// time-outs are right and in one in which they are not.
#[test]
fn a_crash_anywhere_keeps_every_property() {
    let (paid, refused) = ([(0, -3), (1, 3)], [(0, 3), (1, -11)]);
    for failed_step in [FailedStep::Classic, FailedStep::Dtm] {
        let knobs = || Knobs { failed_step, ..hasty() };
        for bounds in [Bounds { budgets: CRASH, ..BAG }, Bounds { budgets: CRASH, ..QUIESCENT }] {
            let order = [Property::CompensationOrder];
            let without = if bounds.timers == Timers::Any { &order[..0] } else { &LITTLE[..] };
            holds(checking(setup(2, &[&paid], knobs()), without), bounds);
            let none = [Property::Conservation, Property::CompensationOrder];
            holds(checking(setup(2, &[&refused], knobs()), &none), bounds);
        }
    }
}

#[test]
fn a_lost_message_and_a_doubled_one_change_nothing() {
    let refused = [(0, 3), (1, -11)];
    let none = [Property::Conservation, Property::CompensationOrder];
    for budgets in [Budgets { drops: 1, ..NONE }, Budgets { duplicates: 1, ..NONE }] {
        let setup = checking(setup(2, &[&refused], hasty()), &none);
        holds(setup, Bounds { budgets, ..BAG });
    }
}

#[test]
fn nobody_turns_back_behind_the_pivot() {
    let knobs = |pivot: &str| Knobs { pivot: Some(pivot.to_owned()), ..hasty() };
    let bounds = Bounds { budgets: CRASH, ..BAG };
    let explored = holds(checking(setup(2, &[&[(0, -3), (1, 3)]], knobs("s0")), &LITTLE), bounds);
    assert_eq!(explored.coverage.exercised("deliver undo to service"), 0);
    // A step behind the pivot that is refused is no retriable one: a person must act.
    let only = [Property::Conservation, Property::SagaOutcome];
    let none: Vec<Property> = LITTLE.into_iter().chain(only).collect();
    let explored = holds(checking(setup(2, &[&[(0, -3), (1, -11)]], knobs("s0")), &none), bounds);
    assert!(explored.coverage.exercised("crash orchestrator at given-up") > 0);
    // What the pivot refuses is undone before it.
    let none = [Property::Conservation, Property::CompensationOrder];
    holds(checking(setup(2, &[&[(0, -3), (1, -11)]], knobs("s1")), &none), bounds);
}

/// The first gives what the second spends before the first is refused elsewhere.
#[test]
fn what_is_spent_cannot_be_taken_back_and_needs_a_person() {
    let transactions: [&[(usize, i64)]; 2] = [&[(0, 5), (1, -11)], &[(0, -12)]];
    let none = [Property::CompensationOrder, Property::Conservation];
    let explored = holds(checking(setup(2, &transactions, hasty()), &none), QUIESCENT);
    assert!(explored.coverage.exercised("deliver cannot-undo to orchestrator") > 0);
}

/// Whoever is told something reads the state of the saga, and writes it if it is still the same.
#[test]
fn two_workers_keep_every_property() {
    let (paid, refused) = ([(0, -3), (1, 3)], [(0, 3), (1, -11)]);
    // Who handles an answer is not done when the time-out comes.
    let timeouts = Timeouts { handling: Nanos::from_millis(20), ..Timeouts::default() };
    let knobs = || Knobs { workers: Workers::Two, gives_up: true, timeouts, ..hasty() };
    let bounds = Bounds { budgets: CRASH, ..BAG };
    let none = [Property::Conservation, Property::CompensationOrder];
    holds(checking(setup(2, &[&paid], knobs()), &none[1..]), bounds);
    holds(checking(setup(2, &[&refused], knobs()), &none), bounds);
    both(&setup(1, &[&[(0, -3)]], knobs()), bounds);
    let unchecked = || Knobs { broken: Some(Flaw::StateUnchecked), ..knobs() };
    let outcome = Setup { check: vec![Property::SagaOutcome], ..setup(2, &[&paid], unchecked()) };
    let explored = explore(outcome, QUIESCENT, Representation::Collapsed);
    assert_eq!(explored.violated, [Property::SagaOutcome.name()]);
    let alone = Knobs { workers: Workers::One, ..unchecked() };
    assert!(setup(1, &[&[(0, 1)]], alone).build().is_err(), "one worker finds what it has left");
}

const COUNTERMEASURES: [Countermeasure; 7] = [
    Countermeasure::Nothing,
    Countermeasure::CommutativeUpdates,
    Countermeasure::SemanticLock,
    Countermeasure::PessimisticView,
    Countermeasure::RereadValue,
    Countermeasure::ByValue(2),
    Countermeasure::ByValue(100),
];

fn against(countermeasure: Countermeasure) -> Knobs {
    Knobs { countermeasure, ..hasty() }
}

/// Two sagas that spend what one service has; one that spends what another gives and takes back.
#[test]
fn each_countermeasure_removes_what_it_is_against() {
    let spending: [&[(usize, i64)]; 2] = [&[(0, -3)], &[(0, -2)]];
    let taken_back: [&[(usize, i64)]; 2] = [&[(0, 5), (1, -11)], &[(0, -7)]];
    let left = [
        (true, true),
        (false, true),
        (false, false),
        (true, false),
        (false, true),
        (false, false),
        (true, true),
    ];
    for (countermeasure, (lost, dirty)) in COUNTERMEASURES.into_iter().zip(left) {
        let worlds = [
            (setup(1, &spending, against(countermeasure)), Property::NoLostUpdate, lost),
            (setup(2, &taken_back, against(countermeasure)), Property::NoDirtyRead, dirty),
        ];
        for (setup, property, wrong) in worlds {
            let setup = Setup { check: vec![property], ..setup };
            if wrong {
                let explored = explore(setup, QUIESCENT, Representation::Collapsed);
                assert_eq!(explored.violated, [property.name()], "{countermeasure}");
            } else {
                holds(setup, Bounds { budgets: CRASH, ..QUIESCENT });
            }
        }
    }
}

#[test]
fn a_lost_update_is_money_lost_or_found() {
    let spending: [&[(usize, i64)]; 2] = [&[(0, -3)], &[(0, -2)]];
    let all = setup(1, &spending, against(Countermeasure::Nothing));
    let explored = explore(all, QUIESCENT, Representation::Collapsed);
    assert_eq!(explored.violated, [Property::Conservation.name()]);
}

/// As without looking first, whatever is done about isolation.
#[test]
fn a_crash_anywhere_keeps_every_property_of_sagas_that_look_first() {
    let (paid, refused) = ([(0, -3), (1, 3)], [(0, 3), (1, -11)]);
    let looking = COUNTERMEASURES.into_iter().filter(|c| *c != Countermeasure::CommutativeUpdates);
    for countermeasure in looking {
        let knobs = || against(countermeasure);
        for bounds in [Bounds { budgets: CRASH, ..BAG }, Bounds { budgets: CRASH, ..QUIESCENT }] {
            // What only gives is never taken back, and what is refused first leaves nothing.
            let pivot = countermeasure == Countermeasure::PessimisticView;
            let little = pivot || bounds.timers == Timers::Quiescent;
            let order = [Property::CompensationOrder];
            let without = if little { &LITTLE[..] } else { &order[..] };
            holds(checking(setup(2, &[&paid], knobs()), without), bounds);
            let mut none = vec![Property::Conservation, Property::CompensationOrder];
            if pivot {
                none.extend(LITTLE);
                none.push(Property::ExactlyOnceEffect);
                none.push(Property::NoNegativeBalance);
            }
            holds(checking(setup(2, &[&refused], knobs()), &none), bounds);
        }
    }
}

#[test]
fn both_representations_agree_on_every_countermeasure() {
    for countermeasure in COUNTERMEASURES {
        let spending: [&[(usize, i64)]; 2] = [&[(0, -3)], &[(0, -2)]];
        let mut setup = setup(1, &spending, against(countermeasure));
        setup.check.extend([Property::NoDirtyRead, Property::NoLostUpdate]);
        both(&setup, Bounds { budgets: CRASH, ..QUIESCENT });
    }
}

/// Who is called may be down for good: the orchestrator gives up, and does not wait for ever. That
/// it may itself be down for good is another matter.
#[test]
fn who_gives_up_says_so() {
    let knobs = Knobs { gives_up: true, ..hasty() };
    let check = vec![Property::Termination, Property::ExactlyOnceEffect];
    let setup = Setup { check, ..setup(1, &[&[(0, -3)]], knobs) };
    let explored = holds(setup, Bounds { budgets: CRASH, restarts: false, ..BAG });
    let kinds = explored.coverage;
    assert!(kinds.exercised("deliver undo to service") > 0);
    assert!(!kinds.unwritten.contains(&"given-up"), "{:?}", kinds.unwritten);
}

/// No service waits, and none knows that the saga is not over.
#[test]
fn an_orchestrator_that_never_comes_back_leaves_half_a_saga() {
    let bounds = Bounds { budgets: CRASH, restarts: false, ..QUIESCENT };
    let half = setup(2, &[&[(0, -3), (1, 3)]], Knobs::default());
    let outcome = Setup { check: vec![Property::SagaOutcome], ..half };
    let explored = explore(outcome, bounds, Representation::Collapsed);
    assert_eq!(explored.violated, [Property::SagaOutcome.name()]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let knobs = Knobs { pivot: Some("nobody".to_owned()), ..Knobs::default() };
    let refused = setup(1, &[&[(0, 1)]], knobs).build().err().expect("there is no such service");
    assert_eq!(refused.to_string(), "there is no service `nobody`");
    let knobs = Knobs { retries: 11, ..Knobs::default() };
    assert!(setup(1, &[&[(0, 1)]], knobs).build().is_err());
}
