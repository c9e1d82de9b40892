use super::Property;
use super::reads::{Isolated, Reads, Rule};
use crate::isolation::Kind;

/// Nobody who commits has read what another wrote that aborts: G1a.
///
/// Premise: at rest, a transaction that committed has read something.
pub(super) type NoDirtyRead = Isolated<NothingOfTheAborted>;

/// The rule of [`NoDirtyRead`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NothingOfTheAborted;

impl Rule for NothingOfTheAborted {
    const PROPERTY: Property = Property::NoDirtyRead;
    const FORBIDS: Kind = Kind::G1a;

    fn premises(reads: &Reads) -> usize {
        reads.count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Catalog;
    use super::super::testing::*;
    use super::*;
    use crate::common::Deed;
    use dtxsim_core::monitor::Monitor as _;

    const ACTION: Deed = Deed::Action;
    const UNDOING: Deed = Deed::Compensation;

    /// tx0 and tx1 add something at p1 to a datum that must not be less than nothing.
    fn judged(amounts: [i64; 2], history: Vec<SeenNote>) -> (Option<String>, u64) {
        let catalog = Catalog::of(&[&[], &[("a", 100)], &[("b", 0)]]);
        let mut monitor = NoDirtyRead::new(catalog.constrained(Some(0), None));
        let [one, other] = amounts.map(|amount| [(1, amount)]);
        let begun = [began_adding(0, &one), began_adding(1, &other)];
        assert_eq!(watch(&mut monitor, &begun), None);
        assert_eq!(watch(&mut monitor, &history), None);
        (found_at_rest(&mut monitor, &[]), monitor.premises())
    }

    #[test]
    fn using_what_is_taken_back_later_is_caught() {
        let history = || {
            vec![
                did(0, 1, ACTION),
                did(1, 1, ACTION),
                answered(1, COMMIT),
                decided(0, 0, ABORT),
                did(0, 1, UNDOING),
            ]
        };
        let expected = "G1a: tx1 read p1/a of tx0, which aborted";
        assert_eq!(judged([30, -40], history()), (Some(expected.into()), 1));
        assert_eq!(judged([30, 40], history()), (None, 0), "who only adds asks nobody");
    }

    #[test]
    fn so_is_what_was_read_before_and_written_later() {
        let read_dirty = vec![
            did(0, 1, ACTION),
            read(1, 1),
            decided(0, 0, ABORT),
            did(0, 1, UNDOING),
            crashed(1),
            recalled(0, 1, ACTION, 1),
            recalled(0, 1, UNDOING, 1),
            read(1, 1),
            did(1, 1, ACTION),
            decided(1, 0, COMMIT),
        ];
        assert!(judged([30, -40], read_dirty).0.is_some());
    }

    #[test]
    fn what_was_taken_back_before_and_what_commits_is_fine() {
        let undone = vec![
            recalled(0, 1, ACTION, 1),
            did(0, 1, UNDOING),
            decided(0, 0, ABORT),
            did(1, 1, ACTION),
            answered(1, COMMIT),
        ];
        assert_eq!(judged([30, -40], undone), (None, 1));
        let both = [did(0, 1, ACTION), did(1, 1, ACTION), answered(1, COMMIT)];
        let committed = both.into_iter().chain([restored(0, 0, COMMIT)]).collect();
        assert_eq!(judged([30, -40], committed), (None, 1));
    }

    #[test]
    fn who_aborts_and_who_is_not_over_may_have_read_anything() {
        for end in [vec![], vec![decided(1, 0, ABORT)], vec![unforced(1, 0, COMMIT)]] {
            let mut history = vec![did(0, 1, ACTION), did(1, 1, ACTION), decided(0, 0, ABORT)];
            history.extend(end);
            assert_eq!(judged([30, -40], history), (None, 0));
        }
    }
}
