//! The coordinator: asks for votes, tells all that all have voted YES, and decides. When it fails
//! the participants elect another; when it comes back it is a process that recovers, like them.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::ThreePhaseCommit;
use super::message::{Message, Timer};
use super::record::Record;
use super::recovery::{Logged, Recovering};
use crate::common::{Note, Oldest, Outcome, Part, Processes, Standing, TxId, Vote, Work};

type Out = Outbox<ThreePhaseCommit>;

/// The coordinator's volatile state: the transactions that it has not forgotten.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Coordinator {
    live: Table<TxId, Live>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Live {
    participants: Processes,
    phase: Phase,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Phase {
    /// Votes are coming in.
    Voting { work: Work, yes: Processes, no: Processes },
    /// All have voted YES and are told so; these have yet to acknowledge it.
    PreCommitting { awaited: Processes },
    /// Decided; these have yet to acknowledge it. Nobody, if decisions are not acknowledged.
    Decided { outcome: Outcome, unacknowledged: Processes, attempt: u8 },
    /// It has failed since it asked for votes.
    Recovering(Recovering),
}

impl Coordinator {
    pub(super) fn boot(protocol: &ThreePhaseCommit, log: &[Record], out: &mut Out) -> Coordinator {
        let mut coordinator = Coordinator::default();
        for (&tx, found) in unforgotten(log).iter() {
            let live = match *found {
                Found::Undecided { participants } => {
                    // It is no participant, and its state counts for nothing.
                    let logged = Logged { committable: false, outlived: false };
                    let recovering = Recovering::new(protocol.coordinator, logged);
                    recovering.ask(participants, tx, out);
                    Live { participants, phase: Phase::Recovering(recovering) }
                }
                Found::Decided { outcome, told } => {
                    out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
                    let unacknowledged = if protocol.knobs.final_acks {
                        tell(tx, outcome, told, out);
                        out.set_timer(Timer::Resend { tx, attempt: 0 });
                        told
                    } else {
                        Processes::NONE
                    };
                    let phase = Phase::Decided { outcome, unacknowledged, attempt: 0 };
                    Live { participants: told, phase }
                }
            };
            coordinator.live.insert(tx, live);
        }
        coordinator
    }

    pub(super) fn step(
        &mut self,
        protocol: &ThreePhaseCommit,
        event: Event<ThreePhaseCommit>,
        out: &mut Out,
    ) {
        match event {
            Event::Request { id, request } => self.begin(protocol, id.into(), request, out),
            Event::Message { from, message } => match message {
                Message::Vote { tx, vote } => self.vote(protocol, tx, (from, vote), out),
                Message::Ack { tx } => self.acknowledged(protocol, tx, from, out),
                Message::FinalAck { tx } => self.finally_acknowledged(tx, from, out),
                Message::Inquiry { tx } => self.inquiry(tx, from, out),
                Message::Decision { tx, outcome } => self.learn(protocol, tx, outcome, out),
                Message::Recovering { tx, logged } => {
                    self.hear(protocol, tx, (from, logged), out);
                }
                // Between participants: the original coordinator is never elected.
                Message::UrElected { .. } | Message::StateReq { .. } | Message::State { .. } => {}
                // Its own; no process sends it here.
                Message::Prepare { .. } | Message::PreCommit { .. } => {}
            },
            Event::Timer(Timer::Votes { tx }) => {
                // Who has not voted has failed, and may not have been able to commit.
                self.abort(protocol, tx, out);
            }
            Event::Timer(Timer::Acks { tx }) => {
                // Who has not acknowledged has failed. All others are committable.
                self.commit(protocol, tx, out);
            }
            Event::Timer(Timer::Resend { tx, .. }) => self.resend(protocol, tx, out),
            Event::Timer(Timer::Inquire { tx, .. }) => self.ask_again(protocol, tx, out),
            // Participants' timers; and nothing is left to choice.
            Event::Timer(
                Timer::Coordinator { .. } | Timer::Elected { .. } | Timer::States { .. },
            )
            | Event::Chosen(_) => {}
        }
    }

    fn begin(&mut self, protocol: &ThreePhaseCommit, tx: TxId, work: Work, out: &mut Out) {
        out.note(Note::Began { tx, work: work.clone() });
        let participants: Processes = work.0.participants().iter().copied().collect();
        // Forced, for who recovers and finds the coordinator without a record would wait for ever.
        out.force(Record::Start { tx, participants });
        let (yes, no) = (Processes::NONE, Processes::NONE);
        let phase = Phase::Voting { work: work.clone(), yes, no };
        self.live.insert(tx, Live { participants, phase });
        let oldest = Oldest(*self.live.first().expect("it has just been put in").0);
        for (n, branch) in work.0.branches().iter().enumerate() {
            let part = Part::new(work.clone(), n);
            out.send(branch.process, Message::Prepare { tx, part, participants, oldest });
        }
        out.set_timer(Timer::Votes { tx });
        if protocol.extra_message {
            out.send(work.0.participants()[0], Message::FinalAck { tx });
        }
    }

    fn vote(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        (from, vote): (ProcessId, Vote),
        out: &mut Out,
    ) {
        let Some(Live { participants, phase }) = self.live.get_mut(&tx) else {
            // A late copy; all have acknowledged the decision.
            return;
        };
        let (yes, no) = match phase {
            Phase::Voting { yes, no, .. } => (yes, no),
            // Too late: the time-out has passed, or it has failed. Who voted YES will be told.
            Phase::PreCommitting { .. } | Phase::Decided { .. } | Phase::Recovering(_) => return,
        };
        if yes.contains(from) || no.contains(from) {
            // A second copy, or a second thought after a crash: the first counts.
            return;
        }
        match vote {
            Vote::Yes => yes.insert(from),
            // There is no READ vote here.
            Vote::No | Vote::Read => no.insert(from),
        };
        let (unanimous, silent) = (no.is_empty(), participants.less(*yes).less(*no));
        match (silent.is_empty(), unanimous) {
            (false, _) => {}
            (true, true) => self.pre_commit(tx, out),
            (true, false) => self.abort(protocol, tx, out),
        }
    }

    fn pre_commit(&mut self, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        let Phase::Voting { work, .. } = &live.phase else { return };
        out.cancel_timer(Timer::Votes { tx });
        for &participant in work.0.participants() {
            out.send(participant, Message::PreCommit { tx });
        }
        live.phase = Phase::PreCommitting { awaited: live.participants };
        out.set_timer(Timer::Acks { tx });
    }

    /// Ends the vote; who has voted NO knows.
    fn abort(&mut self, protocol: &ThreePhaseCommit, tx: TxId, out: &mut Out) {
        let Some(Live { participants, phase }) = self.live.get(&tx) else { return };
        let Phase::Voting { no, .. } = phase else { return };
        let told = participants.less(*no);
        out.cancel_timer(Timer::Votes { tx });
        self.decide(protocol, tx, (Outcome::Abort, told), out);
        out.note(Note::Answered { tx, outcome: Outcome::Abort });
    }

    fn acknowledged(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        from: ProcessId,
        out: &mut Out,
    ) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match &mut live.phase {
            Phase::PreCommitting { awaited } => {
                awaited.remove(from);
                if awaited.is_empty() {
                    self.commit(protocol, tx, out);
                }
            }
            // Too late: the time-out has passed, or it has failed.
            Phase::Decided { .. } | Phase::Recovering(_) => {}
            // Nobody has been told anything yet.
            Phase::Voting { .. } => {}
        }
    }

    /// Ends the wait for acknowledgements.
    fn commit(&mut self, protocol: &ThreePhaseCommit, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        let Phase::PreCommitting { .. } = live.phase else { return };
        out.cancel_timer(Timer::Acks { tx });
        self.decide(protocol, tx, (Outcome::Commit, live.participants), out);
        out.note(Note::Answered { tx, outcome: Outcome::Commit });
    }

    fn decide(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        (outcome, told): (Outcome, Processes),
        out: &mut Out,
    ) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        out.force(Record::Decided { tx, outcome, told });
        out.note(Note::Decided { tx, outcome, forced: true });
        tell(tx, outcome, told, out);
        let unacknowledged = if protocol.knobs.final_acks { told } else { Processes::NONE };
        live.phase = Phase::Decided { outcome, unacknowledged, attempt: 0 };
        if !unacknowledged.is_empty() {
            out.set_timer(Timer::Resend { tx, attempt: 0 });
        } else if protocol.knobs.final_acks {
            // All have voted NO.
            self.end(tx, out);
        }
    }

    fn end(&mut self, tx: TxId, out: &mut Out) {
        out.append(Record::End { tx });
        self.live.remove(&tx);
    }

    fn finally_acknowledged(&mut self, tx: TxId, from: ProcessId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match &mut live.phase {
            Phase::Decided { unacknowledged, attempt, .. } => {
                if unacknowledged.remove(from) && unacknowledged.is_empty() {
                    out.cancel_timer(Timer::Resend { tx, attempt: *attempt });
                    self.end(tx, out);
                }
            }
            // There is no decision yet.
            Phase::Voting { .. } | Phase::PreCommitting { .. } | Phase::Recovering(_) => {}
        }
    }

    fn resend(&mut self, protocol: &ThreePhaseCommit, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match &mut live.phase {
            Phase::Decided { outcome, unacknowledged, attempt } => {
                *attempt = protocol.next_attempt(*attempt);
                out.set_timer(Timer::Resend { tx, attempt: *attempt });
                tell(tx, *outcome, *unacknowledged, out);
            }
            // There is no decision yet.
            Phase::Voting { .. } | Phase::PreCommitting { .. } | Phase::Recovering(_) => {}
        }
    }

    /// A participant that recovers asks what was decided.
    fn inquiry(&self, tx: TxId, from: ProcessId, out: &mut Out) {
        match self.live.get(&tx).map(|live| &live.phase) {
            Some(&Phase::Decided { outcome, .. }) => {
                out.send(from, Message::Decision { tx, outcome });
            }
            Some(Phase::Recovering(recovering)) => recovering.answer(from, tx, out),
            // There is no decision yet; it will be told, or ask again.
            Some(Phase::Voting { .. } | Phase::PreCommitting { .. }) => {}
            // A late copy; all have acknowledged the decision.
            None => {}
        }
    }

    /// Somebody knows what was decided while it was down.
    fn learn(&mut self, protocol: &ThreePhaseCommit, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        match &live.phase {
            Phase::Recovering(recovering) => {
                recovering.over(tx, out);
                self.decide(protocol, tx, (outcome, live.participants), out);
            }
            // A late copy, or the answer to an inquiry of an earlier incarnation.
            Phase::Decided { .. } => {}
            // It has not failed, so it decides by itself.
            Phase::Voting { .. } | Phase::PreCommitting { .. } => {}
        }
    }

    /// Somebody that it has asked recovers as well.
    fn hear(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        (from, logged): (ProcessId, Logged),
        out: &mut Out,
    ) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match &mut live.phase {
            Phase::Recovering(recovering) => {
                recovering.hear(from, logged);
                let outcome = recovering.outcome(live.participants, protocol.coordinator);
                if let Some(outcome) = outcome {
                    self.learn(protocol, tx, outcome, out);
                }
            }
            // It has learnt the decision meanwhile.
            Phase::Decided { .. } => {}
            // It has not failed, and has asked nobody.
            Phase::Voting { .. } | Phase::PreCommitting { .. } => {}
        }
    }

    fn ask_again(&mut self, protocol: &ThreePhaseCommit, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match &mut live.phase {
            Phase::Recovering(recovering) => {
                recovering.again(protocol);
                recovering.ask(live.participants, tx, out);
            }
            // The timer belongs to a process that recovers.
            Phase::Voting { .. } | Phase::PreCommitting { .. } | Phase::Decided { .. } => {}
        }
    }

    /// Whom it waits for before it can decide. Having decided, it waits for nobody: telling is not
    /// blocking.
    pub(super) fn report(&self, say: &mut Vec<Note>) {
        for (&tx, live) in self.live.iter() {
            let waits_for = match &live.phase {
                Phase::Voting { yes, no, .. } => live.participants.less(*yes).less(*no),
                Phase::PreCommitting { awaited } => *awaited,
                Phase::Recovering(_) => live.participants,
                Phase::Decided { .. } => continue,
            };
            let waits_for = waits_for.iter().collect();
            say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
        }
    }
}

