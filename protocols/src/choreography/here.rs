//! Where a step happens, and how what it does becomes known.

use dtxsim_core::{Outbox, ProcessId};

use super::Choreography;
use super::knobs::Flaw;
use super::message::{Message, Timer, What};
use super::record::Record;
use crate::common::{Deed, Note, Op, TxId, Work, Writes};

type Out = Outbox<Choreography>;

/// Where a step happens.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) protocol: &'a Choreography,
    pub(super) me: ProcessId,
    pub(super) tx: TxId,
}

impl Here<'_> {
    pub(super) fn is(&self, flaw: Flaw) -> bool {
        self.protocol.knobs.broken == Some(flaw)
    }

    /// What is put into the outbox; nothing where there is none.
    pub(super) fn outbox(&self, event: Option<What>) -> Option<What> {
        let none = self.is(Flaw::EventAfterCommit) || self.is(Flaw::EventBeforeCommit);
        event.filter(|_| !none)
    }

    fn place(&self, work: &Work) -> usize {
        let found = work.0.participants().iter().position(|&party| party == self.me);
        found.expect("who is told of a transaction takes part in it")
    }

    pub(super) fn ops<'w>(&self, work: &'w Work) -> &'w [Op] {
        &work.0.branches()[self.place(work)].ops
    }

    fn is_first(&self, work: &Work) -> bool {
        work.0.source() == self.me
    }

    /// What others are told once the step is done; nobody, if it is the only one.
    pub(super) fn onward(&self, work: &Work) -> Option<What> {
        let (place, steps) = (self.place(work), work.0.branches().len());
        if steps == 1 {
            None
        } else if place + 1 == steps {
            Some(What::Completed)
        } else {
            Some(What::Done)
        }
    }

    /// What others are told once nothing is left of the step.
    pub(super) fn backward(&self, work: &Work) -> Option<What> {
        (!self.is_first(work)).then_some(What::Failed)
    }

    /// For whom an event is.
    pub(super) fn receiver(&self, work: &Work, what: What) -> ProcessId {
        let place = self.place(work);
        match what {
            What::Done => work.0.participants()[place + 1],
            What::Failed => work.0.participants()[place - 1],
            What::Completed => work.0.source(),
        }
    }

    pub(super) fn send(&self, work: &Work, what: What, out: &mut Out) {
        let event = Message::Event { tx: self.tx, work: work.clone(), what };
        out.send(self.receiver(work, what), event);
    }

    /// Makes a local transaction durable and says what it did; then its event may go.
    pub(super) fn commit(
        &self,
        record: Record,
        said: (Deed, &Writes),
        to: (&Work, Option<What>),
        out: &mut Out,
    ) {
        let ((deed, writes), (work, event)) = (said, to);
        let early = event.filter(|_| self.is(Flaw::EventBeforeCommit));
        if let Some(what) = early {
            self.send(work, what, out);
        }
        out.force(record);
        if !writes.is_empty() {
            out.note(Note::Did { tx: self.tx, deed, changed: true });
            for &(key, value) in writes {
                out.note(Note::Changed { key, value });
            }
        } else if deed == Deed::Action {
            for op in self.ops(work).iter().filter(|op| !op.writes()) {
                out.note(Note::Read { tx: self.tx, key: op.key() });
            }
        }
        if early.is_none() {
            self.tell(work, event, out);
        }
    }

    /// Sends what is in the outbox, and waits for its receipt; or sends it once.
    pub(super) fn tell(&self, work: &Work, event: Option<What>, out: &mut Out) {
        let Some(what) = event else { return };
        self.send(work, what, out);
        if self.outbox(event).is_some() {
            out.set_timer(Timer::Resend { tx: self.tx, attempt: 0 });
        }
    }
}
