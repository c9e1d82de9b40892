use std::marker::PhantomData;

use dtxsim_core::monitor::{Aside, CRASHES, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{Data, ProcessId, Table, Topology};

use super::Property;
use super::catalog::Catalog;
use super::recent::Recent;
use crate::common::{Deed, Key, Note, Op, Outcome, Processes, Standing, TxId, Vote, Work};
use crate::isolation::{End, History, Kind, Version};

type Datum = (ProcessId, Key);

/// A property of what transactions have read of each other, judged at rest on the history of all
/// that happened.
///
/// A deed's local transaction is one step: it reads what its constraints ask for, and writes. An
/// amount that is added without asking reads nothing, whatever order it comes in. What a service
/// has read for a transaction before, it says. A compensation takes the version of its action away:
/// who reads afterwards reads the one before it.
///
/// Who votes for a transaction has read what its branch there reads, and writes when it decides to
/// commit: under a lock, if there is one, nobody comes in between. A crash that takes that decision
/// back takes the versions with it. Who has voted twice, on different versions, may have answered
/// either; what it has read is left out. Who tries a branch has read by then what it reads by name:
/// what it reserves asks for no version, and is there from when it is confirmed.
pub(super) trait Rule: Data {
    /// Which.
    const PROPERTY: Property;
    /// What must not be there.
    const FORBIDS: Kind;

    /// How many reads of a transaction that committed it has judged.
    fn premises(reads: &Reads) -> usize;
}

/// What a transaction has read and written.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Reads {
    work: Option<Work>,
    end: Option<Outcome>,
    /// Whose version of each datum it has read first; `None` is what was there at first.
    read: Table<Datum, Option<TxId>>,
    /// Who has carried its action out.
    wrote: Processes,
    /// Who has undone it.
    undone: Processes,
    /// Who has voted for it.
    voted: Processes,
    /// Who has done so twice, having read different versions.
    doubtful: Processes,
    /// Who has written and may lose that in a crash.
    unforced: Processes,
}

impl Reads {
    /// What its branch on a process does.
    fn ops(&self, process: ProcessId) -> &[Op] {
        let branches = self.work.as_ref().map_or(&[][..], |work| work.0.branches());
        let branch = branches.iter().find(|branch| branch.process == process);
        branch.map_or(&[], |branch| &branch.ops)
    }

    fn writes(&self, (process, key): Datum) -> bool {
        let mut ops = self.ops(process).iter();
        self.wrote.contains(process) && ops.any(|op| op.writes() && op.key() == key)
    }

    /// What it is known to have read, and of whom.
    fn known(&self) -> impl Iterator<Item = (Datum, Option<TxId>)> + '_ {
        let read = self.read.iter().filter(|((process, _), _)| !self.doubtful.contains(*process));
        read.map(|(&datum, &writer)| (datum, writer))
    }

    /// How many data it has read.
    pub(super) fn count(&self) -> usize {
        self.known().count()
    }

    /// How many data it has read and written.
    pub(super) fn updates(&self) -> usize {
        self.known().filter(|(datum, _)| self.writes(*datum)).count()
    }
}

/// The monitor of such a property. Premise: at rest, a read of a transaction that committed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Isolated<R: Rule> {
    catalog: Catalog,
    known: Recent<Reads>,
    /// Who has written each datum, in their order, without what was taken back.
    versions: Table<Datum, Vec<TxId>>,
    premises: Aside<u64>,
    rule: PhantomData<R>,
}

impl<R: Rule> Isolated<R> {
    /// Older versions are forgotten.
    const KEPT: usize = 4096;

    pub(super) fn new(catalog: Catalog) -> Isolated<R> {
        let (known, versions, rule) = (Recent::default(), Table::new(), PhantomData);
        Isolated { catalog, known, versions, premises: Aside(0), rule }
    }

    fn newest(&self, datum: Datum) -> Option<TxId> {
        self.versions.get(&datum).and_then(|versions| versions.last().copied())
    }

    /// The first time that a transaction reads a datum counts: who is asked again may answer
    /// something else, but has answered before.
    fn read(&mut self, tx: TxId, datum: Datum) {
        let newest = self.newest(datum);
        let Some(reads) = self.known.entry(tx).filter(|reads| reads.end.is_none()) else { return };
        reads.read.entry(datum, || newest);
    }

