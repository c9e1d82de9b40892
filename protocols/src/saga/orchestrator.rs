//! The orchestrator: takes a saga up, calls its steps one after the other or as their graph has
//! them, and turns back where it must.

use std::mem::discriminant;
use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::Saga;
use super::course::{Course, Live, Silence};
use super::knobs::{FailedStep, Flaw, Workers};
use super::message::{Message, Timer};
use super::record::{Record, Steps};
use super::workers::{Task, Told};
use crate::common::{Note, Oldest, Outcome, Part, Standing, TxId, Work};

type Out = Outbox<Saga>;

/// The orchestrator's volatile state: the sagas that are not over.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Orchestrator {
    pub(super) live: Table<TxId, Live>,
    /// What workers are at, by their numbers; nothing if there is only one.
    pub(super) tasks: Table<u8, Task>,
    /// Those that need a person.
    pub(super) given_up: Vec<TxId>,
}

impl Orchestrator {
    pub(super) fn boot(protocol: &Saga, log: &[Record], out: &mut Out) -> Orchestrator {
        let mut orchestrator = Orchestrator::default();
        for record in log {
            if let Record::Ended { tx, outcome } = record {
                out.note(Note::Restored { tx: *tx, standing: Standing::Decided(*outcome) });
            }
            orchestrator.replay(record, protocol.first_course());
        }
        for &tx in &orchestrator.given_up {
            out.note(Note::NeedsPerson { tx });
        }
        let live: Vec<TxId> = orchestrator.live.iter().map(|(&tx, _)| tx).collect();
        for tx in live {
            if matches!(orchestrator.live[&tx].course, Course::Backward { .. }) {
                let standing = Standing::Decided(Outcome::Abort);
                out.note(Note::Restored { tx, standing });
            }
            out.set_timer(Timer::Call { tx, attempt: 0 });
            orchestrator.call_all(protocol, tx, out);
        }
        orchestrator
    }

    fn replay(&mut self, record: &Record, course: Course) {
        match record {
            Record::Started { tx, work } => {
                self.live.insert(*tx, Live { work: work.clone(), course, attempt: 0 });
            }
            Record::Viewed { tx } => {
                if let Some(live) = self.live.get_mut(tx) {
                    live.course = Course::Forward { done: 0 };
                }
            }
            Record::Stepped { tx, step } => {
                if let Some(live) = self.live.get_mut(tx) {
                    live.course = Course::Forward { done: live.done_with(*step) };
                }
            }
            Record::Turned { tx, left } => {
                if let Some(live) = self.live.get_mut(tx) {
                    live.course = Course::Backward { left: *left };
                }
            }
            Record::Compensated { tx, step } => {
                if let Some(live) = self.live.get_mut(tx)
                    && let Course::Backward { left } = &mut live.course
                {
                    *left &= !(1 << step);
                }
            }
            Record::Ended { tx, .. } => drop(self.live.remove(tx)),
            Record::GivenUp { tx } => {
                self.live.remove(tx);
                self.given_up.push(*tx);
            }
            // Services' records are in other logs.
            Record::Acted { .. }
            | Record::Refused { .. }
            | Record::Undid { .. }
            | Record::Fenced { .. }
            | Record::Stuck { .. }
            | Record::Looked { .. }
            | Record::Snapshot(_) => {}
        }
    }

    pub(super) fn step(&mut self, protocol: &Saga, event: Event<Saga>, out: &mut Out) {
        match event {
            Event::Request { id, request: work } => self.begin(protocol, id.into(), work, out),
            Event::Message { from, message } => match protocol.knobs.workers {
                Workers::One => self.answer(protocol, from, &message, out),
                Workers::Two => self.assign(message.tx(), Told::Answer { from, message }, out),
            },
            Event::Timer(Timer::Call { tx, .. }) => match protocol.knobs.workers {
                Workers::One => self.silence(protocol, tx, out),
                Workers::Two => self.assign(tx, Told::Silence, out),
            },
            Event::Timer(Timer::Write { worker, .. }) => self.write(protocol, worker, out),
            // Nothing is left to choice.
            Event::Chosen(_) => {}
        }
    }

    fn begin(&mut self, protocol: &Saga, tx: TxId, work: Work, out: &mut Out) {
        let work = protocol.ordered(work);
        out.note(Note::Began { tx, work: work.clone() });
        out.append(Record::Started { tx, work: work.clone() });
        if protocol.knobs.broken != Some(Flaw::UnforcedStart) {
            out.sync();
        }
        if protocol.extra_message {
            out.send(work.0.source(), Message::Done { tx });
        }
        self.live.insert(tx, Live { work, course: protocol.first_course(), attempt: 0 });
        out.set_timer(Timer::Call { tx, attempt: 0 });
        self.call_all(protocol, tx, out);
    }

    /// Makes all calls that a saga has come to.
    fn call_all(&self, protocol: &Saga, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        self.call(tx, live.calls(protocol), out);
    }

