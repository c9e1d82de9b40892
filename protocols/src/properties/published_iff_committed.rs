use dtxsim_core::ProcessId;

use super::Property;
use super::accounts::{Account, Accounts, Rule, Scene};
use super::deeds::Ruling;
use crate::common::{Deed, Transaction};

/// At rest, the event of a transaction is published, or has had its effect, if and only if its
/// source has carried out its action: none is lost, and none is a phantom. An event that a source
/// has aborted for good is a phantom at once.
///
/// Premise: at rest, some source had carried out its action or aborted, or something was published.
pub(super) type PublishedIffCommitted = Accounts<NeitherLostNorPhantom>;

/// The rule of [`PublishedIffCommitted`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct NeitherLostNorPhantom;

/// Whether an event has come as far as somebody can tell.
fn is_out(account: &Account, to: ProcessId) -> bool {
    account.published.contains(to) || account.took_effect(to)
}

fn phantom(account: &Account, work: &Transaction) -> Option<ProcessId> {
    let committed = account.times(work.source(), Deed::Action) > 0;
    Account::receivers(work).find(|&to| !committed && is_out(account, to))
}

impl Rule for NeitherLostNorPhantom {
    const PROPERTY: Property = Property::PublishedIffCommitted;
    const MINDS_SOURCE: bool = true;

    fn judge(account: &Account, work: &Transaction, scene: Scene<'_>) -> Ruling {
        let source = work.source();
        if scene.is_down(source) {
            return Ruling::Moot;
        }
        let name = scene.name(source);
        if let Some(to) = phantom(account, work) {
            let to = scene.name(to);
            return Ruling::Broken(format!(
                "phantom event: it went out to {to}, but {name} has not committed"
            ));
        }
        if account.times(source, Deed::Action) == 0 {
            return if account.source_aborts { Ruling::Observed } else { Ruling::Moot };
        }
        let is_lost = |&to: &ProcessId| !scene.is_down(to) && !is_out(account, to);
        match Account::receivers(work).find(is_lost) {
            Some(to) if !account.is_aborted() => {
                let to = scene.name(to);
                Ruling::Broken(format!("lost event: {name} has committed, but {to} gets no event"))
            }
            Some(_) | None => Ruling::Observed,
        }
    }

    fn wrong_now(account: &Account, work: &Transaction, scene: Scene<'_>) -> Option<String> {
        let to = phantom(account, work).filter(|_| account.source_aborts)?;
        let (name, to) = (scene.name(work.source()), scene.name(to));
        Some(format!("phantom event: it went out to {to}, but {name} has aborted"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::{Judgement, Monitor as _};

    fn monitor(history: &[SeenNote]) -> (PublishedIffCommitted, Option<String>) {
        let mut monitor = PublishedIffCommitted::default();
        assert_eq!(watch(&mut monitor, &[began(0, &[2, 1])]), None);
        let found = watch(&mut monitor, history).map(|finding| finding.summary);
        (monitor, found)
    }

    fn judged(history: &[SeenNote]) -> (Option<String>, u64) {
        let (mut monitor, found) = monitor(history);
        assert_eq!(found, None);
        let found = found_at_rest(&mut monitor, &[]);
        (found, monitor.premises())
    }

    #[test]
    fn a_lost_event_is_caught() {
        let expected = "tx0 (test): lost event: p2 has committed, but p1 gets no event";
        assert_eq!(judged(&[did(0, 2, Deed::Action)]), (Some(expected.into()), 1));
    }

    #[test]
    fn a_phantom_is_caught_at_rest_and_an_aborted_one_at_once() {
        let expected = "tx0 (test): phantom event: it went out to p1, but p2 has not committed";
        assert_eq!(judged(&[published(0, 0, 1)]), (Some(expected.into()), 1));
        assert_eq!(judged(&[did(0, 1, Deed::Action)]), (Some(expected.into()), 1));
        let expected = "tx0 (test): phantom event: it went out to p1, but p2 has aborted";
        for (first, second) in [(0, 1), (1, 0)] {
            let both = || [published(0, 0, 1), decided(0, 2, ABORT)];
            let [first, second] = [first, second].map(|n| both().into_iter().nth(n).expect("two"));
            assert_eq!(monitor(&[first, second]).1, Some(expected.into()));
        }
    }

    #[test]
    fn published_and_committed_in_either_order_is_fine() {
        let (commit, publish) = (|| did(0, 2, Deed::Action), || published(0, 0, 1));
        assert_eq!(judged(&[commit(), publish()]), (None, 1));
        assert_eq!(judged(&[publish(), commit()]), (None, 1));
        assert_eq!(judged(&[commit(), did(0, 1, Deed::Action)]), (None, 1));
        assert_eq!(judged(&[publish(), recalled(0, 2, Deed::Action, 1)]), (None, 1));
    }

    #[test]
    fn neither_is_fine_and_a_saga_that_was_undone_is_excused() {
        assert_eq!(judged(&[]), (None, 0));
        assert_eq!(judged(&[decided(0, 2, ABORT)]), (None, 1));
        let undone = || [did(0, 2, Deed::Action), decided(0, 2, ABORT)];
        assert_eq!(judged(&undone()), (None, 1));
        let [action, abort] = undone();
        let both = [abort, action, decided(0, 2, COMMIT)];
        assert!(judged(&both).0.is_some_and(|why| why.contains("lost event")), "a later word");
    }

    #[test]
    fn a_source_that_is_down_for_good_may_have_committed() {
        let (mut monitor, _) = monitor(&[published(0, 0, 1)]);
        let judgement = rest(&mut monitor, &[], |rest| rest.down[2] = true);
        assert_eq!((judgement, monitor.premises()), (Judgement::Fine, 0));
    }
}
