use dtxsim_core::verdict::Verdict;
use serde::Serialize;

/// What the author of a scenario expects to come out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Every property holds.
    #[default]
    Holds,
    /// These properties are violated, and no other; if it is empty, any.
    Violates(Vec<String>),
    /// Nothing is violated, but some evidence is missing.
    Vacuous,
    /// A bound is hit before an answer.
    Inconclusive,
}

impl Expectation {
    /// Whether a sweep that has seen these properties violated need not go on: all that was
    /// expected was seen, or something that was not.
    pub fn enough(&self, violated: &[&str]) -> bool {
        match self {
            Expectation::Holds | Expectation::Vacuous | Expectation::Inconclusive => {
                !violated.is_empty()
            }
            Expectation::Violates(expected) => {
                let foreign = |name: &&str| !self.names(name);
                let all = expected.iter().all(|name| violated.contains(&name.as_str()));
                !violated.is_empty() && (all || violated.iter().any(foreign))
            }
        }
    }

    /// Whether a violation of this property is expected.
    pub fn names(&self, property: &str) -> bool {
        match self {
            Expectation::Holds | Expectation::Vacuous | Expectation::Inconclusive => false,
            Expectation::Violates(expected) => {
                expected.is_empty() || expected.iter().any(|known| known == property)
            }
        }
    }

    /// In what way the outcome is not the expected one; `None` if it is.
    pub fn missed(&self, verdict: Verdict, violated: &[&str]) -> Option<String> {
        let wanted = match self {
            Expectation::Holds => Verdict::Holds,
            Expectation::Vacuous => Verdict::Vacuous,
            Expectation::Inconclusive => Verdict::Inconclusive,
            Expectation::Violates(expected) if verdict == Verdict::Violated => {
                return differing(expected, violated);
            }
            Expectation::Violates(_) => Verdict::Violated,
        };
        (verdict != wanted).then(|| format!("the scenario expects: {self}"))
    }
}

/// What is missing from the violated properties, and what should not be among them.
fn differing(expected: &[String], violated: &[&str]) -> Option<String> {
    if expected.is_empty() {
        return None;
    }
    let missing: Vec<&str> =
        expected.iter().map(String::as_str).filter(|name| !violated.contains(name)).collect();
    let foreign: Vec<&str> = violated
        .iter()
        .copied()
        .filter(|name| !expected.iter().any(|known| known == name))
        .collect();
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("expected, and not seen: {} violated", missing.join(", ")));
    }
    if !foreign.is_empty() {
        parts.push(format!("not expected: {} violated", foreign.join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expectation::Holds => f.write_str("holds"),
            Expectation::Vacuous => f.write_str("vacuous"),
            Expectation::Inconclusive => f.write_str("inconclusive"),
            Expectation::Violates(names) if names.is_empty() => f.write_str("violates something"),
            Expectation::Violates(names) => write!(f, "violates {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violates(names: &[&str]) -> Expectation {
        Expectation::Violates(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn a_sweep_stops_when_all_is_seen_or_something_unexpected_is() {
        assert!(!Expectation::Holds.enough(&[]) && Expectation::Holds.enough(&["a"]));
        let two = violates(&["a", "b"]);
        assert!(!two.enough(&[]) && !two.enough(&["a"]) && two.enough(&["b", "a"]));
        assert!(two.enough(&["c"]));
        assert!(violates(&[]).enough(&["c"]) && !violates(&[]).enough(&[]));
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_said() {
        let two = violates(&["a", "b"]);
        assert_eq!(two.missed(Verdict::Violated, &["b", "a"]), None);
        let text = two.missed(Verdict::Violated, &["a", "c"]).expect("it is missed");
        assert_eq!(text, "expected, and not seen: b violated; not expected: c violated");
        let text = two.missed(Verdict::Holds, &[]).expect("it is missed");
        assert_eq!(text, "the scenario expects: violates a, b");
        assert!(Expectation::Holds.missed(Verdict::Violated, &["a"]).is_some());
        assert!(Expectation::Holds.missed(Verdict::Vacuous, &[]).is_some());
        assert_eq!(Expectation::Vacuous.missed(Verdict::Vacuous, &[]), None);
        assert!(two.missed(Verdict::Nondeterministic, &["a", "b"]).is_some());
    }
}