    /// Whether an operation asks what is there.
    fn asks(&self, by: ProcessId, op: Op) -> bool {
        match op {
            Op::Read(_) => true,
            Op::Add(key, amount) => {
                let spec = self.catalog.spec(by, key);
                if amount < 0 { spec.min.is_some() } else { spec.max.is_some() }
            }
        }
    }

    fn acted(&mut self, tx: TxId, by: ProcessId) {
        let Some(reads) = self.known.entry(tx) else { return };
        if !reads.wrote.insert(by) {
            return;
        }
        let ops = reads.ops(by).to_vec();
        for &op in &ops {
            if self.asks(by, op) {
                self.read(tx, (by, op.key()));
            }
        }
        self.write(tx, by, &ops);
    }

    /// It has reserved what its branch needs, and read the rest.
    fn tried(&mut self, tx: TxId, by: ProcessId) {
        let ops = self.known.get(tx).map_or_else(Vec::new, |reads| reads.ops(by).to_vec());
        for op in ops.iter().filter(|op| !op.writes()) {
            self.read(tx, (by, op.key()));
        }
    }

    fn confirmed(&mut self, tx: TxId, by: ProcessId) {
        let Some(reads) = self.known.entry(tx) else { return };
        if reads.wrote.insert(by) {
            let ops = reads.ops(by).to_vec();
            self.write(tx, by, &ops);
        }
    }

    /// It has voted, and so read before.
    fn voted(&mut self, tx: TxId, by: ProcessId) {
        let Some(reads) = self.known.entry(tx).filter(|reads| reads.end.is_none()) else { return };
        let again = !reads.voted.insert(by);
        for op in reads.ops(by).to_vec() {
            let datum = (by, op.key());
            if !self.asks(by, op) {
                continue;
            }
            self.read(tx, datum);
            let newest = self.newest(datum);
            let Some(reads) = self.known.entry(tx) else { return };
            if again && reads.read.get(&datum) != Some(&newest) {
                reads.doubtful.insert(by);
            }
        }
    }

    /// It has voted, as a recovery finds; it may have said so.
    fn found_vote(&mut self, tx: TxId, by: ProcessId) {
        if self.known.get(tx).is_some_and(|reads| !reads.voted.contains(by)) {
            self.voted(tx, by);
        }
    }

    /// Who has voted decides to commit.
    fn committed(&mut self, tx: TxId, by: ProcessId, forced: bool) {
        let Some(reads) = self.known.entry(tx).filter(|reads| reads.voted.contains(by)) else {
            return;
        };
        let is_new = reads.wrote.insert(by);
        if forced {
            reads.unforced.remove(by);
        } else if is_new {
            reads.unforced.insert(by);
        }
        if is_new {
            let ops = reads.ops(by).to_vec();
            self.write(tx, by, &ops);
        }
    }

    fn crashed(&mut self, by: ProcessId) {
        let mut lost = Vec::new();
        for (tx, reads) in self.known.iter_mut() {
            if reads.unforced.remove(by) {
                reads.wrote.remove(by);
                lost.push(tx);
            }
        }
        let mine = self.versions.iter_mut().filter(|((process, _), _)| *process == by);
        mine.for_each(|(_, versions)| versions.retain(|writer| !lost.contains(writer)));
    }

    fn write(&mut self, tx: TxId, by: ProcessId, ops: &[Op]) {
        for op in ops.iter().filter(|op| op.writes()) {
            let versions = self.versions.entry((by, op.key()), Vec::new);
            if versions.last() != Some(&tx) {
                versions.push(tx);
            }
            if versions.len() > Isolated::<R>::KEPT {
                versions.remove(0);
            }
        }
    }

    fn undid(&mut self, tx: TxId, by: ProcessId) {
        let Some(reads) = self.known.entry(tx) else { return };
        if !reads.wrote.contains(by) || !reads.undone.insert(by) {
            return;
        }
        for op in reads.ops(by).to_vec().iter().filter(|op| op.writes()) {
            if let Some(versions) = self.versions.get_mut(&(by, op.key())) {
                versions.retain(|writer| *writer != tx);
            }
        }
    }

