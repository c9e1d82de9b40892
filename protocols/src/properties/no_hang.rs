use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::deeds::{Deeds, Did, Rule, Ruling};
use crate::common::{Deed, Processes, Work};

/// Who has undone its branch of a transaction, even if it found nothing to undo, does not begin it
/// afterwards: nobody would undo that. Known as suspension, where a try comes after its cancel.
///
/// Premise: a branch is undone.
pub(super) type NoHang = Deeds<NothingAfterUndoing>;

/// The rule of [`NoHang`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NothingAfterUndoing;

impl Rule for NothingAfterUndoing {
    const PROPERTY: Property = Property::NoHang;
    const MINDS_BRANCHES: bool = false;
    /// Who has undone its branch.
    type Known = Processes;

    fn begin(_: &mut Processes, _: &Work) {}

    fn judge(undone: &mut Processes, did: Did, topology: &Topology) -> Ruling {
        let Did { by, deed, changed } = did;
        match deed {
            Deed::Compensation | Deed::Cancel => {
                undone.insert(by);
                Ruling::Observed
            }
            Deed::Action | Deed::Try if changed && undone.contains(by) => {
                let undoing = if deed == Deed::Try { Deed::Cancel } else { Deed::Compensation };
                let name = topology.name(by);
                Ruling::Broken(format!("{name} has carried out its {deed} after its {undoing}"))
            }
            Deed::Action | Deed::Try | Deed::Confirm => Ruling::Moot,
        }
    }

    fn recall(
        undone: &mut Processes,
        (by, deed, _): (ProcessId, Deed, u8),
        _: &Topology,
    ) -> Ruling {
        if !deed.undoes() {
            return Ruling::Moot;
        }
        undone.insert(by);
        Ruling::Observed
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = NoHang::default();
        let finding = watch(&mut monitor, history).map(|finding| finding.summary);
        (finding, monitor.premises())
    }

    #[test]
    fn a_try_after_an_empty_cancel_is_caught() {
        let history = [began(0, &[1]), found_nothing(0, 1, Deed::Cancel), did(0, 1, Deed::Try)];
        let expected = "tx0 (test): p1 has carried out its try after its cancel";
        assert_eq!(judged(&history), (Some(expected.into()), 2));
    }

    #[test]
    fn so_is_an_action_after_a_compensation_that_a_recovery_found() {
        let history = [recalled(0, 1, Deed::Compensation, 0), did(0, 1, Deed::Action)];
        let expected = "tx0: p1 has carried out its action after its compensation";
        assert_eq!(judged(&history), (Some(expected.into()), 2));
    }

    #[test]
    fn a_try_that_is_turned_away_and_others_are_fine() {
        let history = [
            did(0, 1, Deed::Try),
            did(0, 1, Deed::Cancel),
            found_nothing(0, 1, Deed::Try),
            did(0, 2, Deed::Try),
            did(1, 1, Deed::Try),
            crashed(1),
            recalled(0, 1, Deed::Try, 1),
        ];
        assert_eq!(judged(&history), (None, 1));
    }
}