    /// Makes the calls of these steps.
    fn call(&self, tx: TxId, steps: Steps, out: &mut Out) {
        let (Some(live), Some((&oldest, _))) = (self.live.get(&tx), self.live.first()) else {
            return;
        };
        let oldest = Oldest(oldest);
        let branches = live.work.0.branches().iter().enumerate();
        for (step, branch) in branches.filter(|(step, _)| steps & 1 << step != 0) {
            let part = Part::new(live.work.clone(), step);
            out.send(
                branch.process,
                match live.course {
                    Course::Looking { .. } => Message::Look { tx, part, oldest },
                    Course::Forward { .. } => Message::Do { tx, part, oldest },
                    Course::Backward { .. } => Message::Undo { tx, part, oldest },
                },
            );
        }
    }

    /// Goes on with a saga that has come further on its course, or has taken another. What is
    /// called already is not called again; it is waited for anew.
    fn proceed(&mut self, protocol: &Saga, tx: TxId, course: Course, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        out.cancel_timer(Timer::Call { tx, attempt: live.attempt });
        let is_same = discriminant(&live.course) == discriminant(&course);
        let under_way = if is_same { live.calls(protocol) } else { 0 };
        live.course = course;
        live.attempt = 0;
        let calls = live.calls(protocol) & !under_way;
        out.set_timer(Timer::Call { tx, attempt: 0 });
        self.call(tx, calls, out);
    }

    pub(super) fn answer(
        &mut self,
        protocol: &Saga,
        from: ProcessId,
        message: &Message,
        out: &mut Out,
    ) {
        let (Message::Done { tx }
        | Message::Refused { tx }
        | Message::Undone { tx }
        | Message::CannotUndo { tx }
        | Message::Looked { tx }) = message
        else {
            // Services' business; nobody sends it here.
            return;
        };
        // Who answers a call that is not under way answers late, or twice.
        let Some(live) = self.live.get(tx) else { return };
        let Some(step) = live.called(protocol, from) else { return };
        let tx = *tx;
        match (live.course, message) {
            (Course::Looking { .. }, Message::Looked { .. }) => {
                self.looked(protocol, tx, step, out);
            }
            // Nothing is done that would have to be undone.
            (Course::Looking { .. }, Message::Refused { .. }) => self.turn(protocol, tx, 0, out),
            (Course::Forward { .. }, Message::Done { .. }) => self.done(protocol, tx, step, out),
            (Course::Forward { done }, Message::Refused { .. }) => {
                self.refused(protocol, tx, (done, step), out);
            }
            (Course::Backward { left }, Message::Undone { .. }) => {
                self.undone(protocol, tx, (left, step), out);
            }
            (Course::Backward { left }, Message::CannotUndo { .. }) => {
                if protocol.knobs.broken == Some(Flaw::FailedUndoPassedOver) {
                    self.undone(protocol, tx, (left, step), out);
                } else {
                    self.give_up(tx, out);
                }
            }
            // What comes late from the way there, or by mistake from the way back.
            (
                Course::Looking { .. },
                Message::Done { .. } | Message::Undone { .. } | Message::CannotUndo { .. },
            )
            | (
                Course::Forward { .. },
                Message::Undone { .. } | Message::CannotUndo { .. } | Message::Looked { .. },
            )
            | (
                Course::Backward { .. },
                Message::Done { .. } | Message::Refused { .. } | Message::Looked { .. },
            )
            | (_, Message::Do { .. } | Message::Undo { .. } | Message::Look { .. }) => {}
        }
    }

    /// Forced when all has been looked at: from then on there may be something to undo.
    fn looked(&mut self, protocol: &Saga, tx: TxId, step: u8, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        let course = if usize::from(step) + 1 == live.work.0.branches().len() {
            out.force(Record::Viewed { tx });
            Course::Forward { done: 0 }
        } else {
            Course::Looking { step: step + 1 }
        };
        self.proceed(protocol, tx, course, out);
    }

    fn done(&mut self, protocol: &Saga, tx: TxId, step: u8, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        let (work, done) = (&*live.work.0, live.done_with(step));
        if done == work.all() {
            return self.end(protocol, tx, Outcome::Commit, out);
        }
        out.append(Record::Stepped { tx, step });
        let next = work.first_of(work.all() & !done) & !live.calls(protocol);
        // Lost in a crash that comes after the next calls, nobody would know that there is
        // something to undo. Where others are waited for first, the step is only called again.
        if next != 0 && protocol.knobs.broken != Some(Flaw::UnforcedStep) {
            out.sync();
        }
        self.proceed(protocol, tx, Course::Forward { done }, out);
    }

