//! `explore`, and scenarios that are explored.

use crate::tool::{Folder, sound, transfer};

/// Two banks, one crash.
fn explored(protocol: &str, rest: &str) -> String {
    transfer(protocol, &format!("check: [agreement, termination], {rest}"))
}

const SMALL: &str = "explore: (timers: quiescent, crashes: 1),";

#[test]
fn what_is_exhausted_holds_and_says_within_what() {
    let folder = Folder::new("explore");
    folder.file("a.ron", &explored("two_phase_commit", SMALL));
    let ran = folder.run(&["explore", "a.ron"]).code(0).says("HOLDS (").says("exhausted within: ");
    assert_eq!(ran.err, "", "nothing to complain about");
    let run = folder.run(&["run", "a.ron"]).code(0);
    assert_eq!(run.out, ran.out, "`run` explores what is to be explored");
    folder.run(&["check", "a.ron"]).code(0).says("explored").says("as expected");
    let report = folder.run(&["explore", "a.ron", "--format", "json"]).code(0).json();
    assert_eq!((&report["mode"], &report["verdict"]), (&"explore".into(), &"holds".into()));
    assert_eq!(report["states"]["complete"], true);
    assert_eq!(report["exploration"]["timers"], "quiescent");
    assert!(report["states"]["distinct"].as_u64() > Some(100));
}

#[test]
fn a_coordinator_that_stays_down_blocks_and_is_named() {
    let folder = Folder::new("explore-blocked");
    folder.file("a.ron", &explored("two_phase_commit", SMALL));
    let ran = folder.run(&["explore", "a.ron", "--no-restarts"]).code(1);
    let ran = ran.says("VIOLATED termination").says("it is blocked on").says("coordinator");
    let ran = ran.says("point of no return").says("NOT AS EXPECTED").says("holding alice");
    ran.says("dtxsim explore a.ron --no-restarts");
}

#[test]
fn the_command_line_takes_precedence() {
    let folder = Folder::new("explore-options");
    folder.file("a.ron", &explored("two_phase_commit(broken: unforced_decision)", SMALL));
    folder.run(&["explore", "a.ron"]).code(1).says("VIOLATED agreement");
    folder.run(&["explore", "a.ron", "--crashes", "0"]).code(0).says("no faults");
    let args = ["explore", "a.ron", "--crashes=0", "--network=fifo", "--disk=instant", "--drops=1"];
    let ran = folder.run(&args).code(0).says("fifo network, timers quiescent, 1 drop,");
    ran.says("instant disk");
    let args = ["explore", "a.ron", "--crashes=0", "--duplicates=1", "--partitions=1"];
    folder.run(&args).code(0).says("duplicate, 1 partition)").says("messages cut off");
    folder.run(&["explore", "a.ron", "--order", "depth", "--keep-going"]).code(1);
}

#[test]
fn a_scenario_with_seeds_can_be_explored_and_its_faults_are_not_used() {
    let folder = Folder::new("explore-seeds");
    folder.file("calm.ron", &sound());
    let ran = folder.run(&["explore", "calm.ron", "--timers", "quiescent"]).code(0);
    assert!(!ran.out.contains("not used"), "{}", ran.out);
    let rest = "faults: (swarm: (crashes: 1)), check: [agreement], seeds: (0, 10),";
    folder.file("faulty.ron", &transfer("two_phase_commit", rest));
    let args = ["explore", "faulty.ron", "--timers", "quiescent", "--crashes", "1"];
    folder.run(&args).code(0).says("not used of the scenario").says("faults");
}

