//! From a validated description to a world that can be run: the one place that knows every
//! protocol by name.

use std::fmt;
use std::sync::Arc;

use dtxsim_core::client::{Arrival, Workload};
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::Network;
#[cfg(not(test))]
use dtxsim_core::sweep::Experiment;
use dtxsim_core::timed::{Limits, World};
use dtxsim_core::untimed::Vocabulary;
use dtxsim_core::{Kinds, Protocol, Topology};

use crate::common::{Business, KeySpec, Note, Work, services};
use crate::properties::{self, Property};
use crate::{choreography, dual_write, local, local_message_table, messaging, mq_transaction};
use crate::{outbox, retry, saga, seata_at, tcc};
use crate::{three_phase_commit, two_phase_commit, two_phase_tla};

/// A protocol, with its variant and its knobs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    /// [`crate::local`].
    Local(local::Knobs),
    /// [`crate::two_phase_commit`].
    TwoPhaseCommit(two_phase_commit::Knobs),
    /// [`crate::three_phase_commit`].
    ThreePhaseCommit(three_phase_commit::Knobs),
    /// [`crate::tcc`].
    Tcc(tcc::Knobs),
    /// [`crate::outbox`].
    Outbox(outbox::Knobs),
    /// [`crate::dual_write`].
    DualWrite(dual_write::Knobs),
    /// [`crate::mq_transaction`].
    MqTransaction(mq_transaction::Knobs),
    /// [`crate::retry`].
    Retry(retry::Knobs),
    /// [`crate::local_message_table`].
    LocalMessageTable(local_message_table::Knobs),
    /// [`crate::saga`].
    Saga(saga::Knobs),
    /// [`crate::seata_at`].
    SeataAt(seata_at::Knobs),
    /// [`crate::choreography`].
    Choreography(choreography::Knobs),
    /// [`crate::two_phase_tla`].
    TwoPhaseTla(two_phase_tla::Knobs),
}

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

/// The words of a protocol that fault triggers and requirements may use: names, by kind number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    /// Message kinds.
    pub messages: &'static [&'static str],
    /// Timer kinds.
    pub timers: &'static [&'static str],
    /// Record kinds.
    pub records: &'static [&'static str],
    /// Note kinds.
    pub notes: &'static [&'static str],
}

/// A protocol family, as listings show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Family {
    /// Its name in scenarios.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Its broken variants: name, what is wrong, the property that it loses.
    pub broken: &'static [(&'static str, &'static str, &'static str)],
    /// What it is judged by if a scenario does not say, as far as that can come to be judged
    /// there.
    pub properties: &'static [Property],
    /// What it can be judged by as well, if a scenario asks for it. Of all else its notes say
    /// nothing, or something that means another thing there.
    pub by_request: &'static [Property],
}

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
        retry::FAMILY,
        local_message_table::FAMILY,
        two_phase_tla::FAMILY,
    ]
}

