//! The effects of one step, as an untimed world takes them.

use crate::node::{Environment, Flow, SyncAnswer};
use crate::protocol::{Kinds, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::trace::{Done, Fated};
use crate::untimed::bounds::{Bounds, Timers};
use crate::untimed::local::{Laws, Sight};

/// How many of the last effects send.
fn trailing(counted: &[bool]) -> usize {
    counted.iter().rev().take_while(|sends| **sends).count()
}

/// See [`Effects::cuts`].
///
/// # Panics
/// If any may be unsent, of rows of more than [`Bounds::ROW_MAX`].
fn cuts(counted: &[bool], any_sends: bool) -> Vec<(u32, u32)> {
    let effects = counted.len();
    if !any_sends {
        return (1..effects as u32).map(|after| (after, 0)).collect();
    }
    let mut cuts = Vec::new();
    for after in 1..=effects {
        let row = trailing(&counted[..after]);
        if row > 0 && counted.get(after) == Some(&true) {
            continue;
        }
        assert!(row <= Bounds::ROW_MAX, "{row} messages in a row, of which any may get out");
        // To have sent all that there is to do is to die afterwards; to have sent none, before.
        let least = u32::from(after == effects);
        let none = (1u32 << row) - 1;
        cuts.extend((least..none.max(1)).map(|unsent| (after as u32, unsent)));
    }
    cuts
}

/// Collects the effects of one step.
pub(crate) struct Effects<'a, P: Protocol> {
    laws: &'a Laws<'a, P>,
    me: ProcessId,
    die_after: u32,
    /// See [`Death::unsent`](crate::untimed::local::Death::unsent).
    pub(crate) unsent: u32,
    /// Effects so far that a crash after them tells from a crash before them: whether each sends.
    counted: Vec<bool>,
    pub(crate) sends: Vec<(ProcessId, P::Message)>,
    pub(crate) sights: Vec<Sight<P::Note>>,
    pub(crate) armed: Vec<(P::Timer, Nanos)>,
    pub(crate) options: u32,
    /// The effects as a trace shows them, if it does.
    pub(crate) record: Option<Vec<Done>>,
}

impl<'a, P: Protocol> Effects<'a, P> {
    pub(crate) fn new(laws: &'a Laws<'a, P>, me: ProcessId, die_after: u32) -> Self {
        Effects {
            laws,
            me,
            die_after,
            unsent: 0,
            counted: Vec::new(),
            sends: Vec::new(),
            sights: Vec::new(),
            armed: Vec::new(),
            options: 0,
            record: None,
        }
    }

    fn record(&mut self, done: impl FnOnce() -> Done) {
        if let Some(record) = &mut self.record {
            record.push(done());
        }
    }

    /// Where a process may die amid these effects, so that it makes a difference: after how many,
    /// and which of those that it sent in a row there are unsent.
    pub(crate) fn cuts(&self) -> Vec<(u32, u32)> {
        cuts(&self.counted, self.laws.bounds.any_sends)
    }

    /// After a crash: takes back what did not get out.
    pub(crate) fn unsend(&mut self) {
        let row = trailing(&self.counted);
        let (unsent, first) = (self.unsent, self.sends.len() - row);
        let mut at = 0;
        self.sends.retain(|_| {
            at += 1;
            at <= first || unsent >> (at - 1 - first) & 1 == 0
        });
        let Some(record) = &mut self.record else { return };
        let is_sent = |done: &Done| matches!(done, Done::Sent { .. });
        let before = record.iter().filter(|done| is_sent(done)).count() - row;
        let mut at = 0;
        record.retain(|done| {
            at += usize::from(is_sent(done));
            !is_sent(done) || at <= before || unsent >> (at - 1 - before) & 1 == 0
        });
    }

    fn happened(&mut self, sends: bool) -> Flow {
        self.counted.push(sends);
        if self.counted.len() as u32 == self.die_after { Flow::Crash } else { Flow::Continue }
    }
}

impl<P: Protocol> Environment<P> for Effects<'_, P> {
    fn appended(&mut self, record: &P::Record) -> Flow {
        self.record(|| Done::Appended(record.to_string()));
        self.happened(false)
    }

    fn sync(&mut self) -> SyncAnswer {
        if self.laws.bounds.split_sync {
            self.record(|| Done::Syncing);
            SyncAnswer::Later
        } else {
            SyncAnswer::Done
        }
    }

    /// A crash right after this is one right before it that keeps everything.
    fn durable(&mut self, records: &[P::Record]) -> Flow {
        self.record(|| Done::Durable(records.len()));
        Flow::Continue
    }

    fn send(&mut self, to: ProcessId, message: P::Message) -> Flow {
        debug_assert_ne!(to, self.me, "nobody sends itself messages");
        let fate = Fated::InFlight;
        self.record(|| Done::Sent { to: to.index(), message: message.to_string(), fate });
        self.sends.push((to, message));
        self.happened(true)
    }

    fn arm(&mut self, timer: &P::Timer) -> u32 {
        let span = self.laws.protocol.delay(timer);
        self.record(|| Done::Armed { timer: timer.to_string(), span });
        if self.laws.bounds.timers == Timers::Quiescent {
            // However short, a timer takes time: else the world could stand still for ever.
            self.armed.push((timer.clone(), span.max(Nanos(1))));
        }
        0
    }

    fn disarm(&mut self, _: u32) {}

    fn choose(&mut self, options: u32) {
        self.options = options;
        self.record(|| Done::Asked(options));
    }

    fn note(&mut self, note: P::Note) -> Flow {
        let (protocol, me) = (self.laws.protocol, self.me);
        self.record(|| Done::Noted(protocol.describe(me, &note)));
        if self.laws.interest & 1 << note.kind() == 0 {
            return Flow::Continue;
        }
        self.sights.push(Sight::Note(note));
        self.happened(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_there_is_a_cut_after_every_effect_but_the_last() {
        assert_eq!(cuts(&[true, true, false, true], false), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(cuts(&[], false), []);
    }

    #[test]
    fn out_of_order_a_row_is_cut_in_every_way() {
        assert_eq!(cuts(&[false, true, true], true), [(1, 0), (3, 1), (3, 2)]);
        assert_eq!(cuts(&[true, true, false], true), [(2, 0), (2, 1), (2, 2)]);
        assert_eq!(cuts(&[true, false, true], true), [(1, 0), (2, 0)]);
        assert_eq!(cuts(&[true; 4], true).len(), 14, "all subsets but none and all");
        assert_eq!(cuts(&[], true), []);
    }
}
