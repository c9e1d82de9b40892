use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::deeds::{Deeds, Did, Rule, Ruling};
use crate::common::{Deed, Processes, Work};

/// Nothing is undone that was not done: who is told to undo a branch that it has not begun finds
/// nothing to do.
///
/// Premise: a branch is undone, or there was nothing to undo.
pub(super) type NullSafe = Deeds<OnlyWhatWasDone>;

/// The rule of [`NullSafe`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct OnlyWhatWasDone;

impl Rule for OnlyWhatWasDone {
    const PROPERTY: Property = Property::NullSafe;
    const MINDS_BRANCHES: bool = false;
    /// Who has begun its branch.
    type Known = Processes;

    fn begin(_: &mut Processes, _: &Work) {}

    fn judge(begun: &mut Processes, did: Did, topology: &Topology) -> Ruling {
        let Did { by, deed, changed } = did;
        match deed {
            Deed::Action | Deed::Try => {
                if changed {
                    begun.insert(by);
                }
                Ruling::Moot
            }
            Deed::Compensation | Deed::Cancel if changed && !begun.contains(by) => {
                let begins = if deed == Deed::Cancel { Deed::Try } else { Deed::Action };
                let name = topology.name(by);
                Ruling::Broken(format!("{name} has carried out its {deed} without its {begins}"))
            }
            Deed::Compensation | Deed::Cancel => Ruling::Observed,
            Deed::Confirm => Ruling::Moot,
        }
    }

    /// What undoing came before a crash took its note cannot be told from what came after.
    fn recall(
        begun: &mut Processes,
        (by, deed, times): (ProcessId, Deed, u8),
        _: &Topology,
    ) -> Ruling {
        if deed.begins() && times > 0 {
            begun.insert(by);
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
        let mut monitor = NullSafe::default();
        let finding = watch(&mut monitor, history).map(|finding| finding.summary);
        (finding, monitor.premises())
    }

    #[test]
    fn giving_back_what_was_never_taken_is_caught() {
        let history = [began(0, &[1, 2]), did(0, 1, Deed::Try), did(0, 2, Deed::Cancel)];
        let expected = "tx0 (test): p2 has carried out its cancel without its try";
        assert_eq!(judged(&history), (Some(expected.into()), 1));
        let refused = [found_nothing(0, 1, Deed::Action), did(0, 1, Deed::Compensation)];
        assert!(judged(&refused).0.is_some());
    }

    #[test]
    fn finding_nothing_to_do_is_a_premise() {
        let history = [found_nothing(0, 2, Deed::Cancel)];
        assert_eq!(judged(&history), (None, 1));
    }

    #[test]
    fn what_a_recovery_found_was_done() {
        let history = [crashed(1), recalled(0, 1, Deed::Action, 1), did(0, 1, Deed::Compensation)];
        assert_eq!(judged(&history), (None, 1));
    }
}
