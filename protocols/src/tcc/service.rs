//! A service: owns data, reserves of it what a branch needs, and uses that or gives it back.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::Tcc;
use super::barrier::Barrier;
use super::knobs::{Fence, Flaw};
use super::message::{Call, Message, Operation, Thread, Timer};
use super::record::{Record, Snapshot};
use super::unfenced::Checked;
use crate::common::{Deed, Key, KeySpec, LocalStore, Note, Part, Reservations, TxId, Writes};

/// A service's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    pub(super) store: LocalStore,
    pub(super) reservations: Reservations,
    pub(super) barrier: Barrier,
    /// Those who have checked and are about to act: only [`Fence::CheckThenAct`].
    pub(super) threads: Table<Thread, Checked>,
}

/// Where a service acts.
pub(super) struct At<'a> {
    pub(super) protocol: &'a Tcc,
    pub(super) me: ProcessId,
    pub(super) out: &'a mut Outbox<Tcc>,
}

impl At<'_> {
    pub(super) fn keys(&self) -> &[KeySpec] {
        &self.protocol.keys[self.me.index()]
    }

    pub(super) fn reply(&mut self, tx: TxId, operation: Operation, done: bool) {
        self.out.send(self.protocol.coordinator, Message::Reply { tx, operation, done });
    }

    /// Says what was done, and what it made of the data.
    pub(super) fn did(&mut self, tx: TxId, deed: Deed, changed: bool, writes: &Writes) {
        self.out.note(Note::Did { tx, deed, changed });
        for &(key, value) in writes {
            self.out.note(Note::Changed { key, value });
        }
    }
}

impl Service {
    pub(super) fn boot(
        protocol: &Tcc,
        me: ProcessId,
        log: &[Record],
        out: &mut Outbox<Tcc>,
    ) -> Service {
        let service = Service::replay(protocol, me, log);
        for (tx, rows) in service.barrier.iter() {
            for row in rows {
                out.note(Note::Recalled { tx, deed: row.operation.deed(), times: row.times });
            }
        }
        if protocol.knobs.expiry {
            service.barrier.open().for_each(|tx| out.set_timer(Timer::Expiry { tx }));
        }
        service
    }

    /// What a log amounts to.
    fn replay(protocol: &Tcc, me: ProcessId, log: &[Record]) -> Service {
        let keys = &protocol.keys[me.index()];
        let mut service = Service {
            store: LocalStore::new(keys),
            reservations: Reservations::default(),
            barrier: Barrier::default(),
            threads: Table::new(),
        };
        for record in log {
            service.redo(protocol.knobs.fence, keys, record);
        }
        service
    }

    fn redo(&mut self, fence: Fence, keys: &[KeySpec], record: &Record) {
        // Who checks and then acts has written its row only if there is a record of that.
        let found = fence != Fence::CheckThenAct;
        match record {
            Record::Snapshot(snapshot) => {
                self.store = LocalStore::restored(snapshot.values.clone());
                self.reservations = snapshot.reservations.clone();
                self.barrier = snapshot.barrier.clone();
            }
            Record::Tried { tx, part, oldest } => {
                self.barrier.forget_before(*oldest);
                let again = self.reservations.reserve(*tx, part.ops(), &self.store, keys);
                debug_assert_eq!(again, Ok(()), "what was reserved once can be reserved again");
                self.barrier.did(*tx, Operation::Try, (true, found));
            }
            Record::Confirmed { tx, part } => {
                self.confirm(fence, *tx, part);
                self.barrier.did(*tx, Operation::Confirm, (true, found));
            }
            Record::Cancelled { tx, part } => {
                self.cancel(fence, *tx, part);
                self.barrier.did(*tx, Operation::Cancel, (true, found));
            }
            Record::Fenced { tx } => self.barrier.did(*tx, Operation::Cancel, (false, true)),
            Record::Expired { tx } => {
                self.reservations.cancel(*tx);
                self.barrier.did(*tx, Operation::Cancel, (true, true));
            }
            Record::Row { tx, operation } => self.barrier.write(*tx, *operation),
            // The coordinator's records are in its own log.
            Record::Registered { .. }
            | Record::Decided { .. }
            | Record::End { .. }
            | Record::NeedsPerson { .. } => {}
        }
    }

