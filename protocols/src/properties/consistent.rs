use dtxsim_core::monitor::{Aside, Finding, Monitor, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Table, Topology};

use super::Property;
use crate::common::{Note, Outcome, TxId};

/// Nobody has committed for good what somebody has aborted for good: `TCConsistent` of the TLA+
/// module `TCommit` (Lamport & Gray, `transaction_commit/TCommit.tla` of tlaplus/Examples).
///
/// It says less than [`super::Agreement`]: what a crash may take back does not count, nor what
/// clients are told. So it has to remember less: of a transaction one outcome, and of nobody who it
/// was, which leaves a model all its symmetry.
///
/// Premise: a transaction is decided for good a second time.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Consistent {
    /// How each transaction was decided, and by whom first.
    decided: Table<TxId, (Outcome, Aside<ProcessId>)>,
    premises: Aside<u64>,
}

impl Monitor<Note> for Consistent {
    fn name(&self) -> &'static str {
        Property::Consistent.name()
    }

    fn interest(&self) -> u64 {
        Note::DECIDED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note: Note::Decided { tx, outcome, forced: true } } = *seen else {
            return None;
        };
        let Some((before, Aside(first))) = self.decided.get(tx) else {
            self.decided.insert(*tx, (*outcome, Aside(by)));
            return None;
        };
        self.premises.0 += 1;
        if before == outcome {
            return None;
        }
        let (by, first) = (topology.name(by), topology.name(*first));
        let summary =
            format!("{tx}: {by} decided {outcome}, but before that {first} decided {before}");
        Some(Finding::new(summary))
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let _ = by;
        Some(Box::new(self.clone()))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.decided.clear();
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_commit_beside_an_abort_is_caught() {
        let history = [decided(0, 1, COMMIT), decided(0, 2, COMMIT), decided(0, 3, ABORT)];
        let finding = watch(&mut Consistent::default(), &history).expect("p3 is not consistent");
        assert_eq!(finding.summary, "tx0: p3 decided abort, but before that p1 decided commit");
    }

    #[test]
    fn a_change_of_mind_is_caught() {
        let history = [decided(0, 1, ABORT), decided(0, 1, COMMIT)];
        assert!(watch(&mut Consistent::default(), &history).is_some());
    }

    #[test]
    fn what_a_crash_may_take_back_does_not_count() {
        let mut monitor = Consistent::default();
        let history = [unforced(0, 1, ABORT), decided(0, 2, COMMIT), answered(0, ABORT)];
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }

    #[test]
    fn transactions_do_not_mix() {
        let mut monitor = Consistent::default();
        let history = [decided(0, 1, COMMIT), decided(1, 2, ABORT), decided(1, 1, ABORT)];
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 1));
    }

    #[test]
    fn who_and_how_many_is_no_state() {
        let (mut one, mut other) = (Consistent::default(), Consistent::default());
        assert_eq!(watch(&mut one, &[decided(0, 1, COMMIT), decided(0, 2, COMMIT)]), None);
        assert_eq!(watch(&mut other, &[decided(0, 2, COMMIT)]), None);
        assert_eq!(one, other);
        assert_ne!(one, Consistent::default());
    }
}
