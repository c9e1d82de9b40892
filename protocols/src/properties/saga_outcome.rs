use dtxsim_core::ProcessId;

use super::Property;
use super::accounts::{Account, Accounts, Rule, Scene};
use super::deeds::Ruling;
use crate::common::{Deed, Transaction};

/// At rest, a transaction has either all its effects, none of them undone, or none is left; and
/// that is what its client was told and what was decided for good: `T1..Tn` or `T1..Tj Cj..C1`
/// (Garcia-Molina & Salem, *Sagas*, SIGMOD 1987).
///
/// Premise: at rest, some transaction had ended or had an effect.
pub(super) type SagaOutcome = Accounts<AllOrNothing>;

/// The rule of [`SagaOutcome`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct AllOrNothing;

/// What is left of one branch.
enum Left {
    Nothing,
    All,
    /// It was confirmed or done, and undone as well, though it cannot have been both.
    Torn,
}

fn left(account: &Account, process: ProcessId) -> Left {
    let times = |deed| account.times(process, deed);
    let acted = times(Deed::Action) > times(Deed::Compensation);
    let confirmed = times(Deed::Confirm) > 0;
    if confirmed && times(Deed::Cancel) > 0 {
        Left::Torn
    } else if acted || confirmed {
        Left::All
    } else {
        Left::Nothing
    }
}

impl Rule for AllOrNothing {
    const PROPERTY: Property = Property::SagaOutcome;
    const MINDS_SOURCE: bool = false;

    fn judge(account: &Account, work: &Transaction, scene: Scene<'_>) -> Ruling {
        let Account { commit, abort, .. } = *account;
        if commit && abort {
            return Ruling::Broken("some were told that it committed, some that it aborted".into());
        }
        let (mut with, mut without) = (None, None);
        for &process in work.updaters().iter().filter(|&&process| !scene.is_down(process)) {
            match left(account, process) {
                Left::All => with = Some(process),
                Left::Nothing => without = Some(process),
                Left::Torn => {
                    let name = scene.name(process);
                    let how = format!("{name} has confirmed it and cancelled it as well");
                    return Ruling::Broken(how);
                }
            }
        }
        match (with, without) {
            (Some(with), _) if abort => {
                let name = scene.name(with);
                Ruling::Broken(format!("it aborted, but the effect on {name} is left"))
            }
            (_, Some(without)) if commit => {
                let name = scene.name(without);
                Ruling::Broken(format!("it committed, but has no effect on {name}"))
            }
            (Some(with), Some(without)) => {
                let (with, without) = (scene.name(with), scene.name(without));
                Ruling::Broken(format!(
                    "it is half done: its effect on {with} is left, and it has none on {without}"
                ))
            }
            (Some(_), None) => Ruling::Observed,
            (None, _) if commit || abort => Ruling::Observed,
            (None, _) => Ruling::Moot,
        }
    }

    fn wrong_now(_: &Account, _: &Transaction, _: Scene<'_>) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::{Monitor as _, Value as _};
    use dtxsim_core::symmetry::Renaming;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = SagaOutcome::default();
        assert_eq!(watch(&mut monitor, &[began(0, &[1, 2])]), None);
        assert_eq!(watch(&mut monitor, history), None);
        let found = found_at_rest(&mut monitor, &[]);
        (found, monitor.premises())
    }

    #[test]
    fn half_a_saga_is_caught() {
        let half = [did(0, 1, Deed::Action)];
        let expected =
            "tx0 (test): it is half done: its effect on p1 is left, and it has none on p2";
        assert_eq!(judged(&half), (Some(expected.into()), 1));
        let half = [did(0, 1, Deed::Confirm), did(0, 2, Deed::Try), did(0, 2, Deed::Cancel)];
        assert!(judged(&half).0.is_some());
    }

    #[test]
    fn an_end_that_the_effects_belie_is_caught() {
        let told = [did(0, 1, Deed::Action), answered(0, COMMIT)];
        let expected = "tx0 (test): it committed, but has no effect on p2";
        assert_eq!(judged(&told).0, Some(expected.into()));
        let kept = [did(0, 1, Deed::Action), did(0, 2, Deed::Action), decided(0, 0, ABORT)];
        assert!(judged(&kept).0.is_some_and(|found| found.contains("it aborted")));
        assert!(judged(&[decided(0, 0, ABORT), answered(0, COMMIT)]).0.is_some());
    }

    #[test]
    fn both_confirmed_and_cancelled_is_caught() {
        let torn = [did(0, 1, Deed::Confirm), did(0, 2, Deed::Confirm), did(0, 1, Deed::Cancel)];
        let expected = "tx0 (test): p1 has confirmed it and cancelled it as well";
        assert_eq!(judged(&torn).0, Some(expected.into()));
    }

    #[test]
    fn all_or_nothing_is_fine_and_what_never_began_is_no_premise() {
        let all = [did(0, 1, Deed::Action), did(0, 2, Deed::Action), answered(0, COMMIT)];
        assert_eq!(judged(&all), (None, 1));
        let none = [did(0, 1, Deed::Action), decided(0, 0, ABORT), did(0, 1, Deed::Compensation)];
        assert_eq!(judged(&none), (None, 1));
        let confirmed = [did(0, 1, Deed::Confirm), recalled(0, 2, Deed::Confirm, 1)];
        assert_eq!(judged(&confirmed), (None, 1));
        assert_eq!(judged(&[]), (None, 0));
    }

    #[test]
    fn what_those_who_are_down_for_good_have_done_nobody_knows() {
        let mut monitor = SagaOutcome::default();
        let half = [began(0, &[1, 2]), did(0, 1, Deed::Action)];
        assert_eq!(watch(&mut monitor, &half), None);
        let judgement = rest(&mut monitor, &[], |rest| rest.down[2] = true);
        assert_eq!(judgement, dtxsim_core::monitor::Judgement::Fine);
    }

    #[test]
    fn a_renamed_history_is_the_history_of_the_renamed() {
        let swap = Renaming::swap(ProcessId(1), ProcessId(2));
        let [mut one, mut other] = [SagaOutcome::default(), SagaOutcome::default()];
        watch(&mut one, &[began(0, &[1, 2]), did(0, 1, Deed::Action)]);
        watch(&mut other, &[began(0, &[1, 2]), did(0, 2, Deed::Action)]);
        assert!(*one.renamed(&swap).expect("it can") == *other.boxed_clone());
    }
}