#[test]
fn what_was_exercised_is_listed_and_can_be_required() {
    let folder = Folder::new("explore-require");
    let with = |rest: &str, require: &str| {
        let explore = format!("explore: (timers: quiescent, {rest}, require: [{require}]),");
        explored("two_phase_commit", &explore)
    };
    let crash = "\"crash participant at prepared\", \"deliver vote\"";
    folder.file("met.ron", &with("crashes: 1", crash));
    let ran = folder.run(&["explore", "met.ron", "--coverage"]).code(0).says("HOLDS (");
    ran.says(" exercised").says("message prepare").says("prepared").says("never sent");
    let report = folder.run(&["explore", "met.ron", "--format", "json"]).code(0).json();
    let covered = &report["exploration"]["coverage"];
    assert_eq!(covered["required"].as_array().map(Vec::len), Some(2));
    assert_eq!(covered["missing"].as_array().map(Vec::len), Some(0));
    assert!(covered["exercised"].as_u64() <= covered["items"].as_u64());
    folder.file("unmet.ron", &with("crashes: 1", "\"drop prepare\", \"start coordinator\""));
    let ran = folder.run(&["explore", "unmet.ron"]).code(3).says("VACUOUS (");
    let ran = ran.says("required and never exercised: drop prepare").says("no budget of");
    assert!(!ran.out.contains("never exercised: start"), "{}", ran.out);
    folder.run(&["explore", "unmet.ron", "--drops", "1"]).code(0).says("HOLDS (");
    folder.run(&["check", "unmet.ron"]).code(3);
}

#[test]
fn what_is_cut_short_ends_with_3() {
    let folder = Folder::new("explore-caps");
    folder.file("a.ron", &explored("two_phase_commit", "explore: (crashes: 1, states: 100),"));
    let ran = folder.run(&["explore", "a.ron"]).code(3).says("INCONCLUSIVE (100 states");
    ran.says("NOT exhausted").says("cut short after 100 states");
    folder.run(&["check", "a.ron"]).code(3);
    let args = ["explore", "a.ron", "--states", "9999999", "--memory", "1kb"];
    folder.run(&args).code(3).says("the cap of 1.0 kB of memory");
    let expected = "explore: (crashes: 1, states: 100), expect: inconclusive,";
    folder.file("b.ron", &explored("two_phase_commit", expected));
    folder.run(&["explore", "b.ron"]).code(0).says("as expected");
}

#[test]
fn deepening_finds_the_shortest_and_never_says_that_it_all_ends_well() {
    let folder = Folder::new("explore-deepening");
    folder.file("a.ron", &explored("two_phase_commit", SMALL));
    let deepening = ["explore", "a.ron", "--order", "deepening"];
    let ran = folder.run(&deepening).code(3).says("INCONCLUSIVE (").says("exhausted within");
    ran.says("where everybody rests it was not judged");
    let along_the_way = format!("check: [agreement], {SMALL}");
    folder.file("b.ron", &transfer("two_phase_commit", &along_the_way));
    folder.run(&["explore", "b.ron", "--order", "deepening"]).code(0).says("HOLDS");
    let printed = ["explore", "b.ron", "--fingerprints"];
    let ran = folder.run(&printed).code(0).says("HOLDS");
    assert!(!ran.out.contains("told apart"), "they take one word each");
    let flaw = "two_phase_commit(presumption: abort, broken: unforced_decision)";
    folder.file("c.ron", &transfer(flaw, "check: [agreement], explore: (crashes: 1),"));
    let broken = ["explore", "c.ron", "--order", "deepening"];
    folder.run(&broken).code(1).says("and no earlier").says("dtxp1-");
    let clash = ["explore", "b.ron", "--fingerprints", "--order", "depth"];
    folder.run(&clash).code(2).complains("a fingerprint is not enough");
}

#[test]
fn a_budget_that_is_never_felt_ends_with_3() {
    let folder = Folder::new("explore-vacuous");
    let rest = "hosts: {\"bank_b\": \"bank_a\"}, explore: (timers: quiescent, crashes: 1),";
    folder.file("a.ron", &explored("two_phase_commit", rest));
    folder.run(&["explore", "a.ron"]).code(0);
    let nothing = "check: [durability], explore: (timers: quiescent),";
    folder.file("b.ron", &transfer("two_phase_commit", nothing));
    folder.run(&["explore", "b.ron"]).code(3).says("VACUOUS").says("never had anything to judge");
}

