//! A service as a caller: what it has committed it tells the others itself, one transaction after
//! the other, until all have answered or its tries are used up.

use dtxsim_core::ProcessId;

use super::message::Message;
use super::{Flaw, Keeps, Rules};
use crate::common::broker::receivers;
use crate::common::{Note, Outcome, Part, TxId};
use crate::messaging::service::{Row, Service};
use crate::messaging::{Here, Out, Record, Telling, Timer};

impl Row {
    /// Who has not answered yet.
    pub(in crate::messaging) fn unanswered(&self) -> impl Iterator<Item = (ProcessId, Part)> + '_ {
        receivers(&self.work).filter(|(to, _)| !self.answered.contains(*to))
    }
}

impl Service {
    /// Calls all who have not answered yet.
    pub(in crate::messaging) fn call(&mut self, rules: Rules, at: usize, out: &mut Out) {
        let row = &self.rows[at];
        let tx = row.tx;
        let early = rules.broken == Some(Flaw::DeletedBeforeResult);
        if early {
            out.force(Record::Relayed { tx });
        }
        for (to, part) in row.unanswered() {
            out.send(to, Message::Call { tx, part }.into());
        }
        if early {
            // Whoever made room for it goes on.
            self.rows.remove(at);
        } else {
            out.set_timer(Timer::CallAgain { tx, attempt: row.attempt });
        }
    }

    /// Somebody has not answered in time.
    pub(in crate::messaging) fn call_again(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        let Some(rules) = here.calls() else { return };
        let Some(at) = self.rows.iter().position(|row| row.tx == tx) else { return };
        if let Some(next) = here.protocol.retry.next(self.rows[at].attempt) {
            self.rows[at].attempt = next;
            self.call(rules, at, out);
        } else {
            self.give_up(rules, tx, out);
            self.rows.remove(at);
            self.go_on(here, out);
        }
    }

    /// Somebody has answered.
    pub(in crate::messaging) fn answered(
        &mut self,
        here: Here<'_>,
        (by, refused): (ProcessId, bool),
        tx: TxId,
        out: &mut Out,
    ) {
        let Some(rules) = here.calls() else { return };
        // What is called twice is answered twice.
        let Some(at) = self.rows.iter().position(|row| row.tx == tx) else { return };
        self.rows[at].answered.insert(by);
        self.rows[at].refused |= refused;
        if self.rows[at].unanswered().next().is_some() {
            return;
        }
        let Row { attempt, refused, .. } = self.rows.remove(at);
        out.cancel_timer(Timer::CallAgain { tx, attempt });
        let outcome = if refused {
            self.give_up(rules, tx, out);
            Outcome::Abort
        } else {
            if rules.remembers() {
                out.force(Record::Relayed { tx });
            }
            Outcome::Commit
        };
        match rules.keeps {
            Keeps::Table => {}
            Keeps::Memory => out.note(Note::Answered { tx, outcome }),
        }
        self.go_on(here, out);
    }

    /// Its tries are used up, or somebody refuses. The row stays, for a person to find.
    fn give_up(&mut self, rules: Rules, tx: TxId, out: &mut Out) {
        match rules.keeps {
            Keeps::Table => {
                out.force(Record::GivenUp { tx });
                self.leave_to_person(tx, out);
            }
            // That calls are pending is durable, and nobody makes them any more.
            Keeps::Memory if rules.remembers() => self.leave_to_person(tx, out),
            Keeps::Memory => {}
        }
    }

    /// A row says that calls are pending, and nobody makes them.
    pub(in crate::messaging) fn leave_to_person(&mut self, tx: TxId, out: &mut Out) {
        out.note(Note::NeedsPerson { tx });
        self.orphans.insert(tx, ());
    }
}

impl Here<'_> {
    /// The rules of direct calls, if there are any.
    pub(in crate::messaging) fn calls(&self) -> Option<Rules> {
        let Telling::Calls(rules) = self.telling() else { return None };
        Some(rules)
    }
}
