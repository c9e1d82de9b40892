//! What an exploration exercised, and what may keep it from ending.

use dtxsim_core::untimed::{Coverage, Exploration, Growth, Handled};
use dtxsim_core::verdict::{Conclusion, Missing};
use serde::Serialize;

/// What was exercised, by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CoverageReport {
    /// How much there was to exercise.
    pub items: u64,
    /// How much of it was.
    pub exercised: u64,
    /// The names of what was not.
    pub never: Vec<String>,
    /// Kinds of messages that were never sent.
    pub unsent: Vec<&'static str>,
    /// Kinds of timers that were never set.
    pub unset: Vec<&'static str>,
    /// Kinds of records that were never written.
    pub unwritten: Vec<&'static str>,
    /// What a scenario requires to be exercised.
    pub required: Vec<String>,
    /// What of that was not.
    pub missing: Vec<Missing>,
    /// Inputs by role and kind.
    pub inputs: Vec<InputReport>,
    /// Kinds of messages, and faults.
    pub messages: Vec<MessageReport>,
    /// Kinds of records by role, and crashes.
    pub records: Vec<RecordReport>,
}

/// One kind of input to one role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InputReport {
    /// The role.
    pub role: &'static str,
    /// What sort of input: `start`, `recovery`, `sync`, `choice`, `request`, `message`, `timer`.
    pub input: &'static str,
    /// The kind of request, message or timer.
    pub kind: Option<&'static str>,
    /// Different local transitions.
    pub transitions: u64,
    /// Those amid which the process crashed as well.
    pub cut_short: u64,
}

/// One kind of message. Faults without a budget are null.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MessageReport {
    /// The kind.
    pub kind: &'static str,
    /// Handled: different messages in different local states; so are the others counted.
    pub delivered: u64,
    /// Lost by the network.
    pub dropped: Option<u64>,
    /// Arrived and stayed in flight.
    pub duplicated: Option<u64>,
    /// Stopped by a partition.
    pub cut: Option<u64>,
}

/// One kind of record that a role writes. Crashes are null without a budget.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RecordReport {
    /// The role.
    pub role: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Different local transitions that append one.
    pub written: u64,
    /// Crashes that took it, unsynced.
    pub lost: Option<u64>,
    /// Crashes that left it, unsynced.
    pub kept: Option<u64>,
    /// Crashes with it durable, before the next record.
    pub after: Option<u64>,
}

/// A process whose local states keep growing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GrowthReport {
    /// The process.
    pub process: String,
    /// Its local states so far.
    pub locals: u64,
    /// Its local transitions in a row that were looked at.
    pub looked_at: u64,
    /// What the process takes there.
    pub by: Vec<String>,
    /// What grows there and never shrinks.
    pub parts: Vec<GrowingReport>,
    /// Its state where the look begins.
    pub first: String,
    /// Its state at the end.
    pub last: String,
}

/// A part that grows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GrowingReport {
    /// Which, in words.
    pub part: String,
    /// Its size where the look begins.
    pub from: u64,
    /// Its size at the end.
    pub to: u64,
    /// How often it grew.
    pub rises: u64,
}

pub(crate) fn coverage(
    coverage: &Coverage,
    required: &[String],
    conclusion: &Conclusion,
) -> CoverageReport {
    let items = coverage.items();
    let budgets = coverage.budgets;
    let allowed = |budget: u8, count: u64| (budget > 0).then_some(count);
    let messages = coverage.messages.iter().map(|row| {
        let of = |budget, count| allowed(budget, count).filter(|_| row.travels);
        MessageReport {
            kind: row.kind,
            delivered: row.delivered,
            dropped: of(budgets.drops, row.dropped),
            duplicated: of(budgets.duplicates, row.duplicated),
            cut: of(budgets.partitions, row.cut),
        }
    });
    let records = coverage.records.iter().map(|row| RecordReport {
        role: row.role,
        kind: row.kind,
        written: row.written,
        lost: allowed(budgets.crashes, row.lost),
        kept: allowed(budgets.crashes, row.kept),
        after: allowed(budgets.crashes, row.after),
    });
    let inputs = coverage.inputs.iter().map(|row| {
        let (input, kind) = words(row.input);
        let (transitions, cut_short) = (row.transitions, row.cut_short);
        InputReport { role: row.role, input, kind, transitions, cut_short }
    });
    CoverageReport {
        items: items.len() as u64,
        exercised: items.iter().filter(|item| item.count > 0).count() as u64,
        never: coverage.never(),
        unsent: coverage.unsent.clone(),
        unset: coverage.unset.clone(),
        unwritten: coverage.unwritten.clone(),
        required: required.to_vec(),
        missing: conclusion.missing.clone(),
        inputs: inputs.collect(),
        messages: messages.collect(),
        records: records.collect(),
    }
}

fn words(input: Handled) -> (&'static str, Option<&'static str>) {
    match input {
        Handled::Start => ("start", None),
        Handled::Recovery => ("recovery", None),
        Handled::Sync => ("sync", None),
        Handled::Choice => ("choice", None),
        Handled::Request(kind) => ("request", Some(kind)),
        Handled::Message(kind) => ("message", Some(kind)),
        Handled::Timer(kind) => ("timer", Some(kind)),
    }
}

pub(crate) fn growth(explored: &Exploration) -> Vec<GrowthReport> {
    let report = |growth: &Growth| {
        let parts = growth.parts.iter().map(|part| GrowingReport {
            part: part.part.clone(),
            from: part.from,
            to: part.to,
            rises: part.rises,
        });
        GrowthReport {
            process: growth.process.clone(),
            locals: growth.locals,
            looked_at: growth.looked_at,
            by: growth.by.clone(),
            parts: parts.collect(),
            first: growth.first.clone(),
            last: growth.last.clone(),
        }
    };
    explored.growth.iter().map(report).collect()
}
