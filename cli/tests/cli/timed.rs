//! Explored paths as timed runs.

use std::path::Path;

use dtxsim_core::token::PathToken;

use crate::tool::{Folder, broken, refusing, transfer};

fn explored(flaw: &str) -> String {
    let rest = "check: [agreement, termination], explore: (timers: quiescent, crashes: 1),";
    transfer(&format!("two_phase_commit{flaw}"), rest)
}

const FLAW: &str = "(broken: unforced_decision)";

fn made(folder: &Folder) -> String {
    folder.file("a.ron", &explored(FLAW)).run(&["explore", "a.ron"]).code(1).path()
}

#[test]
fn a_path_is_a_timed_run() {
    let folder = Folder::new("timed");
    let token = made(&folder);
    let ran = folder.run(&["replay", "--timed", &token]).code(0).says("the scenario is as it was");
    let ran = ran.says("events as a timed run").says("timers quiescent, 1 crash");
    let ran = ran.says("coordinator crashes").says("agreement is violated at step");
    let ran = ran.says("ms)").says("realised: ");
    assert!(!ran.out.contains("reproduced"), "{}", ran.out);
    let drawn = folder.run(&["replay", "--timed", &token, "--trace", "diagram"]).code(0);
    drawn.says("╳ crashes").says("realised: ");
    let report = folder.run(&["replay", "--timed", &token, "--format", "json"]).code(0).json();
    assert_eq!(report["reproduced"], true);
    assert!(report["deterministic"] == true && report["scenario_changed"] == false);
    assert_eq!(report["run"]["violations"][0]["property"], "agreement");
    assert!(report["run"]["violations"][0]["at_ns"].as_u64() > Some(0), "{report}");
    assert!(report["unrealised"].is_null() && report["scenario"]["file"] == "a.ron");
}

#[test]
fn a_path_of_which_there_is_none_names_what_contradicts() {
    let folder = Folder::new("timed-not");
    let scenario = "../scenarios/explored/unforced-collecting.ron";
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    let scenario = scenario.to_str().expect("it is printable");
    let token = folder.run(&["explore", scenario, "--format", "json"]).code(0).json();
    let token = token["counterexample"]["token"].as_str().expect("it has a token").to_owned();
    let ran = folder.run(&["replay", "--timed", &token]).code(2).says("client -> coordinator");
    let ran = ran.says("not realised: no times are right for all of it: ");
    ran.says("timer votes on tx0 of coordinator, set on step 2, runs out on step 3");
    let report = folder.run(&["replay", "--timed", &token, "--format", "json"]).code(2).json();
    assert!(report["run"].is_null() && report["reproduced"] == false);
    let clauses = report["unrealised"]["contradiction"].as_array().expect("there are clauses");
    let is_it = |clause: &serde_json::Value| {
        clause["runs-out"]["timer"] == "votes on tx0" && clause["runs-out"]["span_ns"] == 50_000_000
    };
    assert!(clauses.iter().any(is_it), "{report}");
}

#[test]
fn what_is_no_longer_so_is_said() {
    let folder = Folder::new("timed-drift");
    let text = made(&folder);
    let mut token: PathToken = text.parse().expect("it was just made");
    token.property = "termination".to_owned();
    let ran = folder.run(&["replay", "--timed", &token.to_string()]).code(2);
    let ran = ran.says("realised, ").says("termination is open: ").says("but termination is open");
    assert!(!ran.out.contains("no property is violated"), "{}", ran.out);
    folder.file("a.ron", &explored(""));
    let ran = folder.run(&["replay", "--timed", &text]).code(2).says("has changed since");
    ran.says("drifted: choice ");
    folder.file("b.ron", &broken("holds"));
    let run = folder.run(&["run", "b.ron"]).code(1).token();
    folder.run(&["replay", "--timed", &run]).code(2).complains("`--timed` is for paths");
    let seed = ["replay", "b.ron", "--seed", "1", "--timed"];
    folder.run(&seed).code(2).complains("cannot be used with");
    folder.run(&["replay", &text, "--format", "json"]).code(2).complains("--timed");
}

/// Who waits for ever in one world asks somebody else in the other, where the same path is no end.
#[test]
fn an_end_from_which_there_is_a_way_out_is_none_in_time_either() {
    let folder = Folder::new("timed-way-out");
    folder.file("a.ron", &refusing("", "timers: quiescent,"));
    let token = folder.run(&["explore", "a.ron"]).code(1).says("VIOLATED termination").path();
    let ran = folder.run(&["replay", "--timed", &token]).code(0);
    ran.says("termination is violated").says("realised: ");
    folder.file("a.ron", &refusing("(termination: cooperative)", "timers: quiescent,"));
    let ran = folder.run(&["replay", &token]).code(2).says("has changed since");
    ran.says("drifted: every choice fits, but termination is not violated");
    let ran = folder.run(&["replay", "--timed", &token]).code(2).says("has changed since");
    let ran = ran.says("realised, ").says("but termination is open");
    assert!(!ran.out.contains("termination is violated"), "{}", ran.out);
    assert!(!ran.out.contains("no property is violated"), "{}", ran.out);
    let report = folder.run(&["replay", "--timed", &token, "--format", "json"]).code(2).json();
    assert!(report["scenario_changed"] == true && report["deterministic"] == true);
    assert!(report["reproduced"] == false && report["run"]["violations"][0].is_null());
}
