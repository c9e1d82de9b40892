//! A service: one local transaction a step and one a compensation, each with a row that says so.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::Saga;
use super::draft::{Draft, say_read};
use super::knobs::Flaw;
use super::message::Message;
use super::record::{Record, Snapshot};
use crate::common::{Deed, KeySpec, LocalStore, Note, Oldest, Part, TxId, Writes};

type Out = Outbox<Saga>;

/// A service's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    pub(super) store: LocalStore,
    /// What it remembers of sagas that are not over.
    pub(super) rows: Table<TxId, Row>,
    /// What those of them have seen that look before they act.
    pub(super) drafts: Table<TxId, Draft>,
    /// All sagas before this one are over: what still comes about them is late.
    pub(super) oldest: TxId,
}

/// What a service remembers of its step of one saga.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// How its step stands.
    pub stands: Stands,
    /// How often it has carried it out.
    pub acted: u8,
    /// How often it has undone it.
    pub undid: u8,
}

/// How the step of a service stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stands {
    /// Done.
    Done,
    /// Refused.
    Refused,
    /// Done and undone.
    Undone,
    /// Undone before it was asked for.
    Fenced,
    /// Done, and it cannot be undone.
    Stuck,
}

impl Service {
    pub(super) fn boot(protocol: &Saga, me: ProcessId, log: &[Record], out: &mut Out) -> Service {
        let service = Service::replay(protocol.keys(me), log);
        for (tx, deed, times) in recalled(log) {
            out.note(Note::Recalled { tx, deed, times });
        }
        // A crash may fall between what was seen and its note.
        for (&tx, draft) in service.drafts.iter().filter(|_| protocol.undo_logs.is_none()) {
            say_read(tx, draft, out);
        }
        service
    }

    fn replay(keys: &[KeySpec], log: &[Record]) -> Service {
        let (store, rows) = (LocalStore::new(keys), Table::new());
        let mut service = Service { store, rows, drafts: Table::new(), oldest: TxId(0) };
        for record in log {
            match record {
                Record::Snapshot(snapshot) => {
                    service.store = LocalStore::restored(snapshot.values.clone());
                    service.rows = snapshot.rows.clone();
                    service.drafts = snapshot.drafts.clone();
                    service.oldest = snapshot.oldest;
                }
                Record::Acted { tx, writes, undo_log, oldest } => {
                    service.forget_before(*oldest);
                    service.change(*tx, writes);
                    if let Some(undo_log) = undo_log {
                        service.drafts.insert(*tx, undo_log.clone());
                    }
                    service.remember(*tx, Stands::Done);
                }
                Record::Looked { tx, draft, oldest } => {
                    service.forget_before(*oldest);
                    service.drafts.insert(*tx, draft.clone());
                }
                Record::Undid { tx, writes } => {
                    service.change(*tx, writes);
                    service.remember(*tx, Stands::Undone);
                }
                Record::Refused { tx } => service.remember(*tx, Stands::Refused),
                Record::Fenced { tx } => service.remember(*tx, Stands::Fenced),
                Record::Stuck { tx } => service.remember(*tx, Stands::Stuck),
                // The orchestrator's records are in its own log.
                Record::Started { .. }
                | Record::Stepped { .. }
                | Record::Turned { .. }
                | Record::Compensated { .. }
                | Record::Ended { .. }
                | Record::GivenUp { .. }
                | Record::Viewed { .. } => {}
            }
        }
        service
    }

    fn forget_before(&mut self, oldest: TxId) {
        self.oldest = self.oldest.max(oldest);
        let oldest = self.oldest;
        self.rows.retain(|&tx, _| tx >= oldest);
        self.drafts.retain(|&tx, _| tx >= oldest);
    }

    pub(super) fn remember(&mut self, tx: TxId, stands: Stands) {
        let row = self.rows.entry(tx, || Row { stands, acted: 0, undid: 0 });
        row.stands = stands;
        row.acted = row.acted.saturating_add(u8::from(stands == Stands::Done));
        row.undid = row.undid.saturating_add(u8::from(stands == Stands::Undone));
    }

    pub(super) fn step(
        &mut self,
        protocol: &Saga,
        me: ProcessId,
        event: Event<Saga>,
        out: &mut Out,
    ) {
        match event {
            Event::Message { message, .. } => match message {
                Message::Do { tx, part, oldest: Oldest(oldest) } => {
                    self.forget_before(oldest);
                    if tx >= self.oldest {
                        let answer = self.act(protocol, (me, tx), &part, out);
                        out.send(protocol.orchestrator, answer);
                    }
                }
                Message::Undo { tx, part, oldest: Oldest(oldest) } => {
                    self.forget_before(oldest);
                    if tx >= self.oldest {
                        let answer = self.undo(protocol, (me, tx), &part, out);
                        out.send(protocol.orchestrator, answer);
                    }
                }
                Message::Look { tx, part, oldest: Oldest(oldest) } => {
                    self.forget_before(oldest);
                    if tx >= self.oldest {
                        let answer = self.look(protocol, tx, &part, out);
                        out.send(protocol.orchestrator, answer);
                    }
                }
                // The orchestrator's business; nobody sends it here.
                Message::Done { .. }
                | Message::Refused { .. }
                | Message::Undone { .. }
                | Message::CannotUndo { .. }
                | Message::Looked { .. } => {}
            },
            // The orchestrator's timers; clients ask the orchestrator; nothing is left to choice.
            Event::Timer(_) | Event::Request { .. } | Event::Chosen(_) => {}
        }
    }

