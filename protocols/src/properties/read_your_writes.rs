use dtxsim_core::monitor::{Aside, CRASHES, Finding, Monitor, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Table, Topology};

use super::Property;
use super::catalog::Catalog;
use super::recent::Recent;
use crate::common::{Key, Note, Op, Outcome, Processes, Standing, TxId, Vote, Work};

/// A client that has been told that its transaction has committed, and then asks for a datum that
/// it has written, finds its write where it reads: read your writes, of Terry et al., *Session
/// Guarantees for Weakly Consistent Replicated Data*, PDIS 1994.
///
/// All that is asked for is of one session: clients may tell each other what they were told. A
/// process has a write from when it says that it has carried the branch out, or has decided to
/// commit it, until a crash that takes that decision back. Who is asked twice may have given either
/// answer, so one that had the write will do.
///
/// Premise: a client is given what a transaction has read of a datum that it knew to be written by
/// another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReadYourWrites {
    catalog: Catalog,
    known: Recent<Known>,
    premises: Aside<u64>,
}

/// A datum of a process.
type Datum = (ProcessId, Key);

/// What is known of a transaction.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Known {
    work: Option<Work>,
    /// Its client was told that it has committed.
    told: bool,
    /// Who has its writes.
    there: Processes,
    /// Those of them who may lose them in a crash.
    unforced: Processes,
    /// Writers of what it reads, of whose commits its client had been told when it asked.
    before: Vec<TxId>,
    /// What it has read of theirs, and whose write was not there, if one was not.
    read: Table<Datum, Option<TxId>>,
}

impl Known {
    fn ops(&self, process: ProcessId) -> &[Op] {
        let branches = self.work.as_ref().map_or(&[][..], |work| work.0.branches());
        let branch = branches.iter().find(|branch| branch.process == process);
        branch.map_or(&[], |branch| &branch.ops)
    }

    fn writes(&self, (process, key): Datum) -> bool {
        self.ops(process).iter().any(|op| op.writes() && op.key() == key)
    }
}

/// What a transaction reads by that name.
fn reads(work: &Work) -> Vec<Datum> {
    let branches = work.0.branches().iter();
    let reads = branches.flat_map(|branch| {
        let reads = branch.ops.iter().filter(|op| !op.writes());
        reads.map(|op| (branch.process, op.key()))
    });
    reads.collect()
}

impl ReadYourWrites {
    pub(super) fn new(catalog: Catalog) -> ReadYourWrites {
        ReadYourWrites { catalog, known: Recent::default(), premises: Aside(0) }
    }

    fn begin(&mut self, tx: TxId, work: &Work) {
        self.known.begin(tx, work, |_, _| true);
        let wanted = reads(work);
        let is_of_use =
            |known: &Known| known.told && wanted.iter().any(|datum| known.writes(*datum));
        let before = self.known.iter().filter(|(other, known)| *other != tx && is_of_use(known));
        let before = before.map(|(other, _)| other).collect();
        if let Some(known) = self.known.entry(tx) {
            known.work = Some(work.clone());
            known.before = before;
        }
    }

    /// A process reads all that its branch of a transaction reads.
    fn reads_all(&mut self, tx: TxId, by: ProcessId) {
        let Some(work) = self.known.get(tx).and_then(|known| known.work.clone()) else { return };
        for datum in reads(&work).into_iter().filter(|(process, _)| *process == by) {
            self.reads(tx, datum);
        }
    }

    fn reads(&mut self, tx: TxId, datum: Datum) {
        let Some(reader) = self.known.get(tx).filter(|reader| !reader.told) else { return };
        let others =
            reader.before.iter().filter_map(|&other| Some((other, self.known.get(other)?)));
        let mut writers = others.filter(|(_, other)| other.writes(datum)).peekable();
        if writers.peek().is_none() {
            return;
        }
        let missed = writers.find(|(_, writer)| !writer.there.contains(datum.0));
        let missed = missed.map(|(writer, _)| writer);
        let Some(reader) = self.known.entry(tx) else { return };
        let found = reader.read.entry(datum, || missed);
        *found = found.and(missed);
    }

