use dtxsim_core::monitor::{Aside, Finding, Monitor, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Table, Topology};

use super::Property;
use super::accounts::Account;
use crate::common::{Key, Note, Outcome, Processes, Standing, TxId, Work};

/// Events have their first effects on a service in the order in which their source committed them,
/// if their sources' actions changed a datum in common. Repetitions may come at any time.
///
/// Premise: a source commits a change of a datum of which it has committed another before.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct PerKeyOrder {
    /// Begun and not committed by its source.
    begun: Table<TxId, Event>,
    /// What each source has committed, in its order: what is not everywhere yet, and what is but
    /// came later.
    committed: Table<ProcessId, Vec<(TxId, Event)>>,
    /// What some source has changed.
    changed: Table<(ProcessId, Key), ()>,
    premises: Aside<u64>,
}

/// A transaction and who has had its effect.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Event {
    work: Work,
    at: Processes,
}

impl Event {
    /// What its source changes.
    fn keys(&self) -> impl Iterator<Item = Key> {
        let ops = self.work.0.branches()[0].ops.iter();
        ops.filter(|op| op.writes()).map(|op| op.key())
    }

    fn shares_key(&self, other: &Event) -> bool {
        self.keys().any(|key| other.keys().any(|another| another == key))
    }

    fn is_everywhere(&self) -> bool {
        Account::receivers(&self.work.0).all(|to| self.at.contains(to))
    }
}

impl PerKeyOrder {
    /// Older ones are forgotten.
    const KEPT: usize = 4096;

    fn begin(&mut self, tx: TxId, work: &Work) {
        let mut committed = self.committed.iter().flat_map(|(_, events)| events);
        if committed.all(|(known, _)| *known != tx) {
            self.begun.entry(tx, || Event { work: work.clone(), at: Processes::NONE });
            let oldest = self.begun.first().map(|(&oldest, _)| oldest);
            if let Some(oldest) = oldest.filter(|_| self.begun.len() > PerKeyOrder::KEPT) {
                self.begun.remove(&oldest);
            }
        }
    }

    /// Its source will not commit it any more.
    fn abort(&mut self, by: ProcessId, tx: TxId) {
        self.begun.retain(|&known, event| known != tx || event.work.0.source() != by);
    }

    fn take_effect(&mut self, by: ProcessId, tx: TxId, topology: &Topology) -> Option<Finding> {
        if let Some(event) = self.begun.get_mut(&tx) {
            if event.work.0.source() == by {
                self.commit(by, tx);
            } else {
                event.at.insert(by);
            }
            return None;
        }
        let mut all = self.committed.iter_mut();
        let (source, events, place) = all.find_map(|(&source, events)| {
            let place = events.iter().position(|(known, _)| *known == tx)?;
            Some((source, events, place))
        })?;
        // The source has done it again; that is no effect of its event.
        if source == by || !events[place].1.at.insert(by) {
            return None;
        }
        let event = &events[place].1;
        let overtook =
            |(_, later): &&(TxId, Event)| later.at.contains(by) && later.shares_key(event);
        if let Some((later, other)) = events[place + 1..].iter().find(overtook) {
            let (source, by) = (topology.name(source), topology.name(by));
            return Some(Finding::new(format!(
                "{tx} ({}) has its effect on {by} after {later} ({}), but {source} committed it \
                 before",
                event.work, other.work
            )));
        }
        forget_settled(events);
        None
    }

    fn commit(&mut self, source: ProcessId, tx: TxId) {
        let Some(event) = self.begun.remove(&tx) else { return };
        let mut again = false;
        for key in event.keys() {
            again |= self.changed.insert((source, key), ()).is_some();
        }
        self.premises.0 += u64::from(again);
        let events = self.committed.entry(source, Vec::new);
        events.push((tx, event));
        forget_settled(events);
        if events.len() > PerKeyOrder::KEPT {
            events.remove(0);
        }
    }
}

