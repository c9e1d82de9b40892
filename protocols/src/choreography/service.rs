//! A service: reacts to events with a local transaction, which has its own event in the outbox.

use std::sync::Arc;

use dtxsim_core::{Event, Outbox, ProcessId, Table};

use super::Choreography;
use super::here::Here;
use super::knobs::Flaw;
use super::message::{Message, Timer, What};
use super::record::{Record, Snapshot};
use crate::common::transaction::undoing;
use crate::common::{Deed, KeySpec, LocalStore, Note, Outcome, Standing, TxId, Work, Writes};

type Out = Outbox<Choreography>;

/// A service's volatile state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    pub(super) store: LocalStore,
    /// The inbox, and the outbox with it. Nobody knows when all are through with a transaction, so
    /// rows stay.
    rows: Table<TxId, Row>,
}

/// What a service remembers of a transaction.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// What it does.
    pub work: Work,
    /// How the service's step stands.
    pub stands: Stands,
    /// The event that is in the outbox.
    pub event: Option<What>,
    /// How it has ended, if the service is its first.
    pub ended: Option<Outcome>,
    /// How often the step was carried out.
    pub acted: u8,
    /// How often it was undone.
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
    /// Done, and it cannot be undone.
    Stuck,
}

impl Service {
    pub(super) fn boot(
        protocol: &Choreography,
        me: ProcessId,
        log: &[Record],
        out: &mut Out,
    ) -> Service {
        let service = Service::replay(&protocol.keys[me.index()], log);
        for (tx, deed, times) in recalled(log) {
            out.note(Note::Recalled { tx, deed, times });
        }
        for (&tx, row) in service.rows.iter() {
            if row.stands == Stands::Stuck {
                out.note(Note::NeedsPerson { tx });
            }
            if let Some(outcome) = row.ended {
                out.note(Note::Restored { tx, standing: Standing::Decided(outcome) });
            }
        }
        for (&tx, row) in service.rows.iter() {
            Here { protocol, me, tx }.tell(&row.work, row.event, out);
        }
        let over: Vec<(TxId, Outcome)> = service.rows.iter().filter_map(is_over(me)).collect();
        let mut service = service;
        for (tx, outcome) in over {
            service.end(Here { protocol, me, tx }, outcome, out);
        }
        service
    }

    fn replay(keys: &[KeySpec], log: &[Record]) -> Service {
        let mut service = Service { store: LocalStore::new(keys), rows: Table::new() };
        for record in log {
            match record {
                Record::Snapshot(snapshot) => {
                    service.store = LocalStore::restored(snapshot.values.clone());
                    service.rows = snapshot.rows.clone();
                }
                Record::Acted { tx, work, writes, event } => {
                    service.store.apply(writes);
                    service.remember(*tx, work, Stands::Done, *event);
                }
                Record::Refused { tx, work, event } => {
                    service.remember(*tx, work, Stands::Refused, *event);
                }
                Record::Undid { tx, writes, event } => {
                    service.store.apply(writes);
                    service.turn(*tx, Stands::Undone, *event);
                }
                Record::Stuck { tx } => service.turn(*tx, Stands::Stuck, None),
                Record::Relayed { tx } => {
                    if let Some(row) = service.rows.get_mut(tx) {
                        row.event = None;
                    }
                }
                Record::Ended { tx, outcome } => {
                    if let Some(row) = service.rows.get_mut(tx) {
                        row.ended = Some(*outcome);
                    }
                }
            }
        }
        service
    }

    fn remember(&mut self, tx: TxId, work: &Work, stands: Stands, event: Option<What>) {
        let new = || Row { work: work.clone(), stands, event, ended: None, acted: 0, undid: 0 };
        let row = self.rows.entry(tx, new);
        (row.stands, row.event) = (stands, event);
        row.acted = row.acted.saturating_add(u8::from(stands == Stands::Done));
    }

    fn turn(&mut self, tx: TxId, stands: Stands, event: Option<What>) {
        if let Some(row) = self.rows.get_mut(&tx) {
            (row.stands, row.event) = (stands, event);
            row.undid = row.undid.saturating_add(u8::from(stands == Stands::Undone));
        }
    }

