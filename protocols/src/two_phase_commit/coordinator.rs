//! The coordinator: asks for votes, decides, and sees to it that everybody who must learns of it.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::TwoPhaseCommit;
use super::knobs::{Flaw, Presumption};
use super::message::{Message, Timer};
use super::record::Record;
use crate::common::{Note, Oldest, Outcome, Part, Parties, Standing, TxId, Vote, Work};

type Out = Outbox<TwoPhaseCommit>;

/// The coordinator's volatile state: the transactions that it has not forgotten.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Coordinator {
    pub(super) live: Table<TxId, Live>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Live {
    pub(super) parties: Parties,
    pub(super) phase: Phase,
    /// How often it has sent again in this phase.
    pub(super) attempt: u8,
}

/// A set of parties, a bit each, by their place among them.
pub(super) type Set = u64;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Phase {
    /// Votes are coming in.
    Voting { work: Work, yes: Set, no: Set, read: Set },
    /// Decided; these have yet to acknowledge it.
    Telling { outcome: Outcome, unacknowledged: Set },
    /// The lone participant decides.
    Delegated { work: Work },
}

fn all(parties: &[ProcessId]) -> Set {
    Set::MAX.checked_shr(64 - parties.len() as u32).unwrap_or(0)
}

pub(super) fn members(parties: &[ProcessId], set: Set) -> impl Iterator<Item = ProcessId> + '_ {
    parties.iter().enumerate().filter(move |(n, _)| set & (1 << n) != 0).map(|(_, &party)| party)
}

impl Coordinator {
    pub(super) fn boot(protocol: &TwoPhaseCommit, log: &[Record], out: &mut Out) -> Coordinator {
        let mut coordinator = Coordinator::default();
        for (tx, outcome, parties) in unfinished(protocol, log) {
            out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
            let unacknowledged = all(&parties);
            let phase = Phase::Telling { outcome, unacknowledged };
            let live = Live { parties, phase, attempt: 0 };
            live.tell(tx, outcome, unacknowledged, out);
            out.set_timer(Timer::Resend { tx, attempt: 0 });
            coordinator.live.insert(tx, live);
        }
        coordinator
    }

    pub(super) fn step(
        &mut self,
        protocol: &TwoPhaseCommit,
        event: Event<TwoPhaseCommit>,
        out: &mut Out,
    ) {
        match event {
            Event::Request { id, request: work } => {
                self.begin(protocol, id.into(), work, out);
            }
            Event::Message { from, message } => match message {
                Message::Vote { tx, vote } => self.vote(protocol, tx, from, vote, out),
                Message::Ack { tx } => self.acknowledged(tx, from, out),
                Message::Inquiry { tx } => self.inquiry(protocol, tx, from, out),
                Message::Done { tx, outcome } => self.done(tx, outcome, out),
                // Participants' business; no process of either role sends it here.
                Message::Prepare { .. } | Message::Decision { .. } | Message::OnePhase { .. } => {}
            },
            Event::Timer(Timer::Votes { tx }) => {
                if self.is_voting(tx) {
                    self.decide(protocol, tx, Outcome::Abort, out);
                }
            }
            Event::Timer(Timer::Resend { tx, .. }) => self.resend(protocol, tx, out),
            // A participant's timer; and nothing is left to choice.
            Event::Timer(Timer::Inquire { .. }) | Event::Chosen(_) => {}
        }
    }

    fn begin(&mut self, protocol: &TwoPhaseCommit, tx: TxId, work: Work, out: &mut Out) {
        out.note(Note::Began { tx, work: work.clone() });
        let parties = work.0.participants().clone();
        if parties.len() == 1 && protocol.knobs.one_phase {
            let live = Live { parties, phase: Phase::Delegated { work }, attempt: 0 };
            self.live.insert(tx, live);
        } else {
            if protocol.knobs.presumption == Presumption::Commit {
                out.append(Record::Collecting { tx, parties: parties.clone() });
                if protocol.knobs.broken != Some(Flaw::UnforcedCollecting) {
                    out.sync();
                }
            }
            let phase = Phase::Voting { work, yes: 0, no: 0, read: 0 };
            self.live.insert(tx, Live { parties, phase, attempt: 0 });
            out.set_timer(Timer::Votes { tx });
        }
        out.set_timer(Timer::Resend { tx, attempt: 0 });
        self.ask(tx, out);
        if protocol.extra_message {
            out.send(self.live[&tx].parties[0], Message::Inquiry { tx });
        }
    }

