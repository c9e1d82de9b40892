//! Recovery. Who has voted YES and failed must not take part in the termination protocol: the
//! others have counted it out. It asks them for the decision, again and again.
//!
//! *Total failure.* If all have failed, nobody will ever know a decision that nobody has made. Then
//! those that recover may apply the termination rule to what their logs say, once the last process
//! to fail is among them: an earlier one may have missed how the others went on. Here they wait
//! for *every* participant, and for the coordinator as well unless a participant logged that it
//! outlived it. That is more than necessary, and enough:
//!
//! - Of the participants none has decided, for none says so. What their logs say changes no more,
//!   for who recovers takes nothing but a decision. So all who apply the rule get the same result,
//!   and need no PRE-COMMITs to agree on it.
//! - The coordinator may have decided, and be down. If it committed, whoever outlived it had
//!   acknowledged its PRE-COMMIT, and has that in its log; so the rule commits. If it aborted,
//!   there was no PRE-COMMIT, and the rule aborts. If it has not decided it will ask.

use std::fmt;
use std::sync::Arc;

use dtxsim_core::{Outbox, ProcessId, Table};

use super::ThreePhaseCommit;
use super::message::{Message, Timer};
use super::participant::{Duty, Entry, Participant};
use super::record::Record;
use crate::common::{
    Finished, KeySpec, LocalStore, Note, Outcome, Processes, Snapshot, Standing, TxId,
};

type Out = Outbox<ThreePhaseCommit>;

/// What the log of a process that recovers says of a transaction on which it has no decision.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Logged {
    /// It has a PRE-COMMIT.
    pub committable: bool,
    /// The coordinator failed before it did.
    pub outlived: bool,
}

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.committable { "committable" } else { "uncertain" })?;
        f.write_str(if self.outlived { ", outlived the coordinator" } else { "" })
    }
}

/// What a process that recovers knows: its log, and what others that recover as well have said.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Recovering {
    logged: Logged,
    /// Who recovers, itself included.
    back: Processes,
    /// What their logs say together.
    together: Logged,
    /// How often it has asked again.
    attempt: u8,
}

impl Recovering {
    pub(super) fn new(me: ProcessId, logged: Logged) -> Recovering {
        Recovering { logged, back: Processes::one(me), together: logged, attempt: 0 }
    }

    /// Asks for the decision.
    pub(super) fn ask(&self, others: Processes, tx: TxId, out: &mut Out) {
        for other in others.iter() {
            out.send(other, Message::Inquiry { tx });
        }
        out.set_timer(Timer::Inquire { tx, attempt: self.attempt });
    }

    /// It is about to ask once more.
    pub(super) fn again(&mut self, protocol: &ThreePhaseCommit) {
        self.attempt = protocol.next_attempt(self.attempt);
    }

    /// It needs to ask no more.
    pub(super) fn over(&self, tx: TxId, out: &mut Out) {
        out.cancel_timer(Timer::Inquire { tx, attempt: self.attempt });
    }

    /// Somebody else asks it.
    pub(super) fn answer(&self, from: ProcessId, tx: TxId, out: &mut Out) {
        out.send(from, Message::Recovering { tx, logged: self.logged });
    }

    /// Somebody else recovers as well.
    pub(super) fn hear(&mut self, from: ProcessId, logged: Logged) {
        self.back.insert(from);
        self.together.committable |= logged.committable;
        self.together.outlived |= logged.outlived;
    }

    /// The decision after a total failure, if enough are back.
    pub(super) fn outcome(
        &self,
        participants: Processes,
        coordinator: ProcessId,
    ) -> Option<Outcome> {
        let enough = self.back.contains_all(participants)
            && (self.together.outlived || self.back.contains(coordinator));
        let outcome = if self.together.committable { Outcome::Commit } else { Outcome::Abort };
        enough.then_some(outcome)
    }
}

impl Participant {
    pub(super) fn boot(
        protocol: &ThreePhaseCommit,
        me: ProcessId,
        log: &[Record],
        out: &mut Out,
    ) -> Participant {
        let Replayed { store, finished, open } = replay(protocol.keys(me), log);
        let mut participant = Participant { store, finished, open: Table::new() };
        for (&tx, undecided) in open.iter() {
            let Undecided { prepared, logged } = undecided.clone();
            out.note(Note::Restored { tx, standing: Standing::InDoubt });
            participant.store.relock(tx, prepared.part.ops());
            out.note(Note::Locked { tx });
            let recovering = Recovering::new(me, logged);
            recovering.ask(protocol.others(me, prepared.participants), tx, out);
            let (committable, duty) = (logged.committable, Duty::Recovering(recovering));
            participant.open.insert(tx, Entry { prepared, committable, duty });
        }
        for (tx, outcome) in participant.finished.iter() {
            out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
        }
        participant
    }

