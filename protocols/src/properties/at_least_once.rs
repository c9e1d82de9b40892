use dtxsim_core::ProcessId;

use super::Property;
use super::accounts::{Account, Accounts, Rule, Scene};
use super::deeds::Ruling;
use crate::common::{Deed, Transaction};

/// At rest, a transaction whose source has carried out its action has had its effect on every other
/// service that it changes, once or more.
///
/// Premise: at rest, some source had carried out its action.
pub(super) type AtLeastOnce = Accounts<Everywhere>;

/// The rule of [`AtLeastOnce`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Everywhere;

impl Rule for Everywhere {
    const PROPERTY: Property = Property::AtLeastOnce;
    const MINDS_SOURCE: bool = true;

    fn judge(account: &Account, work: &Transaction, scene: Scene<'_>) -> Ruling {
        let source = work.source();
        if account.times(source, Deed::Action) == 0 || account.is_aborted() {
            return Ruling::Moot;
        }
        let is_missing = |&to: &ProcessId| !scene.is_down(to) && !account.took_effect(to);
        match Account::receivers(work).find(is_missing) {
            Some(to) => {
                let (source, to) = (scene.name(source), scene.name(to));
                Ruling::Broken(format!("{source} has committed, but it has no effect on {to}"))
            }
            None => Ruling::Observed,
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
    use dtxsim_core::monitor::Monitor as _;

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let mut monitor = AtLeastOnce::default();
        assert_eq!(watch(&mut monitor, &[began(0, &[1, 2, 3])]), None);
        assert_eq!(watch(&mut monitor, history), None);
        let found = found_at_rest(&mut monitor, &[]);
        (found, monitor.premises())
    }

    #[test]
    fn an_event_without_an_effect_is_caught() {
        let history = [did(0, 1, Deed::Action), did(0, 2, Deed::Action), published(0, 0, 3)];
        let expected = "tx0 (test): p1 has committed, but it has no effect on p3";
        assert_eq!(judged(&history), (Some(expected.into()), 1));
        let nothing = [did(0, 1, Deed::Action), found_nothing(0, 2, Deed::Action)];
        assert!(judged(&nothing).0.is_some());
    }

    #[test]
    fn once_and_more_often_are_fine() {
        let history = [
            did(0, 1, Deed::Action),
            did(0, 2, Deed::Action),
            did(0, 2, Deed::Action),
            recalled(0, 3, Deed::Action, 1),
        ];
        assert_eq!(judged(&history), (None, 1));
    }

    #[test]
    fn what_has_not_committed_and_what_needs_a_person_is_no_premise() {
        assert_eq!(judged(&[decided(0, 1, ABORT)]), (None, 0));
        assert_eq!(judged(&[did(0, 1, Deed::Action), needs_person(0, 2)]), (None, 0));
    }
}
