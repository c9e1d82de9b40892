//! The protocol, its knobs and its time-outs.

mod broker_transaction;
mod choreography;
mod cqrs;
mod dual_write;
mod event_sourcing;
mod listen_to_yourself;
mod local;
mod local_message_table;
mod mq_transaction;
mod outbox;
mod parallel_pipelines;
mod polling_choreography;
mod queue;
mod retry;
mod saga;
mod seata_at;
mod tcc;
mod three_phase_commit;
mod two_phase_commit;
mod two_phase_tla;

use dtxsim_core::Nanos;
use dtxsim_protocols::Choice;

use crate::diagnostic::Diagnostic;

use super::reader::Reader;
use super::shapes::Record;
use super::values::span;

#[derive(Clone, Copy)]
enum Family {
    Local,
    TwoPhaseCommit,
    ThreePhaseCommit,
    Saga,
    SeataAt,
    Choreography,
    Tcc,
    Outbox,
    DualWrite,
    MqTransaction,
    BrokerTransaction,
    Retry,
    LocalMessageTable,
    ListenToYourself,
    Cqrs,
    PollingChoreography,
    Queue,
    EventSourcing,
    ParallelPipelines,
    TwoPhaseTla,
}

const FAMILIES: [(&str, Family); 20] = [
    (dtxsim_protocols::local::FAMILY.name, Family::Local),
    (dtxsim_protocols::two_phase_commit::FAMILY.name, Family::TwoPhaseCommit),
    (dtxsim_protocols::three_phase_commit::FAMILY.name, Family::ThreePhaseCommit),
    (dtxsim_protocols::saga::FAMILY.name, Family::Saga),
    (dtxsim_protocols::seata_at::FAMILY.name, Family::SeataAt),
    (dtxsim_protocols::choreography::FAMILY.name, Family::Choreography),
    (dtxsim_protocols::tcc::FAMILY.name, Family::Tcc),
    (dtxsim_protocols::outbox::FAMILY.name, Family::Outbox),
    (dtxsim_protocols::dual_write::FAMILY.name, Family::DualWrite),
    (dtxsim_protocols::mq_transaction::FAMILY.name, Family::MqTransaction),
    (dtxsim_protocols::broker_transaction::FAMILY.name, Family::BrokerTransaction),
    (dtxsim_protocols::retry::FAMILY.name, Family::Retry),
    (dtxsim_protocols::local_message_table::FAMILY.name, Family::LocalMessageTable),
    (dtxsim_protocols::listen_to_yourself::FAMILY.name, Family::ListenToYourself),
    (dtxsim_protocols::cqrs::FAMILY.name, Family::Cqrs),
    (dtxsim_protocols::polling_choreography::FAMILY.name, Family::PollingChoreography),
    (dtxsim_protocols::queue::FAMILY.name, Family::Queue),
    (dtxsim_protocols::event_sourcing::FAMILY.name, Family::EventSourcing),
    (dtxsim_protocols::parallel_pipelines::FAMILY.name, Family::ParallelPipelines),
    (dtxsim_protocols::two_phase_tla::FAMILY.name, Family::TwoPhaseTla),
];

/// The protocol of a file. If its family is known, what else is wrong with it does not matter to
/// the rest of the file.
pub(super) fn choice(reader: &mut Reader, file: &Record<'_, '_>) -> Option<Choice> {
    let node = file.require(reader, "protocol")?;
    let timeouts = file.get("timeouts");
    Some(match reader.variant(node, "protocol", &FAMILIES)? {
        Family::Local => local::choice(reader, node, file),
        Family::TwoPhaseCommit => two_phase_commit::choice(reader, node, timeouts),
        Family::ThreePhaseCommit => three_phase_commit::choice(reader, node, timeouts),
        Family::Tcc => tcc::choice(reader, node, timeouts),
        Family::Outbox => outbox::choice(reader, node, timeouts),
        Family::DualWrite => dual_write::choice(reader, node, timeouts),
        Family::MqTransaction => mq_transaction::choice(reader, node, timeouts),
        Family::BrokerTransaction => broker_transaction::choice(reader, node, timeouts),
        Family::Retry => retry::choice(reader, node, timeouts),
        Family::LocalMessageTable => local_message_table::choice(reader, node, timeouts),
        Family::ListenToYourself => listen_to_yourself::choice(reader, node, timeouts),
        Family::Cqrs => cqrs::choice(reader, node, timeouts),
        Family::PollingChoreography => polling_choreography::choice(reader, node, timeouts),
        Family::Queue => queue::choice(reader, node, timeouts),
        Family::EventSourcing => event_sourcing::choice(reader, node, timeouts),
        Family::ParallelPipelines => parallel_pipelines::choice(reader, node, timeouts),
        Family::Saga => saga::choice(reader, node, file),
        Family::SeataAt => seata_at::choice(reader, node, timeouts),
        Family::Choreography => choreography::choice(reader, node, timeouts),
        Family::TwoPhaseTla => two_phase_tla::choice(reader, node, file),
    })
}

fn switch(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    name: &str,
    standard: bool,
) -> Option<bool> {
    match record.get(name) {
        None => Some(standard),
        Some(node) => reader.boolean(node),
    }
}

fn timeout(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    name: &str,
    standard: Nanos,
) -> Option<Nanos> {
    match record.get(name) {
        None => Some(standard),
        Some(node) => span(reader, node, "a time-out"),
    }
}

/// Reports a first repetition that is later than the last one may be.
fn repetition(reader: &mut Reader, record: &Record<'_, '_>, first: (&str, Nanos), most: Nanos) {
    let (name, least) = first;
    if least > most {
        let place = record.word("resend_most").or(record.word(name)).unwrap_or(record.head());
        let message = format!("`resend_most` ({most}) is less than `{name}` ({least})");
        reader.report(Diagnostic::at(place, message));
    }
}
