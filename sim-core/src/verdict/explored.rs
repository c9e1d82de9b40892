//! What may be concluded from an exploration.

use serde::Serialize;

use super::{Conclusion, Judged, Unfelt, Verdict};
use crate::fault::FaultKind;
use crate::untimed::{Budgets, CutShort, Exploration, Felt};

/// Concludes from an exploration. Only one that has seen everything within its bounds may find that
/// something holds.
pub fn conclude_explored(explored: &Exploration) -> Conclusion {
    let names = explored.properties.iter().zip(&explored.premises);
    let properties: Vec<Judged> =
        names.map(|(&name, &premises)| judge(name, premises, explored)).collect();
    let unfelt = unfelt(explored);
    let mut verdict = properties.iter().map(|p| p.verdict).max().unwrap_or(Verdict::Vacuous);
    if !unfelt.is_empty() {
        verdict = verdict.max(Verdict::Vacuous);
    }
    if explored.cut_short.is_some() {
        verdict = verdict.max(Verdict::Inconclusive);
    }
    Conclusion { verdict, properties, unfelt, missing: Vec::new() }
}

/// Something that was required and never exercised.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Missing {
    /// What.
    pub name: String,
    /// Why it could not be, if it could not.
    pub why: Option<String>,
}

/// Concludes from an exploration of which it was required that it exercise what has these names. If
/// it has not, it is no evidence, whatever it has seen.
pub fn conclude_required(explored: &Exploration, required: &[String]) -> Conclusion {
    let mut conclusion = conclude_explored(explored);
    let coverage = &explored.coverage;
    let missing = required.iter().filter(|name| coverage.exercised(name) == 0);
    let missing = missing.map(|name| Missing { name: name.clone(), why: coverage.why_not(name) });
    conclusion.missing = missing.collect();
    if !conclusion.missing.is_empty() {
        conclusion.verdict = conclusion.verdict.max(Verdict::Vacuous);
    }
    conclusion
}

fn judge(name: &'static str, premises: u64, explored: &Exploration) -> Judged {
    let is_violated = explored.violated.contains(&name);
    let (verdict, why) = match explored.cut_short {
        _ if is_violated => (Verdict::Violated, None),
        Some(cut) => (Verdict::Inconclusive, Some(why(cut))),
        None if explored.unjudged.contains(&name) => (Verdict::Inconclusive, Some(UNJUDGED)),
        None if premises == 0 => (Verdict::Vacuous, None),
        None => (Verdict::Holds, None),
    };
    let why = why.map(str::to_owned);
    Judged { name, verdict, premises, violations: u64::from(is_violated), why }
}

/// Why a property was not judged where everybody rests.
const UNJUDGED: &str = "where everybody rests it was not judged: that takes all states, which \
     neither fingerprints nor deepening keep";

fn why(cut: CutShort) -> &'static str {
    match cut {
        CutShort::States => "the cap on states was reached before everything was seen",
        CutShort::Memory => "the cap on memory was reached before everything was seen",
        CutShort::Interrupted => "interrupted before everything was seen and judged",
        CutShort::Found => "the search ended with a violation, before everything was seen",
    }
}

/// Faults that there was a budget for and that never took effect. In an exploration that was cut
/// short, their turn may not have come.
fn unfelt(explored: &Exploration) -> Vec<Unfelt> {
    if explored.cut_short.is_some() {
        return Vec::new();
    }
    never_felt(explored.bounds.budgets, explored.faults)
}

