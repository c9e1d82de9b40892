//! Reports on explorations, as golden files.

use std::sync::atomic::AtomicBool;

use dtxsim_core::sweep::Experiment;
use dtxsim_core::untimed::{
    Bounds, Budgets, Caps, CutShort, Exploration, Growing, Growth, Order, Plan, Reductions,
    Representation, Timers,
};
use dtxsim_core::verdict::{Verdict, conclude_explored, conclude_required};
use dtxsim_reports::human::{Entry, coverage, summary};
use dtxsim_reports::{Expectation, Human, Meta, Render, Report, Search};

use crate::{both, golden, once, ping};

const CAPS: Caps = Caps { states: 1_000_000, memory: 64_000_000 };

fn calm() -> Bounds {
    Bounds { timers: Timers::Quiescent, ..Bounds::default() }
}

fn explored(bounds: Bounds, order: Order, caps: Caps) -> Exploration {
    let plan = Plan {
        bounds,
        order,
        representation: Representation::default(),
        reductions: Reductions::default(),
        caps,
        traces: true,
        enough: &|violated| !violated.is_empty(),
        interrupt: &AtomicBool::new(false),
    };
    let explored = ping::calm().explore(&plan, &mut |_| {});
    // What the engine needs is its own business, and so is what it saw before it found something.
    let explored = Exploration { local_steps: 42, memory: 123_456, ..explored };
    match explored.cut_short {
        Some(CutShort::Found) => Exploration { distinct: 9, transitions: 17, ..explored },
        Some(_) | None => explored,
    }
}

fn search(order: Order, caps: Caps) -> Search {
    Search { order, caps, ignored: Vec::new(), options: Vec::new(), required: Vec::new() }
}

fn meta(expected: Expectation) -> Meta {
    Meta {
        name: "ping".to_owned(),
        file: Some("some where/ping.ron".to_owned()),
        protocol: "ping(retry)".to_owned(),
        seeds: 0..0,
        expected,
        script: Vec::new(),
    }
}

fn report(search: &Search, explored: &Exploration, expected: Expectation) -> Report {
    let world = ping::calm();
    let meta = meta(expected);
    let costs = (&world.names(), &world.ledger());
    Report::explored(&meta, search, costs, explored, &conclude_explored(explored))
}

fn reported(bounds: Bounds, expected: Expectation) -> Report {
    let search = search(Order::Breadth, CAPS);
    report(&search, &explored(bounds, Order::Breadth, CAPS), expected)
}

#[test]
fn a_pass_says_within_what_it_is_exhausted() {
    let report = reported(calm(), Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Holds, true));
    both("explored-holds", &report);
}

#[test]
fn a_violation_comes_with_a_shortest_path_without_times() {
    let bounds = Bounds::default();
    let report = reported(bounds, once());
    assert_eq!((report.verdict, report.as_expected), (Verdict::Violated, true));
    both("explored-violated", &report);
    let lines = report.counterexample.expect("there is one").trace;
    assert!(lines.iter().all(|line| !line.text.contains("ms")), "there is no clock: {lines:?}");
    let depth = Order::Depth;
    let report = self::report(&search(depth, CAPS), &explored(bounds, depth, CAPS), once());
    assert_eq!(report.states.and_then(|extent| extent.depth), None);
    assert!(!Human::default().render(&report).contains("no earlier"), "who knows");
}

#[test]
fn what_leads_nowhere_good_says_since_when() {
    let budgets = Budgets { crashes: 1, ..Budgets::default() };
    let bounds = Bounds { budgets, restarts: false, ..calm() };
    let answered = Expectation::Violates(vec!["answered".to_owned()]);
    let report = reported(bounds, answered);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Violated, true));
    assert!(report.counterexample.as_ref().is_some_and(|example| example.stuck.is_some()));
    both("explored-stuck", &report);
}

