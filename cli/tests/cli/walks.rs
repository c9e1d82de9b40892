//! `explore --walk`, and scenarios that ask for random walks.

use crate::tool::{Folder, transfer};

/// Two banks, one crash.
fn banks(protocol: &str, rest: &str) -> String {
    transfer(protocol, &format!("check: [agreement, termination], {rest}"))
}

const BROKEN: &str = "two_phase_commit(broken: unforced_decision)";
const SMALL: &str = "explore: (crashes: 1),";

#[test]
fn walks_that_find_nothing_are_sampled_and_no_more() {
    let folder = Folder::new("walks");
    folder.file("a.ron", &banks("two_phase_commit", SMALL));
    let args = ["explore", "a.ron", "--walk", "--walks", "50"];
    let ran = folder.run(&args).code(0).says("SAMPLED (50 walks, ").says("as expected");
    let ran = ran.says("within: bag network, timers any, 1\n  crash)").says("coverage: 10 walks");
    let text = ran.out.to_lowercase();
    assert!(!text.contains("holds") && !text.contains("exhausted"), "{text}");
    assert_eq!(ran.err, "", "nothing to complain about");
    assert_eq!(folder.run(&args).code(0).out, ran.out, "the same arguments give the same bytes");
    let other = folder.run(&[&args[..], &["--seed", "50"]].concat()).code(0);
    assert_ne!(other.out, ran.out);
    let json = [&args[..], &["--format", "json"]].concat();
    let report = folder.run(&json).code(0).json();
    assert_eq!((&report["mode"], &report["verdict"]), (&"walk".into(), &"holds".into()));
    assert!(report["states"].is_null() && report["exploration"].is_null(), "not all of it");
    assert_eq!((&report["walk"]["walks"], &report["walk"]["asked"]), (&50.into(), &50.into()));
    assert!(report["walk"]["distinct"].as_u64() > Some(50));
}

#[test]
fn a_finding_is_credited_short_and_can_be_replayed() {
    let folder = Folder::new("walks-found");
    folder.file("a.ron", &banks(BROKEN, SMALL));
    let args = ["explore", "a.ron", "--walk", "random,pos"];
    let ran = folder.run(&args).code(1).says("VIOLATED agreement (sampled: ");
    let ran = ran.says("found by the tactic ").says("shrunk from ").says("╳ crashes");
    let ran = ran.says("needs step ").says("dtxsim explore a.ron --walk random,pos");
    assert_eq!(ran.out.matches("dtxp1-").count(), 1, "one token, of what is shown: {}", ran.out);
    let replayed = folder.run(&["replay", &ran.path()]).code(0);
    replayed.says("as it was when the token was made").says("reproduced: ");
    let json = [&args[..], &["--format", "json"]].concat();
    let example = folder.run(&json).code(1).json()["counterexample"].clone();
    let tactic = example["found_by"]["tactic"].as_str().expect("somebody found it");
    assert!(["random", "pos"].contains(&tactic), "{tactic}");
    let count = |name: &str| example["shrunk"][name].as_u64().expect("a number");
    assert!(count("events") <= count("events_before") && count("events") < 30, "{example}");
    assert_eq!(example["shrunk"]["token"].as_str(), Some(&*ran.path()));
    let long = example["token"].as_str().expect("a token").to_owned();
    folder.run(&["replay", &long]).code(0).says("reproduced: ");
    let whole = folder.run(&[&args[..], &["--no-shrink"]].concat()).code(1);
    assert!(!whole.out.contains("shrunk") && whole.path() == long, "{}", whole.out);
}

#[test]
fn a_scenario_can_ask_for_walks() {
    let folder = Folder::new("walks-scenario");
    let walk = |tactics: &str, expect: &str| {
        let explore = format!("explore: (crashes: 1, walk: ({tactics})), expect: {expect},");
        banks(BROKEN, &explore)
    };
    folder.file("a.ron", &walk("walks: 2000", "violates([agreement])"));
    folder.run(&["check", "a.ron"]).code(0).says("violated").says("as expected");
    let run = folder.run(&["run", "a.ron"]).code(0).says("VIOLATED agreement (sampled: ");
    assert_eq!(run.out, folder.run(&["explore", "a.ron"]).code(0).out);
    folder.run(&["explore", "a.ron", "--no-walk"]).code(0).says("states until it was found");
    // One walk is too few; that it finds nothing is as good as any sample.
    folder.file("b.ron", &walk("walks: 1, tactics: [delay]", "holds"));
    folder.run(&["check", "b.ron"]).code(0).says("sampled").says("as expected");
    folder.file("c.ron", &walk("walks: 1, tactics: [delay]", "violates([agreement])"));
    folder.run(&["check", "c.ron"]).code(1).says("NOT AS EXPECTED");
    let args = ["explore", "b.ron", "--walk", "--walks", "2000"];
    folder.run(&args).code(1).says("VIOLATED agreement");
}

#[test]
fn a_budget_that_no_walk_felt_ends_with_3() {
    let folder = Folder::new("walks-vacuous");
    let rest =
        "hosts: {\"bank_b\": \"bank_a\", \"coordinator\": \"bank_a\"}, explore: (crashes: 1),";
    folder.file("a.ron", &banks("two_phase_commit", rest));
    let args = ["explore", "a.ron", "--walk", "delay", "--walks", "2", "--crashes", "1"];
    let ran = folder.run(&args).code(3).says("VACUOUS");
    ran.says("the budget's crash never happened");
}

#[test]
fn what_makes_no_sense_ends_with_2() {
    let folder = Folder::new("walks-bad");
    folder.file("a.ron", &banks("two_phase_commit", SMALL));
    let refused = |args: &[&str], what: &str| {
        let args: Vec<&str> = ["explore", "a.ron"].iter().chain(args).copied().collect();
        let ran = folder.run(&args).code(2);
        assert_eq!(ran.out, "", "{args:?}: nothing is walked");
        ran.complains(what);
    };
    refused(&["--walks", "5"], "`--walks` is for random walks");
    refused(&["--seed", "5"], "add `--walk`");
    refused(&["--walk", "--states", "5"], "no use for `--states`");
    refused(&["--walk", "--order", "depth"], "no use for `--order`");
    refused(&["--walk", "bfs"], "portfolio");
    refused(&["--walk", "--walks", "0"], "1..=1000000000");
    refused(&["--walk", "--steps", "5001"], "1..=5000");
    refused(&["--walk", "--no-walk"], "cannot be used with");
    refused(&["--walk", "--seed", "18446744073709551615"], "18446744073709551615");
}
