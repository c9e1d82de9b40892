//! A digest sees all that a protocol may be told whose services read each other's changes.

use std::collections::BTreeSet;

use dtxsim_scenarios::{Source, parse};

fn digest(protocol: &str) -> u64 {
    let text = format!(
        "(
            services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
            transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
            protocol: {protocol}
        )"
    );
    let source = Source::new("a.ron", text);
    let scenario =
        parse(&source).unwrap_or_else(|told| panic!("{}", told[0].render(&source, false)));
    scenario.digest
}

/// The short form means the long one, and each change of the long one means something else.
fn all_counts(short: &str, long: &str, changes: &[(&str, &str)]) {
    let same = digest(short);
    assert_eq!(digest(long), same, "a default that is written down");
    let mut digests = BTreeSet::from([same]);
    for (old, new) in changes {
        let changed = long.replacen(old, new, 1);
        assert_ne!(changed, long, "{old} is not there");
        assert!(digests.insert(digest(&changed)), "{new} does not count");
    }
}

#[test]
fn all_that_polling_choreography_may_be_told_counts() {
    all_counts(
        "polling_choreography,",
        "polling_choreography, timeouts: (poll: ms(10), handling: ms(5)),",
        &[
            ("graphy", "graphy(broken: offset_after_effect)"),
            ("graphy", "graphy(broken: offset_before_effect)"),
            ("graphy", "graphy(broken: number_before_commit)"),
            ("poll: ms(10)", "poll: ms(11)"),
            ("handling: ms(5)", "handling: ms(6)"),
        ],
    );
    assert_ne!(digest("polling_choreography,"), digest("local_message_table,"));
}

#[test]
fn all_that_a_queue_may_be_told_counts() {
    all_counts(
        "queue,",
        "queue(publish: outboxed, workers: one),
            timeouts: (resend: ms(10), resend_most: ms(200), handling: ms(5)),",
        &[
            ("outboxed", "after_commit"),
            ("one", "two"),
            ("workers: one", "workers: two, broken: job_looked_up_first"),
            ("resend: ms(10)", "resend: ms(11)"),
            ("resend_most: ms(200)", "resend_most: ms(201)"),
            ("handling: ms(5)", "handling: ms(6)"),
        ],
    );
    assert_ne!(digest("queue,"), digest("outbox,"));
}

#[test]
fn all_that_event_sourcing_may_be_told_counts() {
    all_counts(
        "event_sourcing,",
        "event_sourcing(), timeouts: (poll: ms(10), handling: ms(5)),",
        &[
            ("()", "(snapshots: 1)"),
            ("()", "(snapshots: 2)"),
            ("()", "(snapshots: 2, broken: snapshot_apart)"),
            ("()", "(broken: position_before_effect)"),
            ("()", "(broken: version_unchecked)"),
            ("poll: ms(10)", "poll: ms(11)"),
            ("handling: ms(5)", "handling: ms(6)"),
        ],
    );
    assert_ne!(digest("event_sourcing,"), digest("polling_choreography,"));
}

#[test]
fn what_a_broker_does_with_what_it_cannot_deliver_counts() {
    let discards = "outbox(dead_letters: 1, broken: discards_undelivered),";
    let kept = ["outbox,", "outbox(dead_letters: 1),", "outbox(dead_letters: 2),"].map(digest);
    assert_eq!(kept.into_iter().chain([digest(discards)]).collect::<BTreeSet<_>>().len(), 4);
}
