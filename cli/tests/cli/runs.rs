//! `run` and `check`: verdicts, expectations, exit codes.

use crate::tool::{Folder, broken, idle, sound};

#[test]
fn what_holds_ends_with_0() {
    let folder = Folder::new("holds");
    let ran = folder.file("a.ron", &sound()).run(&["run", "a.ron"]).code(0);
    let ran = ran.says("HOLDS (sampled: 200 runs, ").says("as expected");
    assert_eq!(ran.err, "", "nothing to complain about");
}

#[test]
fn what_is_violated_ends_with_1_unless_it_is_expected() {
    let folder = Folder::new("violated");
    folder.file("a.ron", &broken("holds")).file("b.ron", &broken("violates([agreement])"));
    let ran = folder.run(&["run", "a.ron"]).code(1);
    ran.says("VIOLATED agreement").says("NOT AS EXPECTED").says("dtxsim run a.ron --seed ");
    folder.run(&["run", "b.ron"]).code(0).says("VIOLATED agreement").says("as expected");
    folder.run(&["run", "a.ron", "b.ron"]).code(1);
}

#[test]
fn it_stops_when_enough_is_seen_unless_it_shall_go_on() {
    let folder = Folder::new("enough");
    folder.file("a.ron", &broken("violates([agreement])"));
    let done = |args: &[&str]| folder.run(args).code(0).json()["runs"]["done"].clone();
    assert!(done(&["run", "a.ron", "--format", "json"]).as_u64() < Some(200));
    assert_eq!(done(&["run", "a.ron", "--format", "json", "--keep-going"]), 200);
}

#[test]
fn a_fault_that_never_happens_ends_with_3() {
    let folder = Folder::new("vacuous");
    let ran = folder.file("a.ron", &idle()).run(&["run", "a.ron"]).code(3);
    ran.says("VACUOUS").says("the script's crash of bank_a when abort is sent (#1) never");
}

#[test]
fn seeds_can_be_chosen() {
    let folder = Folder::new("seeds");
    folder.file("a.ron", &sound());
    let mode = |args: &[&str]| folder.run(args).code(0).json()["mode"].clone();
    assert_eq!(mode(&["run", "a.ron", "--format", "json", "--seed", "7"]), "seeds 7..8");
    assert_eq!(mode(&["run", "a.ron", "--format", "json", "--seeds", "5..9"]), "seeds 5..9");
    folder.run(&["run", "a.ron", "--seeds", "9..5"]).code(2).complains("no seed in it");
    folder.run(&["run", "a.ron", "--seed", "1", "--seeds", "1..2"]).code(2);
    folder.run(&["run", "a.ron", "--seed", "18446744073709551615"]).code(2);
}

#[test]
fn a_counterexample_is_drawn_unless_it_shall_be_told() {
    let folder = Folder::new("trace-form");
    folder.file("a.ron", &broken("holds"));
    let run = |more: &[&str]| folder.run(&[&["run", "a.ron"], more].concat()).code(1).out;
    let drawn = run(&[]);
    assert!(drawn.contains("╳ crashes") && drawn.contains("─►│"), "{drawn}");
    assert_eq!(drawn, run(&["--trace", "diagram"]));
    assert!(run(&["--ascii"]).is_ascii());
    let list = run(&["--trace", "list"]);
    assert!(list.contains("coordinator crashes; of 1 unsynced"), "{list}");
    assert!(!list.contains("set timer") && run(&["--trace", "full"]).contains("set timer"));
    let none = run(&["--trace", "none"]);
    assert!(!none.contains("recovers") && none.contains("to see it again"), "{none}");
    let checked = folder.run(&["check", "a.ron", "--trace", "list"]).code(1).out;
    assert!(checked.contains("coordinator crashes"), "{checked}");
}

#[test]
fn a_single_run_can_be_shown_though_nothing_is_wrong() {
    let folder = Folder::new("trace");
    folder.file("a.ron", &sound());
    let run = |more: &[&str]| folder.run(&[&["run", "a.ron"], more].concat());
    let ran = run(&["--trace", "full", "--seed", "3"]).code(0);
    ran.says("coordinator starts").says("set timer").says("HOLDS");
    run(&["--trace", "diagram", "--seed", "3"]).code(0).says("─►│").says("HOLDS");
    let silent = run(&["--seed", "3"]).code(0).out;
    assert!(!silent.contains("coordinator starts") && !silent.contains("─►│"), "{silent}");
    assert_eq!(silent, run(&["--trace", "none", "--seed", "3"]).code(0).out);
    // Of many runs none is shown that fails nothing.
    assert_eq!(run(&["--trace", "full"]).code(0).out, run(&[]).code(0).out);
    let args = ["--trace", "full", "--seed", "3", "--format", "json"];
    run(&args).code(2).complains("--format json");
}

#[test]
fn the_locale_changes_no_byte_of_what_is_no_terminal() {
    let folder = Folder::new("locale");
    folder.file("a.ron", &broken("holds"));
    let run = |locale: &str| {
        let mut command = folder.command(&["run", "a.ron"]);
        command.env("LC_ALL", locale).env("COLUMNS", "40").output().expect("it runs").stdout
    };
    assert_eq!(run("C"), run("en_US.UTF-8"));
}

#[test]
fn a_directory_is_checked_as_a_whole() {
    let folder = Folder::new("check");
    folder.file("all/b/two.ron", &broken("violates([agreement])")).file("all/one.ron", &sound());
    folder.file("all/notes.txt", "not a scenario");
    let ran = folder.run(&["check", "all"]).code(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(lines[1].ends_with("all/b/two.ron") && lines[2].ends_with("all/one.ron"));
    folder.file("all/three.ron", &broken("holds"));
    folder.run(&["check", "all"]).code(1).says("NOT AS EXPECTED");
    folder.file("all/four.ron", "(");
    let ran = folder.run(&["check", "all"]).code(2).says("unusable").complains("four.ron");
    ran.says("all/three.ron").says("as expected");
    folder.file("all/five.ron", &idle());
    folder.run(&["check", "all/one.ron", "all/five.ron"]).code(3);
}

#[test]
fn a_directory_without_scenarios_is_a_mistake() {
    let folder = Folder::new("check-nothing");
    folder.file("empty/a.txt", "");
    folder.run(&["check", "empty"]).code(2).complains("no *.ron file in empty");
    folder.run(&["check", "missing"]).code(2).complains("missing");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = Folder::new("jobs");
    folder.file("a.ron", &broken("violates([agreement])")).file("b.ron", &sound());
    for format in ["json", "human"] {
        let run = |jobs| {
            let args =
                ["run", "a.ron", "b.ron", "--keep-going", "--format", format, "--jobs", jobs];
            folder.run(&args).code(0).out
        };
        assert_eq!(run("1"), run("2"));
        assert_eq!(run("1"), run("7"));
    }
    folder.run(&["run", "b.ron", "--jobs", "0"]).code(2);
    folder.run(&["run", "b.ron", "--jobs", "100000"]).code(2);
}
