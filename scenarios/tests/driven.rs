//! The shortest counterexamples of the library, as timed runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use dtxsim_core::untimed::{Counterexample, DrivenRun, Plan, Reductions, Representation, Undriven};
use dtxsim_protocols::properties::Property;
use dtxsim_scenarios::{Expect, Mode, Scenario, Source, parse};

/// Those of which there is no timed run, and what contradicts each other.
///
/// Who waits with two timers runs out of the shorter one first. In the reference model timers stand
/// for whatever a process may do next. Three-phase commit is safe if no time-out is false, as with
/// these none can be. And two timers of one process that run as long run out in their order.
const UNREALISED: [(&str, &[&str]); 7] = [
    (
        "check-then-act",
        &[
            "timer act on try tx0 #0 of inventory, set on step 6, runs out on step 10",
            "timer act on cancel tx0 #0 of inventory, set on step 7, runs out on step 8",
        ],
    ),
    (
        "commit-when-one-is-missing",
        &[
            "timer prepare of rm1, set on step 0 for 1.000000ms, has not run out by step 3",
            "timer abort of rm1, set on step 0, runs out on step 3, exactly 1000.000000ms later",
        ],
    ),
    (
        "number-before-commit",
        &[
            "timer commit tx0 of payment, set on step 3, runs out on step 8, exactly 5.000000ms \
             later",
            "timer commit tx1 of payment, set on step 4, runs out on step 5, exactly 5.000000ms \
             later",
        ],
    ),
    (
        "skips-late-commits",
        &[
            "timer commit tx0 of payment, set on step 3, runs out on step 14",
            "timer commit tx1 of payment, set on step 4, runs out on step 5",
        ],
    ),
    (
        "three-phase-commit-asynchronous",
        &[
            "timer votes on tx0 of coordinator, set on step 4 for 50.000000ms, has not run out",
            "timer coordinator of tx0 of bank_a, set on step 6, runs out on step 8, exactly \
             150.000000ms later",
        ],
    ),
    (
        "two-phase-tla-broken",
        &[
            "timer prepare of rm3, set on step 0 for 1.000000ms, has not run out by step 10",
            "timer abort of rm3, set on step 0, runs out on step 10, exactly 1000.000000ms later",
        ],
    ),
    (
        "unforced-collecting",
        &[
            "timer votes on tx0 of coordinator, set on step 2, runs out on step 3, exactly \
             50.000000ms later",
            "timer resend tx0 #0 of coordinator, set on step 2 for 10.000000ms, has not run out \
             by step 3",
        ],
    ),
];

/// Those whose runs stay open: somebody repeats itself for ever to a service that is up, and a run
/// has no graph in which to see that this never helps.
const OPEN: [&str; 2] = ["empty-cancel-refused", "half-message-unlimited"];

/// Those of which there is one.
const REALISED: [&str; 83] = [
    "ack-before-effect",
    "ack-before-force",
    "after-commit",
    "answers-before-accepted",
    "answers-before-end",
    "any-uncertain-means-abort",
    "blind-undo",
    "blocked",
    "broker-transaction-blocked",
    "cancel-not-recorded",
    "check-then-act-consumer",
    "commit-then-publish",
    "confirm-before-decision",
    "confirmed-before-force",
    "consumes-again",
    "dead-letter-order",
    "deleted-before-result",
    "deletes-before-ack",
    "discards-unanswered",
    "discards-undelivered",
    "empty-cancel-forgotten",
    "end-not-numbered",
    "event-after-commit",
    "event-before-commit",
    "expired-confirm-acknowledged",
    "expiry-only-logged",
    "failed-undo-passed-over",
    "forgets-before-acks",
    "forward-compensation",
    "half-confirmed-dropped",
    "inbox-row-apart",
    "job-looked-up-first",
    "late-commit-accepted",
    "late-registration",
    "locks-lost-at-restart",
    "naive-consumer",
    "naive-timeouts",
    "no-fence",
    "no-idempotency-keys",
    "no-inbox",
    "no-position",
    "not-found-is-rolled-back",
    "not-idempotent",
    "offset-after-effect",
    "offset-before-effect",
    "orphan-unnoticed",
    "outbox-read-elsewhere",
    "outbox-skip-locked-order",
    "parallel-compensation",
    "position-apart",
    "position-before-effect",
    "precommit-not-logged",
    "publish-then-commit",
    "queue-order",
    "receiver-not-idempotent",
    "restores-blindly",
    "row-apart",
    "saga-dirty-read-commutative",
    "saga-dirty-read",
    "saga-graph-forward-compensation",
    "saga-lost-update",
    "saga-orchestrator-lost",
    "several-in-flight",
    "snapshot-apart",
    "state-unchecked",
    "tcc-read-skew",
    "tcc-read-your-writes",
    "try-before-registration",
    "two-keys",
    "two-phase-commit-lost-update",
    "two-phase-commit-read-committed",
    "two-phase-message-unordered",
    "two-publishes",
    "undo-forgotten",
    "undo-in-memory",
    "unforced-decision",
    "unforced-start",
    "unforced-step",
    "unlogged-turn",
    "unverified-produce",
    "unversioned",
    "version-unchecked",
    "vote-before-prepare",
];