    /// Who recovers asks what was decided.
    pub(super) fn inquiry(&mut self, tx: TxId, from: ProcessId, out: &mut Out) {
        match self.open.get(&tx).map(|entry| &entry.duty) {
            Some(Duty::Recovering(recovering)) => recovering.answer(from, tx, out),
            // There is no decision yet; it will ask again.
            Some(Duty::Following(_) | Duty::Collecting { .. } | Duty::PreCommitting { .. }) => {}
            None => {
                if let Some(outcome) = self.decided_without_voting(tx, out) {
                    out.send(from, Message::Decision { tx, outcome });
                }
            }
        }
    }

    /// Somebody that it has asked recovers as well.
    pub(super) fn hear(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        (from, logged): (ProcessId, Logged),
        out: &mut Out,
    ) {
        // Else it has learnt the decision meanwhile.
        let Some(entry) = self.open.get_mut(&tx) else { return };
        match &mut entry.duty {
            Duty::Recovering(recovering) => {
                recovering.hear(from, logged);
                let participants = entry.prepared.participants;
                let outcome = recovering.outcome(participants, protocol.coordinator);
                if let Some(outcome) = outcome {
                    self.decide(protocol, tx, outcome, out);
                }
            }
            // It has not failed, and has asked nobody.
            Duty::Following(_) | Duty::Collecting { .. } | Duty::PreCommitting { .. } => {}
        }
    }

    pub(super) fn ask_again(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get_mut(&tx) else { return };
        match &mut entry.duty {
            Duty::Recovering(recovering) => {
                recovering.again(protocol);
                recovering.ask(protocol.others(me, entry.prepared.participants), tx, out);
            }
            // The timer belongs to a process that recovers.
            Duty::Following(_) | Duty::Collecting { .. } | Duty::PreCommitting { .. } => {}
        }
    }
}

/// What a participant's log amounts to.
struct Replayed {
    store: LocalStore,
    finished: Finished,
    open: Table<TxId, Undecided>,
}

#[derive(Clone)]
struct Undecided {
    prepared: super::record::Prepared,
    logged: Logged,
}

fn replay(keys: &[KeySpec], log: &[Record]) -> Replayed {
    let (mut store, mut finished) = (LocalStore::new(keys), Finished::default());
    let mut open: Table<TxId, Undecided> = Table::new();
    for record in log {
        match record {
            Record::Snapshot(snapshot) => {
                store = LocalStore::restored(snapshot.values.clone());
                finished = snapshot.finished.clone();
            }
            Record::Prepared { tx, prepared } => {
                finished.forget_before(prepared.oldest, 0);
                let logged = Logged { committable: false, outlived: false };
                open.insert(*tx, Undecided { prepared: prepared.clone(), logged });
            }
            Record::PreCommitted { tx } => {
                open.get_mut(tx).into_iter().for_each(|u| u.logged.committable = true);
            }
            Record::CoordinatorDown { tx } => {
                open.get_mut(tx).into_iter().for_each(|u| u.logged.outlived = true);
            }
            Record::Committed { tx } => {
                if let Some(undecided) = open.remove(tx) {
                    store.apply(&undecided.prepared.writes);
                }
                finished.insert(*tx, Outcome::Commit);
            }
            Record::Aborted { tx } => {
                open.remove(tx);
                finished.insert(*tx, Outcome::Abort);
            }
            // The coordinator's records are in its own log.
            Record::Start { .. } | Record::Decided { .. } | Record::End { .. } => {}
        }
    }
    Replayed { store, finished, open }
}

/// A snapshot and what is undecided.
pub(super) fn compact(keys: &[KeySpec], log: &mut Vec<Record>) {
    let Replayed { store, finished, open } = replay(keys, log);
    log.clear();
    log.push(Record::Snapshot(Arc::new(Snapshot { values: store.values().to_vec(), finished })));
    for (&tx, Undecided { prepared, logged }) in open.iter() {
        log.push(Record::Prepared { tx, prepared: prepared.clone() });
        if logged.committable {
            log.push(Record::PreCommitted { tx });
        }
        if logged.outlived {
            log.push(Record::CoordinatorDown { tx });
        }
    }
}