    /// What is under way beside the step that was refused may be done, or be done yet: it was
    /// registered before it was called.
    fn refused(&mut self, protocol: &Saga, tx: TxId, (done, step): (Steps, u8), out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        if protocol.only_forward(&live.work, step) {
            return self.give_up(tx, out);
        }
        let refused = 1 << step;
        let failed = match protocol.knobs.failed_step {
            FailedStep::Classic => 0,
            FailedStep::Dtm => refused,
        };
        let unknown = live.unknown(protocol) & !refused;
        self.turn(protocol, tx, done | failed | unknown, out);
    }

    /// Turns back: these steps have to be undone, as far as they change anything.
    fn turn(&mut self, protocol: &Saga, tx: TxId, some: Steps, out: &mut Out) {
        let Some(live) = self.live.get(&tx) else { return };
        let branches = live.work.0.branches().iter().enumerate();
        let writing =
            branches.filter(|(step, branch)| some & 1 << step != 0 && !branch.reads_only());
        let left = writing.fold(0, |left: Steps, (step, _)| left | 1 << step);
        if left == 0 {
            return self.end(protocol, tx, Outcome::Abort, out);
        }
        let forced = protocol.knobs.broken != Some(Flaw::UnloggedTurn);
        if forced {
            out.force(Record::Turned { tx, left });
        }
        out.note(Note::Decided { tx, outcome: Outcome::Abort, forced });
        self.proceed(protocol, tx, Course::Backward { left }, out);
    }

    fn undone(&mut self, protocol: &Saga, tx: TxId, (left, step): (Steps, u8), out: &mut Out) {
        let left = left & !(1 << step);
        if left == 0 {
            return self.end(protocol, tx, Outcome::Abort, out);
        }
        // Lost in a crash, the service is asked again, and remembers it.
        out.append(Record::Compensated { tx, step });
        self.proceed(protocol, tx, Course::Backward { left }, out);
    }

    /// Forced, for the client is told; and services forget a saga of which they are told that it
    /// is over, so a call of it must never be made again.
    fn end(&mut self, protocol: &Saga, tx: TxId, outcome: Outcome, out: &mut Out) {
        let Some(live) = self.live.remove(&tx) else { return };
        out.cancel_timer(Timer::Call { tx, attempt: live.attempt });
        let forced = protocol.knobs.broken != Some(Flaw::AnswersBeforeEnd);
        out.append(Record::Ended { tx, outcome });
        if forced {
            out.sync();
        }
        out.note(Note::Decided { tx, outcome, forced });
        out.note(Note::Answered { tx, outcome });
        if !forced {
            out.sync();
        }
    }

    fn give_up(&mut self, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.remove(&tx) else { return };
        out.cancel_timer(Timer::Call { tx, attempt: live.attempt });
        out.force(Record::GivenUp { tx });
        out.note(Note::NeedsPerson { tx });
        self.given_up.push(tx);
    }

    /// A call was not answered in time.
    pub(super) fn silence(&mut self, protocol: &Saga, tx: TxId, out: &mut Out) {
        let Some(live) = self.live.get_mut(&tx) else { return };
        match live.silence(protocol) {
            Silence::Again(attempt) => {
                live.attempt = attempt;
                out.set_timer(Timer::Call { tx, attempt });
                self.call_all(protocol, tx, out);
            }
            Silence::Unknown => {
                // What is called may have been done: it was registered before.
                let some = match live.course {
                    Course::Looking { .. } => 0,
                    Course::Forward { done } => done | live.unknown(protocol),
                    Course::Backward { left } => left,
                };
                self.turn(protocol, tx, some, out);
            }
            Silence::GiveUp => self.give_up(tx, out),
        }
    }

    /// Whom it waits for, and what needs a person.
    pub(super) fn report(&self, protocol: &Saga, say: &mut Vec<Note>) {
        for (&tx, live) in self.live.iter() {
            let waits_for = live.asks(protocol).collect();
            say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
        }
        say.extend(self.given_up.iter().map(|&tx| Note::NeedsPerson { tx }));
    }
}

/// Forgets every saga that is over and needs nobody.
pub(super) fn compact(log: &mut Vec<Record>) {
    let mut orchestrator = Orchestrator::default();
    for record in log.iter() {
        orchestrator.replay(record, Course::Forward { done: 0 });
    }
    let Orchestrator { live, tasks: _, given_up } = orchestrator;
    log.retain(|record| match record {
        Record::GivenUp { .. } => true,
        Record::Started { tx, .. }
        | Record::Stepped { tx, .. }
        | Record::Turned { tx, .. }
        | Record::Compensated { tx, .. }
        | Record::Viewed { tx } => live.contains(tx) && !given_up.contains(tx),
        Record::Ended { .. } => false,
        // Services' records are in other logs.
        Record::Acted { .. }
        | Record::Refused { .. }
        | Record::Undid { .. }
        | Record::Fenced { .. }
        | Record::Stuck { .. }
        | Record::Looked { .. }
        | Record::Snapshot(_) => false,
    });
}
