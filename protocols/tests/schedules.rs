//! Explored counterexamples as schedules: as text, and replayed.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::sweep::Experiment;
use dtxsim_core::token::PathToken;
use dtxsim_core::trace::{Done, Trace};
use dtxsim_core::untimed::{
    Bounds, Budgets, Caps, Counterexample, Drift, Order, Plan, Reductions, Representation,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs};
use dtxsim_protocols::{Choice, Setup};

/// One transaction over that many services, with everything checked.
fn world(services: usize, broken: Option<Flaw>) -> Box<dyn Experiment + Send> {
    checked(services, broken, &bank::all(&Choice::TwoPhaseCommit(Knobs::default())))
}

fn checked(
    services: usize,
    broken: Option<Flaw>,
    check: &[Property],
) -> Box<dyn Experiment + Send> {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let branches = (0..services).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let choice = Choice::TwoPhaseCommit(Knobs { broken, ..Knobs::default() });
    let listed = vec![Listed { name: "t".into(), branches }];
    let setup = Setup { check: check.to_vec(), ..bank::setup(services, &[key], listed, choice) };
    setup.build().expect("it is expressible")
}

fn counterexamples(world: &dyn Experiment, bounds: Bounds) -> Vec<Counterexample> {
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: 1 << 20, memory: 1 << 30 },
        traces: true,
        enough: &|violated| !violated.is_empty(),
        interrupt: &AtomicBool::new(false),
    };
    world.explore(&plan, &mut |_| {}).violations
}

/// A trace without what it violates.
fn bare(trace: &Trace) -> Trace {
    let mut bare = trace.clone();
    for step in &mut bare.steps {
        step.effects.retain(|done| !matches!(done, Done::Violated(..)));
    }
    bare
}

/// Replays counterexamples from their texts.
fn come_back(world: &dyn Experiment, found: &[Counterexample]) {
    assert!(!found.is_empty());
    for Counterexample { violation, trace, schedule, .. } in found {
        let text = PathToken::new(("a.ron", 7), schedule, trace, violation.property).to_string();
        let token: PathToken = text.parse().expect("it was just written");
        assert_eq!(token.schedule, *schedule);
        let (again, violations) = world.replay(&token.schedule).expect("it is the same world");
        assert_eq!(bare(&again), bare(trace));
        assert_eq!(again.steps.last().map(|step| step.chain), Some(token.fingerprint));
        let names: Vec<_> = violations.iter().map(|found| found.property).collect();
        assert!(names.contains(&violation.property), "{names:?}");
    }
}

fn a_crash() -> Bounds {
    Bounds { budgets: Budgets { crashes: 1, ..Budgets::default() }, ..Bounds::default() }
}

#[test]
fn counterexamples_come_back_from_their_texts() {
    for flaw in [Flaw::VoteBeforePrepare, Flaw::UnforcedDecision, Flaw::AckBeforeForce] {
        let world = world(2, Some(flaw));
        let found = counterexamples(&*world, a_crash());
        come_back(&*world, &found);
    }
}

#[test]
fn so_do_those_that_end_stuck() {
    let world = world(2, None);
    let found = counterexamples(&*world, Bounds { restarts: false, ..a_crash() });
    assert!(found.iter().all(|found| found.stuck.is_some()));
    come_back(&*world, &found);
}

/// Where hosts may crash amid a step, and so which numbers choices have, depends on what is seen.
#[test]
fn a_path_fits_whatever_else_is_checked() {
    let flaw = Some(Flaw::UnforcedDecision);
    let few = checked(2, flaw, &[Property::Agreement]);
    let found = counterexamples(&*few, a_crash());
    come_back(&*few, &found);
    come_back(&*world(2, flaw), &found);
    // Who sees more than was seen then cannot judge it; who sees less can.
    let all = counterexamples(&*world(2, flaw), a_crash());
    let of_agreement = |found: &&Counterexample| found.violation.property == "agreement";
    let first = all.iter().find(of_agreement).expect("it is found");
    come_back(&*few, std::slice::from_ref(first));
    let blind = checked(2, flaw, &[Property::NonTriviality]);
    let (_, violations) = blind.replay(&found[0].schedule).expect("it is the same world");
    assert_eq!(violations, []);
}

#[test]
fn the_first_choice_that_no_longer_fits_is_named() {
    let found = counterexamples(&*world(2, Some(Flaw::UnforcedDecision)), a_crash());
    let mut schedule = found[0].schedule.clone();
    let healthy = world(2, None).replay(&schedule).expect_err("the flaw is needed");
    let (Drift::Choice { choice, .. } | Drift::Missing { choice, .. }) = healthy;
    assert!(choice > 0 && choice < schedule.choices.len() as u64, "{healthy}");
    schedule.choices[1].number = 1000;
    let wrong = world(2, Some(Flaw::UnforcedDecision)).replay(&schedule);
    let wrong = wrong.expect_err("there is no such choice");
    assert!(matches!(wrong, Drift::Missing { choice: 1, .. }), "{wrong}");
    assert!(wrong.to_string().starts_with("choice 1 no longer fits: only "), "{wrong}");
}
