//! A participant: owns data, votes, and abides by the decision.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::TwoPhaseCommit;
use super::knobs::{Flaw, Presumption};
use super::message::{Message, Timer};
use super::record::{Prepared, Record};
use crate::common::{
    Finished, KeySpec, LocalStore, Note, Oldest, Outcome, Part, Snapshot, Standing, TxId, Vote,
};

type Out = Outbox<TwoPhaseCommit>;

/// A participant's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Participant {
    pub(super) store: LocalStore,
    /// Voted YES, decision unknown.
    pub(super) in_doubt: Table<TxId, InDoubt>,
    /// Decided, and the coordinator may still ask or tell about it.
    pub(super) finished: Finished,
}

/// Outcomes that a participant keeps although the coordinator will not ask for them.
const OUTCOMES_KEPT: usize = 16;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct InDoubt {
    pub(super) prepared: Prepared,
    /// How often it has asked.
    pub(super) attempt: u8,
}

impl Participant {
    pub(super) fn boot(
        protocol: &TwoPhaseCommit,
        me: ProcessId,
        log: &[Record],
        out: &mut Out,
    ) -> Participant {
        let mut participant = Participant::replay(protocol.keys(me), log);
        for (&tx, in_doubt) in participant.in_doubt.iter() {
            out.note(Note::Restored { tx, standing: Standing::InDoubt });
            if protocol.knobs.broken != Some(Flaw::LocksLostAtRestart) {
                participant.store.relock(tx, &protocol.locking(in_doubt.prepared.part.ops()));
                out.note(Note::Locked { tx });
            }
            out.set_timer(Timer::Inquire { tx, attempt: 0 });
        }
        for (tx, outcome) in participant.finished.iter() {
            out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
        }
        participant
    }

    /// What a log amounts to, locks aside.
    fn replay(keys: &[KeySpec], log: &[Record]) -> Participant {
        let mut participant = Participant {
            store: LocalStore::new(keys),
            in_doubt: Table::new(),
            finished: Finished::default(),
        };
        for record in log {
            match record {
                Record::Snapshot(snapshot) => {
                    participant.store = LocalStore::restored(snapshot.values.clone());
                    participant.finished = snapshot.finished.clone();
                }
                Record::Prepared { tx, prepared } => {
                    participant.forget_before(prepared.oldest);
                    let in_doubt = InDoubt { prepared: prepared.clone(), attempt: 0 };
                    participant.in_doubt.insert(*tx, in_doubt);
                }
                Record::Committed { tx } => {
                    if let Some(in_doubt) = participant.in_doubt.remove(tx) {
                        participant.store.apply(&in_doubt.prepared.writes);
                    }
                    participant.finished.insert(*tx, Outcome::Commit);
                }
                Record::Aborted { tx } => {
                    participant.in_doubt.remove(tx);
                    participant.finished.insert(*tx, Outcome::Abort);
                }
                Record::OnePhase { tx, prepared } => {
                    participant.forget_before(prepared.oldest);
                    participant.store.apply(&prepared.writes);
                    participant.finished.insert(*tx, Outcome::Commit);
                }
                // The coordinator's records are in its own log.
                Record::Collecting { .. } | Record::Decided { .. } | Record::End { .. } => {}
            }
        }
        participant
    }

    pub(super) fn step(
        &mut self,
        protocol: &TwoPhaseCommit,
        me: ProcessId,
        event: Event<TwoPhaseCommit>,
        out: &mut Out,
    ) {
        match event {
            Event::Message { from, message } => match message {
                Message::Prepare { tx, part, oldest: Oldest(oldest) } => {
                    self.forget_before(oldest);
                    self.prepare(protocol, (me, tx), part, out);
                }
                Message::OnePhase { tx, part, oldest: Oldest(oldest) } => {
                    self.forget_before(oldest);
                    self.one_phase(protocol, (me, tx), part, out);
                }
                Message::Decision { tx, outcome } => self.decision(protocol, tx, outcome, out),
                Message::Inquiry { tx } => self.peer_asks(tx, from, out),
                // The coordinator's business; no process of either role sends it here.
                Message::Vote { .. } | Message::Ack { .. } | Message::Done { .. } => {}
            },
            Event::Timer(Timer::Inquire { tx, .. }) => self.inquire(protocol, me, tx, out),
            // The coordinator's timers; clients ask the coordinator; nothing is left to choice.
            Event::Timer(Timer::Votes { .. } | Timer::Resend { .. })
            | Event::Request { .. }
            | Event::Chosen(_) => {}
        }
    }

    /// The coordinator has forgotten all transactions before that one. Of their outcomes the latest
    /// few are kept, for peers that may still be in doubt.
    fn forget_before(&mut self, oldest: TxId) {
        self.finished.forget_before(oldest, OUTCOMES_KEPT);
    }

