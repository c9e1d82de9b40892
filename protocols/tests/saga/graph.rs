//! Sagas whose steps form a graph.

use dtxsim_core::random::{Concern, Stream};
use dtxsim_core::untimed::{Bounds, Budgets, Representation};
use dtxsim_core::{Effect, Event, Outbox, ProcessId, Protocol, RequestId};
use dtxsim_protocols::common::{Business, TxId};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::saga::{
    Countermeasure, FailedStep, Flaw, Graph, Knobs, Message, Record, Saga, Workers,
};
use dtxsim_protocols::{Setup, SetupError};

use crate::{BAG, CRASH, LITTLE, NONE, QUIESCENT, both, checking, explore, hasty, holds, setup};

const FORK: [(&str, &str); 2] = [("s1", "s0"), ("s2", "s0")];
const JOIN: [(&str, &str); 2] = [("s2", "s0"), ("s2", "s1")];

const PAID: [(usize, i64); 3] = [(0, 1), (1, -3), (2, -4)];
const REFUSED: [(usize, i64); 3] = [(0, 1), (1, -3), (2, -11)];

fn after(orders: &[(&'static str, &'static str)], knobs: Knobs) -> Knobs {
    let graph = Graph::new(orders.iter().copied()).expect("there is no circle");
    Knobs { after: Some(graph), ..knobs }
}

#[test]
fn both_representations_agree_on_graphs() {
    let flaws = [
        Flaw::ForwardCompensation,
        Flaw::ParallelCompensation,
        Flaw::LateRegistration,
        Flaw::UnforcedStep,
        Flaw::UndoForgotten,
    ];
    for broken in flaws.into_iter().map(Some).chain([None]) {
        let knobs = after(&FORK, Knobs { broken, ..hasty() });
        both(&setup(3, &[&REFUSED], knobs), QUIESCENT);
    }
    for orders in [&FORK[..], &JOIN, &[]] {
        let drop = Budgets { drops: 1, ..NONE };
        let budgets = if orders == FORK { CRASH } else { drop };
        let bounds = Bounds { budgets, ..QUIESCENT };
        both(&setup(3, &[&REFUSED], after(orders, hasty())), bounds);
    }
    let beside = after(&[], Knobs { gives_up: true, ..hasty() });
    both(&setup(2, &[&[(0, -3), (1, -11)]], beside), BAG);
}

/// A crash at every effect of every role, in a world in which time-outs are right and in one in
/// which they are not: whatever was under way at once is done, or undone.
#[test]
fn a_crash_anywhere_keeps_every_property_of_graphs() {
    for failed_step in [FailedStep::Classic, FailedStep::Dtm] {
        for orders in [&FORK[..], &JOIN, &[]] {
            let knobs = || after(orders, Knobs { failed_step, ..hasty() });
            let bounds = Bounds { budgets: CRASH, ..QUIESCENT };
            holds(checking(setup(3, &[&PAID], knobs()), &LITTLE), bounds);
            let mut none = vec![Property::Conservation];
            // Who is beside each other has no order.
            none.extend((orders != FORK).then_some(Property::CompensationOrder));
            holds(checking(setup(3, &[&REFUSED], knobs()), &none), bounds);
        }
        let knobs = after(&[("s1", "s0")], Knobs { failed_step, ..hasty() });
        let bounds = Bounds { budgets: CRASH, ..BAG };
        holds(setup(2, &[&[(0, -3), (1, 3)]], knobs.clone()), bounds);
        let beside = Knobs { after: Some(Graph::default()), ..knobs };
        let order = [Property::CompensationOrder];
        holds(checking(setup(2, &[&[(0, -3), (1, 3)]], beside), &order), bounds);
    }
}

#[test]
fn lost_messages_and_doubled_ones_change_nothing_of_graphs() {
    for budgets in [Budgets { drops: 1, ..NONE }, Budgets { duplicates: 1, ..NONE }] {
        let bounds = Bounds { budgets, ..QUIESCENT };
        for orders in [&FORK[..], &JOIN] {
            let mut none = vec![Property::Conservation];
            none.extend((orders != FORK).then_some(Property::CompensationOrder));
            holds(checking(setup(3, &[&REFUSED], after(orders, hasty())), &none), bounds);
        }
    }
}

