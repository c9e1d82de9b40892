//! A service as a source: its local transaction, and the relay of its event.

use super::calls::Keeps;
use super::message::Timer;
use super::polls::Flaw::NumberBeforeCommit;
use super::record::Record;
use super::service::{Out, Row, Service};
use super::settings::{Flaw, Relay, Relaying, Telling};
use super::{Here, polls};
use crate::common::broker::{Message, receivers};
use crate::common::{Deed, Note, Outcome, TxId, Work};

impl Service {
    /// A client asks for a transaction.
    pub(super) fn begin(&mut self, here: Here<'_>, tx: TxId, work: Work, out: &mut Out) {
        out.note(Note::Began { tx, work: work.clone() });
        match here.telling() {
            Telling::Outbox(_) if here.showing().is_some() => self.look(tx, &work, out),
            Telling::Outbox(_) if here.flawed(Flaw::SkipsLateCommits) => {
                self.run(tx, work, out);
            }
            Telling::Polls(polls::Rules { broken: Some(NumberBeforeCommit), .. }) => {
                self.run(tx, work, out);
            }
            Telling::Polls(polls::Rules { events: Some(_), .. }) => {
                self.decide(here, tx, work, out)
            }
            Telling::PublishThenCommit if receivers(&work).next().is_some() => {
                self.hand_over(here, tx, work, out);
            }
            Telling::Half(_) if receivers(&work).next().is_some() => {
                self.announce(here, tx, work, out);
            }
            Telling::Listen(_) if work.0.updaters().is_empty() => self.look(tx, &work, out),
            Telling::Listen(rules) => self.propose(here, rules, (tx, work), out),
            Telling::Transactions(_) if receivers(&work).next().is_some() => {
                self.produce(here, tx, work, out);
            }
            Telling::Route(rules) => self.route(here, rules, (tx, work), out),
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Transactions(_)
            | Telling::Calls(_)
            | Telling::Polls(_) => self.commit(here, tx, work, out),
        }
    }

    /// Who only asks gets what is there, and nobody hears of it.
    fn look(&self, tx: TxId, work: &Work, out: &mut Out) {
        for op in &work.0.branches()[0].ops {
            out.note(Note::Read { tx, key: op.key() });
        }
        out.note(Note::Answered { tx, outcome: Outcome::Commit });
    }

    /// A local transaction begins, and takes its time.
    fn run(&mut self, tx: TxId, work: Work, out: &mut Out) {
        self.running.insert(tx, work);
        out.set_timer(Timer::Commit { tx });
    }

    /// It has refused. Whoever keeps its event back hears of it; others have heard of nothing.
    fn refused(&mut self, here: Here<'_>, tx: TxId, is_told: bool, out: &mut Out) {
        if !is_told {
            return;
        }
        match here.telling() {
            Telling::Half(_) => self.conclude(here, tx, Outcome::Abort, out),
            Telling::Transactions(_) => {
                self.end_transaction(here, (tx, Outcome::Abort), out);
            }
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Calls(_)
            | Telling::Listen(_)
            | Telling::Polls(_)
            | Telling::Route(_) => {}
        }
    }

    /// The local transaction: the branch is done and, with an outbox, the row of its event is
    /// there; or nothing of it.
    pub(super) fn commit(&mut self, here: Here<'_>, tx: TxId, work: Work, out: &mut Out) {
        let ops = &work.0.branches()[0].ops;
        let is_told = receivers(&work).next().is_some();
        let Ok(writes) = self.store.execute(tx, ops, here.keys()) else {
            out.force(Record::Aborted { tx });
            decide(tx, Outcome::Abort, out);
            return self.refused(here, tx, is_told, out);
        };
        let work = here.event(work, &writes);
        let (with_row, apart) = match here.telling() {
            Telling::Outbox(_) => (is_told, here.flawed(Flaw::RowApart)),
            Telling::Calls(rules) => (is_told && rules.remembers(), false),
            Telling::Polls(_) | Telling::Transactions(_) => (is_told, false),
            // Who listens to itself does its part as a consumer; a router has none.
            Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Listen(_)
            | Telling::Route(_) => (false, false),
        };
        let row = (with_row && !apart).then(|| work.clone());
        out.force(Record::Committed { tx, writes: writes.clone(), row });
        out.note(Note::Did { tx, deed: Deed::Action, changed: true });
        for &(key, value) in &writes {
            out.note(Note::Changed { key, value });
        }
        out.note(Note::Decided { tx, outcome: Outcome::Commit, forced: true });
        if !is_told || here.calls().is_none_or(|rules| rules.keeps == Keeps::Table) {
            out.note(Note::Answered { tx, outcome: Outcome::Commit });
        }
        if with_row && apart {
            out.force(Record::Row { tx, work: work.clone() });
        }
        match here.telling() {
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::Calls(_)
            | Telling::Polls(_)
                if is_told =>
            {
                self.hand_over(here, tx, work, out);
            }
            Telling::Half(_) if is_told => self.conclude(here, tx, Outcome::Commit, out),
            Telling::Transactions(_) if is_told => {
                self.end_transaction(here, (tx, Outcome::Commit), out);
            }
            // It was published before; or there is nobody to tell.
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Transactions(_)
            | Telling::Route(_)
            | Telling::Calls(_)
            | Telling::Listen(_)
            | Telling::Polls(_) => {}
        }
    }

