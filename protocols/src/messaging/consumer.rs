//! A service as a consumer: the effect of an event, and what keeps it from having it twice.

use dtxsim_core::ProcessId;

use super::memory::Received;
use super::message::Timer;
use super::record::Record;
use super::service::{Out, Service};
use super::settings::{Consumer, Flaw, Telling};
use super::{Here, Message, calls};
use crate::common::broker;
use crate::common::{Deed, Note, Part, TxId};

/// So many workers a consumer has.
const WORKERS: u8 = 2;

impl Service {
    /// The broker delivers an event, or its source calls.
    pub(super) fn delivered(
        &mut self,
        here: Here<'_>,
        (from, tx): (ProcessId, TxId),
        part: Part,
        out: &mut Out,
    ) {
        match (here.consumer(), self.inbox.get(&tx)) {
            (Consumer::Inbox | Consumer::CheckThenAct, Some(&received)) => {
                out.note(Note::Did { tx, deed: Deed::Action, changed: false });
                out.send(from, here.consumed(tx, received));
            }
            (Consumer::Naive, _) | (Consumer::Inbox, None) => {
                self.act(here, (from, tx), &part, out);
            }
            (Consumer::CheckThenAct, None) => {
                let idle = |worker: &u8| !self.working.contains(&(tx, *worker));
                // If none is, it is not acknowledged, and so delivered again.
                let Some(worker) = (0..WORKERS).find(idle) else { return };
                self.working.insert((tx, worker), part);
                out.set_timer(Timer::Handle { tx, worker });
            }
        }
    }

    /// A worker has found that an event is new, and does not look again.
    pub(super) fn handle(&mut self, here: Here<'_>, job: (TxId, u8), out: &mut Out) {
        if let Some(part) = self.working.remove(&job) {
            self.act(here, (here.broker(), job.0), &part, out);
        }
    }

    /// The local transaction: the effect and its inbox row, or nothing. What a constraint refuses
    /// would be refused again, so it is left to a person.
    fn act(&mut self, here: Here<'_>, (from, tx): (ProcessId, TxId), part: &Part, out: &mut Out) {
        if let (Some(rules), Some(now)) = (here.showing(), part.states()) {
            return self.take_over(here, rules, (from, tx), now, out);
        }
        let early = here.flawed(Flaw::AckBeforeEffect);
        if early {
            out.send(from, here.consumed(tx, Received::Done));
        }
        let received = match self.store.execute(tx, part.ops(), here.keys()) {
            Ok(writes) => {
                let remembers = here.consumer() != Consumer::Naive;
                let inbox = remembers && !here.has_inbox_apart();
                let own = here.listening().is_some() && part.is_of_source();
                out.force(Record::Effect { tx, writes: writes.clone(), inbox, own });
                out.note(Note::Did { tx, deed: Deed::Action, changed: true });
                for &(key, value) in &writes {
                    out.note(Note::Changed { key, value });
                }
                if remembers {
                    self.inbox.insert(tx, Received::Done);
                    if !inbox {
                        out.force(Record::Inbox { tx });
                    }
                }
                if own {
                    self.heard_itself(tx, out);
                }
                Received::Done
            }
            // It cannot, and does not say so: after some more deliveries it is a dead letter.
            Err(_) if here.has_dead_letters() => return,
            Err(_) => {
                out.force(Record::Refused { tx });
                self.inbox.insert(tx, Received::Refused);
                out.note(Note::NeedsPerson { tx });
                Received::Refused
            }
        };
        if !early {
            out.send(from, here.consumed(tx, received));
        }
    }
}

impl Here<'_> {
    /// Whether the broker sets aside what nobody acknowledges.
    fn has_dead_letters(&self) -> bool {
        matches!(self.telling(), Telling::Outbox(rules) if rules.dead_letters.is_some())
    }

    /// The answer to an event, or to a call.
    pub(super) fn consumed(&self, tx: TxId, received: Received) -> Message {
        let refused = received == Received::Refused;
        match self.calls() {
            Some(_) => calls::Message::Result { tx, refused }.into(),
            None => broker::Message::Consumed { tx }.into(),
        }
    }
}
