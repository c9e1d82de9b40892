use super::Property;
use super::accounts::{Account, Accounts, Rule, Scene};
use super::deeds::Ruling;
use crate::common::{Deed, Transaction};

/// At rest, all that was done of an aborted transaction is undone, each thing as often as it was
/// done; and nothing of a committed one is.
///
/// Premise: at rest, some aborted transaction had been begun by a service.
pub(super) type CompensationComplete = Accounts<AllUndone>;

/// The rule of [`CompensationComplete`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct AllUndone;

const PAIRS: [(Deed, Deed); 2] = [(Deed::Action, Deed::Compensation), (Deed::Try, Deed::Cancel)];

impl Rule for AllUndone {
    const PROPERTY: Property = Property::CompensationComplete;
    const MINDS_SOURCE: bool = false;

    fn judge(account: &Account, work: &Transaction, scene: Scene<'_>) -> Ruling {
        let up = work.participants().iter().copied().filter(|&process| !scene.is_down(process));
        let branches =
            up.flat_map(|process| PAIRS.map(|(begins, undoes)| (process, begins, undoes)));
        let mut ruling = Ruling::Moot;
        for (process, begins, undoes) in branches {
            let name = scene.name(process);
            let (done, undone) = (account.times(process, begins), account.times(process, undoes));
            if account.commit && undone > 0 {
                return Ruling::Broken(format!("it committed, but {name} has undone its {begins}"));
            }
            if account.abort && done > 0 {
                ruling = Ruling::Observed;
            }
            if account.abort && undone < done {
                return Ruling::Broken(match undone {
                    0 => format!("it aborted, but {name} has never undone its {begins}"),
                    1.. => format!("it aborted, but {name} has undone its {begins} too seldom"),
                });
            }
            if account.abort && undone > done {
                return Ruling::Broken(format!(
                    "it aborted, but {name} has undone its {begins} more often than it was done"
                ));
            }
        }
        ruling
    }

    fn wrong_now(_: &Account, _: &Transaction, _: Scene<'_>) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = CompensationComplete::default();
        assert_eq!(watch(&mut monitor, &[began(0, &[1, 2, 3])]), None);
        assert_eq!(watch(&mut monitor, history), None);
        let found = found_at_rest(&mut monitor, &[]);
        (found, monitor.premises())
    }

    #[test]
    fn an_action_that_stays_is_caught() {
        let history = [
            did(0, 1, Deed::Action),
            did(0, 2, Deed::Action),
            decided(0, 0, ABORT),
            did(0, 2, Deed::Compensation),
            found_nothing(0, 3, Deed::Compensation),
        ];
        let expected = "tx0 (test): it aborted, but p1 has never undone its action";
        assert_eq!(judged(&history), (Some(expected.into()), 1));
        assert_eq!(judged(&history[..1]), (None, 0), "nobody has aborted it");
    }

    #[test]
    fn too_often_and_too_seldom_are_caught() {
        let thrice = [did(0, 1, Deed::Cancel), did(0, 1, Deed::Cancel), did(0, 1, Deed::Try)];
        let history: Vec<_> = [answered(0, ABORT)].into_iter().chain(thrice).collect();
        let found = judged(&history).0.expect("it was cancelled twice");
        assert!(found.contains("more often than it was done"), "{found}");
        let seldom =
            [decided(0, 0, ABORT), recalled(0, 1, Deed::Action, 2), did(0, 1, Deed::Compensation)];
        assert!(judged(&seldom).0.is_some_and(|found| found.contains("too seldom")));
    }

    #[test]
    fn undoing_what_committed_is_caught() {
        let history =
            [did(0, 1, Deed::Action), decided(0, 0, COMMIT), did(0, 1, Deed::Compensation)];
        let expected = "tx0 (test): it committed, but p1 has undone its action";
        assert_eq!(judged(&history).0, Some(expected.into()));
    }

    #[test]
    fn all_undone_is_fine_and_a_lazy_abort_is_none() {
        let undone = [
            did(0, 1, Deed::Try),
            decided(0, 0, ABORT),
            did(0, 1, Deed::Cancel),
            found_nothing(0, 2, Deed::Cancel),
        ];
        assert_eq!(judged(&undone), (None, 1));
        assert_eq!(judged(&[did(0, 1, Deed::Try), unforced(0, 0, ABORT)]), (None, 0));
    }

    #[test]
    fn who_needs_a_person_or_still_waits_is_not_judged() {
        let half = [did(0, 1, Deed::Action), decided(0, 0, ABORT)];
        let given_up: Vec<_> = half.into_iter().chain([needs_person(0, 0)]).collect();
        assert_eq!(judged(&given_up), (None, 0));
        for excuse in [person_at_rest(0, 0), waits(0, 0)] {
            let mut monitor = CompensationComplete::default();
            let half = [began(0, &[1]), did(0, 1, Deed::Action), decided(0, 0, ABORT)];
            assert_eq!(watch(&mut monitor, &half), None);
            assert_eq!(found_at_rest(&mut monitor, &[excuse]), None);
            assert!(found_at_rest(&mut monitor, &[]).is_some());
        }
    }
}
