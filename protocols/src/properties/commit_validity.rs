use dtxsim_core::monitor::Finding;
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::decisions::{Decisions, Rule, Ruling};
use super::roll::{CLIENT, Decision, members};
use crate::common::Outcome;

/// A transaction commits only if every participant voted YES or READ (AC3 of Bernstein, Hadzilacos
/// & Goodman).
///
/// Premise: a process decides to commit.
pub type CommitValidity = Decisions<AllVoted>;

/// The rule of [`CommitValidity`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct AllVoted;

impl Rule for AllVoted {
    const PROPERTY: Property = Property::CommitValidity;
    const MINDS_VOTES: bool = true;

    fn judge(decision: &Decision, topology: &Topology) -> Ruling {
        let Decision { tx, by, outcome, before } = decision;
        let by = *by;
        if *outcome == Outcome::Abort || by == CLIENT {
            return Ruling::Moot;
        }
        // Votes only ever come in: what was valid once stays so.
        let Ok(before) = before else { return Ruling::Observed };
        let against = |who: ProcessId, what: &str| {
            let (by, who) = (topology.name(by), topology.name(who));
            Ruling::Broken(Finding::new(format!("{tx}: {by} decided commit, but {who} {what}")))
        };
        if let Some(refuser) = members(before.no.0 & before.participants).next() {
            return against(refuser, "voted no");
        }
        let silent = before.participants & !(before.yes | before.read);
        members(silent).next().map_or(Ruling::Observed, |who| against(who, "has not voted"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

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
    fn who_voted_no_and_who_did_not_vote_are_one_state() {
        let (mut refused, mut silent) = (CommitValidity::default(), CommitValidity::default());
        assert_eq!(watch(&mut refused, &[began(0, &[1, 2]), voted(0, 2, NO)]), None);
        assert_eq!(watch(&mut silent, &[began(0, &[1, 2])]), None);
        assert_eq!(refused, silent);
        assert_eq!(watch(&mut silent, &[voted(0, 2, YES)]), None);
        assert_ne!(refused, silent);
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
