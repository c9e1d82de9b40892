//! The broker's part: it keeps events back until their transactions are decided, and checks back
//! if it hears nothing.

use std::sync::Arc;

use dtxsim_core::Table;

use super::message::{Message, Timer};
use super::record::Record;
use super::{Flaw, Rules};
use crate::common::broker::{self, Broker};
use crate::common::{Note, TxId, Work};
use crate::messaging::{self, Here, Out, Telling};

/// The events that a broker keeps back.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Halves(Table<TxId, Half>);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Half {
    work: Work,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Standing {
    /// Its transaction is not decided; so often the broker has checked.
    Open { attempt: u8 },
    /// It is thrown away, and kept all the same: only who does it wrong has this.
    RolledBack,
    /// A person has it.
    SetAside,
}

impl Halves {
    /// First start and recovery.
    pub(in crate::messaging) fn boot(
        here: Here<'_>,
        log: &[messaging::Record],
        out: &mut Out,
    ) -> Halves {
        let halves = Halves::replay(here, log);
        for (&tx, half) in halves.0.iter() {
            match half.standing {
                Standing::Open { attempt } => {
                    out.set_timer(Timer::CheckBack { tx, attempt }.into())
                }
                Standing::RolledBack => {}
                Standing::SetAside => out.note(Note::NeedsPerson { tx }),
            }
        }
        halves
    }

    fn replay(here: Here<'_>, log: &[messaging::Record]) -> Halves {
        let mut halves = Halves::default();
        for record in log {
            match record {
                messaging::Record::Half(Record::Half { tx, work }) => halves.keep(*tx, work),
                messaging::Record::Half(Record::RolledBack { tx }) => halves.throw_away(here, *tx),
                messaging::Record::Half(Record::SetAside { tx }) => halves.set_aside(*tx),
                messaging::Record::Broker(broker::Record::Accepted { tx, .. }) => {
                    halves.0.remove(tx);
                }
                // Of what is published; and a service's records are in its own log.
                messaging::Record::Broker(
                    broker::Record::Consumed { .. }
                    | broker::Record::DeadLetter { .. }
                    | broker::Record::Backlog(_),
                )
                | messaging::Record::Committed { .. }
                | messaging::Record::Row { .. }
                | messaging::Record::Relayed { .. }
                | messaging::Record::Aborted { .. }
                | messaging::Record::Effect { .. }
                | messaging::Record::Inbox { .. }
                | messaging::Record::Refused { .. }
                | messaging::Record::GivenUp { .. }
                | messaging::Record::Poll(_)
                | messaging::Record::Event(_)
                | messaging::Record::Snapshot(_)
                // Of its transactions.
                | messaging::Record::Transaction(_) => {}
            }
        }
        halves
    }

    fn keep(&mut self, tx: TxId, work: &Work) {
        let standing = Standing::Open { attempt: 0 };
        self.0.insert(tx, Half { work: work.clone(), standing });
    }

    fn throw_away(&mut self, here: Here<'_>, tx: TxId) {
        if here.half().is_some_and(|rules| rules.broken == Some(Flaw::LateCommitAccepted)) {
            if let Some(half) = self.0.get_mut(&tx) {
                half.standing = Standing::RolledBack;
            }
        } else {
            self.0.remove(&tx);
        }
    }

    fn set_aside(&mut self, tx: TxId) {
        if let Some(half) = self.0.get_mut(&tx) {
            half.standing = Standing::SetAside;
        }
    }

    /// The records that a compacted log has of them.
    pub(in crate::messaging) fn compacted(
        here: Here<'_>,
        log: &[messaging::Record],
    ) -> Vec<messaging::Record> {
        let mut records = Vec::new();
        for (&tx, Half { work, standing }) in Halves::replay(here, log).0.iter() {
            records.push(Record::Half { tx, work: work.clone() });
            match standing {
                Standing::Open { .. } => {}
                Standing::RolledBack => records.push(Record::RolledBack { tx }),
                Standing::SetAside => records.push(Record::SetAside { tx }),
            }
        }
        records.into_iter().map(messaging::Record::Half).collect()
    }

