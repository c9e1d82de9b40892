//! A service as a reader of the changes of others.

use dtxsim_core::ProcessId;

use super::{Change, Flaw, Message, Offset, Record, Rules};
use crate::common::{Deed, Note};
use crate::messaging::events::Kind;
use crate::messaging::memory::Received;
use crate::messaging::service::{Out, Service};
use crate::messaging::{Here, Timer};

impl Service {
    /// Asks the next time, if there is anybody to be asked.
    pub(in crate::messaging) fn poll_later(here: Here<'_>, out: &mut Out) {
        if !here.sources().is_empty() {
            out.set_timer(Timer::Poll);
        }
    }

    /// Asks everybody what is new.
    pub(in crate::messaging) fn poll(&self, here: Here<'_>, out: &mut Out) {
        let Some(feed) = &self.feed else { return };
        for &source in here.sources() {
            let after = feed.offset(source);
            out.send(source, Message::Poll { after }.into());
        }
        if !here.protocol.polls_once {
            Service::poll_later(here, out);
        }
    }

    /// A source answers; perhaps to a question of long ago.
    pub(in crate::messaging) fn read(
        &mut self,
        here: Here<'_>,
        of: ProcessId,
        changes: &[Change],
        out: &mut Out,
    ) {
        let Some(rules) = here.polls() else { return };
        for change in changes {
            if self.feed.as_ref().is_some_and(|feed| feed.offset(of) < change.number) {
                self.apply(here, rules, (of, change), out);
            }
        }
    }

    /// The local transaction: the effect and the offset, or nothing. What a constraint refuses
    /// would be refused again, so it is left to a person.
    fn apply(
        &mut self,
        here: Here<'_>,
        rules: Rules,
        (of, change): (ProcessId, &Change),
        out: &mut Out,
    ) {
        let &Change { number, tx, ref part } = change;
        let moved = Offset { of, number };
        let apart = |flaw| rules.broken == Some(flaw);
        let (before, after) = (apart(Flaw::OffsetBeforeEffect), apart(Flaw::OffsetAfterEffect));
        let offset = (!before && !after).then_some(moved);
        if before {
            out.force(Record::Moved(moved).into());
        }
        match self.store.execute(tx, part.ops(), here.keys()) {
            Ok(writes) => {
                out.force(match rules.events {
                    None => Record::Applied { tx, writes: writes.clone(), offset }.into(),
                    Some(_) => {
                        let ops = part.ops().iter().copied().collect();
                        self.event(tx, ops, Kind::Replay(offset)).into()
                    }
                });
                out.note(Note::Did { tx, deed: Deed::Action, changed: true });
                for &(key, value) in &writes {
                    out.note(Note::Changed { key, value });
                }
            }
            Err(_) => {
                out.force(Record::Passed { tx, offset }.into());
                self.inbox.insert(tx, Received::Refused);
                out.note(Note::NeedsPerson { tx });
            }
        }
        if after {
            out.force(Record::Moved(moved).into());
        }
        if let Some(feed) = &mut self.feed {
            feed.offsets.insert(of, number);
        }
        if let Some(rules) = rules.events {
            self.fold(rules, out);
        }
    }
}
