//! What the acting node's effects do to the world.

use crate::fault::{FaultKind, On};
use crate::fingerprint::{self, mix};
use crate::latency::Latency;
use crate::ledger::Depth;
use crate::monitor::Seen;
use crate::network::Fate;
use crate::node::{Environment, Flow, SyncAnswer};
use crate::protocol::{Kinds, Protocol};
use crate::time::Nanos;
use crate::timed::due::{Completion, Due, Letter, Route};
use crate::timed::outside::Outside;
use crate::timed::script::Meddling;
use crate::topology::ProcessId;
use crate::trace::{Done, Fated};

/// A timer that ran out while its process could not take it: no longer in the queue.
pub(crate) const HELD: u32 = u32::MAX;

impl<P: Protocol> Environment<P> for Outside<'_, P> {
    fn appended(&mut self, record: &P::Record) -> Flow {
        self.ledger.appended += 1;
        let (me, kind) = (self.me, record.kind());
        self.prints.effect(kind);
        self.recorder.effect(|| Done::Appended(record.to_string()));
        self.trigger(|on| matches!(*on, On::Appended { kind: k, by } if k == kind && any(by, me)))
    }

    fn sync(&mut self) -> SyncAnswer {
        let at = match (&mut self.directions, self.world.sync) {
            (Some(directions), _) => match directions.sync(self.me) {
                Some(at) => at,
                None => return SyncAnswer::Done,
            },
            (None, Latency::Constant(Nanos::ZERO)) => return SyncAnswer::Done,
            (None, latency) => self.now + latency.draw(&mut self.streams.disk),
        };
        self.recorder.effect(|| Done::Syncing);
        let (process, incarnation) = (self.me, self.hosts[self.here.index()].incarnation);
        self.queue.push(at.0, Due::Completed { process, incarnation, what: Completion::Synced });
        SyncAnswer::Later
    }

    fn durable(&mut self, records: &[P::Record]) -> Flow {
        self.ledger.forced += 1;
        let (me, era) = (self.me, self.clock.era);
        let depth = self.clock.depth[me.index()];
        self.clock.join(me, Depth { writes: depth.writes + 1, ..depth }, era);
        self.recorder.effect(|| Done::Durable(records.len()));
        let mut flow = Flow::Continue;
        for record in records {
            let kind = record.kind();
            let is_this =
                |on: &On| matches!(*on, On::Synced { kind: k, by } if k == kind && any(by, me));
            if self.trigger(is_this) == Flow::Crash {
                flow = Flow::Crash;
            }
        }
        flow
    }

    #[inline]
    fn send(&mut self, to: ProcessId, message: P::Message) -> Flow {
        let host = self.here;
        if host == self.host_of[to.index()] {
            self.send_locally(to, message)
        } else {
            self.send_over_wire(to, message)
        }
    }

    fn arm(&mut self, timer: &P::Timer) -> u32 {
        let delay = self.world.protocol.delay(timer);
        let host = self.here.index();
        let mut span = delay;
        if let Some(index) = self.hosts[host].skewed_by {
            span = Nanos(self.hosts[host].stretch.scale(delay.0));
            if span != delay {
                self.hosts[host].skewed_by = None;
                self.effective(FaultKind::Skew, index);
            }
        } else {
            span = Nanos(self.hosts[host].stretch.scale(span.0));
        }
        // However short, a timer takes time: else the world could stand still for ever.
        let span = span.max(Nanos(1));
        self.recorder.effect(|| Done::Armed { timer: timer.to_string(), span });
        let due = Due::Timer { process: self.me, timer: timer.clone() };
        self.queue.push_tentative((self.now + span).0, due)
    }

    fn disarm(&mut self, armed: u32) {
        if armed != HELD {
            self.queue.remove(armed);
        }
    }

    fn choose(&mut self, options: u32) {
        let (at, answer) = match &mut self.directions {
            Some(directions) => directions.answer(self.me),
            None => (self.now, self.streams.strategy.below(u64::from(options)) as u32),
        };
        self.recorder.effect(|| Done::Asked(options));
        let (process, incarnation) = (self.me, self.hosts[self.here.index()].incarnation);
        self.queue
            .push(at.0, Due::Completed { process, incarnation, what: Completion::Chosen(answer) });
    }

    fn note(&mut self, note: P::Note) -> Flow {
        let (me, kind) = (self.me, note.kind());
        self.prints.effect(kind);
        self.watch.last_news = self.step;
        let protocol = &self.world.protocol;
        self.recorder.effect(|| Done::Noted(protocol.describe(me, &note)));
        for edge in P::intervals(&note).into_iter().flatten() {
            self.intervals.take(&mut self.ledger, self.now, me, edge);
        }
        if let Some(id) = P::answers(&note) {
            self.answered(id);
        }
        self.show(self.watch.by_kind[kind], &Seen::Note { by: me, note: &note });
        self.trigger(|on| matches!(*on, On::Noted { kind: k, by } if k == kind && any(by, me)))
    }
}

/// Whether a trigger's process, if it names one, is this one.
fn any(wanted: Option<ProcessId>, process: ProcessId) -> bool {
    wanted.is_none_or(|wanted| wanted == process)
}