    pub(super) fn step(
        &mut self,
        protocol: &Choreography,
        me: ProcessId,
        event: Event<Choreography>,
        out: &mut Out,
    ) {
        match event {
            Event::Request { id, request: work } => {
                let here = Here { protocol, me, tx: id.into() };
                out.note(Note::Began { tx: here.tx, work: work.clone() });
                self.act(here, &work, out);
            }
            Event::Message { from, message } => match message {
                Message::Event { tx, work, what } => {
                    let here = Here { protocol, me, tx };
                    match what {
                        What::Done => self.act(here, &work, out),
                        What::Failed => self.undo(here, out),
                        What::Completed => self.completed(here, out),
                    }
                    out.send(from, Message::Received { tx, what });
                }
                Message::Received { tx, what } => {
                    self.relayed(Here { protocol, me, tx }, what, out)
                }
            },
            Event::Timer(Timer::Resend { tx, attempt }) => {
                self.resend(Here { protocol, me, tx }, attempt, out);
            }
            // Nothing is left to choice.
            Event::Chosen(_) => {}
        }
    }

    /// Carries its step out, unless it has it in its inbox.
    fn act(&mut self, here: Here<'_>, work: &Work, out: &mut Out) {
        if self.rows.contains(&here.tx) && !here.is(Flaw::NoInbox) {
            return;
        }
        let (tx, keys) = (here.tx, &here.protocol.keys[here.me.index()]);
        match self.store.execute(tx, here.ops(work), keys) {
            Ok(writes) => {
                let event = here.onward(work);
                let outbox = here.outbox(event);
                self.remember(tx, work, Stands::Done, outbox);
                let (work, event) = (work.clone(), (work, event));
                let record = Record::Acted { tx, work, writes: writes.clone(), event: outbox };
                here.commit(record, (Deed::Action, &writes), event, out);
                if event.1.is_none() {
                    self.end(here, Outcome::Commit, out);
                }
            }
            Err(_) => {
                let event = here.backward(work);
                let outbox = here.outbox(event);
                self.remember(tx, work, Stands::Refused, outbox);
                let (work, event) = (work.clone(), (work, event));
                let record = Record::Refused { tx, work, event: outbox };
                here.commit(record, (Deed::Action, &Writes::new()), event, out);
                if event.1.is_none() {
                    self.end(here, Outcome::Abort, out);
                }
            }
        }
    }

    /// Takes its step back: one that comes after it has failed.
    fn undo(&mut self, here: Here<'_>, out: &mut Out) {
        let tx = here.tx;
        let Some(row) = self.rows.get(&tx) else { return };
        match row.stands {
            Stands::Done => {}
            // It was told before.
            Stands::Refused | Stands::Undone | Stands::Stuck => return,
        }
        let work = row.work.clone();
        let keys = &here.protocol.keys[here.me.index()];
        let Ok(writes) = self.store.execute(tx, &undoing(here.ops(&work)), keys) else {
            self.turn(tx, Stands::Stuck, None);
            out.force(Record::Stuck { tx });
            out.note(Note::NeedsPerson { tx });
            return;
        };
        let event = here.backward(&work);
        let outbox = here.outbox(event);
        self.turn(tx, Stands::Undone, outbox);
        let record = Record::Undid { tx, writes: writes.clone(), event: outbox };
        here.commit(record, (Deed::Compensation, &writes), (&work, event), out);
        if event.is_none() {
            self.end(here, Outcome::Abort, out);
        }
    }

    /// All steps are done.
    fn completed(&mut self, here: Here<'_>, out: &mut Out) {
        let is_done = |row: &Row| row.stands == Stands::Done && row.ended.is_none();
        if self.rows.get(&here.tx).is_some_and(is_done) {
            self.end(here, Outcome::Commit, out);
        }
    }

