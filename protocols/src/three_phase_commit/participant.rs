//! A participant: owns data, votes, and abides by the decision.

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::ThreePhaseCommit;
use super::knobs::Flaw;
use super::message::{Message, Status, Timer};
use super::record::{Prepared, Record};
use super::recovery::Recovering;
use crate::common::{Finished, LocalStore, Note, Oldest, Outcome, Part, Processes, TxId, Vote};

type Out = Outbox<ThreePhaseCommit>;

/// A participant's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Participant {
    pub(super) store: LocalStore,
    /// Voted YES, decision unknown.
    pub(super) open: Table<TxId, Entry>,
    /// Decided, and somebody may still ask or tell about it.
    pub(super) finished: Finished,
}

/// A transaction on which a participant has voted YES and knows no decision.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Entry {
    pub(super) prepared: Prepared,
    /// Whether it has a PRE-COMMIT; if not, it is uncertain.
    pub(super) committable: bool,
    pub(super) duty: Duty,
}

/// What a participant does about a transaction on which it knows no decision.
///
/// It believes up whoever has a higher number than the coordinator that it follows: coordinators
/// are elected from the lowest number on, and it counts one out when it gives up on it. So the set
/// of processes that it believes up need not be kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Duty {
    /// Waits for word from this coordinator, original or elected.
    Following(ProcessId),
    /// Is the new coordinator, and collects the states of those above it.
    Collecting { awaited: Processes, states: Table<ProcessId, Status> },
    /// Is the new coordinator, and waits until these have acknowledged a PRE-COMMIT.
    PreCommitting { awaited: Processes },
    /// Has failed since it voted: asks for the decision, and is of no account to the others.
    Recovering(Recovering),
}

impl Entry {
    pub(super) fn status(&self) -> Status {
        if self.committable { Status::Committable } else { Status::Uncertain }
    }
}

impl Participant {
    pub(super) fn step(
        &mut self,
        protocol: &ThreePhaseCommit,
        me: ProcessId,
        event: Event<ThreePhaseCommit>,
        out: &mut Out,
    ) {
        match event {
            Event::Message { from, message } => self.message(protocol, me, (from, message), out),
            Event::Timer(Timer::Coordinator { tx } | Timer::Elected { tx }) => {
                self.coordinator_failed(protocol, (me, tx), out);
            }
            Event::Timer(Timer::States { tx }) => {
                // Who has not told its state has failed.
                self.terminate(protocol, (me, tx), out);
            }
            Event::Timer(Timer::Acks { tx }) => {
                // Who has not acknowledged has failed.
                self.pre_committed(protocol, (me, tx), out);
            }
            Event::Timer(Timer::Inquire { tx, .. }) => self.ask_again(protocol, (me, tx), out),
            // The coordinator's timers; clients ask the coordinator; nothing is left to choice.
            Event::Timer(Timer::Votes { .. } | Timer::Resend { .. })
            | Event::Request { .. }
            | Event::Chosen(_) => {}
        }
    }

    fn message(
        &mut self,
        protocol: &ThreePhaseCommit,
        me: ProcessId,
        (from, message): (ProcessId, Message),
        out: &mut Out,
    ) {
        match message {
            Message::Prepare { tx, part, participants, oldest: Oldest(oldest) } => {
                self.finished.forget_before(oldest, 0);
                self.prepare(protocol, (me, tx), (part, participants), out);
            }
            Message::PreCommit { tx } => self.pre_commit(protocol, tx, from, out),
            Message::Decision { tx, outcome } => {
                self.decision(protocol, (me, tx), (from, outcome), out);
            }
            Message::UrElected { tx } => self.elected(protocol, (me, tx), from, out),
            Message::StateReq { tx } => self.state_requested(protocol, tx, from, out),
            Message::State { tx, status } => {
                self.state_told(protocol, (me, tx), (from, status), out);
            }
            Message::Ack { tx } => self.acknowledged(protocol, (me, tx), from, out),
            Message::Inquiry { tx } => self.inquiry(tx, from, out),
            Message::Recovering { tx, logged } => self.hear(protocol, tx, (from, logged), out),
            // The coordinator's business; no process of either role sends it here.
            Message::Vote { .. } | Message::FinalAck { .. } => {}
        }
    }

    fn prepare(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        (part, participants): (Part, Processes),
        out: &mut Out,
    ) {
        if tx < self.finished.oldest() || self.open.contains(&tx) {
            // A second copy. Its vote has left, or it has failed before that: the coordinator does
            // not wait for ever.
            return;
        }
        let vote = |vote| Message::Vote { tx, vote };
        match self.finished.get(tx) {
            // It was asked for its state, or told of the abort, before it could vote.
            Some(Outcome::Abort) => return out.send(protocol.coordinator, vote(Vote::No)),
            // A second copy.
            Some(Outcome::Commit) => return,
            None => {}
        }
        let Ok(writes) = self.store.prepare(tx, part.ops(), protocol.keys(me)) else {
            self.refuse(tx, out);
            return out.send(protocol.coordinator, vote(Vote::No));
        };
        let oldest = self.finished.oldest();
        let prepared = Prepared { part, participants, writes, oldest };
        let duty = Duty::Following(protocol.coordinator);
        let entry = Entry { prepared: prepared.clone(), committable: false, duty };
        self.open.insert(tx, entry);
        out.note(Note::Locked { tx });
        out.force(Record::Prepared { tx, prepared });
        out.note(Note::Voted { tx, vote: Vote::Yes });
        out.send(protocol.coordinator, vote(Vote::Yes));
        out.set_timer(Timer::Coordinator { tx });
    }