/// The scenarios of a folder that are expected to violate something.
fn failing(folder: &str) -> Vec<(String, Scenario, Vec<Property>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("the folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let scenarios = files.iter().filter_map(|file| {
        let source = Source::read(file).unwrap_or_else(|error| panic!("{}", error.1.message));
        let scenario = parse(&source).unwrap_or_else(|told| panic!("{}", told[0].message));
        let name = file.file_stem()?.to_string_lossy().into_owned();
        match scenario.expect.clone() {
            Expect::Violates(properties) => Some((name, scenario, properties)),
            Expect::Holds | Expect::Vacuous | Expect::Inconclusive => None,
        }
    });
    scenarios.collect()
}

/// Explores until all that is expected is violated, and makes runs of what is found.
fn driven(
    scenario: &Scenario,
    expected: &[Property],
) -> Vec<(Counterexample, Result<DrivenRun, Undriven>)> {
    let Mode::Explore(explore) = &scenario.mode else { panic!("it is not explored") };
    let world = scenario.setup().build().unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = expected.iter().map(|property| property.name()).collect();
    let plan = Plan {
        bounds: explore.bounds,
        order: explore.order,
        representation: Representation::default(),
        reductions: Reductions::default(),
        caps: explore.caps,
        traces: true,
        enough: &|violated| names.iter().all(|name| violated.contains(name)),
        interrupt: &AtomicBool::new(false),
    };
    let found = world.explore(&plan, &mut |_| {}).violations;
    assert!(!found.is_empty(), "something is violated");
    let drive = |found: Counterexample| {
        let driven = world.drive(&found.schedule);
        (found, driven)
    };
    found.into_iter().map(drive).collect()
}

#[test]
fn counterexamples_are_timed_runs_or_contradict_their_timers() {
    let mut realised = Vec::new();
    for (name, scenario, expected) in ["explored", "reference"].into_iter().flat_map(failing) {
        for (found, driven) in driven(&scenario, &expected) {
            let property = found.violation.property;
            let unrealised = UNREALISED.iter().find(|(other, _)| *other == name);
            match (driven, unrealised) {
                (Ok(run), None) if OPEN.contains(&&*name) => {
                    assert!(!run.violates(property), "{name}")
                }
                (Ok(run), None) => {
                    assert!(run.violates(property), "{name}: {property}\n{}", run.trace);
                    assert!(run.trace.timed && !found.trace.timed);
                    realised.push(name.clone());
                }
                (Err(why), Some((_, clauses))) => {
                    assert!(matches!(why, Undriven::Contradiction(_)), "{name}: {why}");
                    let why = why.to_string();
                    for clause in *clauses {
                        assert!(why.contains(clause), "{name}: {why}\n{}", found.trace);
                    }
                }
                (Ok(run), Some(_)) => panic!("{name} is a timed run by now\n{}", run.trace),
                (Err(why), None) => panic!("{name}: {why}\n{}", found.trace),
            }
        }
    }
    realised.dedup();
    assert_eq!(realised, REALISED);
}
