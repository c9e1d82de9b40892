use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::deeds::{Deeds, Did, Rule, Ruling};
use crate::common::{Deed, Processes, Work};

/// No process carries out the same deed of a transaction twice.
///
/// Premise: a deed is carried out.
pub(super) type ExactlyOnceEffect = Deeds<NeverTwice>;

/// The rule of [`ExactlyOnceEffect`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NeverTwice;

/// Who has carried out each kind of deed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Once([Processes; Deed::ALL.len()]);

impl Renamed for Once {
    fn renamed(&self, by: &Renaming) -> Once {
        Once(self.0.map(|once| once.renamed(by)))
    }
}

impl Rule for NeverTwice {
    const PROPERTY: Property = Property::ExactlyOnceEffect;
    const MINDS_BRANCHES: bool = false;
    type Known = Once;

    fn begin(_: &mut Once, _: &Work) {}

    fn judge(known: &mut Once, Did { by, deed, changed }: Did, topology: &Topology) -> Ruling {
        if !changed {
            return Ruling::Moot;
        }
        if known.0[deed as usize].insert(by) {
            return Ruling::Observed;
        }
        Ruling::Broken(format!("{} has carried out its {deed} twice", topology.name(by)))
    }

    fn recall(
        known: &mut Once,
        (by, deed, times): (ProcessId, Deed, u8),
        topology: &Topology,
    ) -> Ruling {
        match times {
            0 => Ruling::Moot,
            1 => {
                known.0[deed as usize].insert(by);
                Ruling::Observed
            }
            more => {
                let name = topology.name(by);
                Ruling::Broken(format!("{name} has carried out its {deed} {more} times"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = ExactlyOnceEffect::default();
        let finding = watch(&mut monitor, history).map(|finding| finding.summary);
        (finding, monitor.premises())
    }

    #[test]
    fn a_second_effect_is_caught_and_named() {
        let twice = [began(0, &[1, 2]), did(0, 1, Deed::Action), did(0, 1, Deed::Action)];
        let expected = "tx0 (test): p1 has carried out its action twice";
        assert_eq!(judged(&twice), (Some(expected.into()), 2));
    }

    #[test]
    fn one_whose_note_a_crash_took_is_caught() {
        let twice = [did(0, 1, Deed::Action), crashed(1), recalled(0, 1, Deed::Action, 2)];
        let expected = "tx0: p1 has carried out its action 2 times";
        assert_eq!(judged(&twice), (Some(expected.into()), 2));
        let twice = [crashed(1), recalled(0, 1, Deed::Cancel, 1), did(0, 1, Deed::Cancel)];
        assert!(judged(&twice).0.is_some());
    }

    #[test]
    fn what_is_recalled_is_no_second_time() {
        let once = [did(0, 1, Deed::Action), crashed(1), recalled(0, 1, Deed::Action, 1)];
        assert_eq!(judged(&once), (None, 2));
    }

    #[test]
    fn others_other_deeds_other_transactions_and_nothing_done_are_fine() {
        let history = [
            did(0, 1, Deed::Try),
            did(0, 2, Deed::Try),
            did(1, 1, Deed::Try),
            did(0, 1, Deed::Cancel),
            found_nothing(0, 1, Deed::Cancel),
            found_nothing(0, 1, Deed::Cancel),
        ];
        assert_eq!(judged(&history), (None, 4));
    }
}