    /// Uses what a branch has reserved. Without a barrier nobody knows whether it has.
    pub(super) fn confirm(&mut self, fence: Fence, tx: TxId, part: &Part) -> Writes {
        match fence {
            Fence::Barrier => self.reservations.confirm(tx, &mut self.store),
            Fence::None | Fence::CheckThenAct => {
                self.reservations.release_unchecked(tx, part.ops());
                self.store.add(part.ops())
            }
        }
    }

    /// Gives back what a branch has reserved. Without a barrier nobody knows whether it has.
    pub(super) fn cancel(&mut self, fence: Fence, tx: TxId, part: &Part) {
        match fence {
            Fence::Barrier => drop(self.reservations.cancel(tx)),
            Fence::None | Fence::CheckThenAct => {
                self.reservations.release_unchecked(tx, part.ops());
            }
        }
    }

    pub(super) fn step(
        &mut self,
        protocol: &Tcc,
        me: ProcessId,
        event: Event<Tcc>,
        out: &mut Outbox<Tcc>,
    ) {
        let mut at = At { protocol, me, out };
        match event {
            Event::Message { message: Message::Call(call), .. } => {
                self.barrier.forget_before(call.oldest.0);
                // The coordinator has heard from everybody, or there is nothing that it waits for.
                if self.barrier.forgot(call.tx) {
                    return;
                }
                match protocol.knobs.fence {
                    Fence::Barrier => self.fenced(&call, &mut at),
                    Fence::CheckThenAct => self.check(&call, &mut at),
                    Fence::None => {
                        self.act(&call, true, &mut at);
                    }
                }
            }
            Event::Timer(Timer::Expiry { tx }) => self.expire(tx, &mut at),
            Event::Timer(Timer::Act(thread)) => self.wake(thread, &mut at),
            // The coordinator's business; and nothing is left to choice.
            Event::Message { message: Message::Reply { .. }, .. }
            | Event::Request { .. }
            | Event::Timer(Timer::Tries { .. } | Timer::Resend { .. })
            | Event::Chosen(_) => {}
        }
    }

    /// A call behind a barrier: effect and row are one record.
    fn fenced(&mut self, call: &Call, at: &mut At<'_>) {
        match call.operation {
            Operation::Try => self.fenced_try(call, at),
            Operation::Confirm => self.fenced_confirm(call, at),
            Operation::Cancel => self.fenced_cancel(call, at),
        }
    }

    fn fenced_try(&mut self, Call { tx, part, oldest, .. }: &Call, at: &mut At<'_>) {
        let tx = *tx;
        if self.barrier.has(tx, Operation::Cancel) {
            at.did(tx, Deed::Try, false, &Writes::new());
            // What was cancelled, or will never be tried, is not tried any more.
            at.reply(tx, Operation::Try, at.protocol.is(Flaw::CancelNotRecorded));
            return;
        }
        if self.barrier.has(tx, Operation::Try) {
            at.reply(tx, Operation::Try, true);
            return;
        }
        if self.reservations.reserve(tx, part.ops(), &self.store, at.keys()).is_err() {
            // Nothing is remembered: the Cancel that follows will find nothing.
            at.reply(tx, Operation::Try, false);
            return;
        }
        self.barrier.did(tx, Operation::Try, (true, true));
        at.out.force(Record::Tried { tx, part: part.clone(), oldest: oldest.0 });
        at.did(tx, Deed::Try, true, &Writes::new());
        if at.protocol.knobs.expiry {
            at.out.set_timer(Timer::Expiry { tx });
        }
        at.reply(tx, Operation::Try, true);
    }

