use dtxsim_core::monitor::{Finding, Monitor, Seen};
use dtxsim_core::Topology;

use super::Property;
use super::roll::{Roll, members};
use crate::common::{Note, Outcome};

/// All that decide on a transaction decide alike (AC1 of Bernstein, Hadzilacos & Goodman).
///
/// Premise: a second process decides.
#[derive(Debug, Default)]
pub struct Agreement {
    roll: Roll,
    premises: u64,
}

impl Monitor<Note> for Agreement {
    fn name(&self) -> &'static str {
        Property::Agreement.name()
    }

    fn interest(&self) -> u64 {
        Roll::INTEREST
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note } = *seen else { return None };
        let decision = self.roll.take(by, note)?;
        // Of a closed transaction everybody has decided: another decision is a change of mind.
        let before = decision.before.ok()?;
        let me = super::roll::one(by);
        let others = (before.commit | before.abort) & !me;
        self.premises += u64::from(others != 0);
        let against = match decision.outcome {
            Outcome::Commit => before.abort,
            Outcome::Abort => before.commit,
        };
        let other = members(against & !me).next()?;
        let (tx, outcome) = (decision.tx, decision.outcome);
        let opposite = match outcome {
            Outcome::Commit => Outcome::Abort,
            Outcome::Abort => Outcome::Commit,
        };
        Some(Finding::new(format!(
            "{tx}: {} decided {outcome}, but {} had decided {opposite}",
            topology.name(by),
            topology.name(other),
        )))
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
    fn two_who_decide_differently_are_caught() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(0, 2, ABORT)];
        let finding = watch(&mut Agreement::default(), &history).expect("p1 and p2 disagree");
        assert_eq!(finding.summary, "tx0: p2 decided abort, but p1 had decided commit");
    }

    #[test]
    fn the_recovered_decision_counts_as_well() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), restored(0, 2, ABORT)];
        assert!(watch(&mut Agreement::default(), &history).is_some());
    }

    #[test]
    fn those_who_agree_are_a_premise_and_no_violation() {
        let mut monitor = Agreement::default();
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(0, 2, COMMIT)];
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 1));
    }

    #[test]
    fn transactions_do_not_mix() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(1, 2, ABORT)];
        let mut monitor = Agreement::default();
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }
}