#[test]
fn what_makes_no_sense_ends_with_2() {
    let folder = Folder::new("explore-bad");
    folder.file("a.ron", &explored("two_phase_commit", SMALL));
    let refused = |args: &[&str], what: &str| {
        let args: Vec<&str> = ["explore", "a.ron"].iter().chain(args).copied().collect();
        let ran = folder.run(&args).code(2);
        assert_eq!(ran.out, "", "{args:?}: nothing is explored");
        ran.complains(what);
    };
    refused(&["--network", "set", "--drops", "1"], "drops: where messages are a set");
    refused(&["--crashes", "256"], "0..=255");
    refused(&["--crashes", "-1"], "-1");
    refused(&["--memory", "0MB"], "without memory");
    refused(&["--memory", "64"], "such as 512MB");
    refused(&["--states", "0"], "1..=1600000000");
    refused(&["--timers", "never"], "quiescent");
    refused(&["--trace", "list", "--format", "json"], "for people");
    folder.run(&["explore"]).code(2);
    folder.run(&["explore", "none.ron"]).code(2).complains("none.ron");
    let model = "(services: {\"rm1\": ()}, protocol: two_phase_tla, explore: (network: set))";
    folder.file("tla.ron", model);
    let args = ["explore", "tla.ron", "--crashes", "1"];
    folder.run(&args).code(2).complains("`two_phase_tla` knows no crashes");
}

#[test]
fn what_is_explored_has_no_seeds() {
    let folder = Folder::new("explore-no-seeds");
    folder.file("a.ron", &explored("two_phase_commit", SMALL));
    for args in [&["run", "a.ron", "--seed", "1"][..], &["run", "a.ron", "--seeds", "0..9"]] {
        folder.run(args).code(2).complains("is explored, and has no seeds");
    }
    folder.run(&["replay", "a.ron", "--seed", "1"]).code(2).complains("dtxsim explore a.ron");
}

/// Three services that are asked the same.
const ALIKE: &str = "(
    services: {
        \"a\": (keys: {\"k\": (initial: 1)}),
        \"b\": (keys: {\"k\": (initial: 1)}),
        \"c\": (keys: {\"k\": (initial: 1)}),
    },
    transactions: [
        (name: \"t\", branches: {\"a\": [credit(\"k\", 1)], \"b\": [credit(\"k\", 1)],
            \"c\": [credit(\"k\", 1)]}),
    ],
    protocol: two_phase_commit,
    check: [agreement],
    explore: (timers: quiescent),
)";

#[test]
fn symmetry_is_named_in_the_verdict_and_refused_where_there_is_none() {
    let folder = Folder::new("explore-symmetry");
    folder.file("a.ron", ALIKE);
    let states = |args: &[&str]| {
        let all = [&["explore", "a.ron", "--format", "json"], args].concat();
        let report = folder.run(&all).code(0).json();
        report["states"]["distinct"].as_u64().expect("a number")
    };
    let reduce = ["explore", "a.ron", "--reduce", "symmetry"];
    let ran = folder.run(&reduce).code(0).says("up to symmetry of a, b, c, exhausted within: ");
    ran.says("timers quiescent");
    assert!(states(&["--reduce", "symmetry"]) < states(&[]));
    let report = [&reduce[..], &["--format", "json"]].concat();
    let report = folder.run(&report).code(0).json();
    assert_eq!(report["exploration"]["reduced"][0], "symmetry");
    assert_eq!(report["exploration"]["alike"][0][2], "c");
    let crash = [&reduce[..], &["--crashes", "1"]].concat();
    folder.run(&crash).code(2).complains("--sends unordered");
    let unordered = [&crash[..], &["--sends", "unordered"]].concat();
    folder.run(&unordered).code(0).says("sends unordered");
    folder.run(&["explore", "a.ron", "--reduce", "order"]).code(2);
    folder.file("b.ron", &explored("two_phase_commit", SMALL));
    folder.run(&["explore", "b.ron", "--reduce", "symmetry"]).code(2).complains("no symmetry");
}
