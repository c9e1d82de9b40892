//! `compare`: one scenario under several protocols.

use crate::tool::{Folder, transfer};

/// An order that payment refuses, and one that it does not.
fn order(mode: &str) -> String {
    format!(
        r#"(
    services: {{
        "inventory": (keys: {{"book": (initial: 3, min: 0)}}),
        "payment": (keys: {{"ann": (initial: 50, min: 0)}}),
    }},
    transactions: [
        (name: "dear", branches: {{
            "inventory": [debit("book", 1)],
            "payment": [debit("ann", 500)],
        }}),
        (name: "cheap", branches: {{
            "inventory": [debit("book", 1)],
            "payment": [debit("ann", 5)],
        }}),
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
        assert_eq!(row(name)[1..3], ["holds", "100/100"], "{name}: {}", ran.out);
    }
    assert!(ran.out.contains("tcc(tries: sequential)"), "{}", ran.out);
    assert_eq!(row("saga")[3], "0", "nobody is left to a person");
    assert_ne!(row("two_phase_commit")[4], row("saga")[4], "they do not cost the same");
    let json = folder.run(&[&compare[..], &["--format", "json"]].concat()).code(0);
    let reports = json.jsons();
    assert_eq!(reports.len(), 3);
    assert!(reports.iter().all(|report| report["verdict"] == "holds"));
}

#[test]
fn a_broken_one_is_violated_and_that_is_no_error() {
    let folder = Folder::new("compare-broken");
    folder.file("a.ron", &transfer("saga", "explore: (crashes: 1),"));
    let protocols = "two_phase_commit, two_phase_commit(broken: unforced_decision)";
    let ran = folder.run(&["compare", "a.ron", "--protocols", protocols]).code(0);
    let row = |name: &str| ran.out.lines().find(|line| line.trim_start().starts_with(name));
    assert!(row("two_phase_commit  ").is_some_and(|row| row.contains("holds")), "{}", ran.out);
    let broken = row("two_phase_commit(broken").expect("it has a row");
    assert!(broken.contains("violated"), "{broken}");
    let args = ["compare", "a.ron", "--protocols", protocols];
    folder.run(&[&args[..], &["--states", "10"]].concat()).code(3).says("inconclusive");
    folder.run(&[&args[..], &["--seeds", "0..5"]].concat()).code(3).says("sampled by 5 runs");
    let both = ["--seeds", "0..5", "--crashes", "1"];
    folder.run(&[&args[..], &both].concat()).code(2);
    let alike = ["--reduce", "symmetry", "--sends", "unordered"];
    folder.run(&[&args[..], &alike].concat()).code(2).complains("no symmetry");
}

#[test]
fn what_cannot_be_expressed_says_why_and_the_others_run() {
    let folder = Folder::new("compare-cannot");
    folder.file("a.ron", &order("seeds: (0, 5),"));
    let some = ["compare", "a.ron", "--protocols", "saga, two_phase_tla"];
    let ran = folder.run(&some).code(0).says("cannot express it: `two_phase_tla` has no use for");
    assert!(ran.out.lines().any(|line| line.contains("saga") && line.contains("holds")));
    let typo = ["compare", "a.ron", "--protocols", "saga, sagga"];
    folder.run(&typo).code(2).complains("sagga").complains("did you mean `saga`");
    let more = ["compare", "a.ron", "--protocols", "saga, dual_write"];
    folder.run(&more).code(2).complains("needs a field `order`");
    folder.run(&["compare", "a.ron", "--protocols", "saga,,tcc"]).code(2);
    folder.run(&["compare", "a.ron", "--crashes", "1"]).code(2).complains("this runs seeds");
    folder.run(&["compare", "a.ron", "--protocols", "saga), seeds: (1"]).code(2);
    folder.run(&["compare", "a.ron", "--protocols", ""]).code(2);
    folder.run(&["compare", "missing.ron"]).code(2);
    // Who tells payment of what is done already needs a person when it refuses: nothing to judge.
    let all = folder.run(&["compare", "a.ron"]).code(3).says("no conservation to judge");
    for name in ["local", "saga", "tcc"] {
        let is_row = |line: &str| line.contains(name) && line.contains("holds");
        assert!(all.out.lines().any(is_row), "{name}: {}", all.out);
    }
}

/// Ann has 50, and the piano costs 500.
fn refused(payment_is: &str) -> String {
    let payment = r#""payment": [debit("ann", 500)],"#;
    let (first, last) = if payment_is == "first" { (payment, "") } else { ("", payment) };
    format!(
        r#"(
    services: {{
        "inventory": (keys: {{"piano": (initial: 1, min: 0)}}),
        "payment": (keys: {{"ann": (initial: 50, min: 0)}}),
    }},
    transactions: [
        (name: "piano", branches: {{{first} "inventory": [debit("piano", 1)], {last}}}),
    ],
    protocol: local,
    seeds: (0, 10),
)"#
    )
}

/// Of each protocol that can run it: its verdict, and how many of ten transactions are left to a
/// person. That the stock is back is `conservation`, which all are judged by.
fn left_to_persons(payment_is: &str) -> Vec<(String, String, u64)> {
    let folder = Folder::new(&format!("compare-refused-{payment_is}"));
    folder.file("a.ron", &refused(payment_is));
    let ran = folder.run(&["compare", "a.ron", "--format", "json"]);
    let row = |report: &serde_json::Value| {
        let label = report["protocol"].as_str().expect("it has a name");
        let family = label.split('(').next().unwrap_or(label).to_owned();
        let verdict = report["verdict"].as_str().expect("it has one").to_owned();
        let properties = report["properties"].as_array().expect("they are listed");
        assert!(properties.iter().any(|p| p["name"] == "conservation"), "{label}");
        let persons = report["intervals"]["needs-person"]["open"].as_u64().unwrap_or(0);
        (family, verdict, persons)
    };
    ran.jsons().iter().map(row).collect()
}

#[test]
fn a_payment_that_is_refused_first_leaves_the_stock_under_every_pattern() {
    let rows = left_to_persons("first");
    assert!(rows.len() >= 10, "{rows:?}");
    for (family, verdict, left) in &rows {
        // A router asks nobody first.
        let expected = if family == "parallel_pipelines" { ("vacuous", 10) } else { ("holds", 0) };
        assert_eq!((&**verdict, *left), expected, "{family}");
    }
}

/// Who consumes events cannot refuse: what the source has committed stands until a person acts.
#[test]
fn one_that_is_refused_last_is_undone_or_a_person_is_called() {
    let rows = left_to_persons("last");
    let undoing = [
        "local",
        "two_phase_commit",
        "three_phase_commit",
        "saga",
        "seata_at",
        "choreography",
        "tcc",
    ];
    for (family, verdict, left) in &rows {
        if undoing.contains(&family.as_str()) {
            assert_eq!((&**verdict, *left), ("holds", 0), "{family}");
        } else {
            assert_eq!((&**verdict, *left), ("vacuous", 10), "{family}: nobody undoes it");
        }
    }
    let undone = rows.iter().filter(|(family, ..)| undoing.contains(&family.as_str()));
    assert_eq!(undone.count(), undoing.len(), "{rows:?}");
}
