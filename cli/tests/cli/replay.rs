//! Tokens: another machine, another version of the scenario.

use crate::tool::{Folder, broken, sound};

fn made(folder: &Folder) -> String {
    folder.file("one/a.ron", &broken("holds")).run(&["run", "one/a.ron"]).code(1).token()
}

#[test]
fn a_token_replays_where_its_scenario_is() {
    let folder = Folder::new("replay");
    let token = made(&folder);
    let ran = folder.run(&["replay", &token]).code(0);
    let first = ran.out.lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("the scenario is as it was when the token was made"));
    let ran = ran.says("coordinator crashes").says("VIOLATED agreement");
    ran.says("agreement is violated at step").says("reproduced: ");
    assert_eq!(folder.run(&["replay", &token.to_uppercase()]).code(0).err, "");
}

#[test]
fn a_token_replays_from_a_copy() {
    let (here, there) = (Folder::new("replay-here"), Folder::new("replay-there"));
    let token = made(&here);
    there.file("copy.ron", &broken("holds"));
    there.run(&["replay", &token]).code(2).complains("one/a.ron is not here");
    let args = ["replay", &token, "--scenario", "copy.ron"];
    there.run(&args).code(0).says("reproduced");
    // The same, where the scenario lies as it did.
    there.file("one/a.ron", &broken("holds")).run(&["replay", &token]).code(0).says("reproduced");
}

#[test]
fn a_comment_is_no_drift() {
    let folder = Folder::new("replay-comment");
    let token = made(&folder);
    folder.file("one/a.ron", &format!("// Nothing new.\n{}", broken("violates([agreement])")));
    folder.run(&["replay", &token]).code(0).says("as it was").says("reproduced");
}

#[test]
fn an_edit_is_named_by_the_first_choice_that_no_longer_fits() {
    let folder = Folder::new("replay-drift");
    let token = made(&folder);
    folder.file("one/a.ron", &broken("holds").replace("unforced_decision", "ack_before_force"));
    let ran = folder.run(&["replay", &token]).code(2);
    let ran = ran.says("the scenario has changed since the token was made");
    let ran = ran.says("drifted: choice ").says("no longer fits: at step ");
    assert!(!ran.out.contains("reproduced"), "{}", ran.out);
    folder.file("one/a.ron", &broken("holds").replace("ms(20)", "ms(21)"));
    folder.run(&["replay", &token]).code(2).says("drifted: ");
}

#[test]
fn an_edit_that_does_not_matter_to_the_run_is_said_and_reproduced() {
    let folder = Folder::new("replay-same");
    let token = made(&folder);
    folder.file("one/a.ron", &broken("holds").replace("min: 0", "min: 1"));
    // What a constraint forbids that nobody tries.
    folder.run(&["replay", &token]).code(0).says("has changed since").says("reproduced");
}

#[test]
fn a_file_replays_by_its_seed() {
    let folder = Folder::new("replay-file");
    folder.file("a.ron", &sound());
    let ran = folder.run(&["replay", "a.ron", "--seed", "3"]).code(0);
    let ran = ran.says("no property is violated").says("to see it again: dtxsim replay dtx1-");
    folder.run(&["replay", &ran.token()]).code(0).says("reproduced");
    folder.run(&["replay", "a.ron"]).code(2).complains("--seed N");
    folder.run(&["replay", "none.ron", "--seed", "3"]).code(2).complains("none.ron");
}

#[test]
fn every_step_is_listed_unless_it_shall_be_drawn() {
    let folder = Folder::new("replay-form");
    let token = made(&folder);
    let replay = |more: &[&str]| folder.run(&[&["replay", &token], more].concat()).code(0);
    replay(&[]).says("coordinator crashes").says("set timer");
    replay(&["--trace", "diagram"]).says("╳ crashes").says("reproduced");
    assert!(replay(&["--trace", "diagram", "--ascii"]).out.is_ascii());
    let none = replay(&["--trace", "none"]).says("agreement is violated").says("reproduced");
    assert!(!none.out.contains("crashes"), "{}", none.out);
}

#[test]
fn what_is_no_token_says_why() {
    let folder = Folder::new("replay-bad");
    let token = made(&folder);
    let refused = |text: &str| folder.run(&["replay", text]).code(2);
    refused("").complains("a token begins with");
    refused("none.ron").complains("a token begins with");
    refused("dtx9-00").complains("form 9").complains("the version that made it");
    refused(&token[..token.len() - 9]).complains("the end of the token is missing");
    refused(&token.replace("dtx1-", "dtx1")).complains("not a token");
    refused(&format!("{token}0")).complains("damaged");
    refused(&format!("dtx1-{}", "0".repeat(70_000))).complains("70005 bytes are no token");
    let middle = token.len() / 2;
    let other = if token.as_bytes()[middle] == b'7' { "8" } else { "7" };
    let mut typo = token.clone();
    typo.replace_range(middle..=middle, other);
    refused(&typo).complains("damaged");
}