    /// A process has the writes of a transaction.
    fn has(&mut self, tx: TxId, by: ProcessId, forced: bool) {
        let Some(known) = self.known.entry(tx) else { return };
        if !known.ops(by).iter().any(|op| op.writes()) {
            return;
        }
        let is_new = known.there.insert(by);
        if forced {
            known.unforced.remove(by);
        } else if is_new {
            known.unforced.insert(by);
        }
    }

    fn crashed(&mut self, by: ProcessId) {
        for (_, known) in self.known.iter_mut() {
            if known.unforced.remove(by) {
                known.there.remove(by);
            }
        }
    }

    fn answered(&mut self, tx: TxId, outcome: Outcome, topology: &Topology) -> Option<Finding> {
        let known = self.known.entry(tx).filter(|known| !known.told)?;
        known.told = outcome == Outcome::Commit;
        known.before.clear();
        let read = std::mem::take(&mut known.read);
        if outcome == Outcome::Abort {
            return None;
        }
        self.premises.0 += read.len() as u64;
        let missed = |(&datum, missed): (&Datum, &Option<TxId>)| missed.map(|tx| (datum, tx));
        let ((process, key), missed) = read.iter().find_map(missed)?;
        let (name, datum) = (topology.name(process), self.catalog.name(process, key));
        let (reader, writer) = (self.known.called(tx), self.known.called(missed));
        Some(Finding::new(format!(
            "{reader} has read {name}/{datum} without {writer}, of whose commit its client had \
             been told before"
        )))
    }

    fn note(&mut self, by: ProcessId, note: &Note, topology: &Topology) -> Option<Finding> {
        match note {
            Note::Began { tx, work } => self.begin(*tx, work),
            Note::Read { tx, key } => self.reads(*tx, (by, *key)),
            // What is voted on was read before.
            Note::Voted { tx, vote: Vote::Yes | Vote::Read }
            | Note::Restored { tx, standing: Standing::InDoubt } => self.reads_all(*tx, by),
            Note::Did { tx, deed, changed: true } | Note::Recalled { tx, deed, times: 1.. } => {
                if deed.begins() {
                    self.reads_all(*tx, by);
                }
                if deed.takes_effect() {
                    self.has(*tx, by, true);
                }
            }
            Note::Decided { tx, outcome: Outcome::Commit, forced } => self.has(*tx, by, *forced),
            Note::Restored { tx, standing: Standing::Decided(Outcome::Commit) } => {
                self.has(*tx, by, true);
            }
            Note::Answered { tx, outcome } => return self.answered(*tx, *outcome, topology),
            Note::Voted { vote: Vote::No, .. }
            | Note::Decided { outcome: Outcome::Abort, .. }
            | Note::Restored { standing: Standing::Decided(Outcome::Abort), .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. } => {}
        }
        None
    }
}

