//! From a validated description to a world that can be run: the one place that knows every
//! protocol by name.

mod choice;
mod family;

pub use choice::Choice;
pub use family::{Family, Words};

use std::fmt;
use std::sync::Arc;

use dtxsim_core::Protocol;
use dtxsim_core::client::{Arrival, Workload};
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::Network;
#[cfg(not(test))]
use dtxsim_core::sweep::Experiment;
use dtxsim_core::timed::{Limits, World};

use crate::common::{Business, KeySpec, Note, Work, services};
use crate::properties::{self, Property};
use crate::{
    broker_transaction, choreography, cqrs, dual_write, event_sourcing, listen_to_yourself, local,
    local_message_table, mq_transaction,
};
use crate::{outbox, parallel_pipelines, polling_choreography, queue, retry, saga, seata_at, tcc};
use crate::{three_phase_commit, two_phase_commit, two_phase_tla};

/// What surrounds a protocol.
#[derive(Clone, PartialEq, Debug)]
pub struct Surroundings {
    /// When clients ask.
    pub arrival: Arrival,
    /// Between hosts.
    pub network: Network,
    /// How long a sync takes.
    pub sync: Latency,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Where a run gives up.
    pub limits: Limits,
}

/// All that a run needs.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Services and transactions.
    pub business: Business,
    /// The protocol.
    pub choice: Choice,
    /// Processes that share a host with another: (process, with whom), by name.
    pub placement: Vec<(String, String)>,
    /// What surrounds it.
    pub surroundings: Surroundings,
    /// What is checked.
    pub check: Vec<Property>,
}

/// Why a protocol cannot run a business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupError(pub String);

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetupError {}

/// All protocol families.
pub fn families() -> &'static [Family] {
    &[
        local::FAMILY,
        two_phase_commit::FAMILY,
        three_phase_commit::FAMILY,
        saga::FAMILY,
        seata_at::FAMILY,
        choreography::FAMILY,
        tcc::FAMILY,
        outbox::FAMILY,
        dual_write::FAMILY,
        mq_transaction::FAMILY,
        broker_transaction::FAMILY,
        retry::FAMILY,
        local_message_table::FAMILY,
        listen_to_yourself::FAMILY,
        cqrs::FAMILY,
        polling_choreography::FAMILY,
        queue::FAMILY,
        event_sourcing::FAMILY,
        parallel_pipelines::FAMILY,
        two_phase_tla::FAMILY,
    ]
}

/// The unit tests of this crate build no worlds, and what it takes to run and to explore every
/// protocol is most of what there is to compile.
#[cfg(not(test))]
impl Setup {
    /// The world that this describes.
    ///
    /// # Errors
    /// If the protocol cannot express it, and why.
    pub fn build(self) -> Result<Box<dyn Experiment + Send>, SetupError> {
        let judged_by = self.choice.judged_by();
        if let Some(property) = self.check.iter().find(|property| !judged_by.contains(property)) {
            let family = self.choice.family();
            return Err(SetupError(format!("{family} cannot be judged by {property}")));
        }
        match self.choice {
            Choice::Local(_) => Ok(Box::new(local::world(self)?)),
            Choice::TwoPhaseCommit(_) => Ok(Box::new(two_phase_commit::world(self)?)),
            Choice::ThreePhaseCommit(_) => Ok(Box::new(three_phase_commit::world(self)?)),
            Choice::Tcc(_) => Ok(Box::new(tcc::world(self)?)),
            Choice::Outbox(_) => Ok(Box::new(outbox::world(self)?)),
            Choice::DualWrite(_) => Ok(Box::new(dual_write::world(self)?)),
            Choice::MqTransaction(_) => Ok(Box::new(mq_transaction::world(self)?)),
            Choice::BrokerTransaction(_) => Ok(Box::new(broker_transaction::world(self)?)),
            Choice::Retry(_) => Ok(Box::new(retry::world(self)?)),
            Choice::LocalMessageTable(_) => Ok(Box::new(local_message_table::world(self)?)),
            Choice::ListenToYourself(_) => Ok(Box::new(listen_to_yourself::world(self)?)),
            Choice::Cqrs(_) => Ok(Box::new(cqrs::world(self)?)),
            Choice::PollingChoreography(_) => Ok(Box::new(polling_choreography::world(self)?)),
            Choice::Queue(_) => Ok(Box::new(queue::world(self)?)),
            Choice::EventSourcing(_) => Ok(Box::new(event_sourcing::world(self)?)),
            Choice::ParallelPipelines(_) => Ok(Box::new(parallel_pipelines::world(self)?)),
            Choice::Saga(_) => Ok(Box::new(saga::world(self)?)),
            Choice::SeataAt(_) => Ok(Box::new(seata_at::world(self)?)),
            Choice::Choreography(_) => Ok(Box::new(choreography::world(self)?)),
            Choice::TwoPhaseTla(_) => Ok(Box::new(two_phase_tla::world(self)?)),
        }
    }
}

impl Setup {
    /// The world around a protocol for this setup, whose processes have these data.
    pub(crate) fn around<P>(self, protocol: P, keys: Arc<[Vec<KeySpec>]>) -> World<P>
    where
        P: Protocol<Request = Work, Note = Note>,
    {
        let processes = services::processes(&self.business, protocol.topology());
        let workload = self.business.work(&processes);
        self.around_work(protocol, keys, workload)
    }

    /// The same, with this to be done.
    pub(crate) fn around_work<P>(
        self,
        protocol: P,
        keys: Arc<[Vec<KeySpec>]>,
        workload: Box<dyn Workload<Work>>,
    ) -> World<P>
    where
        P: Protocol<Request = Work, Note = Note>,
    {
        let (check, surroundings) = (self.check, self.surroundings);
        World {
            workload,
            arrival: surroundings.arrival,
            network: surroundings.network,
            sync: surroundings.sync,
            faults: surroundings.faults,
            limits: surroundings.limits,
            monitors: Box::new(move |_| properties::monitors(&check, &keys)),
            protocol,
        }
    }
}
