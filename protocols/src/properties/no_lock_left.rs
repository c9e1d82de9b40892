use dtxsim_core::Topology;
use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::Renaming;

use super::Property;
use super::catalog::Catalog;
use super::left::{Taking, nothing_left};
use crate::common::Note;

/// At rest nothing is locked, but for transactions that need a person.
///
/// Premise: something was locked.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NoLockLeft {
    catalog: Catalog,
    premises: Aside<u64>,
}

impl NoLockLeft {
    pub(super) fn new(catalog: Catalog) -> NoLockLeft {
        NoLockLeft { catalog, premises: Aside(0) }
    }
}

const TAKING: Taking = Taking {
    word: "locked",
    taken: |note| {
        let Note::Holding { tx, key } = note else { return None };
        Some((*tx, *key))
    },
    gives_up: |waiting, process, tx| waiting.who == process && waiting.tx == tx,
};

impl Monitor<Note> for NoLockLeft {
    fn name(&self) -> &'static str {
        Property::NoLockLeft.name()
    }

    fn interest(&self) -> u64 {
        Note::LOCKED
    }

    fn observe(&mut self, _: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        self.premises.0 += 1;
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        nothing_left(&TAKING, &self.catalog, rest)
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let _ = by;
        Some(Box::new(self.clone()))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::common::{Key, TxId};
    use dtxsim_core::ProcessId;

    fn judged(reports: &[(ProcessId, Note)]) -> (Judgement, u64) {
        let mut monitor = NoLockLeft::new(Catalog::of(&[&[], &[("a", 10)]]));
        let locked = SeenNote::Note(1, Note::Locked { tx: TxId(3) });
        assert_eq!(watch(&mut monitor, &[locked]), None);
        (rest(&mut monitor, reports, |_| {}), monitor.premises())
    }

    #[test]
    fn a_lock_that_stays_is_caught() {
        let (judgement, _) = judged(&[(ProcessId(1), Note::Holding { tx: TxId(3), key: Key(0) })]);
        let expected = Finding::new("p1/a is still locked by tx3");
        assert_eq!(judgement, Judgement::Violated(expected));
    }

    #[test]
    fn what_a_person_must_see_to_may_stay_locked() {
        let held = (ProcessId(1), Note::Holding { tx: TxId(3), key: Key(0) });
        assert_eq!(judged(&[held, person_at_rest(3, 0)]), (Judgement::Fine, 1));
    }

    #[test]
    fn a_lock_that_was_released_is_a_premise() {
        assert_eq!(judged(&[balance(1, 10)]), (Judgement::Fine, 1));
    }
}
