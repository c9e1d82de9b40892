//! The coordinator: has all branches tried, decides, and sees to it that all of them are confirmed
//! or all that are registered are cancelled.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::Tcc;
use super::knobs::{Flaw, Tries};
use super::message::{Call, Message, Operation, Timer};
use super::record::Record;
use crate::common::{Note, Oldest, Outcome, Part, Processes, Standing, TxId, Work};

type Out = Outbox<Tcc>;

/// The coordinator's volatile state: the transactions that it has not forgotten.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Coordinator {
    live: Table<TxId, Live>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Live {
    work: Work,
    /// Whose branches are registered.
    registered: Processes,
    phase: Phase,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Phase {
    /// These have been tried.
    Trying { tried: Processes },
    /// Decided.
    Telling(Telling),
    /// A person must act.
    Parked,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Telling {
    outcome: Outcome,
    /// These have yet to acknowledge it.
    unacknowledged: Processes,
    /// These have said that they cannot.
    failed: Processes,
    /// Which repetition is next.
    attempt: u8,
}

/// What a log says of a transaction that has not ended.
struct Open {
    work: Work,
    registered: Processes,
    outcome: Option<Outcome>,
    needs_person: bool,
}

fn asked(outcome: Outcome) -> Operation {
    match outcome {
        Outcome::Commit => Operation::Confirm,
        Outcome::Abort => Operation::Cancel,
    }
}

impl Coordinator {
    /// What is decided is told again; what is registered and undecided is cancelled.
    pub(super) fn boot(protocol: &Tcc, log: &[Record], out: &mut Out) -> Coordinator {
        let mut coordinator = Coordinator::default();
        let open = unfinished(log);
        let trying = || Phase::Trying { tried: Processes::NONE };
        for (&tx, Open { work, registered, outcome, needs_person }) in open.iter() {
            let phase = if *needs_person { Phase::Parked } else { trying() };
            let live = Live { work: work.clone(), registered: *registered, phase };
            coordinator.live.insert(tx, live);
            if let Some(outcome) = *outcome {
                out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
            }
            if *needs_person {
                out.note(Note::NeedsPerson { tx });
            }
        }
        for (&tx, Open { registered, outcome, needs_person, .. }) in open.iter() {
            match outcome {
                _ if *needs_person => {}
                Some(outcome) => coordinator.tell(tx, *outcome, out),
                None if protocol.is(Flaw::CancelNotRecorded) => {
                    out.set_timer(Timer::Tries { tx });
                    coordinator.call(tx, Operation::Try, *registered, out);
                }
                None => coordinator.decide(protocol, tx, Outcome::Abort, out),
            }
        }
        coordinator
    }

    pub(super) fn step(&mut self, protocol: &Tcc, event: Event<Tcc>, out: &mut Out) {
        match event {
            Event::Request { id, request: work } => self.begin(protocol, id.into(), work, out),
            Event::Message { from, message: Message::Reply { tx, operation, done } } => {
                self.reply(protocol, tx, (from, operation, done), out);
            }
            Event::Timer(Timer::Tries { tx }) => self.decide(protocol, tx, Outcome::Abort, out),
            Event::Timer(Timer::Resend { tx, .. }) => self.resend(protocol, tx, out),
            // Services' business; and nothing is left to choice.
            Event::Message { message: Message::Call(_), .. }
            | Event::Timer(Timer::Expiry { .. } | Timer::Act(_))
            | Event::Chosen(_) => {}
        }
    }

    fn begin(&mut self, protocol: &Tcc, tx: TxId, work: Work, out: &mut Out) {
        out.note(Note::Began { tx, work: work.clone() });
        let first = match protocol.knobs.tries {
            Tries::Parallel => work.0.participants().iter().copied().collect(),
            Tries::Sequential => Processes::one(work.0.source()),
        };
        let phase = Phase::Trying { tried: Processes::NONE };
        self.live.insert(tx, Live { work, registered: Processes::NONE, phase });
        out.set_timer(Timer::Tries { tx });
        self.try_more(protocol, tx, first, out);
        if protocol.extra_message {
            self.call(tx, Operation::Try, first, out);
        }
    }

    /// Registers branches, and has them tried.
    fn try_more(&mut self, protocol: &Tcc, tx: TxId, branches: Processes, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        live.registered = live.registered.with(branches);
        let registered = Record::Registered { tx, work: live.work.clone(), branches };
        if protocol.is(Flaw::TryBeforeRegistration) {
            self.call(tx, Operation::Try, branches, out);
            out.force(registered);
        } else {
            out.force(registered);
            self.call(tx, Operation::Try, branches, out);
        }
    }

    fn call(&self, tx: TxId, operation: Operation, whom: Processes, out: &mut Out) {
        let (Some(live), Some((&oldest, _))) = (self.live.get(&tx), self.live.first()) else {
            return;
        };
        for (n, branch) in live.work.0.branches().iter().enumerate() {
            if whom.contains(branch.process) {
                let part = Part::new(live.work.clone(), n);
                let call = Call { tx, operation, part, oldest: Oldest(oldest) };
                out.send(branch.process, Message::Call(call));
            }
        }
    }

    fn reply(
        &mut self,
        protocol: &Tcc,
        tx: TxId,
        (from, operation, done): (ProcessId, Operation, bool),
        out: &mut Out,
    ) {
        // Whoever replies about a forgotten transaction has done its part long ago.
        let Some(live) = self.live.get_mut(&tx) else { return };
        match (&mut live.phase, operation) {
            (Phase::Trying { .. }, Operation::Try) if !done => {
                self.decide(protocol, tx, Outcome::Abort, out);
            }
            (Phase::Trying { tried }, Operation::Try) => {
                tried.insert(from);
                let mut branches = live.work.0.participants().iter().copied();
                if tried.contains_all(branches.clone().collect()) {
                    self.decide(protocol, tx, Outcome::Commit, out);
                } else if tried.contains_all(live.registered) {
                    let next = branches.find(|&process| !live.registered.contains(process));
                    let next = next.expect("not all are tried, so not all are registered");
                    self.try_more(protocol, tx, Processes::one(next), out);
                }
            }
            (Phase::Telling(telling), Operation::Confirm | Operation::Cancel) => {
                if operation == asked(telling.outcome) && telling.unacknowledged.remove(from) {
                    if !done {
                        telling.failed.insert(from);
                    }
                    self.acknowledged(tx, out);
                }
            }
            // A Try that comes too late is cancelled with the others. To a Cancel that was sent
            // before a crash there is an answer afterwards only where it was not recorded. And what
            // a person sees to is not touched.
            (Phase::Telling(_), Operation::Try)
            | (Phase::Trying { .. }, Operation::Confirm | Operation::Cancel)
            | (Phase::Parked, Operation::Try | Operation::Confirm | Operation::Cancel) => {}
        }
    }

    fn decide(&mut self, protocol: &Tcc, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(Live { phase: Phase::Trying { .. }, .. }) = self.live.get(&tx) else { return };
        out.cancel_timer(Timer::Tries { tx });
        let late = protocol.is(Flaw::ConfirmBeforeDecision) && outcome == Outcome::Commit;
        let never = protocol.is(Flaw::CancelNotRecorded) && outcome == Outcome::Abort;
        if !never {
            out.append(Record::Decided { tx, outcome });
        }
        let forced = !late && !never;
        if forced {
            out.sync();
        }
        out.note(Note::Decided { tx, outcome, forced });
        out.note(Note::Answered { tx, outcome });
        self.tell(tx, outcome, out);
        if late {
            out.sync();
        }
    }

    /// Goes on to the second phase.
    fn tell(&mut self, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        let unacknowledged = live.registered;
        let telling = Telling { outcome, unacknowledged, failed: Processes::NONE, attempt: 0 };
        live.phase = Phase::Telling(telling);
        self.call(tx, asked(outcome), unacknowledged, out);
        out.set_timer(Timer::Resend { tx, attempt: 0 });
    }

    fn resend(&mut self, protocol: &Tcc, tx: TxId, out: &mut Out) {
        let Some(Live { phase: Phase::Telling(telling), .. }) = self.live.get_mut(&tx) else {
            return;
        };
        if let Some(next) = protocol.retry.next(telling.attempt) {
            telling.attempt = next;
            let Telling { outcome, unacknowledged, .. } = *telling;
            self.call(tx, asked(outcome), unacknowledged, out);
            out.set_timer(Timer::Resend { tx, attempt: next });
        } else if protocol.is(Flaw::HalfConfirmedDropped) {
            self.end(tx, out);
        } else {
            self.park(tx, out);
        }
    }

    /// One less is waited for.
    fn acknowledged(&mut self, tx: TxId, out: &mut Out) {
        let Some(Live { phase: Phase::Telling(telling), .. }) = self.live.get(&tx) else { return };
        if !telling.unacknowledged.is_empty() {
            return;
        }
        out.cancel_timer(Timer::Resend { tx, attempt: telling.attempt });
        if telling.failed.is_empty() {
            self.end(tx, out);
        } else {
            self.park(tx, out);
        }
    }

    fn end(&mut self, tx: TxId, out: &mut Out) {
        out.append(Record::End { tx });
        self.live.remove(&tx);
    }

    /// Gives up: some branches are confirmed or cancelled, others cannot be, or say nothing.
    fn park(&mut self, tx: TxId, out: &mut Out) {
        if let Some(live) = self.live.get_mut(&tx) {
            live.phase = Phase::Parked;
            out.force(Record::NeedsPerson { tx });
            out.note(Note::NeedsPerson { tx });
        }
    }

    pub(super) fn report(&self, say: &mut Vec<Note>) {
        for (&tx, live) in self.live.iter() {
            let waits_for: Arc<[ProcessId]> = match &live.phase {
                Phase::Trying { tried } => live.registered.less(*tried).iter().collect(),
                Phase::Telling(telling) => telling.unacknowledged.iter().collect(),
                Phase::Parked => {
                    say.push(Note::NeedsPerson { tx });
                    continue;
                }
            };
            say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
        }
    }
}

fn unfinished(log: &[Record]) -> Table<TxId, Open> {
    let mut all: Table<TxId, Open> = Table::new();
    for record in log {
        match record {
            Record::Registered { tx, work, branches } => {
                let (work, registered) = (work.clone(), Processes::NONE);
                let new = || Open { work, registered, outcome: None, needs_person: false };
                let open = all.entry(*tx, new);
                open.registered = open.registered.with(*branches);
            }
            Record::Decided { tx, outcome } => {
                if let Some(open) = all.get_mut(tx) {
                    open.outcome = Some(*outcome);
                }
            }
            Record::NeedsPerson { tx } => {
                if let Some(open) = all.get_mut(tx) {
                    open.needs_person = true;
                }
            }
            Record::End { tx } => drop(all.remove(tx)),
            // Services' records are in other logs.
            Record::Tried { .. }
            | Record::Confirmed { .. }
            | Record::Cancelled { .. }
            | Record::Fenced { .. }
            | Record::Expired { .. }
            | Record::Row { .. }
            | Record::Snapshot(_) => {}
        }
    }
    all
}

/// Forgets every transaction that has ended.
pub(super) fn compact(log: &mut Vec<Record>) {
    let open = unfinished(log);
    log.retain(|record| record.tx().is_some_and(|tx| open.contains(&tx)));
}
