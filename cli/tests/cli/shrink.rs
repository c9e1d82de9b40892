//! Failures are made short: by `run`, by `check`, and by `shrink`.

use crate::tool::{Folder, broken, sound, transfer};

#[test]
fn a_failing_run_is_shown_short_unless_it_shall_be_whole() {
    let folder = Folder::new("shrink-run");
    folder.file("a.ron", &broken("holds"));
    let run = |more: &[&str]| folder.run(&[&["run", "a.ron"], more].concat()).code(1);
    let ran = run(&[]).says("is violated by seed ").says("in a world without a clock");
    let ran = ran.says("needs step ").says("or what it was shrunk to").says("╳ crashes");
    let (token, path) = (ran.token(), ran.path());
    folder.run(&["replay", &token]).code(0).says("reproduced: ");
    folder.run(&["replay", &path]).code(0).says("reproduced: ");
    let example = run(&["--format", "json"]).json()["counterexample"].clone();
    assert_eq!(example["token"].as_str(), Some(&*token), "the run's own");
    assert_eq!(example["shrunk"]["token"].as_str(), Some(&*path));
    assert!(example["shrunk"]["needed"].as_array().is_some_and(|needed| needed.len() == 1));
    let whole = run(&["--no-shrink"]);
    assert!(!whole.out.contains("shrunk") && !whole.out.contains("dtxp1-"), "{}", whole.out);
    let whole = run(&["--no-shrink", "--format", "json"]).json();
    assert!(whole["counterexample"]["shrunk"].is_null());
    let checked = folder.run(&["check", "a.ron"]).code(1);
    checked.says("in a world without a clock").says("NOT AS EXPECTED");
}

/// Its client gives up after a second, and only a clock knows when that is.
#[test]
fn what_cannot_be_shrunk_is_shown_as_it_is_and_says_why() {
    let folder = Folder::new("shrink-not");
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../scenarios/three-phase-commit/total-failure-waits.ron"
    );
    let text = std::fs::read_to_string(path).expect("a scenario of the library");
    folder.file("a.ron", &text);
    let ran = folder.run(&["run", "a.ron"]).code(0).says("! not shrunk: ");
    let ran = ran.says("ms  client").says("dtxsim replay --scenario a.ron");
    assert!(!ran.out.contains("dtxp1-"), "{}", ran.out);
    folder.run(&["shrink", &ran.token()]).code(3).says("not shrunk: ");
    let json = folder.run(&["run", "a.ron", "--format", "json"]).code(0).json();
    assert!(json["counterexample"]["unshrunk"].is_string());
}

#[test]
fn seeds_tokens_and_paths_can_be_shrunk() {
    let folder = Folder::new("shrink");
    folder.file("a.ron", &broken("holds"));
    let ran = folder.run(&["run", "a.ron"]).code(1);
    let (token, path) = (ran.token(), ran.path());
    let by_token = folder.run(&["shrink", &token]).code(0).says("as it was when");
    let by_token = by_token.says("shrunk from ").says("╳ crashes").says("to see it again");
    assert_eq!(by_token.path(), path, "the one that `run` shows");
    let seed = ran.out.split("by seed ").nth(1).and_then(|rest| rest.split(' ').next());
    let seed = seed.expect("a seed").trim_end_matches(':');
    let by_seed = folder.run(&["shrink", "a.ron", "--seed", seed]).code(0);
    assert_eq!(by_seed.path(), path);
    let again = folder.run(&["shrink", &path, "--trace", "list"]).code(0);
    assert_eq!(again.path(), path, "shorter it does not get");
    again.says("nothing can be left out of its ").says("coordinator crashes");
    assert!(folder.run(&["shrink", &path, "--ascii"]).code(0).out.is_ascii());
    let elsewhere = Folder::new("shrink-elsewhere");
    elsewhere.run(&["shrink", &path]).code(2).complains("a.ron is not here");
    elsewhere.file("b.ron", &broken("holds"));
    elsewhere.run(&["shrink", &path, "--scenario", "b.ron"]).code(0).says("as it was when");
}

#[test]
fn what_has_nothing_to_shrink_ends_with_2() {
    let folder = Folder::new("shrink-bad");
    folder.file("a.ron", &broken("holds")).file("b.ron", &sound());
    let ran = folder.run(&["run", "a.ron"]).code(1);
    let refused = |args: &[&str], what: &str| {
        folder.run(&[&["shrink"], args].concat()).code(2).complains(what);
    };
    refused(&["b.ron", "--seed", "1"], "seed 1 violates nothing");
    refused(&["b.ron"], "say which seed of b.ron");
    refused(&[&ran.token(), "--property", "durability"], "does not violate durability");
    refused(&["none.ron"], "a token begins with");
    refused(&[&ran.path()[..30]], "the end of the token is missing");
    refused(&["none.ron", "--seed", "1"], "none.ron");
    folder.file("a.ron", &broken("holds").replace("unforced_decision", "ack_before_force"));
    for token in [ran.token(), ran.path()] {
        let ran = folder.run(&["shrink", &token]).code(2).says("has changed since");
        ran.says("drifted: choice ");
    }
}

/// A failure of more than 500 events.
#[test]
fn a_long_failure_is_shown_in_few_events() {
    let folder = Folder::new("shrink-long");
    let crash = r#"crash(process: "coordinator", when: sent(message: "commit"), restart: never)"#;
    let rest = format!("faults: (script: [{crash}]), check: [termination], seeds: (0, 5),");
    folder.file("a.ron", &transfer("two_phase_commit", &rest));
    let report = folder.run(&["run", "a.ron", "--format", "json"]).code(1).json();
    let shrunk = &report["counterexample"]["shrunk"];
    assert!(shrunk["events_before"].as_u64() > Some(500), "{shrunk}");
    assert!(shrunk["events"].as_u64() < Some(20), "{shrunk}");
    assert!(!shrunk["waits"].as_array().expect("somebody waits").is_empty());
}
