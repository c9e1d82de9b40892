//! The effects of one step, as an untimed world takes them.

use crate::node::{Environment, Flow, SyncAnswer};
use crate::protocol::{Kinds, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::trace::{Done, Fated};
use crate::untimed::bounds::Timers;
use crate::untimed::local::{Laws, Sight};

/// The most messages in a row of which any may have got out when their sender dies: there are
/// 65,536 ways.
pub(crate) const ROW_MAX: usize = 16;

/// How many of the last effects send.
fn trailing(counted: &[bool]) -> usize {
    counted.iter().rev().take_while(|sends| **sends).count()
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
    /// and which of those it sent in a row there are unsent.
    ///
    /// # Panics
    /// With [`Bounds::any_sends`](crate::untimed::Bounds::any_sends), of rows of more than 16.
    pub(crate) fn cuts(&self) -> Vec<(u32, u32)> {
        let effects = self.counted.len();
        if !self.laws.bounds.any_sends {
            return (1..effects as u32).map(|after| (after, 0)).collect();
        }
        let mut cuts = Vec::new();
        for after in 1..=effects {
            let row = trailing(&self.counted[..after]);
            if row > 0 && self.counted.get(after) == Some(&true) {
                continue;
            }
            assert!(row <= ROW_MAX, "at most {ROW_MAX} messages in a row, for any may get out");
            let last = if after < effects { 0 } else { 1 };
            let all = (1u32 << row) - 1;
            cuts.extend((last..all.max(1)).map(|unsent| (after as u32, unsent)));
        }
        cuts
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
