//! The scenarios that come with dtxsim, and the examples of its documentation, can be read.

use std::fs;
use std::path::{Path, PathBuf};

use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{
    Choice, Family, broker_transaction, choreography, cqrs, dual_write, event_sourcing, families,
    listen_to_yourself, local, local_message_table, mq_transaction, outbox, parallel_pipelines,
    polling_choreography, queue, retry, saga, seata_at, tcc, three_phase_commit, two_phase_commit,
    two_phase_tla,
};
use dtxsim_scenarios::{Expect, Scenario, Source, parse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(source: &Source) -> Scenario {
    parse(source).unwrap_or_else(|diagnostics| {
        let told: Vec<String> = diagnostics.iter().map(|d| d.render(source, false)).collect();
        panic!("{}", told.join("\n\n"))
    })
}

/// Every scenario of a family's folder with its file's stem, in order.
fn folder(family: &str) -> Vec<(String, Scenario)> {
    let entries = fs::read_dir(root().join(family.replace('_', "-"))).expect("the library");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry of the library").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let source = Source::read(&path).unwrap_or_else(|error| panic!("{}", error.1.message));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a stem in UTF-8");
        (stem.to_owned(), read(&source))
    };
    paths.into_iter().map(read).collect()
}

/// The families that have a folder. The reference model has none: timed runs find nothing there.
fn shelved() -> impl Iterator<Item = &'static Family> {
    families().iter().filter(|family| family.name != two_phase_tla::FAMILY.name)
}

/// Every scenario of the library.
fn library() -> Vec<(String, Scenario)> {
    shelved().flat_map(|family| folder(family.name)).collect()
}

#[test]
fn every_scenario_can_be_read_and_built_and_says_what_it_is_about() {
    let mut library = library();
    assert!(library.len() >= 18, "only {} scenarios", library.len());
    library.extend(["explored", "reference", "walked"].into_iter().flat_map(folder));
    for (stem, scenario) in library {
        assert_eq!(scenario.name, stem);
        assert!(!scenario.about.is_empty(), "{stem} says nothing about itself");
        let built = scenario.setup().build().map(drop);
        assert!(built.is_ok(), "{stem}: {built:?}");
    }
}

#[test]
fn no_two_scenarios_mean_the_same() {
    let mut digests: Vec<(u64, String)> =
        library().into_iter().map(|(stem, scenario)| (scenario.digest, stem)).collect();
    digests.sort();
    for pair in digests.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{} and {}", pair[0].1, pair[1].1);
    }
}

#[test]
fn a_scenario_is_in_the_folder_of_its_family() {
    for family in shelved() {
        for (stem, scenario) in folder(family.name) {
            // What repairs a family that is broken as such is another.
            let of_family = |stem: &str| {
                let broken = folder(family.name).into_iter().find(|(broken, _)| broken == stem);
                broken.map(|(_, broken)| broken.setup().choice.repaired().family())
            };
            let repairs = stem.strip_suffix("-repaired").and_then(of_family);
            let wanted = repairs.unwrap_or(family.name);
            assert_eq!(scenario.setup().choice.family(), wanted, "{stem}");
        }
    }
}

#[test]
fn every_flaw_has_a_scenario_that_catches_it_and_one_that_repairs_it() {
    for family in shelved() {
        let library = folder(family.name);
        for &(flaw, ..) in family.broken {
            let stem = flaw.replace('_', "-");
            let find = |stem: &str| {
                let found = library.iter().find(|(name, _)| name == stem);
                found.map(|(_, scenario)| scenario).unwrap_or_else(|| panic!("no {stem}.ron"))
            };
            let (broken, repaired) = (find(&stem), find(&format!("{stem}-repaired")));
            assert!(matches!(broken.expect, Expect::Violates(_)), "{stem} violates nothing");
            assert_eq!(repaired.expect, Expect::Holds, "{stem}-repaired");
            let (mut mended, same) = (broken.setup(), repaired.setup());
            assert_eq!(mended.choice.broken(), Some(flaw), "{stem}");
            assert_eq!(same.choice.broken(), None, "{stem}");
            mended.choice = mended.choice.repaired();
            assert_eq!(mended.choice, same.choice, "{stem}");
            assert_eq!(mended.surroundings, same.surroundings, "{stem}: another world");
            assert_eq!(mended.check, same.check, "{stem}: other properties");
        }
    }
}

/// The fenced blocks of a Markdown text that are RON, each with the line that it begins on.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some((start, mut block)) = open.take() {
            if line.starts_with("```") {
                blocks.push((start, block));
            } else {
                block.push_str(line);
                block.push('\n');
                open = Some((start, block));
            }
        } else if line == "```ron" {
            open = Some((index + 2, String::new()));
        }
    }
    blocks
}

