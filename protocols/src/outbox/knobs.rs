use std::fmt;

use crate::messaging::{Relaying, Settings, Telling};

pub use crate::messaging::{Consumer, Flaw, Relay, Relays, Timeouts};

/// The knobs of the transactional outbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// Where the relay reads.
    pub relay: Relay,
    /// How many relays there are, and which rows they take.
    pub relays: Relays,
    /// What consumers do about events that come twice.
    pub consumer: Consumer,
    /// After so many deliveries in vain an event is a dead letter; `None`: never.
    pub dead_letters: Option<u8>,
    /// Whether the broker remembers what it has accepted, and accepts nothing twice.
    pub deduplicating: bool,
    /// What is done wrong on purpose, beside the consumer.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

/// The name of a consumer's way as a broken variant, if it is one.
pub const fn broken_consumer(consumer: Consumer) -> Option<&'static str> {
    match consumer {
        Consumer::Naive => Some("naive_consumer"),
        Consumer::CheckThenAct => Some("check_then_act_consumer"),
        Consumer::Inbox => None,
    }
}

impl Knobs {
    /// The name of what is done wrong on purpose, if something is.
    pub fn broken(&self) -> Option<&'static str> {
        self.broken.map(Flaw::name).or(broken_consumer(self.consumer))
    }

    /// The most deliveries that can be asked for.
    pub const DELIVERIES: u8 = 250;

    /// Whether events of one datum have their first effects in the order of their commits.
    pub fn keeps_order(&self) -> bool {
        self.relays.keep_order() && self.dead_letters.is_none()
    }

    /// Whether they fit together.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.broken == Some(Flaw::DiscardsUndelivered) && self.dead_letters.is_none() {
            return Err("`discards_undelivered` needs a number of `dead_letters`");
        }
        match (self.relays, self.relay, self.broken) {
            (Relays::One, ..) => Ok(()),
            (_, Relay::Cdc, _) => Err("change data capture has one relay, which locks nothing"),
            (_, Relay::Polling, Some(Flaw::SeveralInFlight | Flaw::SkipsLateCommits)) => {
                Err("that is done wrong by one relay")
            }
            (
                Relays::SkipLocked | Relays::SkipLockedPerKey,
                Relay::Polling,
                Some(
                    Flaw::RowApart
                    | Flaw::DeletesBeforeAck
                    | Flaw::AckBeforeEffect
                    | Flaw::InboxRowApart
                    | Flaw::DiscardsUndelivered,
                )
                | None,
            ) => Ok(()),
        }
    }

    pub(super) fn settings(self) -> Settings {
        let Knobs { relay, relays, dead_letters, consumer, deduplicating, broken, timeouts } = self;
        let telling = Telling::Outbox(Relaying { relay, relays, dead_letters });
        Settings { consumer, deduplicating, broken, ..Settings::new(telling, timeouts) }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.relay {
            Relay::Polling => "relay: polling",
            Relay::Cdc => "relay: cdc",
        })?;
        f.write_str(match self.relays {
            Relays::One => "",
            Relays::SkipLocked => ", relays: skip_locked",
            Relays::SkipLockedPerKey => ", relays: skip_locked_per_key",
        })?;
        if let Some(deliveries) = self.dead_letters {
            write!(f, ", dead_letters: {deliveries}")?;
        }
        if self.deduplicating {
            f.write_str(", broker: deduplicating")?;
        }
        if let Some(broken) = self.broken() {
            write!(f, ", BROKEN: {broken}")?;
        }
        Ok(())
    }
}