    /// The first service tells the client.
    fn end(&mut self, here: Here<'_>, outcome: Outcome, out: &mut Out) {
        let tx = here.tx;
        if let Some(row) = self.rows.get_mut(&tx) {
            row.ended = Some(outcome);
        }
        out.force(Record::Ended { tx, outcome });
        out.note(Note::Decided { tx, outcome, forced: true });
        out.note(Note::Answered { tx, outcome });
    }

    fn relayed(&mut self, here: Here<'_>, what: What, out: &mut Out) {
        let Some(row) = self.rows.get_mut(&here.tx) else { return };
        if row.event == Some(what) {
            row.event = None;
            // Lost in a crash, the event is sent once more.
            out.append(Record::Relayed { tx: here.tx });
        }
    }

    fn resend(&mut self, here: Here<'_>, attempt: u8, out: &mut Out) {
        let Some(Row { work, event: Some(what), .. }) = self.rows.get(&here.tx) else { return };
        here.send(work, *what, out);
        if let Some(attempt) = here.protocol.retry.next(attempt) {
            out.set_timer(Timer::Resend { tx: here.tx, attempt });
        }
    }

    /// For whom it keeps sending, and what needs a person.
    pub(super) fn report(&self, protocol: &Choreography, me: ProcessId, say: &mut Vec<Note>) {
        self.store.report(say);
        for (&tx, row) in self.rows.iter() {
            let waits =
                |on: Arc<[ProcessId]>| Note::Waiting { tx, waits_for: on, holding: Arc::default() };
            let owes_answer = row.work.0.source() == me && row.ended.is_none();
            if let Some(what) = row.event {
                say.push(waits([Here { protocol, me, tx }.receiver(&row.work, what)].into()));
            } else if owes_answer && row.stands == Stands::Done {
                // Its client has no answer before the others are done, or have failed.
                let others = row.work.0.branches().iter().map(|branch| branch.process);
                say.push(waits(others.filter(|&other| other != me).collect()));
            }
            if row.stands == Stands::Stuck {
                say.push(Note::NeedsPerson { tx });
            }
        }
    }
}

/// Transactions of which nothing is left to do but to say so: a crash came in between.
fn is_over(me: ProcessId) -> impl Fn((&TxId, &Row)) -> Option<(TxId, Outcome)> {
    move |(&tx, row)| {
        let first = row.work.0.source() == me && row.ended.is_none();
        let alone = row.work.0.branches().len() == 1;
        match row.stands {
            Stands::Refused | Stands::Undone if first => Some((tx, Outcome::Abort)),
            Stands::Done if first && alone => Some((tx, Outcome::Commit)),
            Stands::Done | Stands::Refused | Stands::Undone | Stands::Stuck => None,
        }
    }
}

/// The deeds that a log has, in its order, and how often each.
fn recalled(log: &[Record]) -> Vec<(TxId, Deed, u8)> {
    let mut found: Vec<(TxId, Deed, u8)> = Vec::new();
    let mut count = |tx, deed, times: u8| {
        if times == 0 {
            return;
        }
        match found.iter_mut().find(|known| (known.0, known.1) == (tx, deed)) {
            Some((_, _, known)) => *known = known.saturating_add(times),
            None => found.push((tx, deed, times)),
        }
    };
    for record in log {
        match record {
            Record::Acted { tx, writes, .. } => {
                count(*tx, Deed::Action, u8::from(!writes.is_empty()));
            }
            Record::Undid { tx, writes, .. } => {
                count(*tx, Deed::Compensation, u8::from(!writes.is_empty()));
            }
            Record::Snapshot(snapshot) => {
                for (&tx, row) in snapshot.rows.iter() {
                    count(tx, Deed::Action, row.acted);
                    count(tx, Deed::Compensation, row.undid);
                }
            }
            Record::Refused { .. }
            | Record::Stuck { .. }
            | Record::Relayed { .. }
            | Record::Ended { .. } => {}
        }
    }
    found
}

/// All that a log amounts to, as a snapshot.
pub(super) fn compact(keys: &[KeySpec], log: &mut Vec<Record>) {
    let Service { store, rows } = Service::replay(keys, log);
    log.clear();
    log.push(Record::Snapshot(Arc::new(Snapshot { values: store.values().to_vec(), rows })));
}