    /// Handles a message of the source of its transaction.
    pub(in crate::messaging) fn message(
        &mut self,
        here: Here<'_>,
        queues: &mut Broker,
        message: Message,
        out: &mut Out,
    ) {
        match message {
            Message::Half { tx, work } => self.half(tx, work, out),
            Message::Commit { tx } => self.commit(here, queues, tx, out),
            Message::Rollback { tx } => {
                if let Some(attempt) = self.open(tx) {
                    out.cancel_timer(Timer::CheckBack { tx, attempt }.into());
                    out.append(Record::RolledBack { tx }.into());
                    self.throw_away(here, tx);
                }
            }
            // What a broker sends it does not get.
            Message::HalfStored { .. } | Message::Check { .. } => {}
        }
    }

    /// A copy of what was decided before is as good as new: the check will say so.
    fn half(&mut self, tx: TxId, work: Work, out: &mut Out) {
        let source = work.0.source();
        if !self.0.contains(&tx) {
            out.force(Record::Half { tx, work: work.clone() }.into());
            self.keep(tx, &work);
            out.set_timer(Timer::CheckBack { tx, attempt: 0 }.into());
        }
        out.send(source, Message::HalfStored { tx }.into());
    }

    /// The first word counts, so a commit of what was thrown away or set aside comes too late.
    fn commit(&mut self, here: Here<'_>, queues: &mut Broker, tx: TxId, out: &mut Out) {
        let Some(half) = self.0.get(&tx) else { return };
        match half.standing {
            Standing::Open { attempt } => {
                out.cancel_timer(Timer::CheckBack { tx, attempt }.into());
            }
            Standing::RolledBack => {}
            Standing::SetAside => return,
        }
        let event = (tx, half.work.clone());
        self.0.remove(&tx);
        queues.publish(&here.protocol.rules(), None, event, out);
    }

    /// How often it has checked, if it waits for a decision.
    fn open(&self, tx: TxId) -> Option<u8> {
        match self.0.get(&tx)?.standing {
            Standing::Open { attempt } => Some(attempt),
            Standing::RolledBack | Standing::SetAside => None,
        }
    }

    /// It has heard nothing.
    pub(in crate::messaging) fn silent(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        let Some(rules) = here.half() else { return };
        let (Some(attempt), Some(half)) = (self.open(tx), self.0.get_mut(&tx)) else { return };
        if let Some(attempt) = here.protocol.checks.next(attempt) {
            half.standing = Standing::Open { attempt };
            out.send(half.work.0.source(), Message::Check { tx }.into());
            out.set_timer(Timer::CheckBack { tx, attempt }.into());
        } else {
            self.give_up(rules, tx, out);
        }
    }

    fn give_up(&mut self, rules: Rules, tx: TxId, out: &mut Out) {
        match rules.broken {
            Some(Flaw::DiscardsUnanswered) => {
                out.force(Record::RolledBack { tx }.into());
                self.0.remove(&tx);
            }
            Some(Flaw::NotFoundIsRolledBack | Flaw::LateCommitAccepted | Flaw::TwoKeys) | None => {
                out.force(Record::SetAside { tx }.into());
                out.note(Note::NeedsPerson { tx });
                self.set_aside(tx);
            }
        }
    }

    /// Says at rest what is not decided.
    pub(in crate::messaging) fn report(&self, say: &mut Vec<Note>) {
        for (&tx, half) in self.0.iter() {
            match half.standing {
                Standing::Open { .. } => {
                    let waits_for = [half.work.0.source()].into();
                    say.push(Note::Waiting { tx, waits_for, holding: Arc::default() });
                }
                Standing::RolledBack => {}
                Standing::SetAside => say.push(Note::NeedsPerson { tx }),
            }
        }
    }
}

impl Here<'_> {
    /// The rules of events that are kept back, if they are.
    pub(in crate::messaging) fn half(&self) -> Option<Rules> {
        let Telling::Half(rules) = self.telling() else { return None };
        Some(rules)
    }
}
