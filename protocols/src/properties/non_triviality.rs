use dtxsim_core::Topology;
use dtxsim_core::monitor::{Aside, FAULTS, Finding, Judgement, Monitor, Rest, Seen, TIMEOUTS};
use dtxsim_core::symmetry::Renaming;

use super::Property;
use super::roll::{one, renamed_set};
use crate::common::{Note, Outcome, TxId, Vote};
use dtxsim_core::Table;

/// If no fault happens and everybody votes for it, a transaction commits (AC4 of Bernstein,
/// Hadzilacos & Goodman). A time-out that is shorter than the network is slow breaks it, too; where
/// there are no clocks, a time-out that may have been false excuses all, as a fault does.
///
/// Premise: a run without faults in which some transaction is decided and nobody voted NO on it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NonTriviality {
    /// Aborted by its coordinator while nobody had voted NO.
    suspects: Table<TxId, ()>,
    /// Who coordinates it.
    live: Table<TxId, Live>,
    /// Whether one was committed while nobody had voted NO.
    committed: bool,
    /// Whether the run is excused, whatever comes.
    excused: bool,
    /// How many were decided while nobody had voted NO. That it is none the state tells: then
    /// nothing was committed, and there are no suspects.
    candidates: Aside<u64>,
    premises: Aside<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Live {
    coordinator: u64,
    refused: bool,
}

impl Monitor<Note> for NonTriviality {
    fn name(&self) -> &'static str {
        Property::NonTriviality.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN | Note::VOTED | Note::DECIDED | TIMEOUTS | FAULTS
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        let (by, note) = match *seen {
            Seen::Note { .. } if self.excused => return None,
            Seen::Note { by, note } => (by, note),
            Seen::TimedOut { .. } | Seen::Disturbed => {
                *self = NonTriviality { excused: true, ..NonTriviality::default() };
                return None;
            }
            Seen::Crashed { .. } | Seen::Recovered { .. } => return None,
        };
        match note {
            Note::Began { tx, .. } => {
                self.live.insert(*tx, Live { coordinator: one(by), refused: false });
            }
            Note::Voted { tx, vote: Vote::No } => {
                if let Some(live) = self.live.get_mut(tx) {
                    live.refused = true;
                }
                if self.suspects.remove(tx).is_some() {
                    self.candidates.0 -= 1;
                }
            }
            Note::Decided { tx, outcome, .. } => {
                let live = self.live.get(tx).copied()?;
                if live.coordinator == one(by) {
                    self.live.remove(tx);
                    if !live.refused {
                        self.candidates.0 += 1;
                        match outcome {
                            Outcome::Commit => self.committed = true,
                            Outcome::Abort => drop(self.suspects.insert(*tx, ())),
                        }
                    }
                }
            }
            Note::Voted { vote: Vote::Yes | Vote::Read, .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => {}
        }
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if rest.disturbed || self.excused {
            return Judgement::Fine;
        }
        self.premises = self.candidates;
        match self.suspects.first() {
            None => Judgement::Fine,
            Some((tx, ())) => Judgement::Violated(Finding::new(format!(
                "{tx} was aborted, though no fault happened and nobody voted no; \
                 is the time-out for votes too short?"
            ))),
        }
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let mut renamed = self.clone();
        for (_, live) in renamed.live.iter_mut() {
            live.coordinator = renamed_set(live.coordinator, by);
        }
        Some(Box::new(renamed))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = NonTriviality::default();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn judged(history: &[SeenNote], disturbed: bool) -> (Judgement, u64) {
        let mut monitor = NonTriviality::default();
        assert_eq!(watch(&mut monitor, history), None);
        let judgement = rest(&mut monitor, &[], |rest| rest.disturbed = disturbed);
        (judgement, monitor.premises())
    }

    #[test]
    fn an_abort_that_nobody_wanted_is_caught() {
        let history = [began(0, &[1]), voted(0, 1, YES), decided(0, 0, ABORT)];
        let (judgement, premises) = judged(&history, false);
        assert!(matches!(judgement, Judgement::Violated(_)));
        assert_eq!(premises, 1);
        assert_eq!(judged(&history, true), (Judgement::Fine, 0), "a fault excuses it");
    }

    #[test]
    fn a_no_excuses_it_even_if_it_comes_late() {
        let history = [began(0, &[1, 2]), voted(0, 1, YES), voted(0, 2, NO), decided(0, 0, ABORT)];
        assert_eq!(judged(&history, false), (Judgement::Fine, 0));
        let late = [began(0, &[1]), decided(0, 0, ABORT), voted(0, 1, NO)];
        assert_eq!(judged(&late, false), (Judgement::Fine, 0));
    }

    #[test]
    fn a_time_out_that_may_be_false_excuses_all_that_was_and_comes() {
        let before = [began(0, &[1]), voted(0, 1, YES), timed_out(0), decided(0, 0, ABORT)];
        assert_eq!(judged(&before, false), (Judgement::Fine, 0));
        let after = [began(0, &[1]), voted(0, 1, YES), decided(0, 0, ABORT), timed_out(1)];
        assert_eq!(judged(&after, false), (Judgement::Fine, 0));
        let (mut one, mut other) = (NonTriviality::default(), NonTriviality::default());
        assert_eq!((watch(&mut one, &before), watch(&mut other, &[disturbed()])), (None, None));
        assert_eq!(one, other, "there is one state in which it is excused");
    }

    #[test]
    fn a_commit_is_a_premise() {
        let history = [began(0, &[1]), voted(0, 1, YES), decided(0, 0, COMMIT)];
        assert_eq!(judged(&history, false), (Judgement::Fine, 1));
    }
}