#[test]
fn what_was_cut_short_is_no_pass_and_says_what_was_seen() {
    let caps = Caps { states: 4, ..CAPS };
    let explored = explored(calm(), Order::Breadth, caps);
    let mut search = search(Order::Breadth, caps);
    search.ignored = vec!["faults".to_owned(), "loss of the network".to_owned()];
    search.options = vec!["--states 4".to_owned()];
    let report = report(&search, &explored, Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Inconclusive, false));
    both("explored-cut-short", &report);
}

#[test]
fn memory_and_interruptions_cut_short_as_well() {
    let search = search(Order::Breadth, CAPS);
    let mut explored = explored(calm(), Order::Breadth, CAPS);
    explored.cut_short = Some(CutShort::Memory);
    let text = Human::default().render(&report(&search, &explored, Expectation::Inconclusive));
    assert!(text.contains("the cap of 64.0 MB of memory is") && text.contains("as expected"));
    explored.cut_short = Some(CutShort::Interrupted);
    let report = report(&search, &explored, Expectation::Inconclusive);
    assert_eq!((report.as_expected, report.runs.interrupted), (false, true));
    assert!(Human::default().render(&report).contains("  ! interrupted after "));
}

#[test]
fn a_budget_that_was_not_felt_is_named() {
    let budgets = Budgets { partitions: 1, ..Budgets::default() };
    let mut explored = explored(calm(), Order::Breadth, CAPS);
    explored.bounds.budgets = budgets;
    explored.faults.partitions = 3;
    let report = report(&search(Order::Breadth, CAPS), &explored, Expectation::Holds);
    assert_eq!(report.verdict, Verdict::Vacuous);
    both("explored-vacuous", &report);
}

#[test]
fn what_is_required_and_missing_is_no_pass_and_is_named() {
    let explored = explored(calm(), Order::Breadth, CAPS);
    let names = explored.coverage.items().into_iter().map(|item| item.name);
    let mut required: Vec<String> = names.take(1).collect();
    required.push("drop pong".to_owned());
    let search = Search { required: required.clone(), ..search(Order::Breadth, CAPS) };
    let world = ping::calm();
    let meta = meta(Expectation::Holds);
    let costs = (&world.names(), &world.ledger());
    let conclusion = conclude_required(&explored, &required);
    let report = Report::explored(&meta, &search, costs, &explored, &conclusion);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Vacuous, false));
    let text = Human::default().render(&report);
    assert!(text.contains("required and never exercised: drop pong (there is no"), "{text}");
    assert!(!text.contains(&format!("never exercised: {}", required[0])), "{text}");
    let violated = Exploration { violated: vec!["once"], ..explored };
    let conclusion = conclude_required(&violated, &required);
    let meta = self::meta(once());
    let report = Report::explored(&meta, &search, costs, &violated, &conclusion);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Violated, false));
}

#[test]
fn all_that_was_exercised_can_be_listed() {
    let budgets = Budgets { crashes: 1, drops: 1, ..Budgets::default() };
    let report = reported(Bounds { budgets, ..calm() }, Expectation::Holds);
    golden("explored-coverage.txt", &coverage(&report, false));
}

#[test]
fn who_keeps_growing_is_named_with_what_grows() {
    let caps = Caps { states: 4, ..CAPS };
    let mut explored = explored(calm(), Order::Breadth, caps);
    let part = "items of `heard` in its state".to_owned();
    explored.growth = vec![Growth {
        process: "a".to_owned(),
        locals: 90,
        chain: 50,
        looked_at: 25,
        parts: vec![Growing { part, from: 25, to: 50, rises: 25 }],
        by: vec!["timer tick".to_owned()],
        first: "Some(State { heard: [1, 2] })".to_owned(),
        last: "Some(State { heard: [1, 2, 3] })".to_owned(),
    }];
    let search = search(Order::Breadth, caps);
    both("explored-growing", &report(&search, &explored, Expectation::Inconclusive));
}

#[test]
fn a_summary_counts_states_of_what_was_explored() {
    let report = reported(calm(), Expectation::Holds);
    golden("explored-summary.txt", &summary(&[Entry::Ran(&report)], false));
}
