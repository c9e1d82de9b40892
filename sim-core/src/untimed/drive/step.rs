//! What a process does on a step of the path.

use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::trace::Done;
use crate::untimed::drive::Undriven;
use crate::untimed::drive::plan::{Alarm, Armed, Busy, Planner};
use crate::untimed::drive::post::Key;
use crate::untimed::drive::times::{Moment, Why};
use crate::untimed::follow::{counts, is_same};
use crate::untimed::local::{Death, Local, Reaction};

impl<P: Protocol> Planner<'_, P> {
    /// A process starts for the first time.
    pub(super) fn start(&mut self, process: ProcessId) -> Result<(), Undriven> {
        self.take(process, &Input::Boot, None, process.index() as u64)
    }

    /// A process takes an input, to the end or not, with the effects that the path has.
    pub(super) fn take(
        &mut self,
        process: ProcessId,
        input: &Input<P>,
        death: Option<Death>,
        step: u64,
    ) -> Result<(), Undriven> {
        let (at, laws) = (process.index(), self.laws());
        // What is set anew is then told from what was.
        self.locals[at].wait(Nanos::MAX);
        let local = &self.locals[at];
        let reaction = match death {
            None => Some(local.survive(&laws, input)),
            Some(Death { after, unsent, .. }) => {
                let deaths = local.dying(&laws, input, (after, unsent)).into_iter();
                deaths.into_iter().find(|reaction| reaction.death == death)
            }
        };
        let effects = local.effects(&laws, input, death);
        if effects.iter().any(|done| matches!(done, Done::Armed { span: Nanos::ZERO, .. })) {
            // It would not be told from one that was set before.
            return Err(Undriven::unlike(step, "it sets a timer that runs out at once"));
        }
        let reaction = reaction.filter(|_| self.has(step, &effects));
        let reaction = reaction.ok_or_else(|| Undriven::unlike(step, "it has other effects"))?;
        let since = self.busy[at].map_or(self.now(), |busy| busy.since);
        let was_busy = self.busy[at].is_some();
        let rings = self.perform(process, &effects, &reaction);
        if death.is_none() && matches!(input, Input::Event(Event::Message { .. })) {
            // That it was delivered counts as well.
            self.done[at] += 1;
        }
        self.rearm((process, since), input, &reaction.local, &rings);
        self.locals[at] = reaction.local;
        let now = self.now();
        let waited = self.plan.waits.iter().any(|(why, _)| self.plan.taken(*why) == now);
        let since = if waited { self.freed[at].map_or(now, |(since, _)| since) } else { since };
        self.freed[at] = (was_busy || waited).then_some((since, now));
        Ok(())
    }

    /// Whether these are the effects of a step of the path.
    pub(super) fn has(&self, step: u64, effects: &[Done]) -> bool {
        let path = self.walk.steps()[step as usize].effects.iter().filter(|done| counts(done));
        let mine = effects.iter().filter(|done| counts(done));
        path.clone().count() == mine.clone().count() && path.zip(mine).all(|(a, b)| is_same(a, b))
    }

    /// Whether a process would do on a step what the path does there.
    pub(super) fn would(&self, process: ProcessId, input: &Input<P>, step: u64) -> bool {
        let local = &self.locals[process.index()];
        let dies = self.walk.steps()[step as usize].effects.contains(&Done::CutShort);
        let effects = || local.effects(&self.laws(), input, None);
        local.node.takes(input) && (dies || self.has(step, &effects()))
    }

    /// Effects happen. Gives back the timers that were set, as text, and when they were.
    fn perform(
        &mut self,
        process: ProcessId,
        effects: &[Done],
        reaction: &Reaction<P>,
    ) -> Vec<(String, Key)> {
        let at = process.index();
        let mut rings = Vec::new();
        let mut waits = None;
        let mut sends = reaction.sends.iter();
        for done in effects {
            match done {
                Done::Appended(_) | Done::Noted(_) => self.done[at] += 1,
                Done::Durable(records) => self.done[at] += *records as u32,
                Done::Syncing => {
                    self.plan.syncs[at].push(None);
                    waits = Some(self.put(1));
                }
                Done::Asked(_) => {
                    self.plan.answers[at].push(None);
                    waits = Some(self.put(1));
                }
                Done::Armed { timer, .. } => {
                    let key = self.put(1);
                    rings.push((timer.clone(), key));
                }
                Done::Sent { .. } => {
                    self.done[at] += 1;
                    let (to, message) = sends.next().expect("each message is seen to be sent");
                    self.send(process, *to, message);
                }
                Done::CutShort | Done::Violated(..) => {}
            }
        }
        let since = self.busy[at].map_or(self.now(), |busy| busy.since);
        self.busy[at] = waits.filter(|_| reaction.death.is_none()).map(|key| Busy { since, key });
        rings
    }

    /// A message leaves.
    fn send(&mut self, from: ProcessId, to: ProcessId, message: &P::Message) {
        let letters = &mut self.walk.plain.letters[to.index()];
        let letter = letters.intern((from, message.clone())).0;
        let key = self.put(2);
        if self.untimed.local(from, to) {
            self.whispered.insert((to, letter), key);
        } else {
            let parted = self.untimed.parted(self.walk.state.tally.cut, from, to);
            self.plan.post.send(from, (!parted).then_some((to, letter)), key);
        }
    }

    /// Timers are set and no longer set, by a process that could take none of them since then.
    fn rearm(
        &mut self,
        (process, since): (ProcessId, Moment),
        input: &Input<P>,
        local: &Local<P>,
        rings: &[(String, Key)],
    ) {
        let (at, now) = (process.index(), self.now());
        let is_new =
            |timer: &P::Timer| local.clock.get(timer).is_some_and(|left| *left > Nanos::ZERO);
        for (timer, armed) in std::mem::take(&mut self.armed[at]) {
            let fires = matches!(input, Input::Event(Event::Timer(fired)) if *fired == timer);
            if fires {
                let (timer, Armed { set, span, key }) = (timer.to_string(), armed);
                let until = now;
                self.due(process, Why::Timer(self.plan.alarms.len()));
                self.plan.alarms.push(Alarm { process, timer, set, span, key, until, fires });
            } else if local.clock.get(&timer).is_some() && !is_new(&timer) {
                self.armed[at].insert(timer, armed);
            } else {
                self.cancelled(process, &timer, armed, since);
            }
        }
        for (timer, &span) in local.clock.iter().filter(|(timer, _)| is_new(timer)) {
            let text = timer.to_string();
            let ring = rings.iter().rev().find(|(name, _)| *name == text);
            let key = ring.expect("what is set was seen to be").1;
            self.armed[at].insert(timer.clone(), Armed { set: now, span, key });
        }
    }
}
