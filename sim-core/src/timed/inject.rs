//! Faults happen, and end.

use crate::fault::{Fault, Keep, Restart};
use crate::fingerprint;
use crate::monitor::Seen;
use crate::node::{Flow, Input};
use crate::protocol::Protocol;
use crate::ratio::Ratio;
use crate::time::Nanos;
use crate::timed::due::{Due, Route};
use crate::timed::outside::Outside;
use crate::timed::script::Cut;
use crate::timed::simulation::Simulation;
use crate::topology::{HostId, ProcessId};
use crate::trace::Action;

impl<P: Protocol> Simulation<'_, P> {
    /// The fault with that place in the script happens now.
    pub(crate) fn inject(&mut self, index: usize) {
        if self.outside.script.healed {
            return;
        }
        let fault = self.outside.script.faults[index].fault.clone();
        // A fault about a message is counted where it meets its message.
        if fault.is_about_a_message() {
            return;
        }
        self.outside.attempted(fault.kind(), index);
        match fault {
            Fault::Crash { host, restart, keep } => self.crash(index, host, restart, keep),
            Fault::Pause { host, span } => self.pause(index, host, span),
            Fault::Partition { from, to, both_ways, span } => {
                let until = span.map_or(Nanos::MAX, |span| self.outside.now + span);
                self.cut(index, &from, &to, both_ways);
                self.lasts(index, until);
            }
            Fault::Skew { host, stretch } => {
                let env = &mut self.outside;
                env.hosts[host.index()].stretch = stretch;
                env.hosts[host.index()].skewed_by = Some(index);
                let content = fingerprint::of(&(6u8, host, stretch));
                let stretch = || stretch.to_string();
                env.begin(content, None, || Action::Skew {
                    host: host.index(),
                    stretch: stretch(),
                });
                env.end();
            }
            Fault::Drop | Fault::Duplicate { .. } | Fault::Delay { .. } => {}
        }
    }

    fn crash(&mut self, index: usize, host: HostId, restart: Restart, keep: Keep) {
        if !self.outside.hosts[host.index()].up {
            return;
        }
        let processes: Vec<ProcessId> = self.outside.world.protocol.topology().on(host).collect();
        let mut logs = Vec::new();
        let mut felt = false;
        for &process in &processes {
            let node = &self.nodes[process.index()];
            let unsynced = node.log().unsynced();
            felt |= unsynced > 0 || !node.timers().is_empty() || !node.idle();
            felt |= !self.inboxes[process.index()].is_empty();
            let keep = match keep {
                Keep::Nothing => 0,
                Keep::Everything => unsynced,
                Keep::First(count) => unsynced.min(count as usize),
                Keep::Any => self.outside.kept(process, unsynced),
            };
            logs.push((process.index(), unsynced, keep));
        }
        let content = fingerprint::of(&(7u8, host, &logs));
        let shown = || logs.clone();
        let action = || Action::Crash { host: host.index(), logs: shown() };
        self.outside.begin(content, None, action);
        for &(process, _, keep) in &logs {
            let node = &mut self.nodes[process];
            node.crash(keep, &mut self.outside);
            let wired = |due: &&Due<P>| match due {
                Due::Message(letter) => letter.route == Route::Wire,
                Due::Timer { .. }
                | Due::Completed { .. }
                | Due::Request { .. }
                | Due::NextRequest
                | Due::Fault { .. }
                | Due::Restart { .. }
                | Due::Resume { .. }
                | Due::Mend { .. }
                | Due::Heal => false,
            };
            let unhandled = self.inboxes[process].iter().filter(wired).count();
            self.outside.ledger.refused += unhandled as u64;
            self.inboxes[process].clear();
            let by = node.id();
            self.recovering[process] = false;
            self.outside.show_crash(&Seen::Crashed { by });
        }
        let env = &mut self.outside;
        env.end();
        env.watch.last_news = env.step;
        env.client.open.retain(|_, (_, asked)| !processes.contains(asked));
        let at = &mut env.hosts[host.index()];
        at.up = false;
        at.incarnation += 1;
        at.paused_until = None;
        at.paused_by = None;
        at.comes_back = restart != Restart::Never;
        at.crashed_by = Some(index);
        if felt {
            env.missed(host);
        }
        if let Restart::After(span) = restart {
            env.queue.push((env.now + span).0, Due::Restart { host });
        }
    }

    pub(crate) fn restart(&mut self, host: HostId) {
        let env = &mut self.outside;
        let at = &mut env.hosts[host.index()];
        if at.up || !at.comes_back {
            return;
        }
        at.up = true;
        at.crashed_by = None;
        env.watch.last_news = env.step;
        let content = fingerprint::of(&(8u8, host));
        env.begin(content, None, || Action::Restart { host: host.index() });
        env.end();
        let processes: Vec<ProcessId> = env.world.protocol.topology().on(host).collect();
        for process in processes {
            self.boot(process);
        }
    }

    /// A process starts or recovers.
    pub(crate) fn boot(&mut self, process: ProcessId) {
        let host = self.outside.host_of[process.index()];
        if !self.outside.hosts[host.index()].up {
            // Its neighbour crashed the host while it came up.
            return;
        }
        let node = &self.nodes[process.index()];
        let (again, records) = (node.incarnation() > 0, node.log().records().len());
        let content = fingerprint::of(&(9u8, process, records));
        let action = || Action::Boot { process: process.index(), again, records };
        self.outside.begin(content, None, action);
        self.recovering[process.index()] = again;
        let flow = self.step(process, Input::Boot);
        self.after(process, flow, |_| Flow::Continue);
    }

    fn pause(&mut self, index: usize, host: HostId, span: Nanos) {
        let env = &mut self.outside;
        let until = env.now + span;
        let at = &mut env.hosts[host.index()];
        if !at.up || at.paused_until.is_some_and(|other| other >= until) {
            return;
        }
        at.paused_until = Some(until);
        at.paused_by = Some(index);
        env.queue.push(until.0, Due::Resume { host, until });
        let content = fingerprint::of(&(10u8, host));
        env.begin(content, None, || Action::Pause { host: host.index(), span });
        env.end();
    }

    pub(crate) fn resume(&mut self, host: HostId, until: Nanos) {
        let env = &mut self.outside;
        // A longer pause, or a crash, has overtaken this one.
        if env.hosts[host.index()].paused_until != Some(until) {
            return;
        }
        env.hosts[host.index()].paused_until = None;
        env.hosts[host.index()].paused_by = None;
        let content = fingerprint::of(&(11u8, host));
        env.begin(content, None, || Action::Resume { host: host.index() });
        env.end();
        let processes: Vec<ProcessId> = env.world.protocol.topology().on(host).collect();
        for process in processes {
            // What the one before did may have stopped the host again.
            if self.is_paused(host) {
                return;
            }
            let first = self.inboxes[process.index()].front();
            if let Some(&Due::Completed { what, .. }) = first {
                self.inboxes[process.index()].pop_front();
                self.complete(process, what);
            }
            self.drain(process);
        }
    }

    /// A partition lasts until then; one that happens again before it is over lasts longer.
    fn lasts(&mut self, index: usize, until: Nanos) {
        let env = &mut self.outside;
        if let Some(cut) = env.script.cuts.iter_mut().find(|cut| cut.index == index)
            && cut.until < until
        {
            cut.until = until;
            if until < Nanos::MAX {
                env.queue.push(until.0, Due::Mend { index });
            }
        }
    }

    fn cut(&mut self, index: usize, from: &[HostId], to: &[HostId], both_ways: bool) {
        let env = &mut self.outside;
        if env.script.cuts.iter().any(|cut| cut.index == index) {
            return;
        }
        let mut links = Vec::new();
        for (&a, &b) in from.iter().flat_map(|a| to.iter().map(move |b| (a, b))) {
            links.push((a, b));
            if both_ways {
                links.push((b, a));
            }
        }
        links.iter().for_each(|&(a, b)| env.wires.cut(a, b));
        env.script.cuts.push(Cut { index, links, until: Nanos::ZERO, effective: false });
        let content = fingerprint::of(&(12u8, from, to, both_ways));
        let numbers = |hosts: &[HostId]| hosts.iter().map(|host| host.index()).collect();
        let (from, to) = (numbers(from), numbers(to));
        env.begin(content, None, || Action::Partition { from, to, both_ways });
        env.end();
    }

    pub(crate) fn mend(&mut self, index: usize) {
        let env = &mut self.outside;
        let over = |cut: &Cut| cut.index == index && cut.until <= env.now;
        let Some(at) = env.script.cuts.iter().position(over) else { return };
        let cut = env.script.cuts.remove(at);
        cut.links.iter().for_each(|&(a, b)| env.wires.mend(a, b));
        env.begin(fingerprint::of(&(13u8, index)), None, || Action::Mend);
        env.end();
    }

    /// The safety phase is over: no more faults, and all that can come back does.
    pub(crate) fn heal(&mut self) {
        let env = &mut self.outside;
        env.begin(fingerprint::of(&14u8), None, || Action::Heal);
        env.end();
        env.script.heal();
        env.wires.heal();
        env.watch.last_news = env.step;
        for host in 0..env.hosts.len() {
            let host = HostId(host as u16);
            let at = &mut self.outside.hosts[host.index()];
            at.stretch = Ratio::ONE;
            at.skewed_by = None;
            if let Some(until) = at.paused_until {
                self.resume(host, until);
            }
            self.restart(host);
        }
    }
}

impl<P: Protocol> Outside<'_, P> {
    /// How many of so many unsynced records of a process survive, if a crash may keep any.
    fn kept(&mut self, process: ProcessId, unsynced: usize) -> usize {
        match &mut self.directions {
            Some(directions) => directions.keep(process).min(unsynced),
            None => self.streams.faults.below(unsynced as u64 + 1) as usize,
        }
    }
}
