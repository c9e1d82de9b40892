//! The bug zoo: each entry has a scenario that is broken, one that holds, and says what it is.

use std::fs;
use std::path::{Path, PathBuf};

use dtxsim_scenarios::{Expect, Scenario, Source, parse};

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8").to_owned()
}

fn read(path: &Path) -> Scenario {
    let source = Source::read(path).unwrap_or_else(|error| panic!("{}", error.1.message));
    parse(&source).unwrap_or_else(|told| panic!("{path:?}: {}", told[0].render(&source, false)))
}

#[test]
fn every_entry_is_broken_and_fenced_and_names_itself() {
    let zoo = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("zoo"));
    assert!(!zoo.is_empty());
    for entry in zoo {
        let animal = name(&entry);
        let id = animal.split('-').next().expect("an id");
        let files = entries(&entry);
        for wanted in ["broken", "fenced"] {
            assert!(files.iter().any(|file| name(file) == wanted), "{animal} has no {wanted}.ron");
        }
        for file in files {
            let (stem, scenario) = (name(&file), read(&file));
            let text = fs::read_to_string(&file).expect("it was read before");
            assert!(text.starts_with(&format!("// {id} ")), "{file:?} does not say what it is");
            let violates = matches!(scenario.expect, Expect::Violates(_));
            if stem.starts_with("broken") {
                assert!(violates, "{file:?}");
            }
            if stem.starts_with("fenced") {
                assert_eq!(scenario.expect, Expect::Holds, "{file:?}");
                assert_eq!(scenario.setup().choice.broken(), None, "{file:?}");
            }
        }
    }
}