#[test]
fn the_documentation_names_every_word() {
    let docs = fs::read_to_string(root().join("../docs/SCENARIOS.md")).expect("the documentation");
    let choices = [
        Choice::Local(local::Knobs),
        Choice::TwoPhaseCommit(two_phase_commit::Knobs::default()),
        Choice::ThreePhaseCommit(three_phase_commit::Knobs::default()),
        Choice::Saga(saga::Knobs::default()),
        Choice::SeataAt(seata_at::Knobs::default()),
        Choice::Choreography(choreography::Knobs::default()),
        Choice::Tcc(tcc::Knobs::default()),
        Choice::Outbox(outbox::Knobs::default()),
        Choice::DualWrite(dual_write::Knobs {
            order: dual_write::Order::CommitThenPublish,
            timeouts: dual_write::Timeouts::default(),
        }),
        Choice::MqTransaction(mq_transaction::Knobs::default()),
        Choice::BrokerTransaction(broker_transaction::Knobs::default()),
        Choice::Retry(retry::Knobs::default()),
        Choice::LocalMessageTable(local_message_table::Knobs::default()),
        Choice::ListenToYourself(listen_to_yourself::Knobs::default()),
        Choice::Cqrs(cqrs::Knobs::default()),
        Choice::PollingChoreography(polling_choreography::Knobs::default()),
        Choice::Queue(queue::Knobs::default()),
        Choice::EventSourcing(event_sourcing::Knobs::default()),
        Choice::ParallelPipelines(parallel_pipelines::Knobs::default()),
        Choice::TwoPhaseTla(two_phase_tla::Knobs::default()),
    ];
    assert!(choices.iter().map(Choice::family).eq(families().iter().map(|family| family.name)));
    let words = choices.iter().map(Choice::words);
    let words = words.flat_map(|words| [words.messages, words.records, words.notes].concat());
    let mut wanted: Vec<String> = words.map(|word| format!("`\"{word}\"`")).collect();
    let property = |property: Property| format!("| `{}` |", property.name().replace('-', "_"));
    wanted.extend(Property::ALL.into_iter().map(property));
    let flaws = families().iter().flat_map(|family| family.broken);
    wanted.extend(flaws.map(|(flaw, ..)| format!("| `{flaw}` |")));
    wanted.extend(families().iter().map(|family| format!("| `{}` |", family.name)));
    wanted.extend(families().iter().map(|family| format!("protocol: {}", family.name)));
    wanted.retain(|word| !docs.contains(word));
    assert_eq!(wanted, [""; 0], "not in docs/SCENARIOS.md");
}

#[test]
fn the_examples_of_the_documentation_can_be_read() {
    let path = root().join("../docs/SCENARIOS.md");
    let blocks = blocks(&fs::read_to_string(path).expect("docs/SCENARIOS.md"));
    assert!(blocks.len() >= 5, "only {} examples", blocks.len());
    for (line, block) in blocks {
        let name = format!("docs/SCENARIOS.md:{line}");
        if block.starts_with('(') {
            read(&Source::new(name, block));
            continue;
        }
        // A part of a scenario: the rest of it is this.
        let has = |field: &str| block.lines().any(|line| line.starts_with(field));
        let mut text = format!("(\n{block}\n");
        if !has("services") {
            text.push_str(
                "services: {
                    \"bank_a\": (keys: {\"alice\": (initial: 100)}),
                    \"bank_b\": (keys: {\"bob\": (initial: 20)}),
                },",
            );
        }
        if !has("transactions") && !has("generate") {
            text.push_str(
                "transactions: [(name: \"t\", branches: {\"bank_a\": [read(\"alice\")]})],",
            );
        }
        if !has("protocol") {
            text.push_str("protocol: two_phase_commit,");
        }
        read(&Source::new(name, text + ")\n"));
    }
}

#[test]
fn the_scenarios_of_the_other_pages_can_be_read() {
    for (page, least) in [
        ("README.md", 1),
        ("docs/EXPLORING.md", 1),
        ("docs/TWO_PHASE_COMMIT.md", 1),
        ("docs/THREE_PHASE_COMMIT.md", 1),
        ("docs/OUTBOX.md", 1),
        ("docs/MQ_TRANSACTION.md", 1),
        ("docs/BROKER_TRANSACTION.md", 1),
        ("docs/DIRECT_CALLS.md", 1),
        ("docs/LISTEN_TO_YOURSELF.md", 1),
        ("docs/CQRS.md", 1),
        ("docs/POLLING.md", 1),
        ("docs/EVENT_SOURCING.md", 1),
        ("docs/PARALLEL_PIPELINES.md", 1),
        ("docs/SAGA.md", 1),
        ("docs/CHOREOGRAPHY.md", 1),
        ("docs/SEATA_AT.md", 1),
    ] {
        let text = fs::read_to_string(root().join("..").join(page)).expect(page);
        let blocks = blocks(&text);
        let whole = blocks.iter().filter(|(_, block)| block.starts_with('('));
        let mut seen = 0;
        for (line, block) in whole {
            read(&Source::new(format!("{page}:{line}"), block.clone()));
            seen += 1;
        }
        assert!(seen >= least, "{page} shows {seen} scenarios");
    }
}
