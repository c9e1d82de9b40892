//! A protocol whose every process does what a test tells it to: at its request, message or timer.

use std::fmt;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, On, Scripted, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::monitor::{Finding, Monitor, Seen};
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::{Limits, Outcome, Simulation, World};
use dtxsim_core::trace::Trace;
use dtxsim_core::{Event, HostId, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology};

pub(crate) const A: ProcessId = ProcessId(0);
pub(crate) const B: ProcessId = ProcessId(1);

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Do {
    Log,
    Sync,
    Send(ProcessId),
    Set(u8),
    Cancel(u8),
    Choose(u32),
    Say,
    /// Sends a number that no seed determines.
    SendAmbient(ProcessId),
}

/// What a process does on which occasion.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Script {
    pub(crate) on_boot: Vec<Do>,
    pub(crate) on_request: Vec<Do>,
    pub(crate) on_message: Vec<Do>,
    pub(crate) on_timer: Vec<Do>,
    pub(crate) on_choice: Vec<Do>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Toy {
    pub(crate) topology: Topology,
    pub(crate) scripts: Vec<Script>,
    /// How long timer `n` runs.
    pub(crate) delays: Vec<Nanos>,
}

/// All vocabulary is numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Number(pub(crate) u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Kinds for Number {
    const KINDS: &'static [&'static str] = &["even", "odd"];

    fn kind(&self) -> usize {
        self.0 as usize % 2
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct State {
    /// Messages, timers and choices in the order in which they came.
    pub(crate) heard: Vec<String>,
    sent: u64,
}

impl Toy {
    fn act(&self, script: &[Do], state: &mut State, out: &mut Outbox<Toy>) {
        for what in script {
            match what {
                Do::Log => out.append(Number(state.heard.len() as u64)),
                Do::Sync => out.sync(),
                Do::Send(to) => {
                    out.send(*to, Number(state.sent));
                    state.sent += 1;
                }
                Do::Set(timer) => out.set_timer(Number(u64::from(*timer))),
                Do::Cancel(timer) => out.cancel_timer(Number(u64::from(*timer))),
                Do::Choose(options) => out.choose(*options),
                Do::Say => out.note(Number(state.heard.len() as u64)),
                Do::SendAmbient(to) => {
                    use std::sync::atomic::{AtomicU64, Ordering};
                    static AMBIENT: AtomicU64 = AtomicU64::new(0);
                    out.send(*to, Number(AMBIENT.fetch_add(1, Ordering::Relaxed)));
                }
            }
        }
    }
}

impl Protocol for Toy {
    type State = State;
    type Message = Number;
    type Timer = Number;
    type Record = Number;
    type Request = Number;
    type Note = Number;

    fn topology(&self) -> &Topology {
        &self.topology
    }

    fn boot(&self, me: ProcessId, log: &[Number], out: &mut Outbox<Self>) -> State {
        let mut state = State::default();
        state.heard.extend(log.iter().map(|record| format!("log {record}")));
        self.act(&self.scripts[me.index()].on_boot, &mut state, out);
        state
    }

    fn step(&self, me: ProcessId, state: &mut State, event: Event<Self>, out: &mut Outbox<Self>) {
        let script = &self.scripts[me.index()];
        let (heard, script) = match event {
            Event::Message { from, message } => (format!("{from} {message}"), &script.on_message),
            Event::Timer(timer) => (format!("timer {timer}"), &script.on_timer),
            Event::Request { id, .. } => (format!("request {}", id.0), &script.on_request),
            Event::Chosen(answer) => (format!("chosen {answer}"), &script.on_choice),
        };
        state.heard.push(heard);
        self.act(script, state, out);
    }

    fn delay(&self, timer: &Number) -> Nanos {
        self.delays[timer.0 as usize]
    }

    fn report(&self, _: ProcessId, state: &State, say: &mut Vec<Number>) {
        say.push(Number(state.heard.len() as u64));
    }

    fn door(&self, request: &Number) -> ProcessId {
        ProcessId(request.0 as u16)
    }

    fn answers(note: &Number) -> Option<RequestId> {
        u32::try_from(note.0).ok().map(RequestId)
    }
}

/// Finds that too many notes were made; judges that there are any.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct AtMost(pub(crate) u64, pub(crate) u64);

impl Monitor<Number> for AtMost {
    fn name(&self) -> &'static str {
        "at-most"
    }

    fn interest(&self) -> u64 {
        0b11
    }

    fn observe(&mut self, _: &Seen<'_, Number>, _: &Topology) -> Option<Finding> {
        self.1 += 1;
        (self.1 > self.0).then(|| Finding::new(format!("{} notes", self.1)))
    }

    fn premises(&self) -> u64 {
        self.1
    }

    fn reset(&mut self) {
        self.1 = 0;
    }
}

pub(crate) fn ms(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

/// Two processes, each on a host of its own, a perfect link of one millisecond, an instant disk,
/// one request to the first.
pub(crate) fn world(a: Script, b: Script) -> World<Toy> {
    let mut topology = Topology::default();
    topology.add("a", "left");
    topology.add("b", "right");
    World {
        protocol: Toy { topology, scripts: vec![a, b], delays: vec![ms(5), ms(10), ms(100)] },
        workload: Box::new(vec![Number(0)]),
        arrival: Arrival::AtOnce,
        network: Network::uniform(Link::reliable(Latency::Constant(ms(1)))),
        sync: Latency::ZERO,
        faults: FaultPlan::NONE,
        limits: Limits::DEFAULT,
        monitors: Box::new(|_| vec![Box::new(AtMost(u64::MAX, 0))]),
    }
}

pub(crate) fn at(time: Nanos, fault: Fault) -> Scripted {
    Scripted { when: When::At(time), fault }
}

pub(crate) fn nth(on: On, nth: u32, fault: Fault) -> Scripted {
    Scripted { when: When::Nth { on, nth, every: false }, fault }
}

pub(crate) fn host(process: ProcessId) -> HostId {
    HostId(process.0)
}

/// Runs seed 0: what each process heard, how it ended, what happened.
pub(crate) fn run(world: &World<Toy>) -> (Vec<Vec<String>>, Outcome, Trace) {
    let mut simulation = Simulation::new(world);
    let (outcome, trace) = simulation.record(0);
    let nodes = simulation.nodes().iter();
    let heard = nodes.map(|node| node.state().map(|s| s.heard.clone()).unwrap_or_default());
    (heard.collect(), outcome, trace)
}

/// Times at which a process was delivered a message.
pub(crate) fn deliveries(trace: &Trace, to: ProcessId) -> Vec<Nanos> {
    use dtxsim_core::trace::Action;
    let delivered = trace.steps.iter().filter(|step| {
        matches!(step.action, Action::Deliver { to: receiver, .. } if receiver == to.index())
    });
    delivered.map(|step| step.at).collect()
}