fn tell(tx: TxId, outcome: Outcome, whom: Processes, out: &mut Out) {
    for participant in whom.iter() {
        out.send(participant, Message::Decision { tx, outcome });
    }
}

/// What a log says of a transaction that it has not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Undecided { participants: Processes },
    Decided { outcome: Outcome, told: Processes },
}

fn unforgotten(log: &[Record]) -> Table<TxId, Found> {
    let mut open = Table::new();
    for record in log {
        match *record {
            Record::Start { tx, participants } => {
                open.insert(tx, Found::Undecided { participants });
            }
            Record::Decided { tx, outcome, told } => {
                open.insert(tx, Found::Decided { outcome, told });
            }
            Record::End { tx } => drop(open.remove(&tx)),
            // Participants' records are in other logs.
            Record::Prepared { .. }
            | Record::PreCommitted { .. }
            | Record::CoordinatorDown { .. }
            | Record::Committed { .. }
            | Record::Aborted { .. }
            | Record::Snapshot(_) => {}
        }
    }
    open
}

/// Forgets what has ended, and how what is decided began.
pub(super) fn compact(log: &mut Vec<Record>) {
    let record = |(&tx, found): (&TxId, &Found)| match *found {
        Found::Undecided { participants } => Record::Start { tx, participants },
        Found::Decided { outcome, told } => Record::Decided { tx, outcome, told },
    };
    *log = unforgotten(log).iter().map(record).collect();
}