/// The budgets of which nothing was felt.
pub(super) fn never_felt(budgets: Budgets, felt: Felt) -> Vec<Unfelt> {
    let Felt { crashes, drops, duplicates, partitions, cut } = felt;
    let kinds = [
        (FaultKind::Crash, budgets.crashes, crashes, crashes),
        (FaultKind::Partition, budgets.partitions, partitions, cut),
        (FaultKind::Loss, budgets.drops, drops, drops),
        (FaultKind::Duplication, budgets.duplicates, duplicates, duplicates),
    ];
    let never = kinds.into_iter().filter(|&(_, budget, _, effective)| budget > 0 && effective == 0);
    never.map(|(kind, _, attempted, _)| Unfelt { kind, script: None, attempted }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untimed::{Bounds, Coverage, MessageCoverage, Reductions};

    fn explored() -> Exploration {
        Exploration {
            bounds: Bounds::default(),
            distinct: 10,
            forgotten: 0,
            fingerprints: false,
            transitions: 20,
            depth: 3,
            reductions: Reductions::default(),
            alike: Vec::new(),
            cut_short: None,
            properties: vec!["one", "other"],
            unjudged: Vec::new(),
            premises: vec![3, 1],
            violated: Vec::new(),
            violations: Vec::new(),
            liveness: None,
            faults: Felt::default(),
            coverage: Coverage::default(),
            growth: Vec::new(),
            local_steps: 5,
            memory: 1000,
        }
    }

    fn verdicts(explored: &Exploration) -> (Verdict, Vec<Verdict>) {
        let conclusion = conclude_explored(explored);
        (conclusion.verdict, conclusion.properties.iter().map(|p| p.verdict).collect())
    }

    #[test]
    fn what_was_exhausted_holds() {
        assert_eq!(verdicts(&explored()), (Verdict::Holds, vec![Verdict::Holds; 2]));
    }

    #[test]
    fn what_never_had_anything_to_judge_is_vacuous() {
        let mut explored = explored();
        explored.premises[1] = 0;
        let wanted = (Verdict::Vacuous, vec![Verdict::Holds, Verdict::Vacuous]);
        assert_eq!(verdicts(&explored), wanted);
        explored.properties.clear();
        assert_eq!(verdicts(&explored).0, Verdict::Vacuous, "nothing was checked");
    }

    #[test]
    fn what_was_not_judged_at_rest_does_not_hold() {
        let mut explored = explored();
        explored.unjudged = vec!["other"];
        let wanted = (Verdict::Inconclusive, vec![Verdict::Holds, Verdict::Inconclusive]);
        assert_eq!(verdicts(&explored), wanted);
    }

    #[test]
    fn what_was_cut_short_is_no_pass() {
        for cut in [CutShort::States, CutShort::Memory, CutShort::Interrupted] {
            let mut explored = explored();
            explored.cut_short = Some(cut);
            explored.premises[1] = 0;
            assert_eq!(
                verdicts(&explored),
                (Verdict::Inconclusive, vec![Verdict::Inconclusive; 2])
            );
            explored.properties.clear();
            assert_eq!(verdicts(&explored).0, Verdict::Inconclusive);
        }
    }

    #[test]
    fn what_is_required_and_was_not_exercised_is_missing() {
        let mut explored = explored();
        let row = |kind, delivered| MessageCoverage {
            kind,
            travels: true,
            delivered,
            dropped: 0,
            duplicated: 0,
            cut: 0,
        };
        explored.coverage.messages = vec![row("vote", 3), row("ack", 0)];
        explored.coverage.unsent = vec!["done"];
        let required = |names: &[&str], explored: &Exploration| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let Conclusion { verdict, missing, .. } = conclude_required(explored, &names);
            (verdict, missing.into_iter().map(|m| (m.name, m.why)).collect::<Vec<_>>())
        };
        assert_eq!(required(&["deliver vote"], &explored), (Verdict::Holds, Vec::new()));
        let all = ["deliver vote", "deliver ack", "deliver done", "drop vote"];
        let (verdict, missing) = required(&all, &explored);
        let why = |text: &str| Some(text.to_owned());
        let wanted = [
            ("deliver ack".to_owned(), None),
            ("deliver done".to_owned(), why("`done` was never sent")),
            ("drop vote".to_owned(), why("there is no budget of `drops`")),
        ];
        assert_eq!((verdict, &missing[..]), (Verdict::Vacuous, &wanted[..]));
        explored.cut_short = Some(CutShort::States);
        assert_eq!(required(&all, &explored).0, Verdict::Inconclusive);
        explored.violated.push("one");
        assert_eq!(required(&all, &explored).0, Verdict::Violated);
    }

    #[test]
    fn a_violation_is_one_however_the_search_ended() {
        for cut in [None, Some(CutShort::Found), Some(CutShort::Interrupted)] {
            let mut explored = explored();
            explored.violated.push("one");
            explored.cut_short = cut;
            let (verdict, properties) = verdicts(&explored);
            assert_eq!((verdict, properties[0]), (Verdict::Violated, Verdict::Violated));
            let other = if cut.is_none() { Verdict::Holds } else { Verdict::Inconclusive };
            assert_eq!(properties[1], other);
        }
    }

    #[test]
    fn a_budget_that_nothing_was_felt_of_is_no_evidence() {
        let mut explored = explored();
        explored.bounds.budgets = Budgets { crashes: 1, drops: 1, duplicates: 1, partitions: 1 };
        let kinds = |explored: &Exploration| {
            let unfelt = conclude_explored(explored).unfelt;
            unfelt.iter().map(|u| (u.kind, u.attempted)).collect::<Vec<_>>()
        };
        let all = [
            (FaultKind::Crash, 0),
            (FaultKind::Partition, 0),
            (FaultKind::Loss, 0),
            (FaultKind::Duplication, 0),
        ];
        assert_eq!(kinds(&explored), all);
        assert_eq!(verdicts(&explored).0, Verdict::Vacuous);
        explored.faults = Felt { crashes: 1, drops: 1, duplicates: 1, partitions: 9, cut: 0 };
        assert_eq!(kinds(&explored), [(FaultKind::Partition, 9)], "it stopped no message");
        explored.faults.cut = 1;
        assert_eq!((kinds(&explored), verdicts(&explored).0), (Vec::new(), Verdict::Holds));
        explored.faults = Felt::default();
        explored.violated.push("one");
        assert_eq!(verdicts(&explored).0, Verdict::Violated, "it is one all the same");
    }
}