    /// Carries its step out, or says again what it said before.
    fn act(
        &mut self,
        protocol: &Saga,
        (me, tx): (ProcessId, TxId),
        part: &Part,
        out: &mut Out,
    ) -> Message {
        let again = protocol.knobs.broken == Some(Flaw::NotIdempotent);
        match self.rows.get(&tx).map(|row| row.stands) {
            Some(Stands::Done) if !again => return Message::Done { tx },
            Some(Stands::Refused) => return Message::Refused { tx },
            // It comes too late: nobody would undo it.
            Some(Stands::Undone | Stands::Fenced | Stands::Stuck) => {
                out.note(Note::Did { tx, deed: Deed::Action, changed: false });
                return Message::Refused { tx };
            }
            Some(Stands::Done) | None => {}
        }
        let writes = part.ops().iter().any(|op| op.writes());
        if !writes && self.may_read(protocol, tx, part) {
            // Who only reads has nothing to remember.
            for op in part.ops() {
                out.note(Note::Read { tx, key: op.key() });
            }
            return Message::Done { tx };
        }
        let writes = if writes { self.carry_out(protocol, (me, tx), part) } else { None };
        let Some(writes) = writes else {
            // Forced, for a copy of the call must not be carried out when nobody would undo it.
            self.remember(tx, Stands::Refused);
            out.force(Record::Refused { tx });
            return Message::Refused { tx };
        };
        self.remember(tx, Stands::Done);
        let undo_log = protocol.undo_logs.and_then(|_| self.drafts.get(&tx).cloned());
        let oldest = self.oldest;
        out.force(Record::Acted { tx, writes: writes.clone(), undo_log, oldest });
        say((tx, Deed::Action), &writes, out);
        Message::Done { tx }
    }

    /// Takes its step back, or sees to it that there will never be anything to take back.
    fn undo(
        &mut self,
        protocol: &Saga,
        (me, tx): (ProcessId, TxId),
        part: &Part,
        out: &mut Out,
    ) -> Message {
        let broken = protocol.knobs.broken;
        let blind = broken == Some(Flaw::BlindUndo);
        match self.rows.get(&tx).map(|row| row.stands) {
            None if !blind => return self.fence(broken, tx, out),
            Some(Stands::Refused) if !blind => return Message::Undone { tx },
            Some(Stands::Undone) if broken != Some(Flaw::NotIdempotent) => {
                return Message::Undone { tx };
            }
            Some(Stands::Fenced) => return Message::Undone { tx },
            Some(Stands::Stuck) => return Message::CannotUndo { tx },
            Some(Stands::Done | Stands::Refused | Stands::Undone) | None => {}
        }
        let Some(writes) = self.take_back(protocol, (me, tx), part) else {
            // Others have made use of what it did. Forced: a person will see to it, and a copy of
            // the call must not do it as well.
            self.remember(tx, Stands::Stuck);
            out.force(Record::Stuck { tx });
            return Message::CannotUndo { tx };
        };
        self.change(tx, &writes);
        self.remember(tx, Stands::Undone);
        out.force(Record::Undid { tx, writes: writes.clone() });
        say((tx, Deed::Compensation), &writes, out);
        Message::Undone { tx }
    }

    /// There is nothing to undo: the compensation has overtaken its step, which must find it here.
    fn fence(&mut self, broken: Option<Flaw>, tx: TxId, out: &mut Out) -> Message {
        if broken != Some(Flaw::UndoForgotten) {
            self.remember(tx, Stands::Fenced);
            if broken != Some(Flaw::UndoInMemory) {
                out.force(Record::Fenced { tx });
            }
        }
        out.note(Note::Did { tx, deed: Deed::Compensation, changed: false });
        Message::Undone { tx }
    }
}

/// Says what was done and is durable.
fn say((tx, deed): (TxId, Deed), writes: &Writes, out: &mut Out) {
    out.note(Note::Did { tx, deed, changed: true });
    for &(key, value) in writes {
        out.note(Note::Changed { key, value });
    }
}

/// The deeds that a log has, in its order, and how often each.
fn recalled(log: &[Record]) -> Vec<(TxId, Deed, u8)> {
    let mut found: Vec<(TxId, Deed, u8)> = Vec::new();
    let mut count = |tx, deed, times: u8| {
        let known = found.iter_mut().find(|known| (known.0, known.1) == (tx, deed));
        match known {
            Some((_, _, known)) => *known = known.saturating_add(times),
            None => found.push((tx, deed, times)),
        }
    };
    for record in log {
        match record {
            Record::Acted { tx, .. } => count(*tx, Deed::Action, 1),
            Record::Undid { tx, .. } => count(*tx, Deed::Compensation, 1),
            Record::Fenced { tx } => count(*tx, Deed::Compensation, 0),
            Record::Snapshot(snapshot) => {
                for (&tx, row) in snapshot.rows.iter() {
                    if row.acted > 0 {
                        count(tx, Deed::Action, row.acted);
                    }
                    if row.undid > 0 || row.stands == Stands::Fenced {
                        count(tx, Deed::Compensation, row.undid);
                    }
                }
            }
            Record::Refused { .. } | Record::Stuck { .. } | Record::Looked { .. } => {}
            // The orchestrator's records are in its own log.
            Record::Started { .. }
            | Record::Stepped { .. }
            | Record::Turned { .. }
            | Record::Compensated { .. }
            | Record::Ended { .. }
            | Record::GivenUp { .. }
            | Record::Viewed { .. } => {}
        }
    }
    found
}

/// All that a log amounts to, as a snapshot.
pub(super) fn compact(keys: &[KeySpec], log: &mut Vec<Record>) {
    let Service { store, rows, drafts, oldest } = Service::replay(keys, log);
    log.clear();
    let snapshot = Snapshot { values: store.values().to_vec(), rows, drafts, oldest };
    log.push(Record::Snapshot(Arc::new(snapshot)));
}