impl<P: Protocol> Outside<'_, P> {
    #[inline]
    fn trigger(&mut self, matches: impl Fn(&On) -> bool) -> Flow {
        let who = (self.me, self.here);
        self.script.trigger(who, matches)
    }

    /// A message of that kind was delivered, and handled as far as that goes.
    pub(crate) fn delivered(&mut self, message: usize, sender: ProcessId) -> Flow {
        let me = self.me;
        self.trigger(|on| {
            matches!(*on, On::Delivered { kind, from, to }
                if kind == message && any(from, sender) && any(to, me))
        })
    }

    fn send_locally(&mut self, to: ProcessId, message: P::Message) -> Flow {
        let content = fingerprint::of(&(self.me, to, &message));
        self.prints.chain = mix(self.prints.chain, content);
        let fate = Fated::Local;
        let text = || Done::Sent { to: to.index(), message: message.to_string(), fate };
        self.recorder.effect(text);
        let route = Route::Local { incarnation: self.hosts[self.here.index()].incarnation };
        let letter = self.letter(to, message, content, route);
        self.queue.push(self.now.0, Due::Message(letter));
        // Only a path knows a crash right after a message that does not leave its host.
        if self.directions.is_some() { self.trigger(|_| false) } else { Flow::Continue }
    }

    fn send_over_wire(&mut self, to: ProcessId, message: P::Message) -> Flow {
        let (me, kind) = (self.me, message.kind());
        let content = fingerprint::of(&(me, to, &message));
        let again = self.recent.seen(content);
        let counts = if again { &mut self.ledger.resent } else { &mut self.ledger.sent };
        counts[kind] += 1;
        let roles = self.role_of[me.index()] * self.roles + self.role_of[to.index()];
        self.ledger.by_roles[roles] += 1;
        let flow = self.trigger(|on| {
            matches!(*on, On::Sent { kind: k, from, to: t }
                if k == kind && any(from, me) && any(t, to))
        });
        let fate = self.fate(to);
        let at = if let Fate::Arrives { at, .. } = fate { at.0 } else { u64::MAX };
        self.prints.chain = mix(self.prints.chain, content ^ at);
        self.recorder.effect(|| Done::Sent {
            to: to.index(),
            message: message.to_string(),
            fate: match fate {
                Fate::Lost => Fated::Lost,
                Fate::Cut => Fated::Cut,
                Fate::Arrives { at: Nanos::MAX, .. } => Fated::InFlight,
                Fate::Arrives { at, copy: None, .. } => Fated::Arrives(at),
                Fate::Arrives { at, copy: Some(copy), .. } => Fated::Doubled(at, copy),
            },
        });
        if let Fate::Arrives { at, copy, .. } = fate {
            let letter = self.letter(to, message, content, Route::Wire);
            if let Some(copy) = copy {
                self.queue.push(copy.0, Due::Message(letter.clone()));
            }
            self.queue.push(at.0, Due::Message(letter));
        }
        flow
    }

    fn letter(&self, to: ProcessId, message: P::Message, content: u64, route: Route) -> Letter<P> {
        let mut depth = self.clock.depth[self.me.index()];
        depth.messages += u32::from(route == Route::Wire);
        let (from, era, cause) = (self.me, self.clock.era, self.step);
        Letter { from, to, message, content, depth, era, cause, route }
    }

    /// What becomes of the message that is being sent, network and script taken together.
    #[inline]
    fn fate(&mut self, to: ProcessId) -> Fate {
        let (from, to) = (self.here, self.host_of[to.index()]);
        let fate = match &mut self.directions {
            Some(directions) => {
                let fate = directions.travel(self.me);
                if self.wires.is_cut(from, to) { Fate::Cut } else { fate }
            }
            None => self.wires.send(self.now, from, to, &mut self.streams),
        };
        match fate {
            Fate::Arrives { held_back: false, copy: None, .. } => {}
            Fate::Lost => {
                self.ledger.lost += 1;
                self.befell(FaultKind::Loss);
            }
            Fate::Cut => self.stopped(from, to),
            Fate::Arrives { held_back, copy, .. } => {
                if held_back {
                    self.befell(FaultKind::Delay);
                }
                if copy.is_some() {
                    self.ledger.doubled += 1;
                    self.befell(FaultKind::Duplication);
                }
            }
        }
        let fate =
            if self.script.meddling == Meddling::default() { fate } else { self.meddle(fate) };
        self.wires.in_order(from, to, fate)
    }

    /// What a script does to a message that the network would have delivered.
    #[cold]
    fn meddle(&mut self, fate: Fate) -> Fate {
        let meddling = std::mem::take(&mut self.script.meddling);
        let drop = meddling.drop.map(|index| (FaultKind::Loss, index));
        let delay = meddling.delay.map(|(index, _)| (FaultKind::Delay, index));
        let double = meddling.double.map(|(index, _)| (FaultKind::Duplication, index));
        for (kind, index) in [drop, delay, double].into_iter().flatten() {
            self.attempted(kind, index);
            if matches!(fate, Fate::Arrives { .. }) {
                self.effective(kind, index);
            }
        }
        let Fate::Arrives { at, held_back, copy } = fate else { return fate };
        if meddling.drop.is_some() {
            self.ledger.lost += 1;
            return Fate::Lost;
        }
        let at = meddling.delay.map_or(at, |(_, by)| at + by);
        let copy = meddling.double.map_or(copy, |(_, after)| {
            self.ledger.doubled += 1;
            Some(at + after)
        });
        Fate::Arrives { at, held_back, copy }
    }
}