    fn prepare(
        &mut self,
        protocol: &TwoPhaseCommit,
        (me, tx): (ProcessId, TxId),
        part: Part,
        out: &mut Out,
    ) {
        let coordinator = protocol.coordinator;
        let vote = |vote| Message::Vote { tx, vote };
        if tx < self.finished.oldest() {
            return;
        }
        if self.in_doubt.contains(&tx) {
            out.send(coordinator, vote(Vote::Yes));
            return;
        }
        match self.finished.get(tx) {
            Some(Outcome::Abort) => return out.send(coordinator, vote(Vote::No)),
            // A late copy of what was asked, voted on and committed.
            Some(Outcome::Commit) => return,
            None => {}
        }
        let reader = protocol.votes_read(part.ops());
        let ops = protocol.locking(part.ops());
        let Ok(writes) = self.store.prepare(tx, &ops, protocol.keys(me)) else {
            out.note(Note::Voted { tx, vote: Vote::No });
            // A reader has nothing to abort, and remembers as little of a NO as of a READ.
            if !reader {
                self.abort_alone(protocol, tx, out);
            }
            return out.send(coordinator, vote(Vote::No));
        };
        if reader {
            self.store.release(tx);
            out.note(Note::Voted { tx, vote: Vote::Read });
            return out.send(coordinator, vote(Vote::Read));
        }
        drop(ops);
        let prepared = Prepared { part, writes, oldest: self.finished.oldest() };
        self.in_doubt.insert(tx, InDoubt { prepared: prepared.clone(), attempt: 0 });
        out.note(Note::Locked { tx });
        out.append(Record::Prepared { tx, prepared });
        let broken = protocol.knobs.broken == Some(Flaw::VoteBeforePrepare);
        if !broken {
            out.sync();
        }
        out.note(Note::Voted { tx, vote: Vote::Yes });
        out.send(coordinator, vote(Vote::Yes));
        if broken {
            out.sync();
        }
        out.set_timer(Timer::Inquire { tx, attempt: 0 });
    }

    /// Decides to abort before anybody could have decided to commit, for it has not voted YES.
    fn abort_alone(&mut self, protocol: &TwoPhaseCommit, tx: TxId, out: &mut Out) {
        out.append(Record::Aborted { tx });
        let forced = match protocol.knobs.presumption {
            Presumption::Nothing => true,
            // Presumed to have aborted anyway.
            Presumption::Abort => false,
            Presumption::Commit => !protocol.knobs.sessions,
        };
        if forced {
            out.sync();
        }
        self.finished.insert(tx, Outcome::Abort);
        out.note(Note::Decided { tx, outcome: Outcome::Abort, forced });
    }

    fn decision(&mut self, protocol: &TwoPhaseCommit, tx: TxId, outcome: Outcome, out: &mut Out) {
        if let Some(in_doubt) = self.in_doubt.remove(&tx) {
            out.cancel_timer(Timer::Inquire { tx, attempt: in_doubt.attempt });
            self.finish(protocol, tx, (outcome, &in_doubt.prepared), out);
            return;
        }
        let unheard_of = !self.finished.forgot(tx) && !self.finished.contains(tx);
        if unheard_of && outcome == Outcome::Abort {
            // The abort has overtaken the request to prepare, which must find it here: with
            // presumed commit a YES vote on it would be taken for a commit.
            out.append(Record::Aborted { tx });
            let forced = protocol.acknowledges(Outcome::Abort);
            if forced {
                out.sync();
            }
            self.finished.insert(tx, Outcome::Abort);
            out.note(Note::Decided { tx, outcome, forced });
        }
        // Else it did its part long ago, and only its acknowledgement was lost.
        if protocol.acknowledges(outcome) {
            out.send(protocol.coordinator, Message::Ack { tx });
        }
    }

    /// The decision on a prepared transaction is carried out.
    fn finish(
        &mut self,
        protocol: &TwoPhaseCommit,
        tx: TxId,
        (outcome, prepared): (Outcome, &Prepared),
        out: &mut Out,
    ) {
        let acknowledges = protocol.acknowledges(outcome);
        // What is acknowledged is forced first; what is not may be asked for again.
        let early =
            outcome == Outcome::Commit && protocol.knobs.broken == Some(Flaw::AckBeforeForce);
        out.append(match outcome {
            Outcome::Commit => Record::Committed { tx },
            Outcome::Abort => Record::Aborted { tx },
        });
        if acknowledges && early {
            out.send(protocol.coordinator, Message::Ack { tx });
        }
        if acknowledges {
            out.sync();
        }
        out.note(Note::Decided { tx, outcome, forced: acknowledges });
        if outcome == Outcome::Commit {
            self.store.apply(&prepared.writes);
            for &(key, value) in &prepared.writes {
                out.note(Note::Changed { key, value });
            }
        }
        self.store.release(tx);
        self.finished.insert(tx, outcome);
        if acknowledges && !early {
            out.send(protocol.coordinator, Message::Ack { tx });
        }
    }

