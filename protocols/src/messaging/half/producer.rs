//! A service as a producer: it sends the event, waits until the broker keeps it, does its local
//! transaction, and says how it ended; and answers when the broker checks back.

use super::message::{Message, Timer};
use super::{By, Flaw, Rules};
use crate::common::{Note, Outcome, TxId, Work};
use crate::messaging::service::Service;
use crate::messaging::{self, Here, Out};

impl Service {
    /// The broker gets the event before the local transaction begins.
    pub(in crate::messaging) fn announce(
        &mut self,
        here: Here<'_>,
        tx: TxId,
        work: Work,
        out: &mut Out,
    ) {
        send_half(here, (tx, &work), 0, out);
        self.halves.insert(tx, (work, 0));
    }

    pub(in crate::messaging) fn resend_half(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        let Some((work, attempt)) = self.halves.get_mut(&tx) else { return };
        if let Some(next) = here.protocol.retry.next(*attempt) {
            *attempt = next;
            send_half(here, (tx, work), next, out);
        }
    }

    /// A message of the broker.
    pub(in crate::messaging) fn kept_back(
        &mut self,
        here: Here<'_>,
        message: Message,
        out: &mut Out,
    ) {
        match message {
            Message::HalfStored { tx } => self.start(here, tx, out),
            Message::Check { tx } => self.checked(here, tx, out),
            // The broker's business; nobody sends it here.
            Message::Half { .. } | Message::Commit { .. } | Message::Rollback { .. } => {}
        }
    }

    /// The broker keeps the event: the local transaction begins, by inserting the row that says
    /// committed. If a check has inserted its own row under that key, that is refused.
    fn start(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        // It is known already.
        let Some((work, attempt)) = self.halves.remove(&tx) else { return };
        out.cancel_timer(Timer::Resend { tx, attempt }.into());
        let one_key = here.half().is_some_and(|rules| rules.broken != Some(Flaw::TwoKeys));
        if one_key && self.ended.contains(&tx) {
            out.note(Note::Answered { tx, outcome: Outcome::Abort });
            return say(here, tx, Outcome::Abort, out);
        }
        self.running.insert(tx, work);
        out.set_timer(messaging::Timer::Commit { tx });
    }

    /// The local transaction has ended.
    pub(in crate::messaging) fn conclude(
        &mut self,
        here: Here<'_>,
        tx: TxId,
        outcome: Outcome,
        out: &mut Out,
    ) {
        self.ended.insert(tx, outcome);
        say(here, tx, outcome, out);
    }

    /// The broker wants to know how it ended.
    fn checked(&mut self, here: Here<'_>, tx: TxId, out: &mut Out) {
        let Some(rules) = here.half() else { return };
        if let Some(outcome) = self.find(rules, tx, out) {
            say(here, tx, outcome, out);
        }
    }

    /// What is to be answered; nothing if that cannot be known yet.
    fn find(&mut self, rules: Rules, tx: TxId, out: &mut Out) -> Option<Outcome> {
        let found = self.ended.get(&tx).copied();
        match rules.broken {
            Some(Flaw::NotFoundIsRolledBack | Flaw::LateCommitAccepted) => {
                if found.is_none() {
                    out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: false });
                }
                Some(found.unwrap_or(Outcome::Abort))
            }
            Some(Flaw::TwoKeys) => {
                if found != Some(Outcome::Abort) {
                    self.mark(tx, out);
                }
                // Under its key it finds the row that it has inserted.
                Some(Outcome::Abort)
            }
            Some(Flaw::DiscardsUnanswered) | None => match rules.by {
                By::HalfMessage => found,
                // While it runs it has the key. Once it has ended, it says so by itself.
                By::TwoPhaseMessage if self.running.contains(&tx) => None,
                By::TwoPhaseMessage => {
                    if found.is_none() {
                        self.mark(tx, out);
                    }
                    Some(found.unwrap_or(Outcome::Abort))
                }
            },
        }
    }

    /// Inserts the row that says rolled back.
    fn mark(&mut self, tx: TxId, out: &mut Out) {
        out.force(messaging::Record::Aborted { tx });
        out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
        self.ended.insert(tx, Outcome::Abort);
    }
}

fn send_half(here: Here<'_>, (tx, work): (TxId, &Work), attempt: u8, out: &mut Out) {
    out.send(here.broker(), Message::Half { tx, work: work.clone() }.into());
    out.set_timer(Timer::Resend { tx, attempt }.into());
}

/// Tells the broker how a transaction has ended.
fn say(here: Here<'_>, tx: TxId, outcome: Outcome, out: &mut Out) {
    let message = match outcome {
        Outcome::Commit => Message::Commit { tx },
        Outcome::Abort => Message::Rollback { tx },
    };
    out.send(here.broker(), message.into());
}
