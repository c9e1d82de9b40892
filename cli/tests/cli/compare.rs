//! `compare`: one scenario under several protocols.

use crate::tool::Folder;

/// An order that payment may refuse, and three that it does not.
fn order(mode: &str) -> String {
    format!(
        r#"(
    services: {{
        "inventory": (keys: {{"book": (initial: 3, min: 0)}}),
        "payment": (keys: {{"ann": (initial: 50, min: 0)}}),
    }},
    transactions: [
        (name: "dear", branches: {{"inventory": [debit("book", 1)], "payment": [debit("ann", 500)]}}),
        (name: "cheap", branches: {{"inventory": [debit("book", 1)], "payment": [debit("ann", 5)]}}),
    ],
    arrival: sequential(patience: s(1)),
    protocol: two_phase_commit,
    check: [agreement],
    {mode}
    expect: violates(agreement),
)"#
    )
}

#[test]
fn protocols_stand_side_by_side() {
    let folder = Folder::new("compare");
    folder.file("a.ron", &order("seeds: (0, 50),"));
    let protocols = "two_phase_commit, saga, tcc(tries: sequential)";
    let compare = ["compare", "a.ron", "--protocols", protocols];
    let ran = folder.run(&compare).code(0);
    let rows: Vec<Vec<&str>> =
        ran.out.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |name: &str| {
        rows.iter().find(|row| row.first() == Some(&name)).unwrap_or_else(|| panic!("{name}"))
    };
    for name in ["two_phase_commit", "saga"] {
        assert_eq!(row(name)[1..4], ["holds", "-", "100/100"], "{name}: {}", ran.out);
    }
    assert!(ran.out.contains("tcc(tries: sequential)"), "{}", ran.out);
    assert_ne!(row("two_phase_commit")[4], row("saga")[4], "they do not cost the same");
    let json = folder.run(&[&compare[..], &["--format", "json"]].concat()).code(0);
    let reports = json.jsons();
    assert_eq!(reports.len(), 3);
    assert!(reports.iter().all(|report| report["verdict"] == "holds"));
}

#[test]
fn a_broken_one_is_violated_and_that_is_no_error() {
    let folder = Folder::new("compare-broken");
    folder.file("a.ron", &order("explore: (crashes: 1, timers: quiescent),"));
    let protocols = "saga, saga(broken: unforced_step)";
    let ran = folder.run(&["compare", "a.ron", "--protocols", protocols]).code(0);
    ran.says("holds").says("violated").says("states");
}

#[test]
fn what_cannot_be_expressed_says_why_and_the_others_run() {
    let folder = Folder::new("compare-cannot");
    folder.file("a.ron", &order("seeds: (0, 5),"));
    let some = ["compare", "a.ron", "--protocols", "saga, dual_write, sagga"];
    let ran = folder.run(&some).code(0).says("cannot express it");
    ran.says("saga").says("dual_write").says("sagga");
    let none = ["compare", "a.ron", "--protocols", "sagga"];
    folder.run(&none).code(2).complains("sagga").complains("did you mean `saga`");
    folder.run(&["compare", "a.ron", "--protocols", "saga), seeds: (1"]).code(2);
    folder.run(&["compare", "a.ron", "--protocols", ""]).code(2);
    folder.run(&["compare", "missing.ron"]).code(2);
    folder.run(&["compare", "a.ron"]).code(0).says("tcc").says("outbox");
}
