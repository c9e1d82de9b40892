use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::deeds::{Deeds, Did, Rule, Ruling};
use crate::common::{Deed, Processes, Work};

/// What was done last is undone first: no process compensates while a later branch is done and not
/// compensated (Garcia-Molina & Salem, *Sagas*, SIGMOD 1987). What is later,
/// [`crate::common::Transaction::after`] says; where branches form a graph, of two that are beside
/// each other neither is.
///
/// Premise: a process compensates, and another whose branch comes before or after had done it.
pub(super) type CompensationOrder = Deeds<LastFirst>;

/// The rule of [`CompensationOrder`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct LastFirst;

/// What has happened of a saga.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Course {
    work: Option<Work>,
    done: Processes,
    undone: Processes,
}

impl Renamed for Course {
    fn renamed(&self, by: &Renaming) -> Course {
        let work = self.work.as_ref().map(|work| work.renamed(by));
        Course { work, done: self.done.renamed(by), undone: self.undone.renamed(by) }
    }
}

impl Rule for LastFirst {
    const PROPERTY: Property = Property::CompensationOrder;
    const MINDS_BRANCHES: bool = true;
    type Known = Course;

    fn begin(known: &mut Course, work: &Work) {
        known.work = Some(work.clone());
    }

    fn judge(known: &mut Course, did: Did, topology: &Topology) -> Ruling {
        let Did { by, deed, changed } = did;
        match deed {
            Deed::Action if changed => {
                known.done.insert(by);
                Ruling::Moot
            }
            Deed::Compensation if changed => {
                known.undone.insert(by);
                let Some(Work(work)) = &known.work else { return Ruling::Moot };
                let left = known.done.less(known.undone);
                let after = work.after(by);
                let later = work
                    .participants()
                    .iter()
                    .find(|&&party| after.contains(party) && left.contains(party));
                if let Some(&later) = later {
                    let (name, later) = (topology.name(by), topology.name(later));
                    return Ruling::Broken(format!(
                        "{name} has compensated before {later}, whose action comes later"
                    ));
                }
                let is_ordered =
                    |other: ProcessId| after.contains(other) || work.after(other).contains(by);
                let judged = known.done.without(by).iter().any(is_ordered);
                if judged { Ruling::Observed } else { Ruling::Moot }
            }
            Deed::Action | Deed::Compensation | Deed::Try | Deed::Confirm | Deed::Cancel => {
                Ruling::Moot
            }
        }
    }

    fn recall(
        known: &mut Course,
        (by, deed, times): (ProcessId, Deed, u8),
        _: &Topology,
    ) -> Ruling {
        match deed {
            Deed::Action if times > 0 => drop(known.done.insert(by)),
            Deed::Compensation if times > 0 => drop(known.undone.insert(by)),
            Deed::Action | Deed::Compensation | Deed::Try | Deed::Confirm | Deed::Cancel => {}
        }
        Ruling::Moot
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = CompensationOrder::default();
        let done = [began(0, &[2, 1, 3]), did(0, 2, Deed::Action), did(0, 1, Deed::Action)];
        assert_eq!(watch(&mut monitor, &done), None);
        let finding = watch(&mut monitor, history).map(|finding| finding.summary);
        (finding, monitor.premises())
    }

    #[test]
    fn undoing_the_first_first_is_caught() {
        let expected =
            "tx0 (test): p2 has compensated before p1, whose action comes later".to_owned();
        assert_eq!(judged(&[did(0, 2, Deed::Compensation)]), (Some(expected), 1));
    }

    #[test]
    fn the_reverse_order_is_fine_with_a_crash_between() {
        let undone = [did(0, 1, Deed::Compensation), did(0, 2, Deed::Compensation)];
        assert_eq!(judged(&undone), (None, 2));
        let crash =
            [crashed(1), recalled(0, 1, Deed::Compensation, 1), did(0, 2, Deed::Compensation)];
        assert_eq!(judged(&crash), (None, 1));
    }

    #[test]
    fn who_had_nothing_to_undo_comes_when_it_likes() {
        let undone = [
            found_nothing(0, 2, Deed::Compensation),
            did(0, 1, Deed::Compensation),
            did(0, 2, Deed::Compensation),
            found_nothing(0, 3, Deed::Compensation),
        ];
        assert_eq!(judged(&undone), (None, 2));
    }

    #[test]
    fn a_lone_branch_is_no_premise() {
        let alone = [began(1, &[1, 2]), did(1, 1, Deed::Action), did(1, 1, Deed::Compensation)];
        assert_eq!(judged(&alone), (None, 0));
    }

    /// 1 comes first, 2 and 3 after it; all of them are done.
    fn forked(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = CompensationOrder::default();
        let begun = began_in_order(0, &[(1, &[]), (2, &[1]), (3, &[1])]);
        let done = [1, 2, 3].map(|by| did(0, by, Deed::Action));
        assert_eq!(watch(&mut monitor, &[begun]), None);
        assert_eq!(watch(&mut monitor, &done), None);
        let finding = watch(&mut monitor, history).map(|finding| finding.summary);
        (finding, monitor.premises())
    }

    #[test]
    fn in_a_graph_those_beside_each_other_come_as_they_like() {
        for [one, other] in [[2, 3], [3, 2]] {
            let undone = [one, other, 1].map(|by| did(0, by, Deed::Compensation));
            assert_eq!(forked(&undone), (None, 3));
        }
    }

    #[test]
    fn in_a_graph_all_that_come_after_are_undone_before() {
        let undone = [did(0, 3, Deed::Compensation), did(0, 1, Deed::Compensation)];
        let expected =
            "tx0 (test): p1 has compensated before p2, whose action comes later".to_owned();
        assert_eq!(forked(&undone), (Some(expected), 2));
    }

    #[test]
    fn those_beside_each_other_are_no_premise() {
        let mut monitor = CompensationOrder::default();
        let beside = [
            began_in_order(0, &[(1, &[]), (2, &[])]),
            did(0, 1, Deed::Action),
            did(0, 2, Deed::Action),
            did(0, 1, Deed::Compensation),
        ];
        assert_eq!(watch(&mut monitor, &beside), None);
        assert_eq!(monitor.premises(), 0);
    }

    #[test]
    fn an_order_tells_processes_apart() {
        let swap = Renaming::swap(ProcessId(1), ProcessId(2));
        assert!(CompensationOrder::default().renamed(&swap).is_none());
    }
}
