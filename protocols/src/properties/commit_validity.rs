use dtxsim_core::Topology;
use dtxsim_core::monitor::{Finding, Monitor, Seen};

use super::Property;
use super::roll::{CLIENT, Roll, members};
use crate::common::{Note, Outcome};

/// A transaction commits only if every participant voted YES or READ (AC3 of Bernstein, Hadzilacos
/// & Goodman).
///
/// Premise: somebody decides to commit.
#[derive(Debug, Default)]
pub struct CommitValidity {
    roll: Roll,
    premises: u64,
}

impl Monitor<Note> for CommitValidity {
    fn name(&self) -> &'static str {
        Property::CommitValidity.name()
    }

    fn interest(&self) -> u64 {
        Roll::INTEREST
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let decision = self.roll.take(seen)?;
        let by = decision.by;
        if decision.outcome == Outcome::Abort || by == CLIENT {
            return None;
        }
        self.premises += 1;
        // Votes only ever come in: what was valid once stays so.
        let before = decision.before.ok()?;
        let tx = decision.tx;
        let say = |who, what: &str| {
            let (by, who) = (topology.name(by), topology.name(who));
            Some(Finding::new(format!("{tx}: {by} decided commit, but {who} {what}")))
        };
        if let Some(against) = members(before.no & before.participants).next() {
            return say(against, "voted no");
        }
        let silent = before.participants & !(before.yes | before.read);
        members(silent).next().and_then(|silent| say(silent, "has not voted"))
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
    fn a_commit_against_a_no_is_caught() {
        let history = [began(0, &[1, 2]), voted(0, 1, YES), voted(0, 2, NO), decided(0, 1, COMMIT)];
        let finding = watch(&mut CommitValidity::default(), &history).expect("p2 voted no");
        assert_eq!(finding.summary, "tx0: p1 decided commit, but p2 voted no");
    }

    #[test]
    fn a_commit_without_a_vote_is_caught() {
        let history = [began(0, &[1, 2]), voted(0, 1, YES), decided(0, 0, COMMIT)];
        let finding = watch(&mut CommitValidity::default(), &history).expect("p2 did not vote");
        assert_eq!(finding.summary, "tx0: p0 decided commit, but p2 has not voted");
    }

    #[test]
    fn yes_and_read_are_enough() {
        let history =
            [began(0, &[1, 2]), voted(0, 1, YES), voted(0, 2, READ), decided(0, 0, COMMIT)];
        let mut monitor = CommitValidity::default();
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 1));
    }

    #[test]
    fn an_abort_needs_no_votes() {
        let mut monitor = CommitValidity::default();
        let history = [began(0, &[1, 2]), decided(0, 0, ABORT)];
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }
}