#[track_caller]
fn loses(setup: Setup, bounds: Bounds, property: Property) {
    let setup = Setup { check: vec![property], ..setup };
    let explored = explore(setup.clone(), bounds, Representation::Collapsed);
    assert_eq!(explored.violated, [property.name()], "{}", setup.choice.label());
    let repaired = Setup { choice: setup.choice.repaired(), ..setup };
    let explored = explore(repaired, bounds, Representation::Collapsed);
    assert_eq!(explored.violated, [""; 0]);
    assert!(explored.premises.iter().all(|premises| *premises > 0));
}

#[test]
fn what_is_undone_whatever_came_after_what_is_caught() {
    for broken in [Flaw::ForwardCompensation, Flaw::ParallelCompensation] {
        let knobs = after(&FORK, Knobs { broken: Some(broken), ..hasty() });
        loses(setup(3, &[&REFUSED], knobs), QUIESCENT, Property::CompensationOrder);
    }
    // What has no order is undone all at once, and rightly so.
    let broken = Some(Flaw::ParallelCompensation);
    let knobs = after(&JOIN, Knobs { broken, ..hasty() });
    let order = [Property::Conservation, Property::CompensationOrder];
    holds(checking(setup(3, &[&REFUSED], knobs), &order), QUIESCENT);
}

/// The second refuses while the first is under way: nobody would undo it.
#[test]
fn what_is_under_way_beside_a_refusal_is_undone() {
    let knobs = after(&[], Knobs { broken: Some(Flaw::LateRegistration), ..Knobs::default() });
    let refused = setup(2, &[&[(0, -3), (1, -11)]], knobs);
    loses(refused, QUIESCENT, Property::CompensationComplete);
}

/// Where nobody waits for a step, its record may be lost: it is called again.
#[test]
fn a_step_that_lets_others_be_called_is_forced() {
    let broken = Some(Flaw::UnforcedStep);
    let knobs = after(&[("s1", "s0")], Knobs { broken, ..hasty() });
    let bounds = Bounds { budgets: CRASH, ..BAG };
    loses(setup(2, &[&[(0, 1), (1, -3)]], knobs), bounds, Property::CompensationComplete);
}

#[test]
fn behind_the_pivot_all_go_forward_beside_each_other() {
    let with = |orders: &[_], pivot: &str| {
        after(orders, Knobs { pivot: Some(pivot.to_owned()), ..hasty() })
    };
    let bounds = Bounds { budgets: CRASH, ..BAG };
    let paid = setup(3, &[&PAID], with(&FORK, "s0"));
    let explored = holds(checking(paid, &LITTLE), bounds);
    assert_eq!(explored.coverage.exercised("deliver undo to service"), 0);
    // One of them that is refused is no retriable one: a person must act.
    let only = [Property::Conservation, Property::SagaOutcome];
    let none: Vec<Property> = LITTLE.into_iter().chain(only).collect();
    let refused = setup(3, &[&REFUSED], with(&FORK, "s0"));
    let explored = holds(checking(refused, &none), Bounds { budgets: CRASH, ..QUIESCENT });
    assert!(explored.coverage.exercised("crash orchestrator at given-up") > 0);
    // What the pivot refuses is undone before it.
    let none = [Property::Conservation, Property::CompensationOrder];
    let refused = setup(3, &[&REFUSED], with(&JOIN, "s2"));
    holds(checking(refused, &none), Bounds { budgets: CRASH, ..QUIESCENT });
}

/// Whose step is in the middle takes no part: what comes after it comes after what is before it.
#[test]
fn an_order_goes_through_services_that_take_no_part() {
    let through = [("s1", "s2"), ("s2", "s0")];
    let chain = setup(3, &[&[(0, -3), (1, -11)]], after(&through, hasty()));
    let explored = explore(chain, QUIESCENT, Representation::Collapsed);
    let sequence =
        explore(setup(3, &[&[(0, -3), (1, -11)]], hasty()), QUIESCENT, Representation::Collapsed);
    assert_eq!(explored.distinct, sequence.distinct);
    let beside = setup(3, &[&[(0, -3), (1, -11)]], after(&[], hasty()));
    let explored = explore(beside, QUIESCENT, Representation::Collapsed);
    assert_ne!(explored.distinct, sequence.distinct);
}

