use super::Property;
use super::reads::{Isolated, Reads, Rule};
use crate::isolation::Kind;

/// Nobody who commits has read what another wrote and missed what it, or who came before it, wrote
/// elsewhere: read skew, G-single of Adya. The shortest is a fractured read (Bailis et al.,
/// *Scalable Atomic Visibility with RAMP Transactions*, SIGMOD 2014), which sees half of a
/// transaction.
///
/// Premise: at rest, a transaction that committed has read two data or more.
pub(super) type NoReadSkew = Isolated<NothingOverwrittenMeanwhile>;

/// The rule of [`NoReadSkew`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NothingOverwrittenMeanwhile;

impl Rule for NothingOverwrittenMeanwhile {
    const PROPERTY: Property = Property::NoReadSkew;
    const FORBIDS: Kind = Kind::GSingle;

    fn premises(reads: &Reads) -> usize {
        usize::from(reads.count() > 1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalog::Catalog;
    use super::super::testing::*;
    use super::*;
    use crate::common::{Branch, Deed, Key, Note, Op, Transaction, TxId, Work};
    use dtxsim_core::ProcessId;
    use dtxsim_core::monitor::Monitor as _;

    /// tx0 moves something from p1 to p2, tx1 reads both.
    fn judged(history: Vec<SeenNote>) -> (Option<String>, u64) {
        let catalog = Catalog::of(&[&[], &[("a", 100)], &[("b", 0)]]);
        let mut monitor = NoReadSkew::new(catalog);
        let look = |process| Branch {
            process: ProcessId(process),
            ops: std::iter::once(Op::Read(Key(0))).collect(),
        };
        let work = Work(Arc::new(Transaction::new("look", [look(1), look(2)])));
        let reader = SeenNote::Note(0, Note::Began { tx: TxId(1), work });
        let begun = [began_adding(0, &[(1, -3), (2, 3)]), reader];
        assert_eq!(watch(&mut monitor, &begun), None);
        assert_eq!(watch(&mut monitor, &history), None);
        (found_at_rest(&mut monitor, &[]), monitor.premises())
    }

    fn between(first: Vec<SeenNote>, second: Vec<SeenNote>) -> Vec<SeenNote> {
        let prepared = vec![voted(0, 1, YES), voted(0, 2, YES), decided(0, 0, COMMIT)];
        let ends = vec![answered(1, COMMIT), decided(0, 1, COMMIT), decided(0, 2, COMMIT)];
        let all = [prepared, first, second, ends];
        all.into_iter().flatten().collect()
    }

    #[test]
    fn half_a_transaction_is_caught() {
        let expected = "G-single: tx1 -rw-> tx0 -wr-> tx1: tx0 overwrote p2/b that tx1 had read, \
                        tx1 read p1/a of tx0";
        let reads = || vec![voted(1, 1, READ), voted(1, 2, READ)];
        let half = between(vec![decided(0, 1, COMMIT)], reads());
        assert_eq!(judged(half), (Some(expected.into()), 1));
        let restored = between(vec![crashed(1), restored(0, 1, COMMIT)], reads());
        assert_eq!(judged(restored), (Some(expected.into()), 1));
    }

    #[test]
    fn so_is_half_of_what_is_confirmed() {
        let (tries, confirms) = (Deed::Try, Deed::Confirm);
        let history = vec![
            did(0, 1, tries),
            did(0, 2, tries),
            did(0, 1, confirms),
            did(1, 1, tries),
            did(1, 2, tries),
            recalled(0, 2, confirms, 1),
            answered(0, COMMIT),
            answered(1, COMMIT),
        ];
        let (found, premises) = judged(history);
        assert!(found.is_some_and(|found| found.starts_with("G-single: tx1 -rw-> tx0")));
        assert_eq!(premises, 1);
    }

    #[test]
    fn all_of_it_or_nothing_is_fine() {
        let reads = || vec![voted(1, 1, YES), voted(1, 2, READ)];
        assert_eq!(judged(between(vec![], reads())), (None, 1));
        let both = vec![decided(0, 1, COMMIT), decided(0, 2, COMMIT)];
        assert_eq!(judged(between(both, reads())), (None, 1));
        let lost = vec![unforced(0, 1, COMMIT), crashed(1), in_doubt(0, 1)];
        assert_eq!(judged(between(lost, reads())), (None, 1), "it reads what was there before");
    }

    #[test]
    fn who_aborts_and_who_may_have_answered_either_is_not_judged() {
        let reads = vec![voted(1, 1, READ), voted(1, 2, READ), answered(1, ABORT)];
        assert_eq!(judged(between(vec![decided(0, 1, COMMIT)], reads)), (None, 0));
        let asked_again = vec![voted(1, 1, READ), voted(1, 2, READ), decided(0, 1, COMMIT)];
        let again = between(asked_again, vec![voted(1, 1, READ)]);
        assert_eq!(judged(again), (None, 0));
    }
}
