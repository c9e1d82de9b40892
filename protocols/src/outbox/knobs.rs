use std::fmt;

use crate::messaging::{Settings, Telling};

pub use crate::messaging::{Consumer, Flaw, Relay, Timeouts};

/// The knobs of the transactional outbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// Where the relay reads.
    pub relay: Relay,
    /// What consumers do about events that come twice.
    pub consumer: Consumer,
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

    pub(super) fn settings(self) -> Settings {
        let Knobs { relay, consumer, deduplicating, broken, timeouts } = self;
        let (telling, view) = (Telling::Outbox(relay), None);
        Settings { telling, consumer, deduplicating, view, broken, timeouts }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.relay {
            Relay::Polling => "relay: polling",
            Relay::Cdc => "relay: cdc",
        })?;
        if self.deduplicating {
            f.write_str(", broker: deduplicating")?;
        }
        if let Some(broken) = self.broken() {
            write!(f, ", BROKEN: {broken}")?;
        }
        Ok(())
    }
}
