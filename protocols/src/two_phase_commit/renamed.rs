//! What becomes of everything when participants change places.

use dtxsim_core::symmetry::{Renamed, Renaming};

use super::State;
use super::coordinator::{Coordinator, Live, Phase, Set, members};
use super::message::{Message, Timer};
use super::participant::{InDoubt, Participant};
use super::record::{Prepared, Record};
use crate::common::transaction::renamed_parties;

impl Renamed for State {
    fn renamed(&self, by: &Renaming) -> State {
        match self {
            State::Coordinator(coordinator) => State::Coordinator(coordinator.renamed(by)),
            State::Participant(participant) => State::Participant(participant.renamed(by)),
        }
    }
}

impl Renamed for Coordinator {
    fn renamed(&self, by: &Renaming) -> Coordinator {
        Coordinator { live: self.live.renamed(by) }
    }
}

impl Renamed for Live {
    /// Sets are by place among the parties, which stay in order.
    fn renamed(&self, by: &Renaming) -> Live {
        let mut live = Live { parties: renamed_parties(&self.parties, by), ..self.clone() };
        let renamed = |set: Set| {
            let bits = members(&self.parties, set).filter_map(|party| live.bit(by.of(party)));
            bits.fold(0, |all, bit| all | bit)
        };
        live.phase = match &self.phase {
            Phase::Voting { work, yes, no, read } => Phase::Voting {
                work: work.renamed(by),
                yes: renamed(*yes),
                no: renamed(*no),
                read: renamed(*read),
            },
            Phase::Telling { outcome, unacknowledged } => {
                Phase::Telling { outcome: *outcome, unacknowledged: renamed(*unacknowledged) }
            }
            Phase::Delegated { work } => Phase::Delegated { work: work.renamed(by) },
        };
        live
    }
}

impl Renamed for Participant {
    fn renamed(&self, by: &Renaming) -> Participant {
        Participant { in_doubt: self.in_doubt.renamed(by), ..self.clone() }
    }
}

impl Renamed for InDoubt {
    fn renamed(&self, by: &Renaming) -> InDoubt {
        InDoubt { prepared: self.prepared.renamed(by), ..self.clone() }
    }
}

impl Renamed for Prepared {
    fn renamed(&self, by: &Renaming) -> Prepared {
        Prepared { part: self.part.renamed(by), ..self.clone() }
    }
}

impl Renamed for Record {
    fn renamed(&self, by: &Renaming) -> Record {
        match self {
            Record::Collecting { tx, parties } => {
                Record::Collecting { tx: *tx, parties: renamed_parties(parties, by) }
            }
            Record::Decided { tx, outcome, parties } => {
                let (tx, outcome, parties) = (*tx, *outcome, renamed_parties(parties, by));
                Record::Decided { tx, outcome, parties }
            }
            Record::Prepared { tx, prepared } => {
                Record::Prepared { tx: *tx, prepared: prepared.renamed(by) }
            }
            Record::OnePhase { tx, prepared } => {
                Record::OnePhase { tx: *tx, prepared: prepared.renamed(by) }
            }
            Record::End { .. }
            | Record::Committed { .. }
            | Record::Aborted { .. }
            | Record::Snapshot(_) => self.clone(),
        }
    }
}

impl Renamed for Message {
    fn renamed(&self, by: &Renaming) -> Message {
        match self {
            Message::Prepare { tx, part, oldest } => {
                Message::Prepare { tx: *tx, part: part.renamed(by), oldest: *oldest }
            }
            Message::OnePhase { tx, part, oldest } => {
                Message::OnePhase { tx: *tx, part: part.renamed(by), oldest: *oldest }
            }
            Message::Vote { .. }
            | Message::Decision { .. }
            | Message::Ack { .. }
            | Message::Inquiry { .. }
            | Message::Done { .. } => self.clone(),
        }
    }
}

impl Renamed for Timer {
    fn renamed(&self, _: &Renaming) -> Timer {
        self.clone()
    }
}
