//! What stays the same throughout an exploration.

use crate::client::Arrival;
use crate::node::Input;
use crate::protocol::{Event, Protocol, RequestId};
use crate::random::Streams;
use crate::timed::World;
use crate::topology::{HostId, ProcessId, Topology};
use crate::untimed::bounds::{Bounds, Network};
use crate::untimed::local::Laws;
use crate::untimed::schedule::Schedule;
use crate::untimed::tally::{Cuts, Tally};
use crate::untimed::watch::Watch;

/// A world without time: a protocol, what is asked of it, and bounds.
pub(crate) struct Untimed<P: Protocol> {
    pub(crate) protocol: P,
    pub(crate) bounds: Bounds,
    /// Requests, and whom they ask.
    pub(crate) requests: Vec<(ProcessId, P::Request)>,
    pub(crate) watch: Watch<P>,
    pub(crate) interest: u64,
    pub(crate) hosts: Vec<HostId>,
    /// Who runs on each host.
    pub(crate) residents: Vec<Vec<ProcessId>>,
    pub(crate) cuts: Cuts,
    /// The seed whose requests these are.
    pub(crate) seed: u64,
    /// Requests that are never made, a bit each.
    pub(crate) skipped: u64,
}

impl<P: Protocol> Untimed<P> {
    /// The most requests: sets of them are 64-bit words.
    pub(crate) const REQUESTS: u32 = 64;

    /// The untimed side of `world`. What the seed draws there is drawn from seed 0 here.
    ///
    /// # Panics
    /// With more requests than [`Untimed::REQUESTS`], or a budget of partitions and more than
    /// [`Cuts::HOSTS_MAX`] hosts: part of the world would go unexplored.
    pub(crate) fn new(world: &World<P>, bounds: Bounds) -> Untimed<P> {
        let untimed = Untimed::seeded(world, bounds, 0);
        let hosts = untimed.topology().hosts.len();
        assert!(world.workload.len() <= Untimed::<P>::REQUESTS, "too many requests");
        assert!(bounds.budgets.partitions == 0 || hosts <= Cuts::HOSTS_MAX, "too many hosts");
        untimed
    }

    /// The untimed side of what that seed makes of `world`: the requests are those of its run, but
    /// for those beyond [`Untimed::REQUESTS`], and many hosts are never parted. A run that has
    /// more of either is not found in it.
    pub(crate) fn seeded(world: &World<P>, bounds: Bounds, seed: u64) -> Untimed<P> {
        let protocol = world.protocol.untimed();
        let mut stream = Streams::new(seed).workload;
        let requests = (0..world.workload.len().min(Untimed::<P>::REQUESTS)).map(|n| {
            let request = world.workload.request(RequestId(n), &mut stream);
            if let Arrival::Spaced(gap) = world.arrival {
                // A clock draws from the same stream when the next one comes.
                gap.draw(&mut stream);
            }
            (protocol.door(&request), request)
        });
        let requests = requests.collect();
        let watch = Watch::new((world.monitors)(&protocol));
        let topology = protocol.topology();
        let residents =
            (0..topology.hosts.len() as u16).map(|h| topology.on(HostId(h)).collect()).collect();
        Untimed {
            bounds,
            requests,
            interest: watch.interest(),
            watch,
            hosts: topology.ids().map(|p| topology.host(p)).collect(),
            residents,
            cuts: Cuts::new(topology, &bounds.budgets),
            seed,
            skipped: 0,
            protocol,
        }
    }

    /// The world that a schedule was made in. Properties that want to see more than was seen then
    /// cannot be judged in it.
    pub(crate) fn along(world: &World<P>, schedule: &Schedule) -> Untimed<P> {
        let Schedule { bounds, seed, skipped, interest, .. } = *schedule;
        Untimed { skipped, ..Untimed::seeded(world, bounds, seed).seeing(interest) }
    }

    /// The same, where no more than that can be seen.
    pub(crate) fn seeing(mut self, interest: u64) -> Untimed<P> {
        self.watch.monitors.retain(|monitor| monitor.interest() & !interest == 0);
        self.interest = interest;
        self
    }

    pub(crate) fn topology(&self) -> &Topology {
        self.protocol.topology()
    }

    pub(crate) fn laws(&self) -> Laws<'_, P> {
        Laws { protocol: &self.protocol, bounds: self.bounds, interest: self.interest }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally { left: self.bounds.budgets, cut: None, asked: self.skipped }
    }

    /// Whether two processes share a host: what passes between them is not lost, nor doubled.
    pub(crate) fn local(&self, a: ProcessId, b: ProcessId) -> bool {
        self.hosts[a.index()] == self.hosts[b.index()]
    }

    /// Whether a partition stands between two processes.
    pub(crate) fn parted(&self, cut: Option<u16>, from: ProcessId, to: ProcessId) -> bool {
        self.cuts.parts(cut, self.hosts[from.index()], self.hosts[to.index()])
    }

    /// Whether a letter that arrives is no longer in flight.
    pub(crate) fn consumes(&self) -> bool {
        self.bounds.network != Network::Set
    }

    /// The requests that may be made next: of each process the first that has not been.
    pub(crate) fn due(&self, asked: u64) -> impl Iterator<Item = usize> + '_ {
        let open = move |n: usize| asked >> n & 1 == 0;
        (0..self.requests.len()).filter(move |&n| {
            let earlier = |m: usize| open(m) && self.requests[m].0 == self.requests[n].0;
            open(n) && !(0..n).any(earlier)
        })
    }

    /// That request as an input.
    pub(crate) fn request(&self, index: usize) -> Input<P> {
        let id = RequestId(index as u32);
        Input::Event(Event::Request { id, request: self.requests[index].1.clone() })
    }

    /// All requests, as [`Tally::asked`] has them.
    pub(crate) fn all_asked(&self) -> u64 {
        u64::MAX.checked_shr(64 - self.requests.len() as u32).unwrap_or(0)
    }
}
