//! What is due happens: to a process that takes it, or it waits in the inbox, or it is lost.

use crate::client::Arrival;
use crate::fault::FaultKind;
use crate::fingerprint;
use crate::monitor::Seen;
use crate::node::{Flow, Input};
use crate::protocol::{Event, Kinds, Protocol, RequestId};
use crate::timed::due::{Completion, Due, Letter, Route};
use crate::timed::effects::HELD;
use crate::timed::outside::Outside;
use crate::timed::simulation::Simulation;
use crate::topology::{HostId, ProcessId};
use crate::trace::{Action, Done};

impl<'w, P: Protocol> Simulation<'w, P> {
    pub(crate) fn happen(&mut self, due: Due<P>) {
        match due {
            Due::Message(letter) => self.arrive(letter),
            Due::Timer { process, timer } => {
                if self.can_take(process) {
                    self.timer(process, timer);
                } else {
                    self.nodes[process.index()].hold_timer(&timer, HELD);
                    self.hold(process, Due::Timer { process, timer });
                }
            }
            Due::Completed { process, incarnation, what } => {
                let host = self.outside.host_of[process.index()];
                if self.outside.hosts[host.index()].incarnation != incarnation {
                    return;
                }
                if self.is_paused(host) {
                    // What the process waits for goes before what waits for the process.
                    self.held_up(host);
                    self.inboxes[process.index()].push_front(due);
                } else {
                    self.complete(process, what);
                }
            }
            Due::Request { process, .. } => {
                if self.can_take(process) {
                    self.serve(due);
                } else {
                    self.hold(process, due);
                }
            }
            Due::NextRequest => self.next_request(),
            Due::Fault { index } => self.inject(index),
            Due::Restart { host } => self.restart(host),
            Due::Resume { host, until } => self.resume(host, until),
            Due::Mend { index } => self.mend(index),
            Due::Heal => self.heal(),
        }
    }

    /// Whether a process takes an event now: it is up, its host moves, it waits for nothing.
    #[inline]
    fn can_take(&self, process: ProcessId) -> bool {
        let host = self.outside.host_of[process.index()];
        self.outside.hosts[host.index()].paused_until.is_none()
            && self.nodes[process.index()].idle()
    }

    pub(crate) fn is_paused(&self, host: HostId) -> bool {
        self.outside.hosts[host.index()].paused_until.is_some()
    }

    /// A pause was felt.
    fn held_up(&mut self, host: HostId) {
        let paused_by = self.outside.hosts[host.index()].paused_by.take();
        if let Some(index) = paused_by {
            self.outside.effective(FaultKind::Pause, index);
        }
    }

    fn hold(&mut self, process: ProcessId, due: Due<P>) {
        self.held_up(self.outside.host_of[process.index()]);
        self.inboxes[process.index()].push_back(due);
    }

    /// Hands a process what waits in its inbox, as far as it takes it.
    ///
    /// What is handled here ends in [`Simulation::after`], which must not come back here: an inbox
    /// may be longer than the stack is deep.
    pub(crate) fn drain(&mut self, process: ProcessId) {
        if std::mem::replace(&mut self.draining, true) {
            return;
        }
        while self.can_take(process) {
            let Some(due) = self.inboxes[process.index()].pop_front() else { break };
            match due {
                Due::Message(letter) => self.handle(letter),
                Due::Timer { timer, .. } => {
                    // It may have been cancelled, or set anew, while it waited.
                    if self.nodes[process.index()].timers().get(&timer) == Some(&HELD) {
                        self.timer(process, timer);
                    }
                }
                Due::Request { .. } => self.serve(due),
                Due::Completed { .. }
                | Due::NextRequest
                | Due::Fault { .. }
                | Due::Restart { .. }
                | Due::Resume { .. }
                | Due::Mend { .. }
                | Due::Heal => unreachable!("an idle process waits for no completion"),
            }
        }
        self.draining = false;
    }

    fn arrive(&mut self, letter: Letter<P>) {
        let env = &mut self.outside;
        let (from, to) = (env.host_of[letter.from.index()], env.host_of[letter.to.index()]);
        let host = env.hosts[to.index()];
        let why = match letter.route {
            Route::Local { incarnation } if incarnation != host.incarnation => Some("crashed"),
            Route::Wire if env.wires.is_cut(from, to) => {
                env.stopped(from, to);
                Some("partition")
            }
            Route::Wire if !host.up => {
                env.ledger.refused += 1;
                env.missed(to);
                Some("down")
            }
            Route::Local { .. } | Route::Wire => None,
        };
        match why {
            Some(why) => {
                let content = fingerprint::mix(letter.content, why.len() as u64);
                self.outside.begin(content, Some(letter.cause), || Action::Undelivered {
                    from: letter.from.index(),
                    to: letter.to.index(),
                    message: letter.message.to_string(),
                    why,
                });
                self.outside.end();
                if let (Some(directions), Route::Local { .. }) =
                    (&mut self.outside.directions, letter.route)
                {
                    // No path has such a step.
                    directions.steps += 1;
                }
            }
            None if self.can_take(letter.to) => self.handle(letter),
            None => self.hold(letter.to, Due::Message(letter)),
        }
    }

