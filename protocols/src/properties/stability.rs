use dtxsim_core::Topology;
use dtxsim_core::monitor::{Finding, Monitor, Seen};

use super::Property;
use super::roll::{CLIENT, Roll, one};
use crate::common::{Note, Outcome};

/// Nobody changes its decision (AC2 of Bernstein, Hadzilacos & Goodman).
///
/// Premise: somebody decides.
#[derive(Debug, Default)]
pub struct Stability {
    roll: Roll,
    premises: u64,
}

impl Monitor<Note> for Stability {
    fn name(&self) -> &'static str {
        Property::Stability.name()
    }

    fn interest(&self) -> u64 {
        Roll::INTEREST
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let decision = self.roll.take(seen)?;
        let by = decision.by;
        if by == CLIENT {
            return None;
        }
        self.premises += 1;
        let changed = match (decision.before, decision.outcome) {
            (Err(closed), outcome) => closed != outcome,
            (Ok(before), Outcome::Commit) => before.abort & one(by) != 0,
            (Ok(before), Outcome::Abort) => before.commit & one(by) != 0,
        };
        changed.then(|| {
            let (tx, outcome) = (decision.tx, decision.outcome);
            let name = topology.name(by);
            Finding::new(format!("{tx}: {name} decided {outcome}, having decided otherwise before"))
        })
    }

    fn premises(&self) -> u64 {
        self.premises
    }

    fn reset(&mut self) {
        self.roll.clear();
        self.premises = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

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
