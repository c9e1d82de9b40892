use crate::client::{Arrival, Workload};
use crate::fault::FaultPlan;
use crate::latency::Latency;
use crate::monitor::Monitor;
use crate::network::Network;
use crate::protocol::Protocol;

/// Where a run gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Steps of a whole run.
    pub steps: u64,
    /// Steps of the liveness phase without a single note: nothing new comes any more.
    pub stall: u64,
}

impl Limits {
    /// Beyond what a healthy run needs: a million transactions over five participants take a third
    /// of these steps.
    pub const DEFAULT: Limits = Limits { steps: 100_000_000, stall: 1_000 };
}

/// The monitors of a run.
pub type Monitors<P> = Vec<Box<dyn Monitor<<P as Protocol>::Note>>>;

/// Makes the monitors of an executor.
pub type MakeMonitors<P> = Box<dyn Fn(&P) -> Monitors<P> + Send + Sync>;

/// A world to be run: a protocol and all that surrounds it. Together with a seed it determines a
/// run, byte for byte.
pub struct World<P: Protocol> {
    /// What runs.
    pub protocol: P,
    /// What is asked of it.
    pub workload: Box<dyn Workload<P::Request>>,
    /// When it is asked.
    pub arrival: Arrival,
    /// Between hosts.
    pub network: Network,
    /// How long a sync takes; at zero it completes within the step.
    pub sync: Latency,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Where a run gives up.
    pub limits: Limits,
    /// Makes the monitors; called once for every executor.
    pub monitors: MakeMonitors<P>,
}

impl<P: Protocol> World<P> {
    /// The same world with the protocol as a world without time has it: what its timed runs do is
    /// then comparable, state by state, with what is explored.
    pub fn untimed(self) -> World<P> {
        World { protocol: self.protocol.untimed(), ..self }
    }

    /// Whether anything can go wrong, so that there is a safety phase to end.
    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty() || self.network.is_faulty()
    }
}
