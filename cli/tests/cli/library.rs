//! The scenario library itself: what `dtxsim check scenarios` promises.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::Folder;

/// Explorations of millions of states are for a build that is optimised: `.ci/run` checks them.
const LARGE: [&str; 8] = [
    "cooperative",
    "presumed-abort-three",
    "presumed-commit",
    "presumed-nothing",
    "read-only-three",
    "total-failure",
    "two-phase-tla-8",
    "two-phase-tla-9",
];

fn is_large(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| LARGE.iter().any(|large| stem == *large))
}

fn library() -> Vec<PathBuf> {
    let mut paths = scenarios("two-phase-commit");
    paths.extend(scenarios("three-phase-commit"));
    paths.extend(scenarios("tcc"));
    paths.extend(scenarios("saga"));
    paths.extend(scenarios("seata-at"));
    paths.extend(scenarios("outbox"));
    paths.extend(scenarios("dual-write"));
    paths.extend(scenarios("mq-transaction"));
    paths.extend(scenarios("broker-transaction"));
    paths.extend(scenarios("retry"));
    paths.extend(scenarios("local-message-table"));
    paths.extend(scenarios("listen-to-yourself"));
    paths.extend(scenarios("cqrs"));
    paths.extend(scenarios("polling-choreography"));
    paths.extend(scenarios("queue"));
    paths.extend(scenarios("event-sourcing"));
    paths.extend(scenarios("parallel-pipelines"));
    paths
}

fn scenarios(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(folder);
    let entries = fs::read_dir(folder).expect("the library");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The scenarios of every entry of the bug zoo.
fn zoo() -> Vec<PathBuf> {
    let entries = scenarios("zoo").into_iter().map(|entry| entry.file_name().map(PathBuf::from));
    entries.flatten().flat_map(|entry| scenarios(&format!("zoo/{}", entry.display()))).collect()
}

#[test]
fn every_scenario_is_as_it_expects() {
    let mut files = library();
    for folder in ["explored", "reference", "walked"] {
        files.extend(scenarios(folder).into_iter().filter(|path| !is_large(path)));
    }
    files.extend(zoo());
    let files = files.iter().map(|path| path.to_str().expect("a path in UTF-8"));
    let args: Vec<&str> = ["check"].into_iter().chain(files).collect();
    assert!(args.len() >= 50, "only {}", args.len());
    Folder::new("whole-library").run(&args).code(0);
}

#[test]
fn without_its_expectation_no_broken_scenario_passes() {
    let folder = Folder::new("without-expectation");
    let mut removed = 0;
    for path in library() {
        let text = fs::read_to_string(&path).expect("a scenario");
        let Some(start) = text.find("expect: violates(") else { continue };
        let end = start + text[start..].find(')').expect("its end") + 1;
        let changed = format!("{}{}", &text[..start], text[end..].trim_start_matches(','));
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        folder.file(name, &changed).run(&["check", name]).code(1);
        removed += 1;
    }
    assert!(removed >= 7, "only {removed} scenarios expect a violation");
}
