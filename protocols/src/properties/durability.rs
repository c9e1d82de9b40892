use dtxsim_core::monitor::{Aside, CRASHES, Finding, Monitor, Seen};
use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{ProcessId, Table, Topology};

use super::Property;
use crate::common::{Note, Standing, TxId, Vote};

/// A vote or decision, once forced, survives a crash: what a process promised before it crashed it
/// knows again after its recovery.
///
/// Premise: a process recovers that had promised something and not yet been released from it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Durability {
    /// YES votes on which the voter has not decided; whether the recovery that is under way has
    /// come upon it.
    promised: Table<(ProcessId, TxId), bool>,
    /// Forced decisions, the latest [`Durability::KEPT`].
    forced: Table<(TxId, ProcessId), ()>,
    premises: Aside<u64>,
}

impl Durability {
    /// Older decisions are compacted away by their owners.
    const KEPT: usize = 256;

    /// What this recovery has found, another need not find.
    fn seek_anew(&mut self, by: ProcessId) {
        let mine = self.promised.iter_mut().filter(|((p, _), _)| *p == by);
        mine.for_each(|(_, found)| *found = false);
    }

    fn note(&mut self, by: ProcessId, note: &Note, topology: &Topology) -> Option<Finding> {
        match note {
            Note::Voted { tx, vote: Vote::Yes } => {
                self.promised.insert((by, *tx), false);
            }
            Note::Decided { tx, forced, .. } => {
                self.promised.remove(&(by, *tx));
                if *forced {
                    self.forced.insert((*tx, by), ());
                }
                // All of a transaction at once: who decided it is told from nobody else.
                if self.forced.len() > Durability::KEPT
                    && let Some(oldest) = self.forced.first().map(|((tx, _), ())| *tx)
                {
                    self.forced.retain(|(tx, _), ()| *tx != oldest);
                }
            }
            // It knows more than it promised to: the crash fell between the record and its note.
            Note::Restored { tx, standing: Standing::Decided(_) } => {
                self.promised.remove(&(by, *tx));
            }
            Note::Restored { tx, standing: Standing::InDoubt } => {
                if let Some(found) = self.promised.get_mut(&(by, *tx)) {
                    *found = true;
                }
                if self.forced.contains(&(*tx, by)) {
                    let name = topology.name(by);
                    return Some(Finding::new(format!(
                        "{tx}: {name} had forced its decision, and after a crash is in doubt"
                    )));
                }
            }
            Note::Voted { vote: Vote::No | Vote::Read, .. }
            | Note::Began { .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
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
}

impl Monitor<Note> for Durability {
    fn name(&self) -> &'static str {
        Property::Durability.name()
    }

    fn interest(&self) -> u64 {
        Note::VOTED | Note::DECIDED | Note::RESTORED | CRASHES
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        match *seen {
            Seen::Note { by, note } => self.note(by, note, topology),
            Seen::Crashed { by } => {
                self.seek_anew(by);
                None
            }
            Seen::Recovered { by } => {
                let promised = self.promised.iter().filter(|((p, _), _)| *p == by).count();
                let forced = self.forced.keys().any(|(_, p)| *p == by);
                self.premises.0 += u64::from(promised > 0 || forced);
                let lost = self.promised.iter().find(|((p, _), found)| *p == by && !**found);
                let finding = lost.map(|((_, tx), _)| {
                    let name = topology.name(by);
                    Finding::new(format!(
                        "{tx}: {name} had voted yes, and after a crash knows nothing of it"
                    ))
                });
                self.seek_anew(by);
                finding
            }
            Seen::TimedOut { .. } | Seen::Disturbed => None,
        }
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let (promised, forced) = (self.promised.renamed(by), self.forced.renamed(by));
        Some(Box::new(Durability { promised, forced, ..self.clone() }))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.promised.clear();
        self.forced.clear();
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_vote_that_a_crash_took_is_caught() {
        let history = [voted(0, 1, YES), crashed(1), recovered(1)];
        let finding = watch(&mut Durability::default(), &history).expect("the vote is gone");
        assert_eq!(finding.summary, "tx0: p1 had voted yes, and after a crash knows nothing of it");
    }

    #[test]
    fn what_an_earlier_recovery_found_does_not_count_for_a_later_one() {
        let once = [voted(0, 1, YES), crashed(1), in_doubt(0, 1), recovered(1)];
        let mut monitor = Durability::default();
        assert_eq!((watch(&mut monitor, &once), monitor.premises()), (None, 1));
        let mut spared = Durability::default();
        assert_eq!(watch(&mut spared, &[voted(0, 1, YES)]), None);
        assert_eq!(monitor, spared, "a recovery that is over is no state");
        assert!(watch(&mut monitor, &[crashed(1), recovered(1)]).is_some());
    }

    #[test]
    fn a_forced_decision_that_a_crash_took_is_caught() {
        let history = [voted(0, 1, YES), decided(0, 1, COMMIT), crashed(1), in_doubt(0, 1)];
        assert!(watch(&mut Durability::default(), &history).is_some());
    }

    #[test]
    fn others_crashes_and_read_votes_are_no_matter() {
        let history = [voted(0, 1, YES), voted(0, 2, READ), crashed(2), recovered(2)];
        let mut monitor = Durability::default();
        assert_eq!((watch(&mut monitor, &history), monitor.premises()), (None, 0));
    }
}
