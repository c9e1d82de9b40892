use dtxsim_core::Topology;
use dtxsim_core::monitor::Finding;

use super::Property;
use super::decisions::{Decisions, Rule, Ruling};
use super::roll::{CLIENT, Decision, one};
use crate::common::Outcome;

/// Nobody changes its decision (AC2 of Bernstein, Hadzilacos & Goodman).
///
/// Premise: a process decides.
pub type Stability = Decisions<NoChange>;

/// The rule of [`Stability`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NoChange;

impl Rule for NoChange {
    const PROPERTY: Property = Property::Stability;
    const MINDS_VOTES: bool = false;

    fn judge(decision: &Decision, topology: &Topology) -> Ruling {
        let Decision { tx, by, outcome, before } = decision;
        let by = *by;
        if by == CLIENT {
            return Ruling::Moot;
        }
        let changed = match (before, outcome) {
            (Err(closed), outcome) => closed != outcome,
            (Ok(before), Outcome::Commit) => before.abort & one(by) != 0,
            (Ok(before), Outcome::Abort) => before.commit & one(by) != 0,
        };
        if !changed {
            return Ruling::Observed;
        }
        let name = topology.name(by);
        let summary = format!("{tx}: {name} decided {outcome}, having decided otherwise before");
        Ruling::Broken(Finding::new(summary))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    #[test]
    fn a_change_of_mind_is_caught() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(0, 1, ABORT)];
        let finding = watch(&mut Stability::default(), &history).expect("p1 changed its mind");
        assert_eq!(finding.summary, "tx0: p1 decided abort, having decided otherwise before");
    }

    #[test]
    fn a_change_of_mind_after_all_have_decided_is_caught() {
        let all = [decided(0, 0, COMMIT), decided(0, 1, COMMIT), decided(0, 2, COMMIT)];
        let history: Vec<_> = [began(0, &[1, 2])].into_iter().chain(all).collect();
        let mut monitor = Stability::default();
        assert_eq!(watch(&mut monitor, &history), None);
        assert!(watch(&mut monitor, &[restored(0, 2, ABORT)]).is_some());
    }

    #[test]
    fn saying_it_again_is_no_change() {
        let history = [began(0, &[1]), decided(0, 1, ABORT), restored(0, 1, ABORT)];
        let mut monitor = Stability::default();
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 2));
    }

    #[test]
    fn others_may_differ() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(0, 2, ABORT)];
        assert_eq!(watch(&mut Stability::default(), &history), None);
    }
}