    fn fenced_confirm(&mut self, Call { tx, part, .. }: &Call, at: &mut At<'_>) {
        let tx = *tx;
        if self.barrier.has(tx, Operation::Confirm) {
            at.reply(tx, Operation::Confirm, true);
            return;
        }
        if self.barrier.has(tx, Operation::Cancel) || !self.barrier.has(tx, Operation::Try) {
            // It has expired; or somebody has forgotten something. No retry will mend that.
            let blind = at.protocol.is(Flaw::ExpiredConfirmAcknowledged)
                || at.protocol.is(Flaw::CancelNotRecorded);
            at.reply(tx, Operation::Confirm, blind);
            return;
        }
        let writes = self.confirm(Fence::Barrier, tx, part);
        self.barrier.did(tx, Operation::Confirm, (true, true));
        at.out.cancel_timer(Timer::Expiry { tx });
        at.out.append(Record::Confirmed { tx, part: part.clone() });
        let early = at.protocol.is(Flaw::ConfirmedBeforeForce);
        if early {
            at.reply(tx, Operation::Confirm, true);
        }
        at.out.sync();
        at.did(tx, Deed::Confirm, true, &writes);
        if !early {
            at.reply(tx, Operation::Confirm, true);
        }
    }

    fn fenced_cancel(&mut self, Call { tx, part, .. }: &Call, at: &mut At<'_>) {
        let tx = *tx;
        if self.barrier.has(tx, Operation::Cancel) {
            at.reply(tx, Operation::Cancel, true);
            return;
        }
        if self.barrier.has(tx, Operation::Confirm) {
            // Nobody should ask for that. It must not be done, and not be kept quiet.
            at.reply(tx, Operation::Cancel, false);
            return;
        }
        if self.barrier.has(tx, Operation::Try) {
            self.cancel(Fence::Barrier, tx, part);
            self.barrier.did(tx, Operation::Cancel, (true, true));
            at.out.cancel_timer(Timer::Expiry { tx });
            at.out.force(Record::Cancelled { tx, part: part.clone() });
            at.did(tx, Deed::Cancel, true, &Writes::new());
        } else if at.protocol.is(Flaw::EmptyCancelRefused) {
            // The coordinator takes silence for a failure that will pass, and asks again.
            return;
        } else {
            if !at.protocol.is(Flaw::EmptyCancelForgotten) {
                self.barrier.did(tx, Operation::Cancel, (false, true));
                at.out.force(Record::Fenced { tx });
            }
            at.did(tx, Deed::Cancel, false, &Writes::new());
        }
        at.reply(tx, Operation::Cancel, true);
    }

    fn expire(&mut self, tx: TxId, at: &mut At<'_>) {
        // The timer goes with what ends the reservation; it may have run out just before.
        if self.barrier.open().any(|open| open == tx) {
            self.reservations.cancel(tx);
            self.barrier.did(tx, Operation::Cancel, (true, true));
            at.out.force(Record::Expired { tx });
            at.did(tx, Deed::Cancel, true, &Writes::new());
        }
    }

    pub(super) fn report(&self, protocol: &Tcc, say: &mut Vec<Note>) {
        self.store.report(say);
        let first = say.len();
        self.reservations.report(say);
        let mut waiting: Table<TxId, Vec<Key>> = Table::new();
        for tx in self.barrier.open() {
            waiting.insert(tx, Vec::new());
        }
        for note in &say[first..] {
            if let Note::Reserved { tx, key } = note {
                waiting.entry(*tx, Vec::new).push(*key);
            }
        }
        for (&tx, holding) in waiting.iter() {
            let waits_for = Arc::new([protocol.coordinator]);
            say.push(Note::Waiting { tx, waits_for, holding: holding.as_slice().into() });
        }
    }
}

/// A snapshot.
pub(super) fn compact(protocol: &Tcc, me: ProcessId, log: &mut Vec<Record>) {
    let Service { store, reservations, barrier, threads: _ } = Service::replay(protocol, me, log);
    let snapshot = Snapshot { values: store.values().to_vec(), reservations, barrier };
    log.clear();
    log.push(Record::Snapshot(Arc::new(snapshot)));
}
