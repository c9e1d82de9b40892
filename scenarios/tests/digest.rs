//! A digest sees all that a run depends on, and nothing else.

mod digested;

use std::collections::BTreeSet;

use dtxsim_core::untimed::{Bounds, Budgets};
use dtxsim_protocols::properties::Property;
use dtxsim_scenarios::{Scenario, Source, parse};

const TEXT: &str = include_str!("full.scenario");

fn read(text: &str) -> Result<Scenario, String> {
    let source = Source::new("full.ron", text);
    parse(&source).map_err(|diagnostics| diagnostics[0].render(&source, false))
}

fn digest(text: &str) -> u64 {
    read(text).unwrap_or_else(|told| panic!("{told}")).digest
}

#[test]
fn digests_are_pinned() {
    assert_eq!(
        digest(TEXT),
        PINNED,
        "a digest changed: every stored token is told to have drifted"
    );
}

const PINNED: u64 = 12_234_290_245_799_954_774;

#[test]
fn comments_and_layout_do_not_count() {
    let squeezed: String = TEXT
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line).trim())
        .collect::<Vec<_>>()
        .join(" /* a /* nested */ comment */ ");
    assert_ne!(squeezed, TEXT);
    assert_eq!(digest(&squeezed), digest(TEXT));
}

#[test]
fn names_properties_seeds_and_expectations_do_not_count() {
    for (old, new) in [
        ("name: \"full\"", "name: \"other\""),
        ("about: \"", "about: \"not "),
        ("seeds: (0, 10)", "seeds: (5, 500)"),
        ("check: [agreement, ", "check: ["),
        ("expect: holds", "expect: vacuous"),
    ] {
        let changed = TEXT.replacen(old, new, 1);
        assert_ne!(changed, TEXT, "{old} is not there");
        assert_eq!(digest(&changed), digest(TEXT), "{old} counts");
    }
}

#[test]
fn every_number_counts() {
    let counted = TEXT.split("check:").next().expect("the part of the file that counts");
    let mut digests = BTreeSet::from([digest(TEXT)]);
    let mut numbers = 0;
    let bytes = counted.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let alone = |at: usize| !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'_';
        let comment = counted[..at].rfind("//") > counted[..at].rfind('\n');
        // The last digit of a number, and not of a name such as `t1`.
        let start = counted[..at].rfind(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        if !byte.is_ascii_digit() || !alone(at + 1) || !alone(start) || comment {
            continue;
        }
        numbers += 1;
        // One more, or, where a limit forbids that, one less.
        let with = |digit: u8| {
            let mut changed = TEXT.as_bytes().to_vec();
            changed[at] = digit;
            String::from_utf8(changed).expect("a digit is text")
        };
        let up = (byte - b'0' + 1) % 10 + b'0';
        let down = (byte - b'0' + 9) % 10 + b'0';
        let changed = read(&with(up)).or_else(|_| read(&with(down)));
        let digest = changed.unwrap_or_else(|told| panic!("{told}")).digest;
        assert!(digests.insert(digest), "the number before {:?} does not count", &counted[at..]);
    }
    assert!(numbers > 60, "only {numbers} numbers");
}

#[test]
fn words_count() {
    for (old, new) in [
        ("presumption: abort", "presumption: commit"),
        ("termination: none", "termination: cooperative"),
        ("one_phase: true", "one_phase: false"),
        ("read_only_votes: true", "read_only_votes: false"),
        ("sessions: false", "sessions: true"),
        ("fifo: false", "fifo: true"),
        ("every: false", "every: true"),
        ("both_ways: true", "both_ways: false"),
        ("keep: first(2)", "keep: any"),
        ("restart: at_healing", "restart: never"),
        ("debit(", "credit("),
        ("sent(", "delivered("),
        ("bank_b\": \"bank_a", "bank_b\": \"coordinator"),
        ("at_once", "sequential"),
        ("uniform(ms(1), ms(3))", "constant(ms(1))"),
    ] {
        let changed = TEXT.replacen(old, new, 1);
        assert_ne!(changed, TEXT, "{old} is not there");
        assert_ne!(digest(&changed), digest(TEXT), "{old} does not count");
    }
}

