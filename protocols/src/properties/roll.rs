use dtxsim_core::monitor::{Aside, CRASHES, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Table};

use crate::common::{Note, Outcome, Standing, TxId, Vote};

/// The most processes that properties can tell apart: sets of them are 64-bit words, less one bit
/// for the client.
pub const PROCESSES: usize = 63;

/// The client, who decides by what it is told.
pub(super) const CLIENT: ProcessId = ProcessId(PROCESSES as u16);

/// A set of processes, a bit each.
pub(super) type Processes = u64;

pub(super) fn one(process: ProcessId) -> Processes {
    1 << process.0
}

/// The members of a set, in order.
pub(super) fn members(set: Processes) -> impl Iterator<Item = ProcessId> {
    (0..=CLIENT.0).map(ProcessId).filter(move |&p| set & one(p) != 0)
}

/// A set when its members are called otherwise.
pub(super) fn renamed_set(set: Processes, by: &Renaming) -> Processes {
    members(set).fold(0, |all, member| all | one(by.of(member)))
}

/// What is known of one transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Entry {
    /// Coordinator and participants, once it has begun.
    pub(super) concerned: Processes,
    /// Who takes part.
    pub(super) participants: Processes,
    /// Who voted YES, where that is minded.
    pub(super) yes: Processes,
    /// Who voted NO: evidence, for by its vote it is one of those who have not voted YES.
    pub(super) no: Aside<Processes>,
    /// Who voted READ, and so need not learn the decision.
    pub(super) read: Processes,
    /// Who decided to commit.
    pub(super) commit: Processes,
    /// Who decided to abort.
    pub(super) abort: Processes,
    /// Whose decision a crash may take back.
    pub(super) unforced: Processes,
}

/// A decision that was just noted, and what was known before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub(super) tx: TxId,
    /// Who decided.
    pub(super) by: ProcessId,
    pub(super) outcome: Outcome,
    /// What was known before; of a closed transaction, only that all concerned decided so.
    pub(super) before: Result<Entry, Outcome>,
}

/// What is kept of a transaction that is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Closed {
    /// All concerned have decided so.
    All(Outcome),
    /// Nobody is concerned.
    Void,
}

/// The roll of transactions: who voted and decided what.
///
/// A decision that was not forced is forgotten in a crash, and so it is here; what the client was
/// told is not.
///
/// A transaction on which all concerned have decided alike is closed: two bits of it are kept, so
/// that a run of a million transactions takes a quarter of a megabyte.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Roll {
    minds_votes: bool,
    open: Table<TxId, Entry>,
    /// Four transactions a byte: 0 open, 1 committed, 2 aborted, 3 void, for all have only read: of
    /// those it is the same to everybody how they end.
    closed: Vec<u8>,
}

impl Roll {
    /// The note kinds that it wants.
    pub(super) const INTEREST: u64 =
        Note::BEGAN | Note::VOTED | Note::DECIDED | Note::ANSWERED | Note::RESTORED | CRASHES;

