use std::fmt;

use dtxsim_core::Kinds;
use dtxsim_core::symmetry::{Renamed, Renaming};

/// What the managers send each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Resource manager to transaction manager: it is prepared.
    Prepared,
    /// Transaction manager to all resource managers.
    Commit,
    /// Transaction manager to all resource managers.
    Abort,
}

impl Kinds for Message {
    const KINDS: &'static [&'static str] = &["prepared", "commit", "abort"];

    fn kind(&self) -> usize {
        match self {
            Message::Prepared => 0,
            Message::Commit => 1,
            Message::Abort => 2,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::KINDS[self.kind()])
    }
}

/// What a manager may do of its own accord, as long as the timer of that name is set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// A resource manager prepares.
    Prepare,
    /// The transaction manager commits.
    Commit,
    /// Either aborts.
    Abort,
}

impl Kinds for Timer {
    const KINDS: &'static [&'static str] = &["prepare", "commit", "abort"];

    fn kind(&self) -> usize {
        match self {
            Timer::Prepare => 0,
            Timer::Commit => 1,
            Timer::Abort => 2,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::KINDS[self.kind()])
    }
}

/// Nobody writes anything down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Record {}

impl Kinds for Record {
    const KINDS: &'static [&'static str] = &[];

    fn kind(&self) -> usize {
        match *self {}
    }
}

impl fmt::Display for Record {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Renamed for Message {
    fn renamed(&self, _: &Renaming) -> Message {
        *self
    }
}

impl Renamed for Timer {
    fn renamed(&self, _: &Renaming) -> Timer {
        *self
    }
}

impl Renamed for Record {
    fn renamed(&self, _: &Renaming) -> Record {
        *self
    }
}
