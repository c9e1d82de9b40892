//! The smallest scope that catches each flaw, as docs/EXPLORING.md has it: at that scope the
//! scenario catches it, and with one less of anything it does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{Bounds, Caps, Exploration, Plan, Reductions, Representation};
use dtxsim_protocols::common::Transactions;
use dtxsim_protocols::{Setup, families};
use dtxsim_scenarios::{Explore, Mode, Source, parse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn explored(setup: Setup, explore: Explore) -> Exploration {
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
    let world = setup.build().unwrap_or_else(|error| panic!("{error}"));
    world.explore(&plan, &mut |_| {})
}

fn read(path: &Path) -> (Setup, Explore) {
    let source = Source::read(path).unwrap_or_else(|error| panic!("{}", error.1.message));
    let scenario = parse(&source).unwrap_or_else(|told| panic!("{}", told[0].message));
    let Mode::Explore(explore) = scenario.mode else { panic!("{} is not explored", source.name) };
    (scenario.setup(), explore)
}

fn listed(setup: &mut Setup) -> &mut Vec<dtxsim_protocols::common::business::Listed> {
    match &mut setup.business.transactions {
        Transactions::Listed(listed) => listed,
        Transactions::Generated(_) => panic!("nothing is drawn here"),
    }
}

/// The same with one less of one budget, for each that there is.
fn with_less(bounds: Bounds) -> Vec<Bounds> {
    let less = |change: fn(&mut Bounds) -> &mut u8| {
        let mut bounds = bounds;
        let budget = change(&mut bounds);
        *budget = budget.checked_sub(1)?;
        Some(bounds)
    };
    let all = [
        less(|bounds| &mut bounds.budgets.crashes),
        less(|bounds| &mut bounds.budgets.drops),
        less(|bounds| &mut bounds.budgets.duplicates),
        less(|bounds| &mut bounds.budgets.partitions),
    ];
    all.into_iter().flatten().collect()
}

/// The rows of the table: flaw, participants, transactions, bounds, property, steps.
fn table() -> Vec<[String; 6]> {
    let page = fs::read_to_string(root().join("../docs/EXPLORING.md")).expect("the page");
    let table = page.split("## The smallest scope that catches it").nth(1).expect("the table");
    let table = table.split("\n## ").next().expect("its section");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', ""));
        let cells: Vec<String> = cells.collect();
        <[String; 6]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?}"))
    };
    rows.map(cells).collect()
}

#[test]
fn every_flaw_has_its_row() {
    let rows: BTreeSet<String> = table().into_iter().map(|[flaw, ..]| flaw).collect();
    let flaws = families().iter().flat_map(|family| family.broken);
    let flaws: BTreeSet<String> = flaws.map(|(name, ..)| (*name).to_owned()).collect();
    let missing: Vec<&String> = flaws.difference(&rows).collect();
    assert!(missing.is_empty(), "{missing:?} are not in the table of docs/EXPLORING.md");
}

#[test]
fn every_flaw_is_caught_at_its_smallest_scope_and_at_no_smaller_one() {
    for [flaw, participants, transactions, bounds, property, steps] in table() {
        let file = format!("explored/{}.ron", flaw.replace('_', "-"));
        let (setup, explore) = read(&root().join(file));
        let of_setup = [
            setup.business.services.len().to_string(),
            listed(&mut setup.clone()).len().to_string(),
            explore.bounds.to_string(),
        ];
        assert_eq!(of_setup, [participants, transactions, bounds], "{flaw}");
        let found = explored(setup.clone(), explore);
        assert_eq!(found.violated, [property.as_str()], "{flaw}");
        let first = &found.violations[0];
        let starts = first.trace.processes.len() as u64;
        if first.stuck.is_none() {
            let after = (first.violation.step + 1 - starts).to_string();
            assert_eq!(after, steps, "{flaw}: steps after the start");
        }
        for bounds in with_less(explore.bounds) {
            let less = explored(setup.clone(), Explore { bounds, ..explore });
            assert!(less.violated.is_empty(), "{flaw}: {bounds} is enough");
        }
        let mut fewer = setup.clone();
        if listed(&mut fewer).len() > 1 {
            listed(&mut fewer).pop();
            assert!(explored(fewer, explore).violated.is_empty(), "{flaw}: one transaction less");
        }
        let mut fewer = setup.clone();
        if fewer.business.services.len() > 1 {
            fewer.business.services.pop();
            let left = fewer.business.services.len();
            let all = listed(&mut fewer).iter_mut();
            all.for_each(|listed| listed.branches.retain(|(service, _)| *service < left));
            assert!(explored(fewer, explore).violated.is_empty(), "{flaw}: one participant less");
        }
        let mut mended = setup;
        mended.choice = mended.choice.repaired();
        // Where something is wrong, it is found long before that.
        let caps = Caps { states: 400_000, ..explore.caps };
        let mended = explored(mended, Explore { caps, ..explore });
        assert!(mended.violated.is_empty(), "{flaw}: repaired");
    }
}