    /// An empty roll; whether it keeps who voted YES.
    pub(super) fn new(minds_votes: bool) -> Roll {
        Roll { minds_votes, open: Table::new(), closed: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.closed.clear();
    }

    /// The same when processes are called otherwise.
    pub(super) fn renamed(&self, by: &Renaming) -> Roll {
        let mut renamed = self.clone();
        for (_, entry) in renamed.open.iter_mut() {
            let Entry { concerned, participants, yes, no, read, commit, abort, unforced } = entry;
            let sets = [concerned, participants, yes, &mut no.0, read, commit, abort, unforced];
            sets.into_iter().for_each(|set| *set = renamed_set(*set, by));
        }
        renamed
    }

    /// Takes in what is seen; gives back the decision that it reports, if it does.
    pub(super) fn take(&mut self, seen: &Seen<'_, Note>) -> Option<Decision> {
        match *seen {
            Seen::Note { by, note } => self.note(by, note),
            Seen::Crashed { by } => {
                for (_, entry) in self.open.iter_mut() {
                    let lost = entry.unforced & one(by);
                    entry.commit &= !lost;
                    entry.abort &= !lost;
                    entry.unforced &= !lost;
                }
                None
            }
            Seen::Recovered { .. } | Seen::TimedOut { .. } | Seen::Disturbed => None,
        }
    }

    fn note(&mut self, by: ProcessId, note: &Note) -> Option<Decision> {
        match note {
            Note::Began { tx, work } => {
                let participants = work.0.participants().iter().fold(0, |set, &p| set | one(p));
                let entry = self.open.entry(*tx, Entry::default);
                entry.participants = participants;
                entry.concerned = participants | one(by);
                None
            }
            Note::Voted { tx, vote } => self.voted(by, *tx, *vote),
            // A crash may fall between the record that a vote stands on and its note.
            Note::Restored { tx, standing: Standing::InDoubt } => self.voted(by, *tx, Vote::Yes),
            Note::Decided { tx, outcome, forced } => self.decide(by, *tx, *outcome, *forced),
            Note::Restored { tx, standing: Standing::Decided(outcome) } => {
                if *outcome == Outcome::Commit {
                    self.voted(by, *tx, Vote::Yes);
                }
                self.decide(by, *tx, *outcome, true)
            }
            Note::Answered { tx, outcome } => self.decide(CLIENT, *tx, *outcome, true),
            Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Did { .. }
            | Note::Recalled { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => None,
        }
    }

    fn voted(&mut self, by: ProcessId, tx: TxId, vote: Vote) -> Option<Decision> {
        if self.closed(tx).is_none() {
            let entry = self.open.entry(tx, Entry::default);
            // Who votes READ has left the transaction; what it says when asked again is void.
            if entry.read & one(by) != 0 {
                return None;
            }
            // Who votes NO and forgets it in a crash may vote otherwise: its last vote counts.
            for set in [&mut entry.yes, &mut entry.no.0, &mut entry.read] {
                *set &= !one(by);
            }
            match vote {
                Vote::Yes if self.minds_votes => entry.yes |= one(by),
                Vote::Yes => {}
                Vote::No => entry.no.0 |= one(by),
                Vote::Read => entry.read |= one(by),
            }
            self.close(tx);
        }
        None
    }

    fn decide(
        &mut self,
        by: ProcessId,
        tx: TxId,
        outcome: Outcome,
        forced: bool,
    ) -> Option<Decision> {
        match self.closed(tx) {
            Some(Closed::Void) => return None,
            Some(Closed::All(closed)) => {
                return Some(Decision { tx, by, outcome, before: Err(closed) });
            }
            None => {}
        }
        let entry = self.open.entry(tx, Entry::default);
        let before = *entry;
        match outcome {
            Outcome::Commit => entry.commit |= one(by),
            Outcome::Abort => entry.abort |= one(by),
        }
        if forced {
            entry.unforced &= !one(by);
        } else {
            entry.unforced |= one(by);
        }
        self.close(tx);
        Some(Decision { tx, by, outcome, before: Ok(before) })
    }

    /// Closes a transaction if all concerned have decided alike.
    fn close(&mut self, tx: TxId) {
        let Some(entry) = self.open.get(&tx) else { return };
        let missing = |decided: Processes| entry.concerned & !entry.read & !decided;
        let bits = if entry.concerned == 0 {
            return;
        } else if entry.read == entry.participants && entry.commit | entry.abort != 0 {
            3
        } else if entry.abort == 0 && missing(entry.commit) == 0 {
            1
        } else if entry.commit == 0 && missing(entry.abort) == 0 {
            2
        } else {
            return;
        };
        self.open.remove(&tx);
        let (byte, shift) = (tx.0 as usize / 4, tx.0 % 4 * 2);
        if self.closed.len() <= byte {
            self.closed.resize(byte + 1, 0);
        }
        self.closed[byte] |= bits << shift;
    }

    fn closed(&self, tx: TxId) -> Option<Closed> {
        let bits = self.closed.get(tx.0 as usize / 4).map_or(0, |byte| byte >> (tx.0 % 4 * 2) & 3);
        let (commit, abort) = (Closed::All(Outcome::Commit), Closed::All(Outcome::Abort));
        [None, Some(commit), Some(abort), Some(Closed::Void)][usize::from(bits)]
    }
}
