//! What must not depend on how states are represented.

use dtxsim_core::untimed::Exploration;

/// Checks that two explorations of one world to its end tell the same; gives back what is violated,
/// in order.
#[track_caller]
pub(crate) fn same(label: &str, one: &Exploration, other: &Exploration) -> Vec<&'static str> {
    let sorted = |explored: &Exploration| {
        let mut violated = explored.violated.clone();
        violated.sort_unstable();
        violated
    };
    let sizes = |e: &Exploration| (e.distinct, e.transitions, e.depth);
    assert_eq!(sizes(one), sizes(other), "{label}");
    assert_eq!(sorted(one), sorted(other), "{label}");
    assert_eq!(one.premises, other.premises, "{label}");
    assert_eq!(one.faults, other.faults, "{label}");
    assert_eq!(one.liveness, other.liveness, "{label}");
    assert_eq!(one.coverage, other.coverage, "{label}");
    sorted(one)
}
