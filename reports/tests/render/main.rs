//! What renderers print, as golden files; `DTXSIM_BLESS=1` rewrites them.

mod anything;
mod diagrams;
mod explored;
mod ping;
mod tale;
mod walked;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dtxsim_core::sweep::{Experiment, Sweep, SweepPlan, sweep};
use dtxsim_core::timed::World;
use dtxsim_core::token::{Token, drift};
use dtxsim_core::verdict::{Verdict, conclude};
use dtxsim_reports::human::{Entry, summary};
use dtxsim_reports::{
    Expectation, Human, Json, Meta, Render, Report, Weight, Witness, Words, fold, full,
    script_names,
};
use ping::{Ping, WORDS};

const RUNS: u64 = 100;

fn swept(world: &World<Ping>, expected: &Expectation, interrupted: bool) -> Sweep {
    let interrupt = AtomicBool::new(interrupted);
    let enough = |violated: &[&'static str]| expected.enough(violated);
    let plan = SweepPlan { seeds: 0..RUNS, jobs: 1, enough: &enough, interrupt: &interrupt };
    sweep(world, &plan, &mut |_| {})
}

fn report(world: &World<Ping>, expected: Expectation, sweep: &Sweep) -> Report {
    let words = Words { messages: WORDS, records: WORDS, notes: WORDS };
    let meta = Meta {
        name: "ping".to_owned(),
        file: Some("some where/ping.ron".to_owned()),
        protocol: "ping(retry)".to_owned(),
        seeds: 0..RUNS,
        expected,
        script: script_names(&world.faults.script, &world.protocol.0, words),
    };
    let conclusion = conclude(world, sweep);
    let recorded = sweep.failures.first().map(|failure| world.record(failure.seed));
    let token = recorded.as_ref().map(|(outcome, trace)| Token::new("ping.ron", 7, outcome, trace));
    let witness = recorded.as_ref().zip(token.as_ref());
    let witness = witness.map(|((outcome, trace), token)| Witness { outcome, trace, token });
    Report::new(&meta, &world.names(), sweep, &conclusion, witness)
}

fn reported(world: &World<Ping>, expected: Expectation) -> Report {
    let sweep = swept(world, &expected, false);
    report(world, expected, &sweep)
}

fn once() -> Expectation {
    Expectation::Violates(vec!["once".to_owned()])
}

/// Compares with a file, or writes it.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/golden").join(name);
    if std::env::var_os("DTXSIM_BLESS").is_some() {
        fs::write(&path, text).expect("golden files can be written");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == wanted, "{name} differs; DTXSIM_BLESS=1 rewrites it. Now:\n{text}");
}

fn both(name: &str, report: &Report) {
    let human = Human::default().render(report);
    golden(&format!("{name}.txt"), &human);
    let wide = |line: &&str| {
        line.chars().count() > 80 && !line.contains("dtx1-") && !line.contains("dtxp1-")
    };
    assert_eq!(human.lines().find(wide), None, "wider than 80 columns");
    let json = Json.render(report);
    assert_eq!(json.matches('\n').count(), 1, "one object a line");
    let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("it is JSON");
    golden(&format!("{name}.json"), &(pretty + "\n"));
}

#[test]
fn a_pass_says_that_it_is_a_sample() {
    let report = reported(&ping::calm(), Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Holds, true));
    both("holds", &report);
}

#[test]
fn a_violation_shows_how_it_came_about() {
    let report = reported(&ping::losing(1), once());
    assert_eq!((report.verdict, report.as_expected), (Verdict::Violated, true));
    both("violated", &report);
    let unexpected = reported(&ping::losing(1), Expectation::Holds);
    assert_eq!(unexpected.missed.as_deref(), Some("the scenario expects: holds"));
}

#[test]
fn who_waits_for_whom_is_said() {
    let report = reported(&ping::dying(), once());
    assert_eq!(
        report.missed.as_deref(),
        Some("expected, and not seen: once violated; not expected: answered violated")
    );
    both("waiting", &report);
}

#[test]
fn what_never_happened_is_named() {
    let report = reported(&ping::idle(), Expectation::Holds);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Vacuous, false));
    both("vacuous", &report);
}

