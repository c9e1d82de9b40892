use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

use super::{calls, half, listen, polls, router, transactions, view};

/// How a source sees to it that others hear of what it commits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Telling {
    /// By a row that is committed with the data, which a relay publishes.
    Outbox(Relaying),
    /// It commits, then publishes.
    CommitThenPublish,
    /// It publishes, then commits.
    PublishThenCommit,
    /// The broker gets the event first, and keeps it back until it hears of the commit.
    Half(half::Rules),
    /// The broker gets the event first, in a transaction of its own, which ends as the local one
    /// does.
    Transactions(transactions::Rules),
    /// There is no broker: it commits, then calls the others itself.
    Calls(calls::Rules),
    /// It publishes, and does its own part when it gets its event, as all others do.
    Listen(listen::Rules),
    /// There is no broker: it keeps what it commits, and the others read it.
    Polls(polls::Rules),
    /// The source is a router, and all others are told.
    Route(router::Rules),
}

/// How rows come to the broker, and how long it tries to be rid of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Relaying {
    /// Where a relay reads.
    pub relay: Relay,
    /// How many there are, and which rows each of them takes.
    pub relays: Relays,
    /// After so many deliveries in vain an event is a dead letter; `None`: never.
    pub dead_letters: Option<u8>,
}

/// How many relays a source has, and which row one takes next. They live in its process: what one
/// has locked is free again after a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relays {
    /// One, which takes the oldest.
    #[default]
    One,
    /// Two, and each takes the oldest that the other has not locked.
    SkipLocked,
    /// The same, but no row is taken while an older one of the same datum is not published.
    SkipLockedPerKey,
}

impl Relays {
    /// So many rows are under way at once.
    pub(super) fn count(self) -> usize {
        match self {
            Relays::One => 1,
            Relays::SkipLocked | Relays::SkipLockedPerKey => 2,
        }
    }

    /// Whether events of one datum are published in the order of their commits.
    pub fn keep_order(self) -> bool {
        match self {
            Relays::One | Relays::SkipLockedPerKey => true,
            Relays::SkipLocked => false,
        }
    }
}

/// Where a relay finds out what to publish, and how it remembers how far it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relay {
    /// It reads the table of rows and deletes what the broker has accepted, in a local transaction.
    #[default]
    Polling,
    /// Change data capture: it reads the log and writes its offset lazily.
    Cdc,
}

/// What a consumer does about an event that it gets more than once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consumer {
    /// Nothing.
    Naive,
    /// Its workers look it up before they act, in a local transaction of its own.
    CheckThenAct,
    /// A row for the event is inserted in the local transaction of its effect.
    #[default]
    Inbox,
}

/// One thing that is done wrong on purpose, beside what the consumer does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The row of an event is a record of its own, after that of the data.
    RowApart,
    /// A row is deleted before the broker has accepted its event.
    DeletesBeforeAck,
    /// The relay reads only rows with a higher number than all that it has read, and a transaction
    /// has its number before it commits.
    SkipsLateCommits,
    /// The relay does not wait for the broker to accept an event before it publishes the next.
    SeveralInFlight,
    /// A consumer acknowledges an event before its effect is durable.
    AckBeforeEffect,
    /// The inbox row is a record of its own, after that of the effect.
    InboxRowApart,
    /// What would be a dead letter is thrown away.
    DiscardsUndelivered,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 7] = [
        Flaw::RowApart,
        Flaw::DeletesBeforeAck,
        Flaw::SkipsLateCommits,
        Flaw::SeveralInFlight,
        Flaw::AckBeforeEffect,
        Flaw::InboxRowApart,
        Flaw::DiscardsUndelivered,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::RowApart => "row_apart",
            Flaw::DeletesBeforeAck => "deletes_before_ack",
            Flaw::SkipsLateCommits => "skips_late_commits",
            Flaw::SeveralInFlight => "several_in_flight",
            Flaw::AckBeforeEffect => "ack_before_effect",
            Flaw::InboxRowApart => "inbox_row_apart",
            Flaw::DiscardsUndelivered => "discards_undelivered",
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer an event is published, or delivered, again; doubled each
    /// time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
    /// What passes between look-up and act, or between number and commit, where broken variants
    /// have them apart; and how long a local transaction runs whose event is kept back.
    pub handling: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
            handling: Nanos::from_millis(5),
        }
    }
}

/// All that the families' knobs come to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// How sources tell others.
    pub telling: Telling,
    /// What consumers do about repetitions.
    pub consumer: Consumer,
    /// So many events a consumer may have outstanding: one for each of its workers.
    pub prefetch: usize,
    /// Whether the broker accepts no event twice.
    pub deduplicating: bool,
    /// How a view is kept up, if there is one.
    pub view: Option<view::Rules>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Settings {
    /// Of sources that tell others like that: consumers have an inbox and one worker, nothing is
    /// done wrong on purpose.
    pub fn new(telling: Telling, timeouts: Timeouts) -> Settings {
        Settings {
            telling,
            consumer: Consumer::Inbox,
            prefetch: 1,
            deduplicating: false,
            view: None,
            broken: None,
            timeouts,
        }
    }
}
