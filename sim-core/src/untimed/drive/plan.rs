//! From a path to a run: what happens in which moment, and what each moment must wait for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::{Protocol, RequestId};
use crate::time::Nanos;
use crate::timed::World;
use crate::topology::{HostId, ProcessId};
use crate::untimed::bounds::{Bounds, Timers};
use crate::untimed::drive::post::{Key, Part, Post};
use crate::untimed::drive::times::{Moment, Rule, Why};
use crate::untimed::drive::{Kept, Undriven};
use crate::untimed::local::{Laws, Local};
use crate::untimed::mail::LetterId;
use crate::untimed::replay::Walk;
use crate::untimed::world::Untimed;

/// A timer that was set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Alarm {
    pub(super) process: ProcessId,
    pub(super) timer: String,
    pub(super) set: Moment,
    pub(super) span: Nanos,
    pub(super) key: Key,
    /// It runs out in this moment; or else has not by then.
    pub(super) until: Moment,
    pub(super) fires: bool,
}

/// A fault, and what ends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Planned {
    pub(super) what: Fails,
    pub(super) at: Moment,
    pub(super) until: Option<Moment>,
}

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fails {
    /// A host crashes at rest.
    Host(HostId),
    /// A host crashes after that many effects of that process.
    Amid(HostId, ProcessId, u32),
    /// These hosts are parted from those.
    Link(Vec<HostId>, Vec<HostId>),
}

/// A path, ready to be given times.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The step of the path that each moment is.
    pub(super) steps: Vec<u64>,
    /// When what happens then was put in the queue.
    pub(super) keys: Vec<Key>,
    /// The host that it happens on; else it concerns everybody.
    pub(super) hosts: Vec<Option<HostId>>,
    pub(super) alarms: Vec<Alarm>,
    /// Messages within a host: sent, received.
    pub(super) locals: Vec<(Moment, Moment)>,
    /// What may have waited for its process, which was busy since the one moment until the other,
    /// and was taken right after that.
    pub(super) waits: BTreeMap<Why, (Moment, Moment)>,
    pub(super) post: Post,
    /// By process: when its syncs are complete.
    pub(super) syncs: Vec<Vec<Option<Moment>>>,
    /// By process: when its choices are answered, and how.
    pub(super) answers: Vec<Vec<Option<(Moment, u32)>>>,
    pub(super) requests: Vec<(Moment, RequestId)>,
    pub(super) faults: Vec<Planned>,
    /// By process: how many unsynced records its crashes keep.
    pub(super) kept: Vec<Vec<usize>>,
    /// How many steps the run has.
    pub(super) length: u64,
}

impl Plan {
    fn new(processes: usize) -> Plan {
        Plan {
            steps: vec![0],
            keys: vec![(0, Part::Faults, 0)],
            hosts: vec![None],
            alarms: Vec::new(),
            locals: Vec::new(),
            waits: BTreeMap::new(),
            post: Post::new(processes),
            syncs: vec![Vec::new(); processes],
            answers: vec![Vec::new(); processes],
            requests: Vec::new(),
            faults: Vec::new(),
            kept: vec![Vec::new(); processes],
            length: 0,
        }
    }

    /// All that moments must wait for, with so much time between any two that need none. What is
    /// `held` waited for its process.
    pub(super) fn rules(&self, kept: Kept, gap: Nanos, held: &BTreeSet<Why>) -> Vec<Rule> {
        let mut rules = match kept {
            Kept::Whole => {
                (1..self.steps.len()).map(|to| self.order(kept, (to - 1, to), gap)).collect()
            }
            Kept::Partial => self.partial(gap),
        };
        for why in held {
            let Some(&(_, freed)) = self.waits.get(why) else { continue };
            let taken = self.taken(*why);
            rules.retain(|rule| (rule.from, rule.to) != (freed, taken));
            rules.push(Rule { from: freed, to: taken, least: 0, why: Why::Sequence });
            rules.push(Rule { from: taken, to: freed, least: 0, why: *why });
            let follows = |&to: &Moment| {
                let host = self.hosts[to];
                kept == Kept::Whole || host.is_none() || host == self.hosts[taken]
            };
            // It is not the queue that says what comes next.
            let next = (taken + 1..self.steps.len()).find(follows);
            rules.extend(next.map(|to| Rule { from: taken, to, least: 1, why: Why::Sequence }));
        }
        for (number, alarm) in self.alarms.iter().enumerate() {
            self.rings((kept, held.contains(&Why::Timer(number))), number, alarm, &mut rules);
        }
        for (number, &(sent, received)) in self.locals.iter().enumerate() {
            let why = Why::Local(number);
            if !held.contains(&why) {
                rules.push(Rule { from: received, to: sent, least: 0, why });
            }
        }
        rules
    }

