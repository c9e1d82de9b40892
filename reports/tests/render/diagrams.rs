//! Sequence diagrams, as golden files, and what is true of all of them.

use dtxsim_core::Nanos;
use dtxsim_core::sweep::Experiment;
use dtxsim_core::trace::{Action, Done, Fated, Trace};
use dtxsim_reports::{Human, Style, Weight, diagram};

use crate::tale::{Tale, commit, fated, log, note, sent, shared};
use crate::{golden, ping};

const WIDE: Style = Style { width: 80, ascii: false };

fn drawn(name: &str, trace: &Trace, violation: Option<u64>, style: Style) {
    let lines = diagram(trace, violation, style);
    let wide = lines.iter().find(|line| line.text.chars().count() > style.width);
    assert_eq!(wide, None, "wider than {} columns", style.width);
    golden(name, &Human::default().lines(&lines));
}

#[test]
fn a_commit() {
    let trace = commit(&["coordinator", "bank_a", "bank_b"]);
    drawn("commit.diagram", &trace, None, WIDE);
    drawn("commit-wide.diagram", &trace, None, Style { width: 132, ascii: false });
    drawn("commit-ascii.diagram", &trace, None, Style { width: 80, ascii: true });
}

#[test]
fn a_world_without_a_clock_has_no_times() {
    let mut trace = commit(&["coordinator", "bank_a"]);
    trace.timed = false;
    drawn("untimed.diagram", &trace, None, WIDE);
}

#[test]
fn a_violation_with_a_lost_message_and_its_property() {
    let (outcome, trace) = ping::losing(1).record(0);
    let step = outcome.violations[0].step;
    drawn("violated.diagram", &trace, Some(step), WIDE);
    drawn("narrow.diagram", &trace, Some(step), Style { width: 40, ascii: false });
    let lines = diagram(&trace, Some(step), WIDE);
    let red: Vec<&str> = lines
        .iter()
        .filter(|line| line.weight == Weight::Violates)
        .map(|line| line.text.as_str())
        .collect();
    assert!(red[0].starts_with(&format!(">  {step} ")), "{red:?}");
    assert!(red.iter().any(|line| line.contains("VIOLATED once: ")), "{red:?}");
}

#[test]
fn a_message_that_comes_twice() {
    let mut tale = Tale::of(&["asker", "answerer"]);
    let twice = Fated::Doubled(Nanos::from_millis(3), Nanos::from_millis(5));
    let asked = tale.asks(0, "question", vec![fated(1, "ask", twice)]);
    let answered = tale.arrives(asked, (0, 1), "ask", vec![sent(0, "answer")]);
    tale.arrives(answered, (1, 0), "answer", vec![]);
    let again = tale.arrives(asked, (0, 1), "ask", vec![fated(0, "answer", Fated::Lost)]);
    assert_eq!(again, 5);
    drawn("doubled.diagram", &tale.trace, None, WIDE);
}

#[test]
fn a_crash_with_recovery() {
    let mut tale = Tale::on(&shared());
    let asked = tale.asks(0, "sale", vec![log("sale 0"), sent(2, "pay"), sent(1, "pack")]);
    let effects = vec![log("packed 0"), Done::Syncing, Done::CutShort];
    tale.arrives(asked, (0, 1), "pack", effects);
    tale.happens(Action::Crash { host: 0, logs: vec![(0, 1, 1), (1, 1, 0)] }, vec![]);
    let paid = tale.arrives(asked, (0, 2), "pay", vec![log("paid 0"), sent(0, "paid")]);
    let lost = Action::Undelivered { from: 2, to: 0, message: "paid".into(), why: "down" };
    let lost = tale.happens(lost, vec![]);
    tale.trace.steps[lost as usize].cause = Some(paid);
    tale.happens(Action::Refused { process: 0, request: "another sale".into() }, vec![]);
    tale.happens(Action::Restart { host: 0 }, vec![]);
    tale.happens(Action::Boot { process: 0, again: true, records: 1 }, vec![note("knows sale 0")]);
    tale.happens(Action::Boot { process: 1, again: true, records: 0 }, vec![]);
    drawn("crash.diagram", &tale.trace, None, WIDE);
}

#[test]
fn a_partition_a_pause_and_a_slow_clock() {
    let mut tale = Tale::of(&["a", "b", "c"]);
    tale.happens(Action::Partition { from: vec![0, 1], to: vec![2], both_ways: true }, vec![]);
    let timer = |process, timer: &str| Action::Timer { process, timer: timer.into() };
    tale.happens(timer(0, "tick"), vec![fated(2, "hello", Fated::Cut), sent(1, "hello")]);
    tale.happens(Action::Pause { host: 1, span: Nanos::from_millis(2) }, vec![]);
    tale.happens(Action::Skew { host: 2, stretch: "3/2".into() }, vec![]);
    tale.happens(timer(2, "tick"), vec![Done::Asked(2)]);
    tale.happens(Action::Chosen { process: 2, answer: 1 }, vec![]);
    tale.happens(Action::Resume { host: 1 }, vec![]);
    tale.arrives(4, (0, 1), "hello", vec![]);
    tale.happens(Action::Mend, vec![]);
    tale.happens(Action::Heal, vec![]);
    drawn("partition.diagram", &tale.trace, None, WIDE);
}

#[test]
fn a_long_run_is_folded() {
    let (outcome, trace) = ping::dying().record(3);
    drawn("long.diagram", &trace, Some(outcome.violations[0].step), WIDE);
}

#[test]
fn many_processes() {
    let names: Vec<String> = (1..8).map(|n| format!("participant_{n}")).collect();
    let mut all = vec!["coordinator"];
    all.extend(names.iter().map(String::as_str));
    drawn("eight.diagram", &commit(&all), None, WIDE);
}

#[test]
fn who_only_starts_gives_way_and_too_many_are_a_list() {
    let names: Vec<String> = (0..20).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut tale = Tale::of(&names);
    let asked = tale.asks(3, "hello", vec![sent(17, "hello")]);
    tale.arrives(asked, (3, 17), "hello", vec![]);
    drawn("bystanders.diagram", &tale.trace, None, WIDE);
    drawn("crowd.diagram", &commit(&names[..14]), None, WIDE);
}

#[test]
fn names_may_be_anything() {
    let names = ["café ☕ 漢字漢字漢字", "evil\u{1b}[2J\n", "x".repeat(200).leak(), "שלום"];
    let trace = commit(&names);
    golden("names.diagram", &Human::default().lines(&diagram(&trace, None, WIDE)));
    let ascii = diagram(&trace, None, Style { ascii: true, ..WIDE });
    assert!(ascii.iter().all(|line| line.text.is_ascii()));
}

#[test]
fn ten_thousand_steps_are_no_trouble() {
    let mut tale = Tale::of(&["a", "b"]);
    let mut last = tale.asks(0, "go", vec![sent(1, "ball")]);
    for n in 0..10_000 {
        let (from, to) = (n % 2, 1 - n % 2);
        last = tale.arrives(last, (from, to), "ball", vec![log("ball"), sent(from, "ball")]);
    }
    let lines = diagram(&tale.trace, Some(last), WIDE);
    assert!(lines.len() < 200, "{}", lines.len());
}
