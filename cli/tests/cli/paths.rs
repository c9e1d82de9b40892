//! Tokens of explored paths: another machine, another version of the scenario.

use dtxsim_core::token::PathToken;

use crate::tool::{Folder, refusing, transfer};

fn explored(flaw: &str, rest: &str) -> String {
    let rest = format!("check: [agreement, termination], {rest}");
    transfer(&format!("two_phase_commit{flaw}"), &rest)
}

const FLAW: &str = "(broken: unforced_decision)";
const SMALL: &str = "explore: (timers: quiescent, crashes: 1),";

fn made(folder: &Folder) -> String {
    folder.file("one/a.ron", &explored(FLAW, SMALL));
    folder.run(&["explore", "one/a.ron"]).code(1).path()
}

#[test]
fn an_explored_path_replays_from_its_token() {
    let folder = Folder::new("paths");
    let token = made(&folder);
    let ran = folder.run(&["replay", &token]).code(0).says("the scenario is as it was");
    let ran = ran.says("within: bag network, timers quiescent, 1 crash").says("set timer");
    ran.says("coordinator crashes").says("agreement is violated at step").says("reproduced: ");
    folder.run(&["replay", &token.to_uppercase()]).code(0).says("reproduced: ");
    folder.run(&["replay", &token, "--trace", "diagram"]).code(0).says("╳ crashes");
    let none = folder.run(&["replay", &token, "--trace", "none"]).code(0);
    assert!(!none.says("reproduced").out.contains("crashes"));
    let report = folder.run(&["explore", "one/a.ron", "--format", "json"]).code(1).json();
    assert_eq!(report["counterexample"]["token"].as_str(), Some(&*token));
}

#[test]
fn so_does_one_that_leads_nowhere_good() {
    let folder = Folder::new("paths-stuck");
    folder.file("a.ron", &explored("", SMALL));
    let ran = folder.run(&["explore", "a.ron", "--no-restarts"]).code(1);
    let ran = ran.says("VIOLATED termination").says("dtxsim explore a.ron --no-restarts");
    let replayed = folder.run(&["replay", &ran.path()]).code(0).says("as it was when");
    replayed.says("termination is violated").says("it is blocked on").says("reproduced: ");
}

#[test]
fn bounds_of_the_command_line_are_in_the_token() {
    let folder = Folder::new("paths-options");
    let calm = transfer("two_phase_commit(broken: unforced_decision)", "seeds: (0, 9),");
    folder.file("a.ron", &calm);
    // It has seeds, and does not say what is checked.
    let ran = folder.run(&["explore", "a.ron", "--crashes", "1"]).code(1);
    let replayed = folder.run(&["replay", &ran.path()]).code(0).says("as it was when");
    replayed.says("1 crash").says("reproduced: ");
}

#[test]
fn what_depth_finds_is_made_short() {
    let folder = Folder::new("paths-depth");
    folder.file("a.ron", &explored(FLAW, "explore: (crashes: 1, order: depth),"));
    let ran = folder.run(&["explore", "a.ron"]).code(1).says("events: violated at step ");
    folder.run(&["replay", &ran.path()]).code(0).says("reproduced: ");
    let whole = folder.run(&["explore", "a.ron", "--no-shrink"]).code(1);
    assert!(!whole.out.contains("shrunk"), "{}", whole.out);
}

#[test]
fn an_edit_is_named_by_the_first_choice_that_no_longer_fits() {
    let folder = Folder::new("paths-drift");
    let token = made(&folder);
    folder.file("one/a.ron", &format!("// Nothing new.\n{}", explored(FLAW, SMALL)));
    folder.run(&["replay", &token]).code(0).says("as it was").says("reproduced");
    folder.file("one/a.ron", &explored("", SMALL));
    let ran = folder.run(&["replay", &token]).code(2).says("has changed since");
    let ran = ran.says("drifted: choice ").says("no longer fits").says("coordinator starts");
    assert!(!ran.out.contains("reproduced"), "{}", ran.out);
    // A name that is in every message, and nowhere in the digest's old value.
    folder.file("one/a.ron", &explored(FLAW, SMALL).replace("name: \"t\"", "name: \"u\""));
    folder.run(&["replay", &token]).code(2).says("drifted: choice 0 no longer fits");
    let model = "(services: {\"rm1\": ()}, protocol: two_phase_tla, explore: (network: set))";
    folder.file("tla.ron", model);
    folder.run(&["replay", &token, "--scenario", "tla.ron"]).code(2).says("drifted: ");
}

#[test]
fn a_path_on_which_nothing_is_wrong_any_more_is_no_reproduction() {
    let folder = Folder::new("paths-mended");
    let mut token: PathToken = made(&folder).parse().expect("it was just made");
    assert_eq!(token.property, "agreement");
    for other in ["termination", "no-such-property"] {
        token.property = other.to_owned();
        let ran = folder.run(&["replay", &token.to_string()]).code(2).says("as it was when");
        let ran = ran.says(&format!("drifted: every choice fits, but {other} is not violated"));
        assert!(!ran.out.contains("reproduced"), "{}", ran.out);
    }
    token.property = "agreement".to_owned();
    token.fingerprint ^= 1;
    let ran = folder.run(&["replay", &token.to_string()]).code(2);
    ran.says("drifted: every choice fits, but the fingerprint does not");
}

/// Who waits for ever in one world asks somebody else in the other, where the same path is no end.
#[test]
fn an_end_from_which_there_is_a_way_out_is_none() {
    let folder = Folder::new("paths-way-out");
    folder.file("a.ron", &refusing("", ""));
    let token = folder.run(&["explore", "a.ron"]).code(1).says("VIOLATED termination").path();
    folder.file("a.ron", &refusing("(termination: cooperative)", ""));
    let ran = folder.run(&["replay", &token]).code(2).says("has changed since");
    let ran = ran.says("no property is violated").says("drifted: every choice fits");
    assert!(!ran.out.contains("reproduced"), "{}", ran.out);
    folder.run(&["shrink", &token]).code(2).complains("violates nothing");
}

#[test]
fn what_is_no_token_says_why() {
    let folder = Folder::new("paths-bad");
    let token = made(&folder);
    let refused = |text: &str| folder.run(&["replay", text]).code(2);
    refused("dtxp9-00").complains("form 9");
    refused("dtxp1").complains("the end of the token is missing");
    refused(&token[..token.len() - 9]).complains("the end of the token is missing");
    refused(&token.replace("dtxp1-", "dtxp1")).complains("not a token");
    refused(&token.replace("dtxp1-", "dtx1-")).complains("damaged");
    refused(&format!("{token}0")).complains("damaged");
    refused(&format!("dtxp1-{}", "0".repeat(70_000))).complains("bytes are no token");
    let middle = token.len() / 2;
    let other = if token.as_bytes()[middle] == b'7' { "8" } else { "7" };
    let mut typo = token.clone();
    typo.replace_range(middle..=middle, other);
    refused(&typo).complains("damaged");
    let elsewhere = Folder::new("paths-elsewhere");
    elsewhere.run(&["replay", &token]).code(2).complains("one/a.ron is not here");
}