/// What is everywhere, and came after nothing that is not, nobody can overtake any more.
fn forget_settled(events: &mut Vec<(TxId, Event)>) {
    let settled = events.iter().take_while(|(_, event)| event.is_everywhere()).count();
    events.drain(..settled);
}

impl Monitor<Note> for PerKeyOrder {
    fn name(&self) -> &'static str {
        Property::PerKeyOrder.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN | Note::DID | Note::RECALLED | Note::DECIDED | Note::RESTORED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note } = *seen else { return None };
        match note {
            Note::Began { tx, work } => {
                self.begin(*tx, work);
                None
            }
            Note::Did { tx, deed, changed: true } if deed.takes_effect() => {
                self.take_effect(by, *tx, topology)
            }
            Note::Recalled { tx, deed, times: 1.. } if deed.takes_effect() => {
                self.take_effect(by, *tx, topology)
            }
            Note::Decided { tx, outcome: Outcome::Abort, forced: true }
            | Note::Restored { tx, standing: Standing::Decided(Outcome::Abort) } => {
                self.abort(by, *tx);
                None
            }
            Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Decided { .. }
            | Note::Restored { .. }
            | Note::Voted { .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => None,
        }
    }

    /// Sources are told from the others by the order of branches.
    fn renamed(&self, _: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        None
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = PerKeyOrder::default();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::common::Deed;

    fn action(tx: u32, by: u16) -> SeenNote {
        did(tx, by, Deed::Action)
    }

    /// Two transactions of p1, which tells p2 and p3.
    fn judged(history: Vec<SeenNote>) -> (Option<String>, u64) {
        let mut monitor = PerKeyOrder::default();
        let begun = [began(0, &[1, 2, 3]), began(1, &[1, 2, 3])];
        assert_eq!(watch(&mut monitor, &begun), None);
        let found = watch(&mut monitor, &history).map(|finding| finding.summary);
        (found, monitor.premises())
    }

    #[test]
    fn an_event_that_overtakes_another_is_caught() {
        let expected = "tx1 (test) has its effect on p2 after tx0 (test), but p1 committed it \
                        before";
        let overtaken = vec![action(1, 1), action(0, 1), action(0, 2), action(1, 2)];
        assert_eq!(judged(overtaken), (Some(expected.into()), 1));
        let found = vec![
            action(1, 1),
            crashed(1),
            recalled(1, 1, Deed::Action, 1),
            recalled(0, 1, Deed::Action, 1),
            action(0, 2),
            action(1, 2),
        ];
        assert_eq!(judged(found), (Some(expected.into()), 1));
    }

    #[test]
    fn the_order_of_commits_is_fine_for_each_service_by_itself() {
        let history = vec![
            action(1, 1),
            action(0, 1),
            action(1, 2),
            action(0, 2),
            action(1, 3),
            action(1, 2),
            action(0, 3),
            action(1, 3),
        ];
        assert_eq!(judged(history), (None, 1));
    }

    #[test]
    fn what_is_everywhere_is_no_state() {
        let (mut one, mut other) = (PerKeyOrder::default(), PerKeyOrder::default());
        let all = |tx| [began(tx, &[1, 2]), action(tx, 1), action(tx, 2)];
        assert_eq!(watch(&mut one, &all(0)), None);
        assert_eq!(watch(&mut other, &all(1)), None);
        assert_eq!(one, other);
    }

    #[test]
    fn different_sources_keep_no_order_and_one_event_is_no_premise() {
        let mut monitor = PerKeyOrder::default();
        let history = [
            began(0, &[1, 3]),
            began(1, &[2, 3]),
            action(0, 1),
            action(1, 2),
            action(1, 3),
            action(0, 3),
        ];
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }

    #[test]
    fn a_phantom_has_no_place_in_the_order() {
        let history = vec![action(0, 2), action(0, 1), action(1, 1), action(1, 2), action(0, 2)];
        assert_eq!(judged(history), (None, 1));
        assert_eq!(judged(vec![decided(0, 1, ABORT), action(0, 2), action(1, 1)]), (None, 0));
    }
}
