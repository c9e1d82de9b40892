//! Every file in `broken/` is refused, and the way it is put is golden: `DTXSIM_BLESS=1` rewrites
//! the `.stderr` files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dtxsim_scenarios::{Source, parse};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken")
}

/// The file names without that extension, in order.
fn stems(extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder of broken scenarios");
    let paths = entries.map(|entry| entry.expect("an entry of the folder").path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stem = |path: PathBuf| path.file_stem().and_then(|stem| stem.to_str().map(str::to_owned));
    wanted.map(|path| stem(path).expect("a file name in UTF-8")).collect()
}

/// What is told about a text.
fn told(source: &Source) -> String {
    let diagnostics = parse(source).expect_err(&source.name);
    assert!(!diagnostics.is_empty(), "{}: refused without a word", source.name);
    for diagnostic in &diagnostics {
        let position = diagnostic.position(source);
        assert_eq!(position.is_some(), diagnostic.span.is_some(), "{}", source.name);
        let whole_file = source.name.ends_with("only-comments.broken");
        assert!(position.is_some() || whole_file, "{}: {}", source.name, diagnostic.message);
    }
    let rendered = diagnostics.iter().map(|diagnostic| diagnostic.render(source, false));
    rendered.collect::<Vec<_>>().join("\n\n") + "\n"
}

#[test]
fn every_broken_scenario_is_refused_as_its_golden_file_says() {
    let bless = std::env::var_os("DTXSIM_BLESS").is_some_and(|value| value == "1");
    let stems = stems("broken");
    assert!(stems.len() >= 40, "only {} broken scenarios", stems.len());
    let mut wrong = Vec::new();
    for stem in stems {
        let text = fs::read_to_string(folder().join(format!("{stem}.broken"))).expect("a scenario");
        let told = told(&Source::new(format!("broken/{stem}.broken"), text));
        let golden = folder().join(format!("{stem}.stderr"));
        if bless {
            fs::write(&golden, &told).expect("a golden file can be written");
        }
        match fs::read_to_string(&golden) {
            Ok(wanted) if wanted == told => {}
            Ok(wanted) => wrong.push(format!("{stem}: wanted\n{wanted}\nfound\n{told}")),
            Err(error) => wrong.push(format!("{stem}.stderr: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}\n(DTXSIM_BLESS=1 rewrites them)", wrong.join("\n"));
}

#[test]
fn no_golden_file_has_lost_its_scenario() {
    let lost: Vec<String> = stems("stderr").difference(&stems("broken")).cloned().collect();
    assert_eq!(lost, [""; 0]);
}
