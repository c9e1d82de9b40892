use dtxsim_core::monitor::Finding;
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::decisions::{Decisions, Rule, Ruling};
use super::roll::{CLIENT, Decision, members, one};
use crate::common::Outcome;

/// All that decide on a transaction decide alike (AC1 of Bernstein, Hadzilacos & Goodman), and the
/// client is told the same.
///
/// Premise: a second one decides.
pub type Agreement = Decisions<AllAlike>;

/// The rule of [`Agreement`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct AllAlike;

impl Rule for AllAlike {
    const PROPERTY: Property = Property::Agreement;
    const MINDS_VOTES: bool = false;

    fn judge(decision: &Decision, topology: &Topology) -> Ruling {
        let (tx, outcome) = (decision.tx, decision.outcome);
        let before = match &decision.before {
            Ok(before) => before,
            Err(closed) if *closed == outcome => return Ruling::Observed,
            Err(closed) => {
                let now = said(decision.by, outcome, topology);
                let summary = format!("{tx}: {now}, but before that all decided {closed}");
                return Ruling::Broken(Finding::new(summary));
            }
        };
        let me = one(decision.by);
        if (before.commit | before.abort) & !me == 0 {
            return Ruling::Moot;
        }
        let (against, opposite) = match outcome {
            Outcome::Commit => (before.abort, Outcome::Abort),
            Outcome::Abort => (before.commit, Outcome::Commit),
        };
        let Some(other) = members(against & !me).next() else { return Ruling::Observed };
        let now = said(decision.by, outcome, topology);
        let before = said(other, opposite, topology);
        Ruling::Broken(Finding::new(format!("{tx}: {now}, but before that {before}")))
    }
}

fn said(who: ProcessId, what: Outcome, topology: &Topology) -> String {
    match who {
        CLIENT => format!("the client was told {what}"),
        process => format!("{} decided {what}", topology.name(process)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use dtxsim_core::monitor::Monitor as _;

    #[test]
    fn two_who_decide_differently_are_caught() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(0, 2, ABORT)];
        let finding = watch(&mut Agreement::default(), &history).expect("p1 and p2 disagree");
        assert_eq!(finding.summary, "tx0: p2 decided abort, but before that p1 decided commit");
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
    fn what_the_client_is_told_counts() {
        let history = [began(0, &[1, 2]), answered(0, ABORT), decided(0, 1, COMMIT)];
        let finding = watch(&mut Agreement::default(), &history).expect("the client knows better");
        assert_eq!(
            finding.summary,
            "tx0: p1 decided commit, but before that the client was told abort"
        );
    }

    #[test]
    fn a_decision_against_what_all_had_decided_is_caught() {
        let all = [unforced(0, 0, ABORT), unforced(0, 1, ABORT), unforced(0, 2, ABORT)];
        let mut history: Vec<_> = [began(0, &[1, 2])].into_iter().chain(all).collect();
        history.extend([crashed(1), decided(0, 1, COMMIT)]);
        let finding = watch(&mut Agreement::default(), &history).expect("p2 aborted");
        assert_eq!(finding.summary, "tx0: p1 decided commit, but before that all decided abort");
    }

    #[test]
    fn what_a_crash_took_back_does_not_count() {
        let history = [began(0, &[1, 2]), unforced(0, 1, ABORT), crashed(1), decided(0, 2, COMMIT)];
        assert_eq!(watch(&mut Agreement::default(), &history), None);
        let forced = [began(0, &[1, 2]), decided(0, 1, ABORT), crashed(1), decided(0, 2, COMMIT)];
        assert!(watch(&mut Agreement::default(), &forced).is_some());
    }

    #[test]
    fn neither_votes_nor_the_order_of_decisions_are_state() {
        let (mut one, mut other) = (Agreement::default(), Agreement::default());
        let voting = [began(0, &[1, 2]), voted(0, 1, YES), voted(0, 2, NO)];
        assert_eq!(watch(&mut one, &voting), None);
        assert_eq!(watch(&mut one, &[decided(0, 1, ABORT), decided(0, 2, ABORT)]), None);
        let silent = [began(0, &[1, 2]), decided(0, 2, ABORT), decided(0, 1, ABORT)];
        assert_eq!(watch(&mut other, &silent), None);
        assert_eq!(one, other);
    }

    #[test]
    fn transactions_do_not_mix() {
        let history = [began(0, &[1, 2]), decided(0, 1, COMMIT), decided(1, 2, ABORT)];
        let mut monitor = Agreement::default();
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }
}
