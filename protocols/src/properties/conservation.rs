use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{ProcessId, Table, Topology};

use super::Property;
use super::catalog::Catalog;
use crate::common::{Key, Note, Op, Outcome, Standing, TxId, Work};

/// At rest every datum is what it was at first plus what committed transactions added to it: no
/// update is lost, doubled, half done or invented. A transfer's money, in particular, is neither.
///
/// Judged only where nobody is in doubt any more, and nothing needs a person. Premise: at rest,
/// some transaction has committed or aborted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Conservation {
    catalog: Catalog,
    /// Begun and undecided, with its coordinator.
    begun: Table<TxId, (ProcessId, Work)>,
    /// What committed transactions added.
    added: Table<(ProcessId, Key), i128>,
    /// How many have committed or aborted.
    over: Aside<u64>,
    premises: Aside<u64>,
}

impl Conservation {
    pub(super) fn new(catalog: Catalog) -> Conservation {
        let (begun, added) = (Table::new(), Table::new());
        Conservation { catalog, begun, added, over: Aside(0), premises: Aside(0) }
    }

    fn decided(&mut self, by: ProcessId, tx: TxId, outcome: Outcome) {
        let Some((coordinator, _)) = self.begun.get(&tx) else { return };
        if outcome == Outcome::Abort {
            // A participant may abort alone; that the transaction is over, its coordinator says.
            if *coordinator == by {
                self.begun.remove(&tx);
                self.over.0 += 1;
            }
            return;
        }
        let Some((_, Work(work))) = self.begun.remove(&tx) else { return };
        self.over.0 += 1;
        for branch in work.branches() {
            for &op in branch.ops.iter() {
                if let Op::Add(key, amount) = op {
                    *self.added.entry((branch.process, key), || 0) += i128::from(amount);
                }
            }
        }
    }
}

impl Monitor<Note> for Conservation {
    fn name(&self) -> &'static str {
        Property::Conservation.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN | Note::DECIDED | Note::ANSWERED | Note::RESTORED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        match *seen {
            Seen::Note { by, note: Note::Began { tx, work } } => {
                self.begun.insert(*tx, (by, work.clone()));
            }
            Seen::Note { by, note: Note::Decided { tx, outcome, forced } } => {
                // What a coordinator has neither forced nor told is not decided for good.
                let coordinates = self.begun.get(tx).is_some_and(|(who, _)| *who == by);
                if *forced || *outcome == Outcome::Abort || !coordinates {
                    self.decided(by, *tx, *outcome);
                }
            }
            Seen::Note { by, note: Note::Answered { tx, outcome } } => {
                self.decided(by, *tx, *outcome);
            }
            // A crash may fall between the record of a decision and its note.
            Seen::Note {
                by,
                note: Note::Restored { tx, standing: Standing::Decided(outcome) },
            } => {
                self.decided(by, *tx, *outcome);
            }
            Seen::Note { .. }
            | Seen::Crashed { .. }
            | Seen::Recovered { .. }
            | Seen::TimedOut { .. }
            | Seen::Disturbed => {}
        }
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if let Some(judgement) = rest.cut_off() {
            return judgement;
        }
        let is_open = |(_, note): &(ProcessId, Note)| {
            matches!(note, Note::Waiting { .. } | Note::NeedsPerson { .. })
        };
        if rest.reports.iter().any(is_open) {
            return Judgement::Fine;
        }
        self.premises = self.over;
        for (process, note) in rest.reports {
            let Note::Balance { key, value } = note else { continue };
            let initial = self.catalog.spec(*process, *key).initial;
            let added = self.added.get(&(*process, *key)).copied().unwrap_or(0);
            if i128::from(initial) + added != i128::from(*value) {
                let name = rest.topology.name(*process);
                let datum = self.catalog.name(*process, *key);
                return Judgement::Violated(Finding::new(format!(
                    "{name}/{datum} is {value} at rest, but it began at {initial} and committed \
                     transactions added {added:+}"
                )));
            }
        }
        Judgement::Fine
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let (begun, added) = (self.begun.renamed(by), self.added.renamed(by));
        Some(Box::new(Conservation { begun, added, ..self.clone() }))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.begun.clear();
        self.added.clear();
        self.over = Aside(0);
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const TRANSFER: [(u16, i64); 2] = [(1, -30), (2, 30)];

    fn judged(history: &[SeenNote], balances: [i64; 2]) -> (Judgement, u64) {
        let catalog = Catalog::of(&[&[], &[("a", 100)], &[("b", 0)]]);
        let mut monitor = Conservation::new(catalog);
        assert_eq!(watch(&mut monitor, history), None);
        let reports = [balance(1, balances[0]), balance(2, balances[1])];
        (rest(&mut monitor, &reports, |_| {}), monitor.premises())
    }

    #[test]
    fn half_a_transfer_is_caught() {
        let history = [began_adding(0, &TRANSFER), decided(0, 0, COMMIT)];
        let (judgement, premises) = judged(&history, [70, 0]);
        let Judgement::Violated(finding) = judgement else { panic!("{judgement:?}") };
        assert_eq!(
            finding.summary,
            "p2/b is 0 at rest, but it began at 0 and committed transactions added +30"
        );
        assert_eq!(premises, 1);
    }

    #[test]
    fn a_whole_one_is_fine_however_often_its_commit_is_noted() {
        let history = [
            began_adding(0, &TRANSFER),
            decided(0, 0, COMMIT),
            decided(0, 1, COMMIT),
            decided(0, 2, COMMIT),
        ];
        assert_eq!(judged(&history, [70, 30]), (Judgement::Fine, 1));
    }

    #[test]
    fn a_commit_counts_from_when_it_is_forced_or_told() {
        let thought_of = [began_adding(0, &TRANSFER), unforced(0, 0, COMMIT)];
        assert_eq!(judged(&thought_of, [100, 0]), (Judgement::Fine, 0));
        let told = [began_adding(0, &TRANSFER), unforced(0, 0, COMMIT), answered(0, COMMIT)];
        assert!(matches!(judged(&told, [100, 0]).0, Judgement::Violated(_)));
    }

    #[test]
    fn an_aborted_transaction_may_not_leave_a_trace() {
        let history = [began_adding(0, &TRANSFER), decided(0, 0, ABORT)];
        assert_eq!(judged(&history, [100, 0]), (Judgement::Fine, 1));
        assert!(matches!(judged(&history, [70, 30]).0, Judgement::Violated(_)));
    }

    #[test]
    fn a_run_in_which_somebody_is_in_doubt_is_not_judged() {
        let mut monitor = Conservation::new(Catalog::of(&[&[], &[("a", 100)]]));
        let (waits_for, holding) = ([ProcessId(0)].into(), [].into());
        let doubt = (ProcessId(1), Note::Waiting { tx: TxId(0), waits_for, holding });
        let reports = [balance(1, 1), doubt];
        assert_eq!(rest(&mut monitor, &reports, |_| {}), Judgement::Fine);
        assert_eq!(monitor.premises(), 0);
    }

    #[test]
    fn a_run_in_which_something_needs_a_person_is_not_judged() {
        let mut monitor = Conservation::new(Catalog::of(&[&[], &[("a", 100)]]));
        let judgement = rest(&mut monitor, &[balance(1, 1), person_at_rest(0, 0)], |_| {});
        assert_eq!((judgement, monitor.premises()), (Judgement::Fine, 0));
    }
}