    /// A peer in doubt asks. Who has not voted can still abort, and so end the doubt.
    fn peer_asks(&mut self, tx: TxId, peer: ProcessId, out: &mut Out) {
        if self.in_doubt.contains(&tx) || self.finished.forgot(tx) {
            return;
        }
        if !self.finished.contains(tx) {
            // Forced, for it must never vote YES after this.
            out.note(Note::Voted { tx, vote: Vote::No });
            out.force(Record::Aborted { tx });
            out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
            self.finished.insert(tx, Outcome::Abort);
        }
        if let Some(outcome) = self.finished.get(tx) {
            // A NO may have been logged lazily, and lost it would be asked for again: the peer must
            // not act on an abort that a crash can take back.
            if outcome == Outcome::Abort {
                out.sync();
            }
            out.send(peer, Message::Decision { tx, outcome });
        }
    }

    fn inquire(&mut self, protocol: &TwoPhaseCommit, me: ProcessId, tx: TxId, out: &mut Out) {
        let Some(in_doubt) = self.in_doubt.get_mut(&tx) else { return };
        in_doubt.attempt = protocol.next_attempt(in_doubt.attempt);
        out.set_timer(Timer::Inquire { tx, attempt: in_doubt.attempt });
        for process in protocol.asked_by(me, in_doubt.prepared.part.updaters()) {
            out.send(process, Message::Inquiry { tx });
        }
    }

    fn one_phase(
        &mut self,
        protocol: &TwoPhaseCommit,
        (me, tx): (ProcessId, TxId),
        part: Part,
        out: &mut Out,
    ) {
        let done = |outcome| Message::Done { tx, outcome };
        if let Some(outcome) = self.finished.get(tx) {
            return out.send(protocol.coordinator, done(outcome));
        }
        if tx < self.finished.oldest() {
            return;
        }
        let reads_only = !part.ops().iter().any(|op| op.writes());
        let ops = protocol.locking(part.ops()).into_owned();
        let outcome = match self.store.prepare(tx, &ops, protocol.keys(me)) {
            Ok(_) if reads_only => {
                self.store.release(tx);
                out.note(Note::Voted { tx, vote: Vote::Read });
                Outcome::Commit
            }
            Ok(writes) => {
                self.store.apply(&writes);
                self.store.release(tx);
                self.finished.insert(tx, Outcome::Commit);
                let prepared = Prepared { part, writes, oldest: self.finished.oldest() };
                out.force(Record::OnePhase { tx, prepared: prepared.clone() });
                out.note(Note::Voted { tx, vote: Vote::Yes });
                out.note(Note::Decided { tx, outcome: Outcome::Commit, forced: true });
                for &(key, value) in &prepared.writes {
                    out.note(Note::Changed { key, value });
                }
                Outcome::Commit
            }
            // Nothing was done and nothing is remembered: asked again, it may answer otherwise.
            Err(_) if reads_only => {
                out.note(Note::Voted { tx, vote: Vote::No });
                Outcome::Abort
            }
            Err(_) => {
                // Forced, for the client may be told of it.
                out.note(Note::Voted { tx, vote: Vote::No });
                out.force(Record::Aborted { tx });
                out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
                self.finished.insert(tx, Outcome::Abort);
                Outcome::Abort
            }
        };
        out.send(protocol.coordinator, done(outcome));
    }

    pub(super) fn report(&self, protocol: &TwoPhaseCommit, me: ProcessId, say: &mut Vec<Note>) {
        self.store.report(say);
        for (&tx, in_doubt) in self.in_doubt.iter() {
            let waits_for = protocol.asked_by(me, in_doubt.prepared.part.updaters()).collect();
            let holding = self.store.held_by(tx);
            say.push(Note::Waiting { tx, waits_for, holding });
        }
    }
}

/// A snapshot and what is still in doubt.
pub(super) fn compact(keys: &[KeySpec], log: &mut Vec<Record>) {
    let participant = Participant::replay(keys, log);
    let snapshot =
        Snapshot { values: participant.store.values().to_vec(), finished: participant.finished };
    log.clear();
    log.push(Record::Snapshot(Arc::new(snapshot)));
    for (&tx, in_doubt) in participant.in_doubt.iter() {
        log.push(Record::Prepared { tx, prepared: in_doubt.prepared.clone() });
    }
}