#[test]
fn a_default_that_is_written_down_changes_nothing() {
    let short = "(
        services: {\"a\": (keys: {\"k\": (initial: 1)})},
        transactions: [(name: \"t\", branches: {\"a\": [read(\"k\")]})],
        protocol: two_phase_commit,
    )";
    let long = short.replace(
        "two_phase_commit,",
        "two_phase_commit(presumption: abort, termination: none, read_only_votes: true,
            reads: locking, one_phase: true, sessions: false, broken: None),
        arrival: at_once,
        hosts: {},
        timeouts: (votes: ms(50), resend: ms(10), resend_most: ms(200), inquiry: ms(30)),
        network: (latency: constant(ms(1)), loss: (0, 1), duplication: (0, 1), fifo: false),
        sync: us(100),
        faults: (swarm: (lasts: ms(50)), script: [], healing: s(1)),",
    );
    assert_eq!(digest(short), digest(&long));
}

#[test]
fn an_exploration_counts_its_bounds_and_nothing_else_of_itself() {
    let text = "(
        services: {\"a\": (keys: {\"k\": (initial: 1)}), \"b\": (keys: {\"k\": (initial: 1)})},
        transactions: [(name: \"t\", branches: {\"a\": [read(\"k\")]})],
        protocol: two_phase_commit,
        explore: (),
    )";
    let with =
        |explore: &str| digest(&text.replace("explore: ()", &format!("explore: ({explore})")));
    let plain = with("");
    assert_eq!(plain, PINNED_EXPLORED, "pinned as the one above");
    for same in [
        "network: bag, timers: any, crashes: 0, restarts: true, disk: split",
        "order: depth, states: 7, memory: kb(1)",
        "walk: (walks: 7, seed: 3)",
    ] {
        assert_eq!(with(same), plain, "{same} counts");
    }
    assert_eq!(digest(&text.replace("explore: ()", "explore: (), sync: ms(7)")), plain);
    let bounds = [
        "network: fifo",
        "network: set",
        "timers: quiescent",
        "crashes: 1",
        "drops: 1",
        "duplicates: 1",
        "partitions: 1",
        "restarts: false",
        "disk: instant",
    ];
    let digests: BTreeSet<u64> = bounds.into_iter().map(with).chain([plain]).collect();
    assert_eq!(digests.len(), bounds.len() + 1, "some bound does not count");
    let seeds = digest(&text.replace("explore: ()", "seeds: (0, 1)"));
    assert!(!digests.contains(&seeds), "a run is no path");
}

/// Whoever walks along a path need not know in which mode it was found.
#[test]
fn the_world_of_paths_is_that_of_an_exploration_within_their_bounds() {
    let text = "(
        services: {\"a\": (keys: {\"k\": (initial: 1)})},
        transactions: [(name: \"t\", branches: {\"a\": [read(\"k\")]})],
        protocol: two_phase_commit,
        MODE
    )";
    let read = |mode: &str| {
        parse(&Source::new("a.ron", text.replace("MODE", mode))).expect("it is a scenario")
    };
    let budgets = Budgets { crashes: 1, ..Budgets::default() };
    let bounds = Bounds { budgets, ..Bounds::default() };
    let wanted = read("explore: (crashes: 1)");
    for mode in ["seeds: (0, 9)", "explore: (drops: 3)", "explore: (walk: (walks: 1))"] {
        let paths = read(mode).of_paths(bounds, "durability");
        assert_eq!(paths.digest, wanted.digest, "{mode}");
        let checked = paths.setup().check;
        assert!(wanted.setup().check.iter().all(|property| checked.contains(property)), "{mode}");
    }
    let said = read("seeds: (0, 9), check: [agreement]").of_paths(bounds, "durability");
    assert_eq!(said.setup().check, [Property::Agreement, Property::Durability]);
}

const PINNED_EXPLORED: u64 = 8_009_781_195_285_132_050;

#[test]
fn all_that_three_phase_commit_may_be_told_counts() {
    let standard = "three_phase_commit(final_acks: true),
        timeouts: (votes: ms(50), acks: ms(50), coordinator: ms(150), states: ms(50),
            elected: ms(300), inquiry: ms(50), resend: ms(50), resend_most: ms(200)),";
    let scenario = |protocol: &str| {
        format!(
            "(
                services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
                transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
                protocol: {protocol}
            )"
        )
    };
    let same = digest(&scenario("three_phase_commit,"));
    assert_eq!(digest(&scenario(standard)), same, "a default that is written down");
    let mut digests = BTreeSet::from([same, digest(&scenario("two_phase_commit,"))]);
    for (old, new) in [
        ("true", "false"),
        ("true", "true, broken: naive_timeouts"),
        ("true", "true, broken: precommit_not_logged"),
        ("true", "true, broken: any_uncertain_means_abort"),
        ("votes: ms(50)", "votes: ms(51)"),
        ("acks: ms(50)", "acks: ms(51)"),
        ("coordinator: ms(150)", "coordinator: ms(151)"),
        ("states: ms(50)", "states: ms(51)"),
        ("elected: ms(300)", "elected: ms(301)"),
        ("inquiry: ms(50)", "inquiry: ms(51)"),
        ("resend: ms(50)", "resend: ms(51)"),
        ("resend_most: ms(200)", "resend_most: ms(201)"),
    ] {
        let changed = standard.replacen(old, new, 1);
        assert_ne!(changed, standard, "{old} is not there");
        assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
    }
}

#[test]
fn all_that_tcc_may_be_told_counts() {
    let standard = "tcc(fence: barrier, tries: parallel, expiry: false),
        timeouts: (tries: ms(50), expiry: ms(500), resend: ms(10), resend_most: ms(200)),";
    let scenario = |protocol: &str| {
        format!(
            "(
                services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
                transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
                protocol: {protocol}
            )"
        )
    };
    let same = digest(&scenario("tcc,"));
    assert_eq!(digest(&scenario(standard)), same, "a default that is written down");
    let mut digests = BTreeSet::from([same, digest(&scenario("two_phase_commit,"))]);
    for (old, new) in [
        ("barrier", "none"),
        ("barrier", "check_then_act"),
        ("parallel", "sequential"),
        ("expiry: false", "expiry: true"),
        ("expiry: false", "expiry: false, retries: 0"),
        ("expiry: false", "expiry: false, retries: 1"),
        ("expiry: false", "expiry: false, broken: confirm_before_decision"),
        ("expiry: false", "expiry: false, broken: empty_cancel_forgotten"),
        ("tries: ms(50)", "tries: ms(51)"),
        ("expiry: ms(500)", "expiry: ms(501)"),
        ("resend: ms(10)", "resend: ms(11)"),
        ("resend_most: ms(200)", "resend_most: ms(201)"),
    ] {
        let changed = standard.replacen(old, new, 1);
        assert_ne!(changed, standard, "{old} is not there");
        assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
    }
}

#[test]
fn all_that_outbox_and_dual_write_may_be_told_counts() {
    let scenario = |protocol: &str| {
        format!(
            "(
                services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
                transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
                protocol: {protocol}
            )"
        )
    };
    let outbox = "outbox(relay: polling, consumer: inbox, broker: at_least_once),
        timeouts: (resend: ms(10), resend_most: ms(200), handling: ms(5)),";
    let dual_write = "dual_write(order: commit_then_publish),
        timeouts: (resend: ms(10), resend_most: ms(200), handling: ms(5)),";
    let waits = [
        ("resend: ms(10)", "resend: ms(11)"),
        ("resend_most: ms(200)", "resend_most: ms(201)"),
        ("handling: ms(5)", "handling: ms(6)"),
    ];
    let knobs = [
        ("polling", "cdc"),
        ("polling", "polling, relays: skip_locked"),
        ("polling", "polling, relays: skip_locked_per_key"),
        ("polling", "polling, dead_letters: 1"),
        ("polling", "polling, dead_letters: 2"),
        ("inbox", "naive"),
        ("inbox", "check_then_act"),
        ("at_least_once", "deduplicating"),
        ("at_least_once", "at_least_once, broken: row_apart"),
        ("at_least_once", "at_least_once, broken: deletes_before_ack"),
        ("at_least_once", "at_least_once, broken: skips_late_commits"),
        ("at_least_once", "at_least_once, broken: several_in_flight"),
        ("at_least_once", "at_least_once, broken: ack_before_effect"),
        ("at_least_once", "at_least_once, broken: inbox_row_apart"),
    ];
    let orders = [("commit_then_publish", "publish_then_commit")];
    let same = digest(&scenario("outbox,"));
    assert_eq!(digest(&scenario(outbox)), same, "a default that is written down");
    let order = digest(&scenario("dual_write(order: commit_then_publish),"));
    assert_eq!(digest(&scenario(dual_write)), order, "a default that is written down");
    let mut digests = BTreeSet::from([same, order]);
    for (standard, changes) in [(outbox, &knobs[..]), (dual_write, &orders)] {
        for (old, new) in changes.iter().chain(&waits) {
            let changed = standard.replacen(old, new, 1);
            assert_ne!(changed, standard, "{old} is not there");
            assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
        }
    }
}

#[test]
fn all_that_a_choreography_may_be_told_counts() {
    let scenario = |protocol: &str| {
        format!(
            "(
                services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
                transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
                protocol: {protocol}
            )"
        )
    };
    let standard = "choreography, timeouts: (resend: ms(10), resend_most: ms(200)),";
    let same = digest(&scenario("choreography,"));
    assert_eq!(digest(&scenario(standard)), same, "a default that is written down");
    let mut digests = BTreeSet::from([same, digest(&scenario("saga,"))]);
    for (old, new) in [
        ("choreography", "choreography(broken: event_after_commit)"),
        ("choreography", "choreography(broken: event_before_commit)"),
        ("choreography", "choreography(broken: no_inbox)"),
        ("resend: ms(10)", "resend: ms(11)"),
        ("resend_most: ms(200)", "resend_most: ms(201)"),
    ] {
        let changed = standard.replacen(old, new, 1);
        assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
    }
}

#[test]
fn all_that_a_saga_may_be_told_counts() {
    let standard = "saga(failed_step: classic, retries: 2, gives_up: false,
            countermeasure: commutative_updates),
        timeouts: (resend: ms(10), resend_most: ms(200)),";
    let scenario = |protocol: &str| {
        format!(
            "(
                services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
                transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
                protocol: {protocol}
            )"
        )
    };
    let same = digest(&scenario("saga,"));
    assert_eq!(digest(&scenario(standard)), same, "a default that is written down");
    let mut digests = BTreeSet::from([same, digest(&scenario("two_phase_commit,"))]);
    for (old, new) in [
        ("classic", "dtm"),
        ("classic", "classic, pivot: \"a\""),
        ("classic", "classic, after: {}"),
        ("retries: 2", "retries: 3"),
        ("false", "true"),
        ("false", "false, broken: late_registration"),
        ("commutative_updates", "none"),
        ("commutative_updates", "semantic_lock"),
        ("commutative_updates", "pessimistic_view"),
        ("commutative_updates", "reread_value"),
        ("commutative_updates", "by_value(100)"),
        ("commutative_updates", "by_value(101)"),
        ("commutative_updates", "commutative_updates, workers: two"),
        (
            "commutative_updates),\n        timeouts: (",
            "commutative_updates, workers: two),\n        timeouts: (handling: ms(2), ",
        ),
        ("resend: ms(10)", "resend: ms(11)"),
        ("resend_most: ms(200)", "resend_most: ms(201)"),
    ] {
        let changed = standard.replacen(old, new, 1);
        assert_ne!(changed, standard, "{old} is not there");
        assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
    }
}
