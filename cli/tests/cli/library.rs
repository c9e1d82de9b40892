//! The scenario library itself: what `dtxsim check scenarios` promises.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::Folder;

fn library() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for family in ["two-phase-commit", "three-phase-commit"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(family);
        let entries = fs::read_dir(folder).expect("the library");
        paths.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    paths.sort();
    paths
}

#[test]
fn every_scenario_is_as_it_expects() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    Folder::new("whole-library").run(&["check", library]).code(0);
    assert!(self::library().len() >= 15);
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
