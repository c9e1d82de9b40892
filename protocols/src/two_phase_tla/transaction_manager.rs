use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Event, Outbox, ProcessId};

use super::message::{Message, Timer};
use super::{TM, TwoPhaseTla};

type Out = Outbox<TwoPhaseTla>;

/// All that the transaction manager knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TransactionManager {
    /// `tmState`.
    pub(super) state: Phase,
    /// `tmPrepared`: from whom it has received that they are prepared, a bit each, by their place
    /// among the resource managers.
    pub(super) prepared: u64,
}

/// How far the transaction manager is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Phase {
    Init,
    Committed,
    Aborted,
}

impl TransactionManager {
    pub(super) fn boot(protocol: &TwoPhaseTla, out: &mut Out) -> TransactionManager {
        let manager = TransactionManager { state: Phase::Init, prepared: 0 };
        out.set_timer(Timer::Abort);
        manager.enable_commit(protocol, out);
        manager
    }

    pub(super) fn step(
        &mut self,
        protocol: &TwoPhaseTla,
        event: Event<TwoPhaseTla>,
        out: &mut Out,
    ) {
        match event {
            Event::Message { from, message: Message::Prepared } => {
                self.receive_prepared(protocol, from, out);
            }
            // TMCommit and TMAbort; its timers are set only in its initial state.
            Event::Timer(Timer::Commit) => {
                self.decide(protocol, (Phase::Committed, Message::Commit), out);
            }
            Event::Timer(Timer::Abort) => {
                self.decide(protocol, (Phase::Aborted, Message::Abort), out);
            }
            // Resource managers' business; and nobody asks for anything here.
            Event::Message { message: Message::Commit | Message::Abort, .. }
            | Event::Timer(Timer::Prepare)
            | Event::Request { .. }
            | Event::Chosen(_) => {}
        }
    }

    /// TMRcvPrepared(rm)
    fn receive_prepared(&mut self, protocol: &TwoPhaseTla, from: ProcessId, out: &mut Out) {
        let one = 1 << protocol.place(from);
        match self.state {
            Phase::Init if self.prepared & one == 0 => {
                self.prepared |= one;
                self.enable_commit(protocol, out);
            }
            // A message that was received before, or that comes too late, has no effect.
            Phase::Init | Phase::Committed | Phase::Aborted => {}
        }
    }

    /// From the moment on in which enough are prepared it may commit whenever it likes.
    fn enable_commit(&self, protocol: &TwoPhaseTla, out: &mut Out) {
        if self.prepared.count_ones() == protocol.needed() {
            out.set_timer(Timer::Commit);
        }
    }

    fn decide(
        &mut self,
        protocol: &TwoPhaseTla,
        (state, message): (Phase, Message),
        out: &mut Out,
    ) {
        self.state = state;
        out.cancel_timer(Timer::Commit);
        out.cancel_timer(Timer::Abort);
        for manager in protocol.managers() {
            out.send(manager, message);
        }
    }
}

impl Renamed for TransactionManager {
    fn renamed(&self, by: &Renaming) -> TransactionManager {
        let first = TM.0 + 1;
        let places = (0..64).filter(|place| self.prepared >> place & 1 != 0);
        let prepared = places.map(|place| 1 << (by.of(ProcessId(first + place)).0 - first));
        TransactionManager { prepared: prepared.fold(0, |all, one: u64| all | one), ..*self }
    }
}
