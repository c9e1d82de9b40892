//! Which protocol, and how.

use dtxsim_core::untimed::Vocabulary;
use dtxsim_core::{Kinds, Topology};

use super::{Family, Words};
use crate::common::{Business, Work, services};
use crate::properties::Property;
use crate::{
    broker_transaction, choreography, cqrs, dual_write, event_sourcing, listen_to_yourself, local,
    local_message_table, messaging, mq_transaction,
};
use crate::{outbox, parallel_pipelines, polling_choreography, queue, retry, saga, seata_at, tcc};
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
    /// [`crate::broker_transaction`].
    BrokerTransaction(broker_transaction::Knobs),
    /// [`crate::retry`].
    Retry(retry::Knobs),
    /// [`crate::local_message_table`].
    LocalMessageTable(local_message_table::Knobs),
    /// [`crate::listen_to_yourself`].
    ListenToYourself(listen_to_yourself::Knobs),
    /// [`crate::cqrs`].
    Cqrs(cqrs::Knobs),
    /// [`crate::polling_choreography`].
    PollingChoreography(polling_choreography::Knobs),
    /// [`crate::queue`].
    Queue(queue::Knobs),
    /// [`crate::event_sourcing`].
    EventSourcing(event_sourcing::Knobs),
    /// [`crate::parallel_pipelines`].
    ParallelPipelines(parallel_pipelines::Knobs),
    /// [`crate::saga`].
    Saga(saga::Knobs),
    /// [`crate::seata_at`].
    SeataAt(seata_at::Knobs),
    /// [`crate::choreography`].
    Choreography(choreography::Knobs),
    /// [`crate::two_phase_tla`].
    TwoPhaseTla(two_phase_tla::Knobs),
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
            Choice::BrokerTransaction(_) => &broker_transaction::FAMILY,
            Choice::Retry(_) => &retry::FAMILY,
            Choice::LocalMessageTable(_) => &local_message_table::FAMILY,
            Choice::ListenToYourself(_) => &listen_to_yourself::FAMILY,
            Choice::Cqrs(_) => &cqrs::FAMILY,
            Choice::PollingChoreography(_) => &polling_choreography::FAMILY,
            Choice::Queue(_) => &queue::FAMILY,
            Choice::EventSourcing(_) => &event_sourcing::FAMILY,
            Choice::ParallelPipelines(_) => &parallel_pipelines::FAMILY,
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
        if self.loses_order() { messaging::UNORDERED } else { self.listed().properties }
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
            Choice::BrokerTransaction(knobs) => format!("{}({knobs})", self.family()),
            Choice::Retry(knobs) => format!("{}({knobs})", self.family()),
            Choice::LocalMessageTable(knobs) => format!("{}({knobs})", self.family()),
            Choice::ListenToYourself(knobs) => format!("{}({knobs})", self.family()),
            Choice::Cqrs(knobs) => format!("{}({knobs})", self.family()),
            Choice::PollingChoreography(knobs) => format!("{}({knobs})", self.family()),
            Choice::Queue(knobs) => format!("{}({knobs})", self.family()),
            Choice::EventSourcing(knobs) => format!("{}({knobs})", self.family()),
            Choice::ParallelPipelines(knobs) => format!("{}({knobs})", self.family()),
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

    /// Whether its knobs say that nothing is promised of the order of events.
    fn loses_order(&self) -> bool {
        matches!(self, Choice::Outbox(knobs) if !knobs.keeps_order())
            || matches!(self, Choice::Queue(queue::Knobs { workers: queue::Workers::Two, .. }))
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
            Choice::BrokerTransaction(knobs) => knobs.broken.map(broker_transaction::Flaw::name),
            Choice::Retry(knobs) => knobs.broken.map(retry::Flaw::name),
            Choice::LocalMessageTable(knobs) => knobs.broken.map(local_message_table::Flaw::name),
            Choice::ListenToYourself(knobs) => knobs.broken.map(listen_to_yourself::Flaw::name),
            Choice::Cqrs(knobs) => knobs.broken.map(cqrs::Flaw::name),
            Choice::PollingChoreography(knobs) => {
                knobs.broken.map(polling_choreography::Flaw::name)
            }
            Choice::Queue(knobs) => knobs.broken(),
            Choice::EventSourcing(knobs) => knobs.broken.map(event_sourcing::Flaw::name),
            Choice::ParallelPipelines(knobs) => knobs.broken.map(parallel_pipelines::Flaw::name),
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
            Choice::BrokerTransaction(knobs) => knobs.broken = None,
            Choice::Retry(knobs) => knobs.broken = None,
            Choice::LocalMessageTable(knobs) => knobs.broken = None,
            Choice::ListenToYourself(knobs) => knobs.broken = None,
            Choice::Cqrs(knobs) => knobs.broken = None,
            Choice::PollingChoreography(knobs) => knobs.broken = None,
            Choice::Queue(knobs) => {
                knobs.broken = None;
                knobs.publish = queue::Publish::Outboxed;
            }
            Choice::EventSourcing(knobs) => knobs.broken = None,
            Choice::ParallelPipelines(knobs) => knobs.broken = None,
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
            | Choice::BrokerTransaction(_)
            | Choice::Retry(_)
            | Choice::LocalMessageTable(_)
            | Choice::ListenToYourself(_)
            | Choice::Cqrs(_)
            | Choice::PollingChoreography(_)
            | Choice::Queue(_)
            | Choice::EventSourcing(_)
            | Choice::ParallelPipelines(_) => messaging::WORDS,
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
            Choice::Outbox(_)
            | Choice::DualWrite(_)
            | Choice::MqTransaction(_)
            | Choice::BrokerTransaction(_)
            | Choice::ListenToYourself(_)
            | Choice::Queue(_) => messaging::topology(business, placement),
            Choice::Cqrs(_) => messaging::viewed(business, placement),
            Choice::Retry(_)
            | Choice::LocalMessageTable(_)
            | Choice::PollingChoreography(_)
            | Choice::EventSourcing(_) => messaging::brokerless(business, placement),
            Choice::ParallelPipelines(_) => messaging::routed(business, placement),
            Choice::Saga(_) | Choice::SeataAt(_) => saga::topology(business, placement),
            Choice::Choreography(_) => choreography::topology(business, placement),
            Choice::TwoPhaseTla(_) => two_phase_tla::topology(business, placement),
        }
    }
}
