//! Reports on random walks, and on what was made short, as golden files.

use std::sync::atomic::AtomicBool;

use dtxsim_core::sweep::Experiment;
use dtxsim_core::token::PathToken;
use dtxsim_core::untimed::{Bounds, ShrinkPlan, Tactic, Timers, WalkPlan, Walks};
use dtxsim_core::verdict::{Verdict, conclude_walked};
use dtxsim_reports::human::{Entry, summary};
use dtxsim_reports::{
    Expectation, Human, Meta, Render, Report, ShrunkReport, Walking, telling_walk,
};

use crate::{both, golden, once, ping, reported};

const ASKED: u64 = 40;

fn walks(bounds: Bounds, interrupted: bool, expected: &Expectation) -> Walks {
    let plan = WalkPlan {
        bounds,
        tactics: &Tactic::ALL,
        walks: ASKED,
        steps: 30,
        seed: 7,
        enough: &|violated| expected.enough(violated),
        interrupt: &AtomicBool::new(interrupted),
    };
    ping::calm().walk(&plan, &mut |_| ())
}

fn calm() -> Bounds {
    Bounds { timers: Timers::Quiescent, ..Bounds::default() }
}

fn report(walks: &Walks, expected: Expectation) -> Report {
    let world = ping::calm();
    let meta = Meta {
        name: "ping".to_owned(),
        file: Some("some where/ping.ron".to_owned()),
        protocol: "ping(retry)".to_owned(),
        seeds: 0..0,
        expected,
        script: Vec::new(),
    };
    let walking = Walking {
        asked: ASKED,
        steps: 30,
        seed: 7,
        ignored: vec!["faults".to_owned()],
        options: vec!["--walk portfolio".to_owned(), "--seed 7".to_owned()],
    };
    let costs = (&world.names(), &world.ledger());
    Report::walked(&meta, &walking, costs, walks, &conclude_walked(walks, ASKED))
}

#[test]
fn walks_that_find_nothing_are_a_sample_and_nothing_else() {
    let report = report(&walks(calm(), false, &Expectation::Holds), Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Holds, true));
    both("walked-sampled", &report);
    let text = Human::default().render(&report).to_lowercase();
    assert!(text.contains("sampled (40 walks") && !text.contains("holds"), "{text}");
    assert!(!text.contains("exhausted"), "{text}");
    golden("walked-summary.txt", &summary(&[Entry::Ran(&report)], false));
}

#[test]
fn a_finding_is_credited_and_shown_short() {
    let walks = walks(Bounds::default(), false, &once());
    let mut report = report(&walks, once());
    assert_eq!((report.verdict, report.as_expected), (Verdict::Violated, true));
    let found = telling_walk(&walks, &once()).expect("something was found");
    let found = &found.counterexample;
    let name = |schedule, trace| {
        PathToken::new(("some where/ping.ron", 7), schedule, trace, "once").text()
    };
    if let Some(example) = &mut report.counterexample {
        example.token = name(&found.schedule, &found.trace);
    }
    let plan = ShrinkPlan::new("once");
    let shrunk = ping::calm().shrink_schedule(&found.schedule, &plan).expect("it fails");
    let token = name(&shrunk.schedule, &shrunk.trace);
    report.shrink(Ok(ShrunkReport::new(&shrunk, token)));
    both("walked-violated", &report);
    let credits = &report.walk.as_ref().expect("there were walks").tactics;
    assert_eq!(credits.iter().map(|credit| credit.failing).sum::<u64>(), 1);
}

#[test]
fn walks_that_were_interrupted_are_no_pass() {
    let walks = walks(calm(), true, &Expectation::Holds);
    let report = report(&walks, Expectation::Inconclusive);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Inconclusive, false));
    let text = Human::default().render(&report);
    assert!(text.contains("interrupted after 0 of 40 walks"), "{text}");
}

#[test]
fn walks_that_never_rest_are_no_pass() {
    let walks = Walks { restless: 2, ..walks(calm(), false, &Expectation::Holds) };
    let report = report(&walks, Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Inconclusive, false));
    let text = Human::default().render(&report);
    assert!(text.contains("2 walks had not come to rest"), "{text}");
}

#[test]
fn a_run_is_shown_short_beside_its_seed() {
    let world = ping::losing(1);
    let mut report = reported(&world, once());
    let seed = report.counterexample.as_ref().and_then(|example| example.seed);
    let seed = seed.expect("a seed fails");
    let shrunk = world.shrink(seed, &ShrinkPlan::new("once")).expect("it fails without a clock");
    let token = PathToken::new(("ping.ron", 7), &shrunk.schedule, &shrunk.trace, "once");
    report.shrink(Ok(ShrunkReport::new(&shrunk, token.text())));
    both("shrunk", &report);
}

#[test]
fn a_run_that_cannot_be_shrunk_is_shown_and_it_is_said_why() {
    let mut report = reported(&ping::losing(1), once());
    report.shrink(Err("times matter".to_owned()));
    let text = Human::default().render(&report);
    assert!(text.contains("\n  ! not shrunk: times matter\n"), "{text}");
    assert!(text.contains("  step          time"), "the run itself: {text}");
}
