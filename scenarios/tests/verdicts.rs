//! The page of published verdicts tells of every scenario that shows one, and what it comes out as.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dtxsim_protocols::properties::Property;
use dtxsim_scenarios::{Expect, Mode, Source, parse};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Scenario and what it comes out as, as the page has it.
fn told() -> BTreeMap<String, String> {
    let page = fs::read_to_string(root().join("../docs/VERDICTS.md")).expect("there is the page");
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let file = cells.get(1)?.strip_prefix('`')?.strip_suffix(".ron`")?;
        Some((file.to_owned(), cells.get(2)?.trim_end_matches(" |").to_owned()))
    });
    rows.collect()
}

fn expected(expect: &Expect) -> String {
    match expect {
        Expect::Holds => "holds".to_owned(),
        Expect::Vacuous => "vacuous".to_owned(),
        Expect::Inconclusive => "inconclusive".to_owned(),
        Expect::Violates(properties) => {
            let name = |property: &Property| property.name().replace('-', "_");
            let names: Vec<String> = properties.iter().map(name).collect();
            format!("violates `{}`", names.join(", "))
        }
    }
}

#[test]
fn the_page_tells_of_every_verdict() {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root().join("verdicts")).expect("there is the folder") {
        let path = entry.expect("it can be read").path();
        let source = Source::read(&path).expect("it can be read");
        let scenario = parse(&source).expect("it is a scenario");
        let is_explored =
            matches!(&scenario.mode, Mode::Explore(explore) if explore.walk.is_none());
        assert!(is_explored, "{}: verdicts are of every interleaving", path.display());
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        found.insert(name, expected(&scenario.expect));
    }
    assert_eq!(found, told());
    assert!(found.len() > 30, "{}", found.len());
}