    /// Aborts by itself, for it has not voted YES. Forced, for it must never vote YES after this.
    fn refuse(&mut self, tx: TxId, out: &mut Out) {
        out.note(Note::Voted { tx, vote: Vote::No });
        self.aborted(tx, out);
    }

    /// The abort of a transaction for which nothing was prepared.
    fn aborted(&mut self, tx: TxId, out: &mut Out) {
        out.force(Record::Aborted { tx });
        out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
        self.finished.insert(tx, Outcome::Abort);
    }

    /// What it knows of a transaction that is not open, when another process must know how it
    /// stands: who has not voted yet aborts here and now. Nothing about what all have finished.
    pub(super) fn decided_without_voting(&mut self, tx: TxId, out: &mut Out) -> Option<Outcome> {
        if self.finished.forgot(tx) {
            return None;
        }
        if !self.finished.contains(tx) {
            self.refuse(tx, out);
        }
        self.finished.get(tx)
    }

    fn pre_commit(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        from: ProcessId,
        out: &mut Out,
    ) {
        // Else it has decided: a second copy, or one that has been overtaken.
        let Some(entry) = self.open.get_mut(&tx) else { return };
        match entry.duty {
            Duty::Following(coordinator) if coordinator == from && !entry.committable => {}
            // A second copy; or from a coordinator that has been replaced. It may have told the new
            // one that it is uncertain, and the new one may abort because of that.
            Duty::Following(_) | Duty::Collecting { .. } | Duty::PreCommitting { .. } => return,
            // It has failed, and the coordinator will find out.
            Duty::Recovering(_) => return,
        }
        entry.committable = true;
        if protocol.knobs.broken != Some(Flaw::PrecommitNotLogged) {
            out.force(Record::PreCommitted { tx });
        }
        out.send(from, Message::Ack { tx });
        out.set_timer(protocol.patience(from, tx));
    }

    /// COMMIT or ABORT. It does not matter from whom: whoever has decided has decided for all.
    fn decision(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        (from, outcome): (ProcessId, Outcome),
        out: &mut Out,
    ) {
        match self.open.get(&tx).map(|entry| &entry.duty) {
            Some(Duty::Following(_) | Duty::Recovering(_)) => {
                self.decide(protocol, tx, outcome, out);
            }
            // Others wait for it to decide.
            Some(Duty::Collecting { .. } | Duty::PreCommitting { .. }) => {
                self.decide_for_all(protocol, (me, tx), outcome, out);
            }
            None => {
                let unheard_of = !self.finished.forgot(tx) && !self.finished.contains(tx);
                if unheard_of && outcome == Outcome::Abort {
                    // The abort has overtaken the request to prepare, which must find it here.
                    self.aborted(tx, out);
                }
                // Else it knows, and only its last acknowledgement was lost.
            }
        }
        if protocol.knobs.final_acks && from == protocol.coordinator {
            out.send(from, Message::FinalAck { tx });
        }
    }

    /// A decision on a prepared transaction is carried out.
    pub(super) fn decide(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        outcome: Outcome,
        out: &mut Out,
    ) {
        let Some(Entry { prepared, duty, .. }) = self.open.remove(&tx) else { return };
        match duty {
            Duty::Following(coordinator) => out.cancel_timer(protocol.patience(coordinator, tx)),
            Duty::Collecting { .. } => out.cancel_timer(Timer::States { tx }),
            Duty::PreCommitting { .. } => out.cancel_timer(Timer::Acks { tx }),
            Duty::Recovering(recovering) => recovering.over(tx, out),
        }
        out.force(match outcome {
            Outcome::Commit => Record::Committed { tx },
            Outcome::Abort => Record::Aborted { tx },
        });
        out.note(Note::Decided { tx, outcome, forced: true });
        if outcome == Outcome::Commit {
            self.store.apply(&prepared.writes);
            for &(key, value) in &prepared.writes {
                out.note(Note::Changed { key, value });
            }
        }
        self.store.release(tx);
        self.finished.insert(tx, outcome);
    }

    pub(super) fn report(&self, protocol: &ThreePhaseCommit, me: ProcessId, say: &mut Vec<Note>) {
        self.store.report(say);
        for (&tx, entry) in self.open.iter() {
            let waits_for = match &entry.duty {
                Duty::Following(coordinator) => Processes::one(*coordinator),
                Duty::Collecting { awaited, .. } | Duty::PreCommitting { awaited } => *awaited,
                Duty::Recovering(_) => protocol.others(me, entry.prepared.participants),
            };
            let (waits_for, holding) = (waits_for.iter().collect(), self.store.held_by(tx));
            say.push(Note::Waiting { tx, waits_for, holding });
        }
    }
}