    /// A relay learns of an event, or readers may.
    pub(super) fn hand_over(&mut self, here: Here<'_>, tx: TxId, work: Work, out: &mut Out) {
        if let (Some(rules), Some(feed)) = (here.polls(), &mut self.feed) {
            return feed.add(rules, tx, work);
        }
        if here.flawed(Flaw::SkipsLateCommits) && self.read > Some(tx) {
            return;
        }
        self.rows.push(Row::new(tx, work));
        self.go_on(here, out);
    }

    fn publish(&mut self, here: Here<'_>, at: usize, out: &mut Out) {
        if let Some(rules) = here.calls() {
            return self.call(rules, at, out);
        }
        let Row { tx, work, attempt, .. } = &self.rows[at];
        let (tx, attempt) = (*tx, *attempt);
        if here.flawed(Flaw::SkipsLateCommits) {
            self.read = self.read.max(Some(tx));
        }
        let message = Message::Publish { tx, work: work.clone() }.into();
        if here.flawed(Flaw::DeletesBeforeAck) {
            out.force(Record::Relayed { tx });
            self.rows.remove(at);
            return out.send(here.broker(), message);
        }
        out.send(here.broker(), message);
        out.set_timer(Timer::Republish { tx, attempt });
    }

    pub(super) fn republish(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        let Some(at) = self.rows.iter().position(|row| row.tx == tx) else { return };
        if let Some(next) = here.protocol.retry.next(self.rows[at].attempt) {
            self.rows[at].attempt = next;
            self.publish(here, at, out);
        }
    }

    /// The broker has an event.
    pub(super) fn accepted(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        // What it has twice is told twice.
        let Some(at) = self.rows.iter().position(|row| row.tx == tx) else { return };
        let Row { work, attempt, .. } = self.rows.remove(at);
        out.cancel_timer(Timer::Republish { tx, attempt });
        match here.telling() {
            Telling::Outbox(Relaying { relay, .. }) => {
                out.append(Record::Relayed { tx });
                match relay {
                    Relay::Polling => out.sync(),
                    Relay::Cdc => {}
                }
            }
            // What is kept back, told by calls, or read, is not published by the source.
            Telling::CommitThenPublish
            | Telling::Half(_)
            | Telling::Transactions(_)
            | Telling::Calls(_)
            | Telling::Polls(_) => {}
            Telling::PublishThenCommit => self.commit(here, tx, work, out),
            Telling::Listen(rules) => self.is_proposed(rules, tx, out),
            Telling::Route(_) => self.routed(tx, out),
        }
        self.go_on(here, out);
    }

    /// Whose turn has come is published. With one relay that is the oldest, when the one before is
    /// accepted, so that the broker gets them in the order of their commits.
    pub(super) fn go_on(&mut self, here: Here<'_>, out: &mut Out) {
        while let Some(at) = self.next_row(here) {
            self.rows[at].taken = true;
            self.publish(here, at, out);
        }
    }
}

/// What the source decides, and tells its client.
pub(super) fn decide(tx: TxId, outcome: Outcome, out: &mut Out) {
    out.note(Note::Decided { tx, outcome, forced: true });
    out.note(Note::Answered { tx, outcome });
}
