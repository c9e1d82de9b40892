//! The shortest counterexamples of the library, as timed runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{Exploration, Plan, Reductions, Representation};
use dtxsim_scenarios::{Expect, Mode, Source, parse};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn counterexamples_are_timed_runs() {
    for name in ["explored", "reference"] {
        let mut files: Vec<PathBuf> = fs::read_dir(folder(name)).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files {
            let source = Source::read(&file).unwrap_or_else(|error| panic!("{}", error.1.message));
            let scenario = parse(&source).unwrap_or_else(|told| panic!("{}", told[0].message));
            if !matches!(scenario.expect, Expect::Violates(_)) { continue; }
            let Mode::Explore(explore) = &scenario.mode else { panic!("{} is not explored", source.name) };
            let world = scenario.setup().build().unwrap_or_else(|error| panic!("{error}"));
            let plan = Plan {
                bounds: explore.bounds,
                order: explore.order,
                representation: Representation::default(),
                reductions: Reductions::default(),
                caps: explore.caps,
                traces: true,
                enough: &|violated| !violated.is_empty(),
                interrupt: &AtomicBool::new(false),
            };
            let found: Exploration = world.explore(&plan, &mut |_| {});
            for counterexample in found.violations {
                let property = counterexample.violation.property;
                match world.drive(&counterexample.schedule) {
                    Ok(run) => {
                        let names: Vec<_> = run.outcome.violations.iter().map(|f| f.property).collect();
                        println!("{} {property} {names:?} {:?} {}", file.display(), run.outcome.unknown, names.contains(&property));
                        println!("{}", run.trace);
                    }
                    Err(why) => println!("{} {property} {why}\n{}", file.display(), counterexample.trace),
                }
            }
        }
    }
}
