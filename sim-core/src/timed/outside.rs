use crate::fault::FaultKind;
use crate::ledger::{Depth, Ledger, OpenIntervals, Recent};
use crate::monitor::{Finding, Seen, Violation};
use crate::network::Wires;
use crate::protocol::{Protocol, RequestId};
use crate::queue::Queue;
use crate::random::Streams;
use crate::time::Nanos;
use crate::timed::directions::Directions;
use crate::timed::due::Due;
use crate::timed::parts::{Causality, Client, Host, Prints, Watch};
use crate::timed::record::Recorder;
use crate::timed::script::Script;
use crate::timed::world::{Monitors, World};
use crate::topology::{HostId, Process, ProcessId};
use crate::trace::Done;

/// All that surrounds the nodes during a run: what the acting node's effects reach.
pub(crate) struct Outside<'w, P: Protocol> {
    pub(crate) world: &'w World<P>,
    /// Who acts.
    pub(crate) me: ProcessId,
    /// Where it runs.
    pub(crate) here: HostId,
    pub(crate) now: Nanos,
    pub(crate) step: u64,
    pub(crate) queue: Queue<Due<P>>,
    pub(crate) wires: Wires,
    pub(crate) streams: Streams,
    pub(crate) host_of: Vec<HostId>,
    pub(crate) role_of: Vec<usize>,
    pub(crate) roles: usize,
    pub(crate) hosts: Vec<Host>,
    pub(crate) ledger: Ledger,
    pub(crate) recent: Recent,
    pub(crate) intervals: OpenIntervals,
    pub(crate) clock: Causality,
    pub(crate) prints: Prints,
    pub(crate) watch: Watch<P>,
    pub(crate) script: Script,
    pub(crate) client: Client,
    pub(crate) recorder: Recorder,
    /// If it goes along a path.
    pub(crate) directions: Option<Box<Directions<P>>>,
}

impl<'w, P: Protocol> Outside<'w, P> {
    pub(crate) fn new(world: &'w World<P>, monitors: Monitors<P>) -> Self {
        let topology = world.protocol.topology();
        let roles = topology.roles();
        let role = |p: &Process| roles.iter().position(|&r| r == p.role);
        Outside {
            world,
            me: ProcessId(0),
            here: HostId(0),
            now: Nanos::ZERO,
            step: 0,
            queue: Queue::new(),
            wires: Wires::new(topology.hosts.len(), &world.network),
            streams: Streams::new(0),
            host_of: topology.ids().map(|p| topology.host(p)).collect(),
            role_of: topology
                .processes
                .iter()
                .map(|p| role(p).expect("roles() lists every role"))
                .collect(),
            roles: roles.len(),
            hosts: vec![Host::FRESH; topology.hosts.len()],
            ledger: Ledger::new(&world.protocol, world.faults.script.len()),
            recent: Recent::new(),
            intervals: OpenIntervals::new(topology.processes.len()),
            clock: Causality {
                depth: vec![Depth::default(); topology.processes.len()],
                ..Causality::default()
            },
            prints: Prints::default(),
            watch: Watch::new(monitors),
            script: Script::default(),
            client: Client::default(),
            recorder: Recorder::default(),
            directions: None,
        }
    }

    pub(crate) fn reset(&mut self, seed: u64) {
        self.now = Nanos::ZERO;
        self.step = 0;
        self.queue.clear();
        self.streams = Streams::new(seed);
        self.hosts.fill(Host::FRESH);
        self.recent.clear();
        self.intervals.clear();
        self.clock.restart();
        self.clock.era = 0;
        self.prints.chain = 0;
        self.prints.behaviour = 0;
        self.prints.chains.clear();
        self.watch.reset();
        self.script.reset(&self.world.faults.script);
        self.client.open.clear();
        self.client = Client { open: std::mem::take(&mut self.client.open), ..Client::default() };
    }

    /// From here on `process` acts.
    #[inline]
    pub(crate) fn act(&mut self, process: ProcessId) {
        self.me = process;
        self.here = self.host_of[process.index()];
    }

    pub(crate) fn attempted(&mut self, kind: FaultKind, index: usize) {
        self.ledger.attempted(kind, self.script.plan_index(index));
    }

    /// A fault of the script took effect.
    pub(crate) fn effective(&mut self, kind: FaultKind, index: usize) {
        self.script.disturbed = true;
        self.ledger.effective(kind, self.script.plan_index(index));
    }

    /// The network itself did something to a message.
    pub(crate) fn befell(&mut self, kind: FaultKind) {
        self.script.disturbed = true;
        self.ledger.attempted(kind, None);
        self.ledger.effective(kind, None);
    }

    /// A partition stopped a message.
    pub(crate) fn stopped(&mut self, from: HostId, to: HostId) {
        self.ledger.cut += 1;
        for at in 0..self.script.cuts.len() {
            let cut = &mut self.script.cuts[at];
            if !cut.effective && cut.links.contains(&(from, to)) {
                cut.effective = true;
                let index = cut.index;
                self.effective(FaultKind::Partition, index);
            }
        }
    }

    /// Someone wanted something of a host that is down: its crash was felt.
    pub(crate) fn missed(&mut self, host: HostId) {
        if let Some(index) = self.hosts[host.index()].crashed_by.take() {
            self.effective(FaultKind::Crash, index);
        }
    }

    /// Shows a crash or a recovery to the monitors.
    pub(crate) fn show_crash(&mut self, seen: &Seen<'_, P::Note>) {
        self.show(self.watch.crashes, seen);
    }

    pub(crate) fn show(&mut self, wanting: u64, seen: &Seen<'_, P::Note>) {
        let mut wanting = wanting & self.watch.active;
        while wanting != 0 {
            let index = wanting.trailing_zeros() as usize;
            wanting &= wanting - 1;
            let topology = self.world.protocol.topology();
            if let Some(finding) = self.watch.monitors[index].observe(seen, topology) {
                self.violated(index, finding);
            }
        }
    }

    pub(crate) fn violated(&mut self, monitor: usize, finding: Finding) {
        let property = self.watch.monitors[monitor].name();
        self.watch.active &= !(1 << monitor);
        self.recorder.effect(|| Done::Violated(property, finding.summary.clone()));
        let (step, at) = (self.step, self.now);
        self.watch.violations.push(Violation { property, step, at, finding });
    }

    pub(crate) fn answered(&mut self, id: RequestId) {
        let Some((since, _)) = self.client.open.remove(&id) else { return };
        let depth = (!self.client.overlap).then(|| self.clock.depth[self.me.index()]);
        self.ledger.answer(self.now.since(since), depth);
        if let Some((awaited, ticket)) = self.client.patience
            && awaited == id
        {
            self.client.patience = None;
            self.queue.remove(ticket);
            self.queue.push(self.now.0, Due::NextRequest);
        }
    }
}