    /// When a timer runs out, or does not.
    fn rings(
        &self,
        (kept, held): (Kept, bool),
        number: usize,
        alarm: &Alarm,
        rules: &mut Vec<Rule>,
    ) {
        let (why, span, set) = (Why::Timer(number), i128::from(alarm.span.0), alarm.set);
        let wait = self.waits.get(&why).filter(|_| held);
        if let Some(&(since, freed)) = wait {
            rules.push(Rule { from: since, to: set, least: 1 - span, why });
            let is_first = self.is_before(kept, alarm.key, self.keys[freed]);
            let least = span + i128::from(!is_first);
            rules.push(Rule { from: set, to: freed, least, why });
            return;
        }
        if alarm.fires {
            rules.push(Rule { from: set, to: alarm.until, least: span, why });
        }
        let key = self.keys[alarm.until];
        let is_first = alarm.fires || self.is_before(kept, key, alarm.key);
        rules.push(Rule { from: alarm.until, to: set, least: i128::from(!is_first) - span, why });
    }

    pub(super) fn taken(&self, why: Why) -> Moment {
        match why {
            Why::Timer(number) => self.alarms[number].until,
            Why::Local(number) => self.locals[number].1,
            Why::Sequence => unreachable!("only what is due waits"),
        }
    }

    fn order(&self, kept: Kept, (from, to): (Moment, Moment), gap: Nanos) -> Rule {
        let at_once = self.locals.iter().any(|&(_, received)| received == to);
        let least = i128::from(!self.is_before(kept, self.keys[from], self.keys[to]));
        let least = if at_once { least } else { least.max(i128::from(gap.0)) };
        Rule { from, to, least, why: Why::Sequence }
    }

    /// Whether, if both are due at the same time, this comes first: it was put in the queue before
    /// that, as is known of moments in their order.
    fn is_before(&self, kept: Kept, this: Key, that: Key) -> bool {
        let in_order = match kept {
            Kept::Whole => true,
            Kept::Partial => this.0 == 0 || self.hosts[this.0] == self.hosts[that.0],
        };
        this < that && in_order
    }

    /// Each moment comes after the one that made it possible and after the last one on its host;
    /// what concerns everybody, after all and before all.
    fn partial(&self, gap: Nanos) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut latest: BTreeMap<HostId, Moment> = BTreeMap::new();
        let mut barrier = 0;
        for to in 1..self.steps.len() {
            let mut after = vec![self.keys[to].0, barrier];
            match self.hosts[to] {
                Some(host) => after.extend(latest.insert(host, to)),
                None => {
                    after.extend(std::mem::take(&mut latest).into_values());
                    barrier = to;
                }
            }
            let order = |from| self.order(Kept::Partial, (from, to), gap);
            rules.extend(after.into_iter().map(order));
        }
        rules
    }
}

/// What the untimed world does not ask for.
pub(super) const TOGETHER: &str = "the processes of a host come back together, one after the other";

/// A timer that is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Armed {
    pub(super) set: Moment,
    pub(super) span: Nanos,
    pub(super) key: Key,
}

/// What a process waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Busy {
    pub(super) since: Moment,
    pub(super) key: Key,
}