    /// Sends what a transaction's phase has to say to all who have not answered it.
    fn ask(&self, tx: TxId, out: &mut Out) {
        let (Some(live), Some((&oldest, _))) = (self.live.get(&tx), self.live.first()) else {
            return;
        };
        let oldest = Oldest(oldest);
        match &live.phase {
            Phase::Voting { work, yes, no, read } => {
                let silent = all(&live.parties) & !(yes | no | read);
                for (n, branch) in work.0.branches().iter().enumerate() {
                    if silent & (1 << n) != 0 {
                        let part = Part::new(work.clone(), n);
                        out.send(branch.process, Message::Prepare { tx, part, oldest });
                    }
                }
            }
            Phase::Telling { outcome, unacknowledged } => {
                live.tell(tx, *outcome, *unacknowledged, out);
            }
            Phase::Delegated { work } => {
                let part = Part::new(work.clone(), 0);
                out.send(live.parties[0], Message::OnePhase { tx, part, oldest });
            }
        }
    }

    fn resend(&mut self, protocol: &TwoPhaseCommit, tx: TxId, out: &mut Out) {
        if let Some(live) = self.live.get_mut(&tx) {
            live.attempt = protocol.next_attempt(live.attempt);
            out.set_timer(Timer::Resend { tx, attempt: live.attempt });
            self.ask(tx, out);
        }
    }

    fn is_voting(&self, tx: TxId) -> bool {
        self.live.get(&tx).is_some_and(|live| matches!(live.phase, Phase::Voting { .. }))
    }

    fn vote(
        &mut self,
        protocol: &TwoPhaseCommit,
        tx: TxId,
        from: ProcessId,
        vote: Vote,
        out: &mut Out,
    ) {
        // A vote on a forgotten transaction needs no answer: who is in doubt will ask.
        let Some(live) = self.live.get_mut(&tx) else { return };
        let Some(bit) = live.bit(from) else { return };
        match &mut live.phase {
            Phase::Voting { yes, no, read, .. } => {
                // A reader that is asked twice may find a lock the second time; it has left.
                if (*yes | *no | *read) & bit != 0 {
                    return;
                }
                match vote {
                    Vote::Yes => *yes |= bit,
                    Vote::No => *no |= bit,
                    Vote::Read => *read |= bit,
                }
                if *yes | *no | *read == all(&live.parties) {
                    let outcome = if *no == 0 { Outcome::Commit } else { Outcome::Abort };
                    self.decide(protocol, tx, outcome, out);
                }
            }
            // Who votes NO, or READ, after the abort has nothing to learn from it.
            Phase::Telling { outcome: Outcome::Abort, .. } if vote != Vote::Yes => {
                self.acknowledged(tx, from, out);
            }
            Phase::Telling { .. } | Phase::Delegated { .. } => {}
        }
    }

    fn decide(&mut self, protocol: &TwoPhaseCommit, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        let Phase::Voting { yes, no, read, .. } = live.phase else { return };
        out.cancel_timer(Timer::Votes { tx });
        out.cancel_timer(Timer::Resend { tx, attempt: live.attempt });
        let told = match outcome {
            Outcome::Commit => yes,
            Outcome::Abort => all(&live.parties) & !(no | read),
        };
        let rule = Rule::of(protocol, outcome, told);
        let broken = protocol.knobs.broken;
        let late = broken == Some(Flaw::UnforcedDecision) && rule.log == Logged::Forced;
        match rule.log {
            Logged::Not => {}
            Logged::Lazily | Logged::Forced => {
                let parties = live.subset(told);
                out.append(Record::Decided { tx, outcome, parties });
                if rule.log == Logged::Forced && !late {
                    out.sync();
                }
            }
        }
        let forced = rule.log == Logged::Forced && !late;
        out.note(Note::Decided { tx, outcome, forced });
        out.note(Note::Answered { tx, outcome });
        live.tell(tx, outcome, told, out);
        if late {
            out.sync();
        }
        if rule.acknowledged && told != 0 && broken != Some(Flaw::ForgetsBeforeAcks) {
            live.phase = Phase::Telling { outcome, unacknowledged: told };
            live.attempt = 0;
            out.set_timer(Timer::Resend { tx, attempt: 0 });
        } else {
            if rule.ended {
                out.append(Record::End { tx });
            }
            self.live.remove(&tx);
        }
    }

    fn acknowledged(&mut self, tx: TxId, from: ProcessId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        let Some(bit) = live.bit(from) else { return };
        if let Phase::Telling { unacknowledged, .. } = &mut live.phase {
            *unacknowledged &= !bit;
            if *unacknowledged == 0 {
                out.append(Record::End { tx });
                out.cancel_timer(Timer::Resend { tx, attempt: live.attempt });
                self.live.remove(&tx);
            }
        }
    }

