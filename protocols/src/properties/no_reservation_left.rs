use dtxsim_core::Topology;
use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::Renaming;

use super::Property;
use super::catalog::Catalog;
use super::left::{Taking, nothing_left};
use crate::common::{Deed, Note};

/// At rest nothing is reserved, but for transactions that need a person.
///
/// Premise: something was reserved.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NoReservationLeft {
    catalog: Catalog,
    premises: Aside<u64>,
}

impl NoReservationLeft {
    pub(super) fn new(catalog: Catalog) -> NoReservationLeft {
        NoReservationLeft { catalog, premises: Aside(0) }
    }
}

const TAKING: Taking = Taking {
    word: "reserved",
    taken: |note| {
        let Note::Reserved { tx, key } = note else { return None };
        Some((*tx, *key))
    },
    gives_up: |waiting, _, tx| waiting.tx == tx,
};

impl Monitor<Note> for NoReservationLeft {
    fn name(&self) -> &'static str {
        Property::NoReservationLeft.name()
    }

    fn interest(&self) -> u64 {
        Note::DID | Note::RECALLED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        let Seen::Note { note, .. } = *seen else { return None };
        let tried = matches!(
            note,
            Note::Did { deed: Deed::Try, changed: true, .. }
                | Note::Recalled { deed: Deed::Try, times: 1.., .. }
        );
        self.premises.0 += u64::from(tried);
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
    use dtxsim_core::monitor::Ending;

    fn judged(more: &[(ProcessId, Note)], ending: Ending) -> (Judgement, u64) {
        let mut monitor = NoReservationLeft::new(Catalog::of(&[&[], &[("stock", 10)]]));
        let history = [did(3, 1, Deed::Try), found_nothing(3, 2, Deed::Try)];
        assert_eq!(watch(&mut monitor, &history), None);
        let judgement = rest(&mut monitor, more, |rest| rest.ending = ending);
        (judgement, monitor.premises())
    }

    fn reserved() -> (ProcessId, Note) {
        (ProcessId(1), Note::Reserved { tx: TxId(3), key: Key(0) })
    }

    #[test]
    fn what_stays_reserved_is_caught() {
        let expected = Finding::new("p1/stock is still reserved by tx3");
        assert_eq!(judged(&[reserved()], Ending::Quiet), (Judgement::Violated(expected), 1));
    }

    #[test]
    fn nothing_left_is_fine_and_so_is_what_a_person_will_see_to() {
        assert_eq!(judged(&[balance(1, 10)], Ending::Quiet), (Judgement::Fine, 1));
        let person = [reserved(), person_at_rest(3, 0)];
        assert_eq!(judged(&person, Ending::Quiet), (Judgement::Fine, 1));
    }

    #[test]
    fn in_a_run_that_stalled_somebody_may_still_see_to_it() {
        let waiting = [reserved(), waits(3, 0)];
        assert!(matches!(judged(&waiting, Ending::Stalled).0, Judgement::Unknown(_)));
        assert!(matches!(judged(&waiting, Ending::Quiet).0, Judgement::Violated(_)));
        assert!(matches!(judged(&[reserved()], Ending::Stalled).0, Judgement::Violated(_)));
    }
}