impl Monitor<Note> for ReadYourWrites {
    fn name(&self) -> &'static str {
        Property::ReadYourWrites.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN
            | Note::VOTED
            | Note::DECIDED
            | Note::ANSWERED
            | Note::RESTORED
            | Note::DID
            | Note::RECALLED
            | Note::READ
            | CRASHES
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        match *seen {
            Seen::Note { by, note } => return self.note(by, note, topology),
            Seen::Crashed { by } => self.crashed(by),
            Seen::Recovered { .. } | Seen::TimedOut { .. } | Seen::Disturbed => {}
        }
        None
    }

    /// Who keeps what is read is told from the others.
    fn renamed(&self, _: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        None
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = ReadYourWrites::new(self.catalog.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::*;
    use super::*;
    use crate::common::{Branch, Deed, Transaction};

    const ACTION: Deed = Deed::Action;

    /// Reads the first datum of a process.
    fn asked(tx: u32, of: u16) -> SeenNote {
        let ops = std::iter::once(Op::Read(Key(0))).collect();
        let branch = Branch { process: ProcessId(of), ops };
        let work = Work(Arc::new(Transaction::new("look", [branch])));
        SeenNote::Note(0, Note::Began { tx: TxId(tx), work })
    }

    /// tx0 writes at p1 and p2; then this.
    fn judged(history: Vec<SeenNote>) -> (Option<String>, u64) {
        let catalog = Catalog::of(&[&[], &[("a", 0)], &[("b", 0)]]);
        let mut monitor = ReadYourWrites::new(catalog);
        assert_eq!(watch(&mut monitor, &[began_adding(0, &[(1, -3), (2, 3)])]), None);
        let found = watch(&mut monitor, &history).map(|finding| finding.summary);
        (found, monitor.premises())
    }

    #[test]
    fn a_write_that_is_not_there_yet_is_missed() {
        let expected = "tx1 (look) has read p2/b without tx0 (test), of whose commit its client \
                        had been told before";
        let told = || vec![did(0, 1, ACTION), answered(0, COMMIT), asked(1, 2)];
        let ends = || [answered(1, COMMIT)];
        let deeds = [did(1, 2, ACTION), did(1, 2, Deed::Try)];
        let others = [read(1, 2), voted(1, 2, READ), voted(1, 2, YES)];
        for reading in deeds.into_iter().chain(others) {
            let history = told().into_iter().chain([reading]).chain(ends()).collect();
            assert_eq!(judged(history), (Some(expected.into()), 1));
        }
        let late = [read(1, 2), did(0, 2, ACTION)];
        assert!(judged(told().into_iter().chain(late).chain(ends()).collect()).0.is_some());
    }

    #[test]
    fn a_write_that_is_there_is_found_whoever_says_so() {
        let there = || [did(0, 2, ACTION), decided(0, 2, COMMIT), recalled(0, 2, ACTION, 1)];
        for there in there().into_iter().chain([restored(0, 2, COMMIT)]) {
            let history = vec![
                answered(0, COMMIT),
                asked(1, 2),
                there,
                crashed(2),
                read(1, 2),
                answered(1, COMMIT),
            ];
            assert_eq!(judged(history), (None, 1));
        }
    }

    #[test]
    fn a_decision_that_a_crash_takes_back_takes_the_write_with_it() {
        let lost = vec![
            unforced(0, 2, COMMIT),
            answered(0, COMMIT),
            asked(1, 2),
            crashed(2),
            read(1, 2),
            answered(1, COMMIT),
        ];
        assert!(judged(lost).0.is_some());
    }

    #[test]
    fn who_asks_before_it_is_told_expects_nothing() {
        let early = vec![asked(1, 2), answered(0, COMMIT), read(1, 2), answered(1, COMMIT)];
        assert_eq!(judged(early), (None, 0));
        let aborted = vec![answered(0, ABORT), asked(1, 2), read(1, 2), answered(1, COMMIT)];
        assert_eq!(judged(aborted), (None, 0));
    }

    #[test]
    fn what_the_client_is_not_given_is_no_matter() {
        let history = |end| vec![answered(0, COMMIT), asked(1, 2), read(1, 2), end];
        assert_eq!(judged(history(answered(1, ABORT))), (None, 0));
        assert_eq!(judged(history(decided(1, 2, COMMIT))), (None, 0));
        let later = vec![answered(0, COMMIT), asked(1, 2), answered(1, COMMIT), read(1, 2)];
        assert_eq!(judged(later), (None, 0));
    }

    #[test]
    fn who_was_asked_twice_may_have_given_the_better_answer() {
        let twice = vec![
            answered(0, COMMIT),
            asked(1, 2),
            voted(1, 2, READ),
            did(0, 2, ACTION),
            voted(1, 2, READ),
            answered(1, COMMIT),
        ];
        assert_eq!(judged(twice), (None, 1));
    }
}