/// Goes along a path with the processes of the timed world.
pub(super) struct Planner<'w, P: Protocol> {
    pub(super) world: &'w World<P>,
    pub(super) untimed: &'w Untimed<P>,
    pub(super) walk: Walk<'w, P>,
    /// The processes as the timed world has them.
    pub(super) locals: Vec<Local<P>>,
    pub(super) armed: Vec<BTreeMap<P::Timer, Armed>>,
    pub(super) busy: Vec<Option<Busy>>,
    /// What each took last, if it had been busy before it, since when.
    pub(super) freed: Vec<Option<(Moment, Moment)>>,
    /// What each has done, as far as crashes are counted by it.
    pub(super) done: Vec<u32>,
    /// When a message within a host was sent.
    pub(super) whispered: BTreeMap<(ProcessId, LetterId), Key>,
    /// Who has yet to come back of a host that does.
    pub(super) booting: VecDeque<ProcessId>,
    /// By host, the fault that it is down by.
    pub(super) down: Vec<Option<usize>>,
    /// The partition that holds.
    pub(super) cut: Option<usize>,
    /// How much this moment has put in the queue.
    pub(super) put: u32,
    pub(super) plan: Plan,
}

impl<'w, P: Protocol> Planner<'w, P> {
    /// All processes have started.
    pub(super) fn new(
        world: &'w World<P>,
        untimed: &'w Untimed<P>,
    ) -> Result<Planner<'w, P>, Undriven> {
        let ids = untimed.topology().ids();
        let processes = ids.clone().count();
        let mut planner = Planner {
            world,
            untimed,
            walk: Walk::new(untimed),
            locals: ids.clone().map(Local::new).collect(),
            armed: vec![BTreeMap::new(); processes],
            busy: vec![None; processes],
            freed: vec![None; processes],
            done: vec![0; processes],
            whispered: BTreeMap::new(),
            booting: VecDeque::new(),
            down: vec![None; untimed.residents.len()],
            cut: None,
            put: 0,
            plan: Plan::new(processes),
        };
        for process in ids {
            planner.start(process)?;
            planner.plan.length += 1;
        }
        Ok(planner)
    }

    /// The laws of its processes. Whatever the path's timers do, these have a clock.
    pub(super) fn laws(&self) -> Laws<'w, P> {
        let bounds = Bounds { timers: Timers::Quiescent, ..self.untimed.bounds };
        Laws { protocol: &self.world.protocol, bounds, interest: self.untimed.interest }
    }

    /// The moment that it is.
    pub(super) fn now(&self) -> Moment {
        self.plan.steps.len() - 1
    }

    /// A moment begins: what was put in the queue there and then happens.
    pub(super) fn begin(&mut self, step: u64, host: Option<HostId>, key: Key) {
        self.plan.steps.push(step);
        self.plan.hosts.push(host);
        self.plan.keys.push(key);
        self.plan.length += 1;
        self.put = 0;
    }

    /// What is due is taken now. It may have waited until now, if its process has just become free.
    pub(super) fn due(&mut self, process: ProcessId, why: Why) {
        let (now, host) = (self.now(), self.plan.hosts[self.now()]);
        let last = (0..now).rev().find(|&other| self.plan.hosts[other] == host);
        if let Some((since, freed)) = self.freed[process.index()]
            && last == Some(freed)
        {
            self.plan.waits.insert(why, (since, freed));
        }
    }

    /// What is put in the queue next is the first of so many.
    pub(super) fn put(&mut self, amount: u32) -> Key {
        self.put += amount;
        (self.now(), Part::Effects, self.put - amount)
    }

    /// A timer has not run out by then, nor will it.
    pub(super) fn cancelled(
        &mut self,
        process: ProcessId,
        timer: &P::Timer,
        armed: Armed,
        until: Moment,
    ) {
        let (timer, Armed { set, span, key }) = (timer.to_string(), armed);
        if until > set {
            let fires = false;
            self.plan.alarms.push(Alarm { process, timer, set, span, key, until, fires });
        }
    }

    /// The path ends here. What is set has not run out by now, or its process could not take it.
    ///
    /// # Errors
    /// If half of a host has come back.
    pub(super) fn finish(mut self) -> Result<(Plan, Walk<'w, P>), Undriven> {
        if !self.booting.is_empty() {
            return Err(Undriven::unlike(self.walk.last(), TOGETHER));
        }
        self.begin(self.walk.last(), None, (self.now(), Part::Restart, 0));
        self.plan.length -= 1;
        for process in self.untimed.topology().ids() {
            let at = process.index();
            let until = self.busy[at].map_or(self.now(), |busy| busy.since);
            for (timer, armed) in std::mem::take(&mut self.armed[at]) {
                self.cancelled(process, &timer, armed, until);
            }
        }
        Ok((self.plan, self.walk))
    }
}