    fn inquiry(&self, protocol: &TwoPhaseCommit, tx: TxId, from: ProcessId, out: &mut Out) {
        match self.live.get(&tx).map(|live| &live.phase) {
            None => {
                let outcome = protocol.presumed();
                out.send(from, Message::Decision { tx, outcome });
            }
            Some(&Phase::Telling { outcome, .. }) => {
                out.send(from, Message::Decision { tx, outcome });
            }
            // There is no decision yet.
            Some(Phase::Voting { .. } | Phase::Delegated { .. }) => {}
        }
    }

    fn done(&mut self, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        if matches!(live.phase, Phase::Delegated { .. }) {
            out.cancel_timer(Timer::Resend { tx, attempt: live.attempt });
            out.note(Note::Decided { tx, outcome, forced: false });
            out.note(Note::Answered { tx, outcome });
            self.live.remove(&tx);
        }
    }

    /// Whom it waits for before it can decide. Having decided, it waits for nobody: telling is not
    /// blocking.
    pub(super) fn report(&self, say: &mut Vec<Note>) {
        for (&tx, live) in self.live.iter() {
            let waits_for: Parties = match &live.phase {
                Phase::Voting { yes, no, read, .. } => {
                    members(&live.parties, all(&live.parties) & !(yes | no | read)).collect()
                }
                Phase::Delegated { .. } => live.parties.clone(),
                Phase::Telling { .. } => continue,
            };
            let waits_for = waits_for.as_slice().into();
            say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
        }
    }
}

impl Live {
    pub(super) fn bit(&self, party: ProcessId) -> Option<Set> {
        self.parties.iter().position(|&p| p == party).map(|n| 1 << n)
    }

    fn subset(&self, set: Set) -> Parties {
        if set == all(&self.parties) {
            self.parties.clone()
        } else {
            members(&self.parties, set).collect()
        }
    }

    fn tell(&self, tx: TxId, outcome: Outcome, whom: Set, out: &mut Out) {
        for party in members(&self.parties, whom) {
            out.send(party, Message::Decision { tx, outcome });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Logged {
    Not,
    Lazily,
    Forced,
}

/// What a decision costs its coordinator: the table of the R* paper, row by row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rule {
    /// How the decision is logged.
    log: Logged,
    /// Whether it is acknowledged.
    acknowledged: bool,
    /// Whether an end record follows.
    ended: bool,
}

impl Rule {
    fn of(protocol: &TwoPhaseCommit, outcome: Outcome, told: Set) -> Rule {
        let rule = |log, acknowledged, ended| Rule { log, acknowledged, ended };
        match (protocol.knobs.presumption, outcome) {
            (Presumption::Nothing, _) => rule(Logged::Forced, true, true),
            // All have only read: nobody will ever ask.
            (Presumption::Abort, Outcome::Commit) if told == 0 => rule(Logged::Not, false, false),
            (Presumption::Abort, Outcome::Commit) => rule(Logged::Forced, true, true),
            (Presumption::Abort, Outcome::Abort) => rule(Logged::Lazily, false, false),
            (Presumption::Commit, Outcome::Commit) if told == 0 => {
                rule(Logged::Lazily, false, false)
            }
            (Presumption::Commit, Outcome::Commit) => rule(Logged::Forced, false, false),
            (Presumption::Commit, Outcome::Abort) => rule(Logged::Not, true, true),
        }
    }
}

/// What a log says must still be told, and to whom.
fn unfinished(protocol: &TwoPhaseCommit, log: &[Record]) -> Vec<(TxId, Outcome, Parties)> {
    let mut open: Table<TxId, (Outcome, Parties)> = Table::new();
    for record in log {
        match record {
            // Presumed commit, undecided when the coordinator crashed: abort it.
            Record::Collecting { tx, parties } => {
                open.insert(*tx, (Outcome::Abort, parties.clone()));
            }
            Record::Decided { tx, outcome, parties } => {
                let told = all(parties);
                if told != 0 && Rule::of(protocol, *outcome, told).acknowledged {
                    open.insert(*tx, (*outcome, parties.clone()));
                } else {
                    open.remove(tx);
                }
            }
            Record::End { tx } => drop(open.remove(tx)),
            // Participants' records are in other logs.
            Record::Prepared { .. }
            | Record::Committed { .. }
            | Record::Aborted { .. }
            | Record::OnePhase { .. }
            | Record::Snapshot(_) => {}
        }
    }
    open.iter().map(|(&tx, (outcome, parties))| (tx, *outcome, parties.clone())).collect()
}

/// Forgets every transaction about which nothing must be told any more.
pub(super) fn compact(protocol: &TwoPhaseCommit, log: &mut Vec<Record>) {
    let open: Vec<TxId> = unfinished(protocol, log).into_iter().map(|(tx, ..)| tx).collect();
    log.retain(|record| record.tx().is_some_and(|tx| open.binary_search(&tx).is_ok()));
}
