use dtxsim_core::monitor::{Aside, Ending, Finding, Judgement, Monitor, Rest, Seen, Wait};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::catalog::Catalog;
use super::waits::{Waiting, past_help, waiting};
use crate::common::Note;

/// Once failures are repaired, every process that is up decides (AC5 of Bernstein, Hadzilacos &
/// Goodman), or says for good that a person must. A failure that is never repaired is none that a
/// protocol may wait for: who waits for a process that is down for good, directly or through
/// others, is *blocked on* it.
///
/// Premise: a transaction begins.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Termination {
    catalog: Catalog,
    premises: Aside<u64>,
}

impl Termination {
    pub(super) fn new(catalog: Catalog) -> Termination {
        Termination { catalog, premises: Aside(0) }
    }

    fn evidence(&self, waiting: &[Waiting<'_>], rest: &Rest<'_, Note>) -> Vec<Wait> {
        let waits = waiting.iter().flat_map(|w| w.on.iter().map(move |&on| (w, on)));
        waits
            .map(|(w, on)| Wait {
                process: rest.topology.name(w.who).to_owned(),
                waits_for: rest.topology.name(on).to_owned(),
                down: rest.down[on.index()],
                subject: w.tx.to_string(),
                holding: w.holding.iter().map(|&key| self.catalog.name(w.who, key)).collect(),
            })
            .collect()
    }
}

impl Monitor<Note> for Termination {
    fn name(&self) -> &'static str {
        Property::Termination.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN
    }

    fn observe(&mut self, _: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        self.premises.0 += 1;
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if let Some(judgement) = rest.cut_off() {
            return judgement;
        }
        let waiting = waiting(rest);
        if waiting.is_empty() {
            return Judgement::Fine;
        }
        let stuck = if rest.ending == Ending::Quiet {
            // Nothing more will happen: all who wait wait for ever.
            waiting.iter().collect()
        } else {
            past_help(&waiting, rest)
        };
        let Some(first) = stuck.first() else {
            return Judgement::Unknown("processes were still waiting when nothing new came".into());
        };
        let name = |&p: &ProcessId| rest.topology.name(p).to_owned();
        let down: Vec<String> =
            first.on.iter().filter(|p| rest.down[p.index()]).map(name).collect();
        let more = match stuck.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let on = if down.is_empty() {
            let others: Vec<String> = first.on.iter().map(name).collect();
            format!("waits for ever for {}", others.join(", "))
        } else {
            format!("is blocked on {}, which is down for good", down.join(", "))
        };
        let (who, tx) = (rest.topology.name(first.who), first.tx);
        let summary = format!("{tx}: {who} cannot decide: it {on}{more}");
        Judgement::Violated(Finding { summary, waits: self.evidence(&waiting, rest) })
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let _ = by;
        Some(Box::new(self.clone()))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{RestParts, began, person_at_rest, rest, watch};
    use super::*;
    use crate::common::{Key, TxId};

    fn judged(reports: &[(ProcessId, Note)], change: impl FnOnce(&mut RestParts)) -> Judgement {
        let mut monitor = Termination::new(Catalog::of(&[&[], &[("a", 0)], &[("b", 0)]]));
        assert_eq!(watch(&mut monitor, &[began(0, &[1, 2])]), None);
        assert_eq!(monitor.premises(), 1);
        rest(&mut monitor, reports, change)
    }

    fn waits(who: u16, on: &[u16]) -> (ProcessId, Note) {
        let waits_for = on.iter().map(|&p| ProcessId(p)).collect();
        (ProcessId(who), Note::Waiting { tx: TxId(0), waits_for, holding: [Key(0)].into() })
    }

    #[test]
    fn who_waits_for_the_dead_is_blocked_and_named_with_what_it_holds() {
        let judgement = judged(&[waits(1, &[0])], |rest| {
            rest.ending = Ending::Stalled;
            rest.down[0] = true;
        });
        let Judgement::Violated(finding) = judgement else { panic!("{judgement:?}") };
        assert_eq!(
            finding.summary,
            "tx0: p1 cannot decide: it is blocked on p0, which is down for good"
        );
        let wait = &finding.waits[0];
        assert_eq!((&*wait.process, &*wait.waits_for, wait.down), ("p1", "p0", true));
        assert_eq!(wait.holding, ["a"]);
    }

    #[test]
    fn waiting_for_one_who_waits_for_the_dead_is_no_better() {
        let both = [waits(1, &[0, 2]), waits(2, &[0, 1])];
        let judgement = judged(&both, |rest| {
            rest.ending = Ending::Stalled;
            rest.down[0] = true;
        });
        assert!(matches!(judgement, Judgement::Violated(f) if f.waits.len() == 4));
    }

    #[test]
    fn one_live_helper_makes_it_unknown_in_a_run_that_stalled() {
        let judgement = judged(&[waits(1, &[0, 2])], |rest| {
            rest.ending = Ending::Stalled;
            rest.down[0] = true;
        });
        assert!(matches!(judgement, Judgement::Unknown(_)), "p2 could still help");
    }

    #[test]
    fn a_circle_of_the_living_is_unknown_in_a_run_that_stalled() {
        let circle = [waits(1, &[2]), waits(2, &[1])];
        let judgement = judged(&circle, |rest| rest.ending = Ending::Stalled);
        assert!(matches!(judgement, Judgement::Unknown(_)), "they still talk to each other");
        let judgement = judged(&circle, |_| {});
        assert!(matches!(judgement, Judgement::Violated(_)), "they do no longer");
    }

    #[test]
    fn waiting_in_a_quiet_world_is_for_ever() {
        let judgement = judged(&[waits(1, &[0])], |_| {});
        assert!(matches!(judgement, Judgement::Violated(f) if f.summary.contains("for ever")));
    }

    #[test]
    fn leaving_it_to_a_person_is_an_end() {
        assert_eq!(judged(&[waits(1, &[0]), person_at_rest(0, 0)], |_| {}), Judgement::Fine);
        let other = judged(&[waits(1, &[0]), person_at_rest(7, 0)], |_| {});
        assert!(matches!(other, Judgement::Violated(_)), "it is another transaction");
    }

    #[test]
    fn nobody_waiting_is_fine_and_a_cut_off_run_is_unknown() {
        assert_eq!(judged(&[], |_| {}), Judgement::Fine);
        let judgement = judged(&[], |rest| rest.ending = Ending::OutOfSteps);
        assert!(matches!(judgement, Judgement::Unknown(_)));
    }
}
