//! The actions of a path, one by one.

use crate::node::Input;
use crate::protocol::{Event, Protocol, RequestId};
use crate::topology::{HostId, ProcessId};
use crate::untimed::action::{Action, Loss};
use crate::untimed::drive::Undriven;
use crate::untimed::drive::plan::{Fails, Planned, Planner, TOGETHER};
use crate::untimed::drive::post::Part;
use crate::untimed::drive::times::Why;
use crate::untimed::local::{Death, Reaction};

/// How processes die.
type Deaths = [(ProcessId, Death)];

impl<P: Protocol> Planner<'_, P> {
    /// One action further.
    pub(super) fn go(&mut self, action: &Action<P>) -> Result<(), Undriven> {
        let step = self.walk.last() + 1;
        self.walk.go(action);
        let comes_back = matches!(action, Action::Step { process, input: Input::Boot, .. }
            if self.booting.front() == Some(process));
        if !self.booting.is_empty() && !comes_back {
            return Err(Undriven::unlike(step, TOGETHER));
        }
        match action {
            Action::Step { process, input, copy, death, neighbours } => {
                let input = self.begins(*process, input, *copy, step)?;
                self.take(*process, &input, *death, step)?;
                if let Some(death) = death {
                    let host = self.untimed.hosts[process.index()];
                    let what = Fails::Amid(host, *process, self.done[process.index()]);
                    self.booting.clear();
                    self.plan.length += 1;
                    let mut deaths = neighbours.clone();
                    self.die(&deaths, step)?;
                    deaths.push((*process, *death));
                    self.crash(host, what, &deaths);
                }
            }
            Action::Lose { from, to, message, why } => {
                let letter = self.walk.plain.letters[to.index()].intern((*from, message.clone())).0;
                match why {
                    Loss::Dropped => self.plan.post.lose((*to, letter)),
                    Loss::Down | Loss::Cut if self.untimed.local(*from, *to) => {
                        return Err(Undriven::unlike(step, "a message within a host arrives"));
                    }
                    Loss::Down | Loss::Cut => self.arrives(*to, letter, true, step)?,
                }
            }
            Action::Refuse { index } => self.request(RequestId(*index as u32), step),
            Action::Crash { host, deaths } => {
                let at_rest = self.faults_at_rest();
                self.begin(step, Some(*host), (0, Part::Faults, at_rest));
                self.die(deaths, step)?;
                self.crash(*host, Fails::Host(*host), deaths);
            }
            Action::Part { cut } => self.part(*cut, step),
            Action::Mend => {
                let cut = self.cut.take().expect("what is mended was parted");
                self.begin(step, None, (self.plan.faults[cut].at, Part::Faults, 0));
                self.plan.faults[cut].until = Some(self.now());
            }
        }
        Ok(())
    }

    /// The moment of a step begins. Gives back what the process takes, by the names of its timers.
    fn begins(
        &mut self,
        process: ProcessId,
        input: &Input<P>,
        copy: bool,
        step: u64,
    ) -> Result<Input<P>, Undriven> {
        let (at, home) = (process.index(), Some(self.untimed.hosts[process.index()]));
        match input {
            Input::Boot => self.comes_back(process, step)?,
            Input::Synced | Input::Event(Event::Chosen(_)) => {
                let busy = self.busy[at].ok_or_else(|| Undriven::unlike(step, "it is idle"))?;
                self.begin(step, home, busy.key);
                let now = self.now();
                if let Input::Event(Event::Chosen(answer)) = input {
                    *last(&mut self.plan.answers[at]) = Some((now, *answer));
                } else {
                    *last(&mut self.plan.syncs[at]) = Some(now);
                }
            }
            Input::Event(Event::Message { from, message }) => {
                let letter = self.walk.plain.letters[at].intern((*from, message.clone())).0;
                if self.untimed.local(*from, process) {
                    let key = self.whispered.remove(&(process, letter));
                    let key = key.ok_or_else(|| {
                        Undriven::unlike(step, "a message within a host arrives once")
                    })?;
                    self.begin(step, home, key);
                    self.due(process, Why::Local(self.plan.locals.len()));
                    self.plan.locals.push((key.0, self.now()));
                } else {
                    let is_last = !copy && self.untimed.consumes();
                    self.arrives(process, letter, is_last, step)?;
                }
            }
            Input::Event(Event::Timer(timer)) => {
                let timer = self.timer(process, timer, step)?;
                self.begin(step, home, self.armed[at][&timer].key);
                return Ok(Input::Event(Event::Timer(timer)));
            }
            Input::Event(Event::Request { id, .. }) => self.request(*id, step),
        }
        Ok(input.clone())
    }

    /// The timer that is meant: the one of that name, or one that does the same. What an untimed
    /// protocol leaves out of its states may show in names.
    fn timer(&self, process: ProcessId, timer: &P::Timer, step: u64) -> Result<P::Timer, Undriven> {
        let mut timers: Vec<&P::Timer> = self.armed[process.index()].keys().collect();
        timers.sort_by_key(|other| *other != timer);
        let is_it = |timer: &&&P::Timer| {
            let input = Input::Event(Event::Timer((**timer).clone()));
            self.would(process, &input, step)
        };
        let found = timers.iter().find(is_it);
        found
            .map(|timer| (*timer).clone())
            .ok_or_else(|| Undriven::unlike(step, "no timer that is set then does this"))
    }

    /// A message between hosts arrives.
    fn arrives(
        &mut self,
        to: ProcessId,
        letter: u32,
        is_last: bool,
        step: u64,
    ) -> Result<(), Undriven> {
        let moment = self.now() + 1;
        let key = self.plan.post.arrive((to, letter), moment, is_last);
        let key = key.ok_or_else(|| {
            Undriven::unlike(step, "the network makes at most one copy of what is sent")
        })?;
        self.begin(step, Some(self.untimed.hosts[to.index()]), key);
        Ok(())
    }

    fn request(&mut self, id: RequestId, step: u64) {
        let before = self.plan.requests.last().map_or(0, |&(moment, _)| moment);
        let door = self.untimed.requests[id.0 as usize].0;
        let home = Some(self.untimed.hosts[door.index()]);
        self.begin(step, home, (before, Part::Request, 0));
        self.plan.requests.push((self.now(), id));
    }

    /// The processes of a host come back together, in their order.
    fn comes_back(&mut self, process: ProcessId, step: u64) -> Result<(), Undriven> {
        if self.booting.pop_front() == Some(process) {
            self.plan.length += 1;
            return Ok(());
        }
        let host = self.untimed.hosts[process.index()].index();
        let residents = &self.untimed.residents[host];
        let fault = self.down[host].filter(|_| residents.first() == Some(&process));
        let fault = fault.ok_or_else(|| Undriven::unlike(step, TOGETHER))?;
        self.booting = residents[1..].iter().copied().collect();
        let at = self.plan.faults[fault].at;
        self.begin(step, Some(HostId(host as u16)), (at, Part::Restart, 0));
        // That the host restarts is a step of its own.
        self.plan.length += 1;
        self.plan.faults[fault].until = Some(self.now());
        self.down[host] = None;
        Ok(())
    }

    /// Processes die at rest.
    fn die(&mut self, deaths: &Deaths, step: u64) -> Result<(), Undriven> {
        let laws = self.laws();
        for &(process, death) in deaths {
            let at = process.index();
            let wanted = |reaction: &Reaction<P>| reaction.death == Some(death);
            let reaction = self.locals[at].deaths(&laws).into_iter().find(wanted);
            let reaction = reaction.ok_or_else(|| Undriven::unlike(step, "its log differs"))?;
            self.locals[at] = reaction.local;
            let until = self.busy[at].take().map_or(self.now(), |busy| busy.since);
            for (timer, armed) in std::mem::take(&mut self.armed[at]) {
                self.cancelled(process, &timer, armed, until);
            }
        }
        Ok(())
    }

    /// A host is down, in this moment.
    fn crash(&mut self, host: HostId, what: Fails, deaths: &Deaths) {
        self.down[host.index()] = Some(self.plan.faults.len());
        self.plan.faults.push(Planned { what, at: self.now(), until: None });
        for process in &self.untimed.residents[host.index()] {
            let death = deaths.iter().find(|(dead, _)| dead == process);
            self.plan.kept[process.index()].push(death.map_or(0, |(_, death)| death.kept));
            self.whispered.retain(|(to, _), _| to != process);
        }
    }

    fn part(&mut self, cut: u16, step: u64) {
        let at_rest = self.faults_at_rest();
        self.begin(step, None, (0, Part::Faults, at_rest));
        let group: Vec<usize> = self.untimed.cuts.group(cut).collect();
        let hosts = 0..self.untimed.residents.len();
        let (to, from) = hosts.partition::<Vec<usize>, _>(|host| group.contains(host));
        let ids = |hosts: Vec<usize>| hosts.into_iter().map(|host| HostId(host as u16)).collect();
        let what = Fails::Link(ids(from), ids(to));
        self.cut = Some(self.plan.faults.len());
        self.plan.faults.push(Planned { what, at: self.now(), until: None });
    }

    /// Faults so far that happen at a time of their own.
    fn faults_at_rest(&self) -> u32 {
        self.plan.faults.len() as u32
    }
}

fn last<T>(all: &mut [Option<T>]) -> &mut Option<T> {
    all.last_mut().expect("who waits has begun to")
}
