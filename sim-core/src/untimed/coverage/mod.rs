//! What an exploration exercised, in names: local transitions by role and kind of input, faults by
//! kind of message, crashes by durable write. And what it never did.
//!
//! Only what was done on some step counts. What could never have been done here is not listed one
//! by one: a kind that was never sent, set or written is named once as that.

mod change;
mod name;
mod seen;
mod sum;

pub(crate) use seen::{Bits, Inputs, Row, Taking, Witness, input};
pub(crate) use sum::coverage;

pub use change::{Change, Standing};
pub use name::Vocabulary;

use crate::untimed::bounds::Budgets;

/// What an exploration exercised.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// How much may go wrong: faults without a budget are neither exercised nor missed.
    pub budgets: Budgets,
    /// Inputs by role: those that were handled, and those that there were to handle.
    pub inputs: Vec<InputCoverage>,
    /// Kinds of messages that were sent, and what befell them.
    pub messages: Vec<MessageCoverage>,
    /// Kinds of records that were written, by role, and crashes there.
    pub records: Vec<RecordCoverage>,
    /// How processes changed, by role, in order.
    pub changes: Vec<Change>,
    /// Kinds of messages that were never sent.
    pub unsent: Vec<&'static str>,
    /// Kinds of timers that were never set.
    pub unset: Vec<&'static str>,
    /// Kinds of records that were never written.
    pub unwritten: Vec<&'static str>,
}

/// What a process handles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Handled {
    /// Its first start.
    Start,
    /// Its start after a crash.
    Recovery,
    /// The end of a forced write.
    Sync,
    /// The answer to a choice.
    Choice,
    /// A client's request of this kind.
    Request(&'static str),
    /// A message of this kind.
    Message(&'static str),
    /// A timer of this kind that ran out.
    Timer(&'static str),
}

/// One kind of input to one role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputCoverage {
    /// The role.
    pub role: &'static str,
    /// The input.
    pub input: Handled,
    /// Different local transitions: a process, its local state and the input, to the end.
    pub transitions: u64,
    /// Those amid which the process crashed as well.
    pub cut_short: u64,
}

/// One kind of message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageCoverage {
    /// The kind.
    pub kind: &'static str,
    /// Whether it was sent between hosts: only there can it be lost, doubled or cut off.
    pub travels: bool,
    /// Different ones handled, in different local states.
    pub delivered: u64,
    /// Lost by the network, likewise.
    pub dropped: u64,
    /// Arrived and stayed in flight, likewise.
    pub duplicated: u64,
    /// Stopped by a partition, likewise.
    pub cut: u64,
}

/// One kind of record that a role writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordCoverage {
    /// The role.
    pub role: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Different local transitions that append one.
    pub written: u64,
    /// Crashes before it was synced that took it: in so many local states and transitions.
    pub lost: u64,
    /// Crashes before its sync was complete that left it, as would one right after.
    pub kept: u64,
    /// Crashes with it durable, before another record was appended.
    pub after: u64,
}

/// Something that can be exercised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What: what a scenario may require.
    pub name: String,
    /// How often it was; what is counted depends on what it is.
    pub count: u64,
}
