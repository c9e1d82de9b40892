//! The diagrams of states: those in `docs/` are what the program draws. `DTXSIM_BLESS=1` draws them
//! anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::Ran;

/// Runs the program where the project is.
fn dtxsim(args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_dtxsim")).args(args).current_dir(root()).output();
    let output = output.expect("the program can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const BEGIN: &str = "<!-- dtxsim states ";
const END: &str = "<!-- end of states -->";

/// The same page with every diagram as the program draws it, and how many there are.
fn drawn(page: &str) -> (String, usize) {
    let (mut text, mut rest, mut count) = (String::new(), page, 0);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (files, after) = after.split_once(" -->").expect("the comment ends");
        let (_, after) = after.split_once(END).expect("the diagrams end");
        let arguments: Vec<&str> = files.split_whitespace().collect();
        let diagrams = dtxsim(&[&["states"][..], &arguments].concat()).code(0).out;
        text += &format!(
            "{before}{BEGIN}{files} -->\n`dtxsim states {files}` draws:\n\n{diagrams}{END}"
        );
        (rest, count) = (after, count + 1);
    }
    (text + rest, count)
}

#[test]
fn the_pages_show_the_states_that_the_code_has() {
    let bless = std::env::var_os("DTXSIM_BLESS").is_some_and(|value| value == "1");
    let (mut wrong, mut diagrams) = (Vec::new(), 0);
    for entry in fs::read_dir(root().join("docs")).expect("there are pages") {
        let path = entry.expect("it can be read").path();
        let page = fs::read_to_string(&path).expect("it is text");
        let (new, count) = drawn(&page);
        diagrams += count;
        if bless {
            fs::write(&path, &new).expect("it can be written");
        } else if page != new {
            wrong.push(path.display().to_string());
        }
    }
    assert!(diagrams > 8, "only {diagrams} pages have diagrams");
    assert!(wrong.is_empty(), "{}\n(DTXSIM_BLESS=1 draws them anew)", wrong.join("\n"));
}

#[test]
fn what_was_not_seen_to_its_end_says_so() {
    let ran = dtxsim(&["states", "scenarios/explored/saga.ron", "--states", "3"]);
    ran.code(3).says("stateDiagram-v2").complains("there may be more states");
}

#[test]
fn several_scenarios_are_drawn_together() {
    let both = ["states", "scenarios/explored/saga.ron", "scenarios/explored/saga-refused.ron"];
    dtxsim(&both).code(0).says("committed").says("refused");
}