    /// A process handles a message.
    fn handle(&mut self, letter: Letter<P>) {
        let Letter { from, to, message, content, depth, era, cause, route } = letter;
        let env = &mut self.outside;
        env.clock.join(to, depth, era);
        if route == Route::Wire {
            env.ledger.delivered += 1;
        }
        let (sender, receiver) = (from.index(), to.index());
        env.begin(content, Some(cause), || Action::Deliver {
            from: sender,
            to: receiver,
            message: message.to_string(),
        });
        let kind = message.kind();
        let flow = self.step(to, Input::Event(Event::Message { from, message }));
        self.after(to, flow, |env| env.delivered(kind, from));
    }

    fn timer(&mut self, process: ProcessId, timer: P::Timer) {
        let content = fingerprint::of(&(1u8, process, &timer));
        self.outside.begin(content, None, || Action::Timer {
            process: process.index(),
            timer: timer.to_string(),
        });
        let flow = self.step(process, Input::Event(Event::Timer(timer)));
        self.after(process, flow, |_| Flow::Continue);
    }

    /// What a process has waited for is there.
    pub(crate) fn complete(&mut self, process: ProcessId, what: Completion) {
        let at = process.index();
        let input = match what {
            Completion::Chosen(answer) => {
                let content = fingerprint::of(&(2u8, process, answer));
                self.outside.begin(content, None, || Action::Chosen { process: at, answer });
                Input::Event(Event::Chosen(answer))
            }
            Completion::Synced => {
                let content = fingerprint::of(&(3u8, process));
                self.outside.begin(content, None, || Action::Synced { process: at });
                Input::Synced
            }
        };
        let flow = self.step(process, input);
        self.after(process, flow, |_| Flow::Continue);
    }

    fn next_request(&mut self) {
        let env = &mut self.outside;
        let world = env.world;
        let (id, request) = env.next_request();
        env.client.patience = None;
        let process = world.protocol.door(&request);
        if env.client.open.is_empty() {
            env.clock.restart();
            env.client.overlap = false;
        } else {
            env.client.overlap = true;
        }
        env.ledger.requests += 1;
        env.expect_request(id);
        let host = env.host_of[process.index()];
        if env.hosts[host.index()].up {
            env.client.open.insert(id, (env.now, process));
            self.happen(Due::Request { process, id, request });
        } else {
            env.ledger.requests_refused += 1;
            env.missed(host);
            let content = fingerprint::of(&(4u8, process, id));
            env.begin(content, None, || Action::Refused {
                process: process.index(),
                request: request.to_string(),
            });
            env.end();
        }
    }

    fn serve(&mut self, due: Due<P>) {
        let Due::Request { process, id, request } = due else {
            unreachable!("only requests are served")
        };
        let content = fingerprint::of(&(5u8, process, id, &request));
        self.outside.begin(content, None, || Action::Request {
            process: process.index(),
            request: request.to_string(),
        });
        let flow = self.step(process, Input::Event(Event::Request { id, request }));
        self.after(process, flow, |_| Flow::Continue);
    }

    pub(crate) fn step(&mut self, process: ProcessId, input: Input<P>) -> Flow {
        self.outside.act(process);
        let world = self.outside.world;
        let node = &mut self.nodes[process.index()];
        node.step(&world.protocol, input, &mut self.out, &mut self.outside)
    }

    /// Ends a step: the node may have died in it or right after it, other faults may be due, and
    /// the inbox may hold what it can take now.
    pub(crate) fn after(
        &mut self,
        process: ProcessId,
        flow: Flow,
        trigger: impl FnOnce(&mut Outside<'w, P>) -> Flow,
    ) {
        if self.recovering[process.index()] && self.nodes[process.index()].idle() {
            self.recovering[process.index()] = false;
            if flow == Flow::Continue {
                self.outside.show_crash(&Seen::Recovered { by: process });
            }
        }
        let env = &mut self.outside;
        if flow == Flow::Crash {
            env.recorder.effect(|| Done::CutShort);
        }
        let dies = flow == Flow::Crash || trigger(env) == Flow::Crash;
        env.end();
        if dies {
            let index = env.script.dying.take().expect("a dying process has a cause");
            self.inject(index);
        }
        while !self.outside.script.pending.is_empty() {
            let index = self.outside.script.pending.remove(0);
            self.inject(index);
        }
        if !self.inboxes[process.index()].is_empty() {
            self.drain(process);
        }
    }
}

impl<P: Protocol> Outside<'_, P> {
    /// What a client asks for now.
    fn next_request(&mut self) -> (RequestId, P::Request) {
        let told = self.directions.as_mut().and_then(|told| told.requests.pop_front());
        if let Some((_, id, request)) = told {
            return (id, request);
        }
        let id = RequestId(self.client.next);
        self.client.next += 1;
        (id, self.world.workload.request(id, &mut self.streams.workload))
    }

    /// After this request there is another, sooner or later.
    fn expect_request(&mut self, id: RequestId) {
        if let Some(directions) = &self.directions {
            if let Some(at) = directions.next_request() {
                self.queue.push(at.0, Due::NextRequest);
            }
        } else if self.client.next < self.world.workload.len() {
            match self.world.arrival {
                Arrival::AtOnce => self.queue.push(self.now.0, Due::NextRequest),
                Arrival::Spaced(gap) => {
                    let gap = gap.draw(&mut self.streams.workload);
                    self.queue.push((self.now + gap).0, Due::NextRequest);
                }
                Arrival::Sequential { patience } => {
                    let ticket =
                        self.queue.push_tentative((self.now + patience).0, Due::NextRequest);
                    self.client.patience = Some((id, ticket));
                }
            }
        }
    }
}
