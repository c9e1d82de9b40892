use super::Property;
use super::reads::{Isolated, Reads, Rule};
use crate::isolation::Kind;

/// No two that commit have read the same version of a datum and written it: the second would write
/// over what it has not seen.
///
/// Premise: at rest, a transaction that committed has read a datum and written it.
pub(super) type NoLostUpdate = Isolated<NobodyOverwritesUnseen>;

/// The rule of [`NoLostUpdate`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NobodyOverwritesUnseen;

impl Rule for NobodyOverwritesUnseen {
    const PROPERTY: Property = Property::NoLostUpdate;
    const FORBIDS: Kind = Kind::LostUpdate;

    fn premises(reads: &Reads) -> usize {
        reads.updates()
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

    fn judged(history: Vec<SeenNote>) -> (Option<String>, u64) {
        let catalog = Catalog::of(&[&[], &[("a", 100)], &[("b", 0)]]);
        let mut monitor = NoLostUpdate::new(catalog);
        assert_eq!(watch(&mut monitor, &[began(0, &[1]), began(1, &[1])]), None);
        assert_eq!(watch(&mut monitor, &history), None);
        (found_at_rest(&mut monitor, &[]), monitor.premises())
    }

    fn ending(outcomes: [SeenNote; 2], history: Vec<SeenNote>) -> Vec<SeenNote> {
        history.into_iter().chain(outcomes).collect()
    }

    #[test]
    fn two_that_build_on_the_same_version_are_caught() {
        let history = || vec![read(0, 1), read(1, 1), did(0, 1, ACTION), did(1, 1, ACTION)];
        let both = ending([answered(0, COMMIT), answered(1, COMMIT)], history());
        let expected =
            "lost update: tx0 and tx1 have read p1/a as it was at first, and have written it";
        assert_eq!(judged(both), (Some(expected.into()), 2));
        let one = ending([answered(0, COMMIT), answered(1, ABORT)], history());
        assert_eq!(judged(one), (None, 1));
    }

    #[test]
    fn one_after_the_other_is_fine_and_who_only_reads_loses_nothing() {
        let ends = || [answered(0, COMMIT), decided(1, 0, COMMIT)];
        let serial = vec![read(0, 1), did(0, 1, ACTION), read(1, 1), recalled(1, 1, ACTION, 1)];
        assert_eq!(judged(ending(ends(), serial)), (None, 2));
        let reading = vec![read(0, 1), read(1, 1), did(0, 1, ACTION)];
        assert_eq!(judged(ending(ends(), reading)), (None, 1));
        let adding = vec![did(0, 1, ACTION), did(1, 1, ACTION)];
        assert_eq!(judged(ending(ends(), adding)), (None, 0), "nobody has read anything");
    }
}