impl Choice {
    fn listed(&self) -> &'static Family {
        match self {
            Choice::Local(_) => &local::FAMILY,
            Choice::TwoPhaseCommit(_) => &two_phase_commit::FAMILY,
            Choice::ThreePhaseCommit(_) => &three_phase_commit::FAMILY,
            Choice::Tcc(_) => &tcc::FAMILY,
            Choice::Outbox(_) => &outbox::FAMILY,
            Choice::DualWrite(_) => &dual_write::FAMILY,
            Choice::MqTransaction(_) => &mq_transaction::FAMILY,
            Choice::Retry(_) => &retry::FAMILY,
            Choice::LocalMessageTable(_) => &local_message_table::FAMILY,
            Choice::Saga(_) => &saga::FAMILY,
            Choice::SeataAt(_) => &seata_at::FAMILY,
            Choice::Choreography(_) => &choreography::FAMILY,
            Choice::TwoPhaseTla(_) => &two_phase_tla::FAMILY,
        }
    }

    /// The family's name.
    pub fn family(&self) -> &'static str {
        self.listed().name
    }

    /// What it is judged by if a scenario does not say, as far as that can come to be judged
    /// there.
    pub fn properties(&self) -> &'static [Property] {
        self.listed().properties
    }

    /// All that it can be judged by, in the order of reports.
    pub fn judged_by(&self) -> Vec<Property> {
        let Family { properties, by_request, .. } = self.listed();
        let can =
            |property: &Property| properties.contains(property) || by_request.contains(property);
        Property::ALL.into_iter().filter(can).collect()
    }

    /// Family, variant and knobs in one line; a broken variant says so.
    pub fn label(&self) -> String {
        match self {
            Choice::Local(local::Knobs) => self.family().to_owned(),
            Choice::TwoPhaseCommit(knobs) => format!("{}({knobs})", self.family()),
            Choice::ThreePhaseCommit(knobs) => format!("{}({knobs})", self.family()),
            Choice::Tcc(knobs) => format!("{}({knobs})", self.family()),
            Choice::Outbox(knobs) => format!("{}({knobs})", self.family()),
            Choice::DualWrite(knobs) => format!("{}({knobs})", self.family()),
            Choice::MqTransaction(knobs) => format!("{}({knobs})", self.family()),
            Choice::Retry(knobs) => format!("{}({knobs})", self.family()),
            Choice::LocalMessageTable(knobs) => format!("{}({knobs})", self.family()),
            Choice::Saga(knobs) => format!("{}({knobs})", self.family()),
            Choice::SeataAt(knobs) => format!("{}({knobs})", self.family()),
            Choice::Choreography(knobs) => format!("{}({knobs})", self.family()),
            Choice::TwoPhaseTla(two_phase_tla::Knobs { broken: None }) => self.family().to_owned(),
            Choice::TwoPhaseTla(knobs) => format!("{}({knobs})", self.family()),
        }
    }

    /// Which services' branches come after which others', where a transaction does not have them
    /// one after the other.
    pub fn order(&self) -> Option<&saga::Graph> {
        let Choice::Saga(knobs) = self else { return None };
        knobs.after.as_ref()
    }

    /// Whether it does what clients ask for. A protocol that does not has no transactions but its
    /// own, and its services need no data.
    pub fn serves_clients(&self) -> bool {
        !self.is_model()
    }

    /// Whether its processes can crash and recover.
    pub fn can_crash(&self) -> bool {
        !self.is_model()
    }

    /// Whether it is the model of a specification, of actions and not of processes.
    fn is_model(&self) -> bool {
        matches!(self, Choice::TwoPhaseTla(_))
    }

    /// The name of what is done wrong on purpose, if something is.
    pub fn broken(&self) -> Option<&'static str> {
        match self {
            Choice::Local(local::Knobs) => None,
            Choice::TwoPhaseCommit(knobs) => knobs.broken.map(two_phase_commit::Flaw::name),
            Choice::ThreePhaseCommit(knobs) => knobs.broken.map(three_phase_commit::Flaw::name),
            Choice::Tcc(knobs) => knobs.wrong(),
            Choice::Outbox(knobs) => knobs.broken(),
            Choice::DualWrite(knobs) => Some(knobs.order.name()),
            Choice::MqTransaction(knobs) => knobs.broken.map(mq_transaction::Flaw::name),
            Choice::Retry(knobs) => knobs.broken.map(retry::Flaw::name),
            Choice::LocalMessageTable(knobs) => knobs.broken.map(local_message_table::Flaw::name),
            Choice::Saga(knobs) => knobs.broken.map(saga::Flaw::name),
            Choice::SeataAt(knobs) => knobs.broken.map(seata_at::Flaw::name),
            Choice::Choreography(knobs) => knobs.broken.map(choreography::Flaw::name),
            Choice::TwoPhaseTla(knobs) => knobs.broken.map(two_phase_tla::Flaw::name),
        }
    }

    /// The same with nothing done wrong. What is wrong as such becomes what one takes instead.
    #[must_use]
    pub fn repaired(mut self) -> Choice {
        match &mut self {
            Choice::Local(local::Knobs) => {}
            Choice::TwoPhaseCommit(knobs) => knobs.broken = None,
            Choice::ThreePhaseCommit(knobs) => knobs.broken = None,
            Choice::Tcc(knobs) => *knobs = knobs.repaired(),
            Choice::Outbox(knobs) => {
                knobs.broken = None;
                knobs.consumer = outbox::Consumer::Inbox;
            }
            Choice::DualWrite(knobs) => return Choice::Outbox(knobs.repaired()),
            Choice::MqTransaction(knobs) => *knobs = knobs.repaired(),
            Choice::Retry(knobs) => knobs.broken = None,
            Choice::LocalMessageTable(knobs) => knobs.broken = None,
            Choice::Saga(knobs) => knobs.broken = None,
            Choice::SeataAt(knobs) => knobs.broken = None,
            Choice::Choreography(knobs) => knobs.broken = None,
            Choice::TwoPhaseTla(knobs) => knobs.broken = None,
        }
        self
    }

    /// The words that fault triggers and requirements may use.
    pub fn words(&self) -> Words {
        match self {
            Choice::Local(_) => local::WORDS,
            Choice::TwoPhaseCommit(_) => two_phase_commit::WORDS,
            Choice::ThreePhaseCommit(_) => three_phase_commit::WORDS,
            Choice::Tcc(_) => tcc::WORDS,
            Choice::Outbox(_)
            | Choice::DualWrite(_)
            | Choice::MqTransaction(_)
            | Choice::Retry(_)
            | Choice::LocalMessageTable(_) => messaging::WORDS,
            Choice::Saga(_) | Choice::SeataAt(_) => saga::WORDS,
            Choice::Choreography(_) => choreography::WORDS,
            Choice::TwoPhaseTla(_) => two_phase_tla::WORDS,
        }
    }

    /// The names of all that an exploration can be required to exercise.
    pub fn vocabulary(&self, business: &Business, placement: &[(String, String)]) -> Vocabulary {
        let Words { messages, timers, records, .. } = self.words();
        let roles = self.topology(business, placement).roles();
        Vocabulary { roles, messages, timers, records, requests: Work::KINDS }
    }

    /// Processes and hosts that it has for a business.
    pub fn topology(&self, business: &Business, placement: &[(String, String)]) -> Topology {
        match self {
            Choice::Local(_) => local::topology(),
            Choice::TwoPhaseCommit(_) | Choice::ThreePhaseCommit(_) => {
                services::coordinated(business, placement)
            }
            Choice::Tcc(_) => tcc::topology(business, placement),
            Choice::Outbox(_) | Choice::DualWrite(_) | Choice::MqTransaction(_) => {
                messaging::topology(business, placement)
            }
            Choice::Retry(_) | Choice::LocalMessageTable(_) => {
                messaging::brokerless(business, placement)
            }
            Choice::Saga(_) | Choice::SeataAt(_) => saga::topology(business, placement),
            Choice::Choreography(_) => choreography::topology(business, placement),
            Choice::TwoPhaseTla(_) => two_phase_tla::topology(business, placement),
        }
    }
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
            Choice::Retry(_) => Ok(Box::new(retry::world(self)?)),
            Choice::LocalMessageTable(_) => Ok(Box::new(local_message_table::world(self)?)),
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