    fn ended(&mut self, tx: TxId, outcome: Outcome) {
        if let Some(reads) = self.known.entry(tx) {
            reads.end.get_or_insert(outcome);
        }
    }

    fn history(&self, topology: &Topology) -> History {
        let mut history = History::default();
        let name = |&(process, key): &Datum| {
            format!("{}/{}", topology.name(process), self.catalog.name(process, key))
        };
        for (datum, versions) in self.versions.iter() {
            for &tx in versions {
                history.write(tx, &name(datum));
            }
        }
        for (tx, reads) in self.known.iter() {
            for (datum, writer) in reads.known() {
                let version = writer.map(|writer| Version { writer, nth: 0 });
                history.read(tx, &name(&datum), version);
            }
            history.end(
                tx,
                match reads.end {
                    Some(Outcome::Commit) => End::Committed,
                    Some(Outcome::Abort) => End::Aborted,
                    None => End::Open,
                },
            );
        }
        history
    }
}

impl<R: Rule> Monitor<Note> for Isolated<R> {
    fn name(&self) -> &'static str {
        R::PROPERTY.name()
    }

    fn interest(&self) -> u64 {
        CRASHES
            | Note::BEGAN
            | Note::VOTED
            | Note::DID
            | Note::RECALLED
            | Note::DECIDED
            | Note::RESTORED
            | Note::ANSWERED
            | Note::READ
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        let (by, note) = match *seen {
            Seen::Note { by, note } => (by, note),
            Seen::Crashed { by } => {
                self.crashed(by);
                return None;
            }
            Seen::Recovered { .. } | Seen::TimedOut { .. } | Seen::Disturbed => return None,
        };
        match note {
            Note::Began { tx, work } => {
                self.known.begin(*tx, work, |_, reads| reads.end.is_some());
                self.known.entry(*tx)?.work = Some(work.clone());
            }
            Note::Read { tx, key } => self.read(*tx, (by, *key)),
            Note::Did { tx, deed: Deed::Action, changed: true }
            | Note::Recalled { tx, deed: Deed::Action, times: 1.. } => self.acted(*tx, by),
            Note::Did { tx, deed: Deed::Compensation, changed: true }
            | Note::Recalled { tx, deed: Deed::Compensation, times: 1.. } => self.undid(*tx, by),
            Note::Did { tx, deed: Deed::Try, changed: true }
            | Note::Recalled { tx, deed: Deed::Try, times: 1.. } => self.tried(*tx, by),
            Note::Did { tx, deed: Deed::Confirm, changed: true }
            | Note::Recalled { tx, deed: Deed::Confirm, times: 1.. } => self.confirmed(*tx, by),
            Note::Voted { tx, vote: Vote::Yes | Vote::Read } => self.voted(*tx, by),
            Note::Restored { tx, standing: Standing::InDoubt } => self.found_vote(*tx, by),
            Note::Decided { tx, outcome, forced } => {
                if *outcome == Outcome::Commit {
                    self.committed(*tx, by, *forced);
                }
                if *forced {
                    self.ended(*tx, *outcome);
                }
            }
            Note::Restored { tx, standing: Standing::Decided(outcome) } => {
                if *outcome == Outcome::Commit {
                    self.committed(*tx, by, true);
                }
                self.ended(*tx, *outcome);
            }
            Note::Answered { tx, outcome } => self.ended(*tx, *outcome),
            Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Voted { vote: Vote::No, .. }
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

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if let Some(judgement) = rest.cut_off() {
            return judgement;
        }
        let committed = self.known.iter().filter(|(_, reads)| reads.end == Some(Outcome::Commit));
        self.premises.0 = committed.map(|(_, reads)| R::premises(reads) as u64).sum();
        match self.history(rest.topology).first(R::FORBIDS) {
            Some(anomaly) => Judgement::Violated(Finding::new(anomaly.to_string())),
            None => Judgement::Fine,
        }
    }

    /// Versions have an order, which is of the processes that have it.
    fn renamed(&self, _: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        None
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = Isolated::new(self.catalog.clone());
    }
}