/// Effects in words: what an orchestrator sent and forced; what it appends goes to its log.
fn told(out: &Outbox<Saga>, log: &mut Vec<Record>) -> Vec<String> {
    let mut told = Vec::new();
    for effect in out.effects() {
        match effect {
            Effect::Send { to, message } => told.push(format!("{message} to {to}")),
            Effect::Sync => told.push("sync".to_owned()),
            Effect::Append(record) => log.push(record.clone()),
            Effect::SetTimer(_) | Effect::CancelTimer(_) | Effect::Choose(_) | Effect::Note(_) => {}
        }
    }
    told
}

/// The services are processes 1 to 3.
#[test]
fn an_orchestrator_that_comes_back_calls_all_that_was_under_way() {
    let tx = TxId(0);
    let business: Business = setup(3, &[&PAID], Knobs::default()).business;
    let saga = Saga::new(&business, &[], after(&FORK, hasty())).expect("they fit together");
    let me = ProcessId(0);
    let work = business.work(&[1, 2, 3].map(ProcessId));
    let request = work.request(RequestId(0), &mut Stream::new(0, Concern::Workload));
    let mut log = Vec::new();
    let mut state = saga.boot(me, &log, &mut Outbox::default());
    let mut step = |event: Event<Saga>, log: &mut Vec<Record>| {
        let mut out = Outbox::default();
        saga.step(me, &mut state, event, &mut out);
        told(&out, log)
    };
    let answer = |from, message| Event::Message { from: ProcessId(from), message };
    let began = step(Event::Request { id: RequestId(0), request }, &mut log);
    assert_eq!(began, ["sync", "do tx0 to p1"]);
    assert_eq!(step(answer(2, Message::Done { tx }), &mut log), [""; 0], "it was not called");
    let forked = step(answer(1, Message::Done { tx }), &mut log);
    assert_eq!(forked, ["sync", "do tx0 to p2", "do tx0 to p3"]);
    assert_eq!(step(answer(2, Message::Done { tx }), &mut log), [""; 0], "nobody waits for it");
    let calls = |log: &[Record]| {
        let mut out = Outbox::default();
        saga.boot(me, log, &mut out);
        told(&out, &mut Vec::new())
    };
    assert_eq!(calls(&log), ["do tx0 to p3"]);
    assert_eq!(calls(&log[..log.len() - 1]), ["do tx0 to p2", "do tx0 to p3"]);
    let refused = step(answer(3, Message::Refused { tx }), &mut log);
    assert_eq!(refused, ["sync", "undo tx0 to p2"], "and what it comes after is left for later");
    assert_eq!(calls(&log), ["undo tx0 to p2"]);
    assert_eq!(step(answer(2, Message::Undone { tx }), &mut log), ["undo tx0 to p1"]);
    assert_eq!(calls(&log), ["undo tx0 to p1"]);
    assert_eq!(step(answer(1, Message::Undone { tx }), &mut log), ["sync"]);
    assert_eq!(calls(&log), [""; 0]);
}

#[track_caller]
fn refused(knobs: Knobs) -> String {
    let refused: Option<SetupError> = setup(3, &[&PAID], knobs).build().err();
    refused.expect("that does not fit").to_string()
}

#[test]
fn what_does_not_fit_a_graph_is_refused() {
    let pivot = Some("s1".to_owned());
    let beside = refused(after(&FORK, Knobs { pivot, ..hasty() }));
    assert_eq!(beside, "`s2` comes neither before nor after the pivot `s1`");
    assert_eq!(refused(after(&[("s9", "s0")], hasty())), "there is no service `s9`");
    let two = refused(after(&FORK, Knobs { workers: Workers::Two, ..hasty() }));
    assert!(two.contains("`after` takes `workers: one`"), "{two}");
    let countermeasure = Countermeasure::SemanticLock;
    let looks = refused(after(&FORK, Knobs { countermeasure, ..hasty() }));
    assert!(looks.contains("`after` takes `countermeasure: commutative_updates`"), "{looks}");
}
