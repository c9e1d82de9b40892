//! What may be concluded from random walks.

use super::explored::never_felt;
use super::{Conclusion, Judged, Verdict};
use crate::untimed::Walks;

/// Concludes from walks, of which so many were asked for. That none violates anything is
/// [`Verdict::Holds`], as of a sweep; that it is a sample is for the report to say.
pub fn conclude_walked(walks: &Walks, asked: u64) -> Conclusion {
    let names = walks.properties.iter().zip(&walks.premises);
    let violated = walks.violated();
    let properties: Vec<Judged> = names
        .map(|(&name, &premises)| judge(name, (premises, violated.contains(&name)), walks))
        .collect();
    // Of few walks, or of those that ended with a violation, not every budget need be drawn on.
    let unfelt = match walks.walks {
        2.. if walks.walks == asked => never_felt(walks.bounds.budgets, walks.faults),
        _ => Vec::new(),
    };
    let mut verdict = properties.iter().map(|p| p.verdict).max().unwrap_or(Verdict::Vacuous);
    if !unfelt.is_empty() {
        verdict = verdict.max(Verdict::Vacuous);
    }
    if walks.interrupted || walks.restless > 0 || walks.walks == 0 {
        verdict = verdict.max(Verdict::Inconclusive);
    }
    Conclusion { verdict, properties, unfelt, missing: Vec::new() }
}

fn judge(name: &'static str, (premises, is_violated): (u64, bool), walks: &Walks) -> Judged {
    let (verdict, why) = if is_violated {
        (Verdict::Violated, None)
    } else if walks.interrupted {
        (Verdict::Inconclusive, Some("the walks were interrupted".to_owned()))
    } else if walks.restless > 0 {
        let why = format!("{} walks had not come to rest when they were given up", walks.restless);
        (Verdict::Inconclusive, Some(why))
    } else if premises == 0 {
        (Verdict::Vacuous, None)
    } else {
        (Verdict::Holds, None)
    };
    Judged { name, verdict, premises, violations: u64::from(is_violated), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::untimed::{Bounds, Budgets, Credit, Felt, Tactic};

    const ASKED: u64 = 10;

    fn walks() -> Walks {
        let credit = Credit { tactic: Tactic::Random, walks: ASKED, failing: 0, fresh: 50 };
        Walks {
            bounds: Bounds::default(),
            walks: ASKED,
            steps: 100,
            distinct: 50,
            restless: 0,
            properties: vec!["one", "other"],
            premises: vec![3, 1],
            found: Vec::new(),
            credits: vec![credit],
            faults: Felt::default(),
            interrupted: false,
        }
    }

    fn verdicts(walks: &Walks) -> (Verdict, Vec<Verdict>) {
        let conclusion = conclude_walked(walks, ASKED);
        (conclusion.verdict, conclusion.properties.iter().map(|p| p.verdict).collect())
    }

    #[test]
    fn what_no_walk_violates_holds_of_them() {
        assert_eq!(verdicts(&walks()), (Verdict::Holds, vec![Verdict::Holds; 2]));
    }

    #[test]
    fn what_was_never_judged_or_felt_is_vacuous() {
        let mut silent = walks();
        silent.premises[1] = 0;
        let wanted = (Verdict::Vacuous, vec![Verdict::Holds, Verdict::Vacuous]);
        assert_eq!(verdicts(&silent), wanted);
        let mut calm = walks();
        calm.bounds.budgets = Budgets { crashes: 1, drops: 1, ..Budgets::default() };
        calm.faults.drops = 2;
        let unfelt = conclude_walked(&calm, ASKED).unfelt;
        assert_eq!(unfelt.iter().map(|u| u.kind).collect::<Vec<_>>(), [FaultKind::Crash]);
        assert_eq!(verdicts(&calm).0, Verdict::Vacuous);
        calm.walks = 1;
        assert_eq!(conclude_walked(&calm, 1).verdict, Verdict::Holds, "one walk draws what it may");
    }

    #[test]
    fn walks_that_were_cut_off_are_no_pass() {
        let interrupted = Walks { interrupted: true, ..walks() };
        let restless = Walks { restless: 1, ..walks() };
        for cut_off in [interrupted, restless] {
            let wanted = (Verdict::Inconclusive, vec![Verdict::Inconclusive; 2]);
            assert_eq!(verdicts(&cut_off), wanted);
        }
        let none = Walks { walks: 0, properties: Vec::new(), premises: Vec::new(), ..walks() };
        assert_eq!(verdicts(&none).0, Verdict::Inconclusive);
    }
}
