//! What is told of those who read, and of those who are read.

use std::collections::BTreeSet;

use super::digest;

fn scenario(protocol: &str) -> String {
    format!(
        "(
            services: {{\"a\": (keys: {{\"k\": (initial: 1)}})}},
            transactions: [(name: \"t\", branches: {{\"a\": [read(\"k\")]}})],
            protocol: {protocol}
        )"
    )
}

/// That what is written down as it is anyway changes nothing, and each change something.
fn all_count(short: &str, standard: &str, changes: &[(&str, &str)]) {
    let same = digest(&scenario(short));
    assert_eq!(digest(&scenario(standard)), same, "a default that is written down");
    let mut digests = BTreeSet::from([same, digest(&scenario("outbox,"))]);
    for (old, new) in changes {
        let changed = standard.replacen(old, new, 1);
        assert_ne!(changed, standard, "{old} is not there");
        assert!(digests.insert(digest(&scenario(&changed))), "{new} does not count");
    }
}

const WAITS: [(&str, &str); 2] =
    [("resend: ms(10)", "resend: ms(11)"), ("resend_most: ms(200)", "resend_most: ms(201)")];

#[test]
fn all_that_those_who_listen_to_themselves_may_be_told_counts() {
    let standard = "listen_to_yourself(when: accepted),
        timeouts: (resend: ms(10), resend_most: ms(200)),";
    let knobs = [
        ("accepted", "consumed"),
        ("accepted", "accepted, broken: answers_before_accepted"),
        ("accepted", "accepted, broken: consumes_again"),
    ];
    all_count("listen_to_yourself,", standard, &[&knobs[..], &WAITS].concat());
}

#[test]
fn all_that_a_view_may_be_told_counts() {
    let standard = "cqrs(events: changes), timeouts: (resend: ms(10), resend_most: ms(200)),";
    let knobs = [
        ("changes", "states"),
        ("changes", "changes, broken: no_position"),
        ("changes", "changes, broken: position_apart"),
        ("changes", "states, broken: unversioned"),
    ];
    all_count("cqrs,", standard, &[&knobs[..], &WAITS].concat());
}

#[test]
fn what_readers_lock_counts() {
    let standard = "two_phase_commit(reads: locking),";
    all_count("two_phase_commit,", standard, &[("locking", "read_committed")]);
}

#[test]
fn the_reference_model_has_a_digest_for_each_variant() {
    let text = "(services: {\"rm1\": (), \"rm2\": ()}, protocol: two_phase_tla)";
    let broken = text.replace("tla", "tla(broken: commit_when_one_is_missing)");
    let more = text.replace("\"rm2\"", "\"rm3\": (), \"rm2\"");
    let keys = text.replacen("()", "(keys: {})", 1);
    assert_eq!(digest(text), 5_571_884_310_984_728_567, "pinned as the one above");
    assert_eq!(digest(&keys), digest(text), "no keys are no keys");
    assert_eq!(BTreeSet::from([text, &broken, &more].map(digest)).len(), 3);
}