#[test]
fn the_limit_of_steps_is_no_pass() {
    let mut world = ping::calm();
    world.limits.steps = 5;
    let report = reported(&world, Expectation::Holds);
    assert_eq!(report.verdict, Verdict::Inconclusive);
    both("limit", &report);
    // Not even if no property minds.
    world.monitors = Box::new(|_| Vec::new());
    assert_eq!(reported(&world, Expectation::Holds).verdict, Verdict::Inconclusive);
}

#[test]
fn an_interruption_is_nobodys_expectation() {
    let world = ping::calm();
    let sweep = swept(&world, &Expectation::Inconclusive, true);
    let report = report(&world, Expectation::Inconclusive, &sweep);
    assert_eq!((report.verdict, report.as_expected), (Verdict::Inconclusive, false));
    both("interrupted", &report);
}

#[test]
fn two_runs_of_one_seed_are_no_evidence_at_all() {
    let world = ping::calm();
    let mut sweep = swept(&world, &Expectation::Holds, false);
    sweep.divergence = Some(dtxsim_core::sweep::Divergence {
        seed: 7,
        step: 3,
        texts: ["asker -> answerer: ask(0)".to_owned(), "asker: timer retry(0)".to_owned()],
    });
    let report = report(&world, Expectation::Holds, &sweep);
    assert_eq!(report.verdict, Verdict::Nondeterministic);
    golden("nondeterministic.txt", &Human::default().render_briefly(&report, &[]));
}

#[test]
fn long_traces_are_folded_and_say_how_much_is_left_out() {
    let world = ping::losing(30);
    let (outcome, trace) = world.record(3);
    let step = outcome.violations[0].step;
    let folded = fold(&trace, Some(step));
    assert!(folded.iter().any(|line| line.weight == Weight::Violates));
    let steps =
        |text: &str| text.trim().split(' ').nth(1).unwrap_or("0").parse::<usize>().unwrap_or(0);
    let left_out: usize =
        folded.iter().filter(|line| line.weight == Weight::Gap).map(|line| steps(&line.text)).sum();
    let shown = folded.iter().filter(|line| line.text.as_bytes()[5].is_ascii_digit()).count();
    assert_eq!(shown + left_out, trace.steps.len());
    // At rest: a violation after the last step belongs to it.
    let end = trace.steps.len() as u64;
    let at_rest = fold(&trace, Some(end));
    assert_eq!(
        at_rest.iter().rfind(|l| l.text.starts_with('>')).map(|l| l.weight),
        Some(Weight::Violates)
    );
    golden("folded.txt", &Human::default().lines(&at_rest));
}

#[test]
fn a_whole_trace_has_every_step_and_every_effect() {
    let (outcome, trace) = ping::losing(1).record(0);
    let text = Human::default().lines(&full(&trace, Some(outcome.violations[0].step)));
    golden("trace.txt", &text);
    let effects: usize = trace.steps.iter().map(|step| step.effects.len()).sum();
    let words = |text: &str| text.split_whitespace().count();
    // The core's own text has one effect a line; here they are joined by semicolons.
    assert!(effects > 0 && words(&text) >= words(&trace.to_string()));
}

#[test]
fn a_run_is_known_again_by_its_token() {
    let world = ping::losing(1);
    let (outcome, trace) = world.record(5);
    let text = Token::new("ping.ron", 7, &outcome, &trace).to_string();
    let token: Token = text.parse().expect("it was just made");
    assert_eq!(drift(&token, &world.record(5).1), None);
    assert!(drift(&token, &ping::calm().record(5).1).is_some());
    assert!(drift(&token, &world.record(6).1).is_some());
}

#[test]
fn colours_change_nothing_but_colour() {
    let report = reported(&ping::dying(), once());
    let painted = Human { colour: true }.render(&report);
    assert_ne!(painted, Human::default().render(&report));
    let mut plain = String::new();
    for (n, piece) in painted.split('\u{1b}').enumerate() {
        plain += if n == 0 { piece } else { piece.split_once('m').expect("it ends").1 };
    }
    assert_eq!(plain, Human::default().render(&report));
}

#[test]
fn a_summary_has_a_line_for_every_file() {
    let good = reported(&ping::calm(), Expectation::Holds);
    let bad = reported(&ping::dying(), once());
    let entries = [
        Entry::Ran(&good),
        Entry::Ran(&bad),
        Entry::Unusable { file: "broken.ron" },
        Entry::NotRun { file: "later.ron" },
    ];
    golden("summary.txt", &summary(&entries, false));
}
