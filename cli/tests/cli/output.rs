//! What is printed where.

use std::io::Read;
use std::process::Stdio;

use crate::tool::{Folder, broken, sound};

#[test]
fn json_is_one_object_a_line() {
    let folder = Folder::new("json");
    folder.file("a.ron", &sound()).file("b.ron", &broken("violates([agreement])"));
    let ran = folder.run(&["run", "a.ron", "b.ron", "--format", "json"]).code(0);
    let reports: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(reports.len(), 2);
    let verdicts: Vec<&serde_json::Value> = reports.iter().map(|r| &r["verdict"]).collect();
    assert_eq!(verdicts, ["holds", "violated"]);
    for report in &reports {
        for field in [
            "format_version",
            "engine",
            "scenario",
            "protocol",
            "mode",
            "verdict",
            "expected",
            "as_expected",
            "properties",
            "runs",
            "steps",
            "messages",
            "writes",
            "delays",
            "latency",
            "intervals",
            "faults",
            "unfelt",
            "fingerprint",
        ] {
            assert!(!report[field].is_null(), "{field}");
        }
        assert!(report["states"].is_null());
    }
    let checked = folder.run(&["check", "a.ron", "b.ron", "--format", "json"]).code(0);
    assert_eq!(checked.out, ran.out, "check prints what run prints");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = Folder::new("pipe");
    folder.file("a.ron", &sound());
    for args in [
        &["run", "a.ron", "--trace", "full", "--seed", "1"][..],
        &["check", "a.ron"],
        &["bench"],
        &["list"],
        &["demo"],
        &["--help"],
        &["completions", "bash"],
    ] {
        let mut command = folder.command(args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        drop(child.stdout.take());
        let mut complaint = String::new();
        let mut stderr = child.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut complaint).expect("it is UTF-8");
        let status = child.wait().expect("it ends");
        assert_eq!((status.code(), complaint.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let folder = Folder::new("full");
    let output = folder.command(&["list"]).stdout(full).output().expect("it can be run");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the result"));
}

#[test]
fn colours_are_for_those_who_want_them() {
    let folder = Folder::new("colour");
    folder.file("a.ron", &sound());
    let args = ["run", "a.ron"];
    assert!(!folder.run(&args).code(0).out.contains('\u{1b}'));
    let forced = folder.command(&args).env("CLICOLOR_FORCE", "1").output().expect("it runs");
    assert!(forced.stdout.contains(&0x1b));
    let both = folder.command(&args).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output();
    assert!(!both.expect("it runs").stdout.contains(&0x1b));
}

#[test]
fn lists_and_tables_are_true() {
    let folder = Folder::new("lists");
    let ran = folder.run(&["list"]).code(0).says("two_phase_commit").says("no-lock-left");
    let ran = ran.says("Modes").says("every interleaving within budgets").says("random walks");
    let ran = ran.says("unforced_decision").says("BROKEN: ").says("loses agreement");
    let ran = ran.says("three_phase_commit").says("naive_timeouts");
    ran.says("saga").says("late_registration").says("loses compensation-complete");
    folder.run(&["bench"]).code(0).says("are what the formulas say");
    let args = ["bench", "--participants", "3", "--inject-extra-message"];
    folder.run(&args).code(1).says("DIFFERS");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        folder.run(&["completions", shell]).code(0).says("dtxsim");
    }
}

#[test]
fn help_is_no_error_and_no_command_is() {
    let folder = Folder::new("help");
    folder.run(&["--help"]).code(0).says("Exit codes:").says("  3  no answer");
    folder.run(&["--version"]).code(0).says(env!("CARGO_PKG_VERSION"));
    folder.run(&[]).code(2);
    folder.run(&["fly"]).code(2).complains("fly");
    for command in
        ["demo", "run", "explore", "check", "replay", "shrink", "list", "bench", "completions"]
    {
        folder.run(&[command, "--help"]).code(0).says("Usage: dtxsim");
    }
}
