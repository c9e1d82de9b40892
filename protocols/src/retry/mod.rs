//! Blocking retry: a service commits its own part, then calls the others while its client waits,
//! and calls again whoever does not answer, until all have or its tries are used up.
//!
//! Sources: Nygard, *Release It!*, 2007, on integration points, time-outs and retries; Helland,
//! *Life beyond Distributed Transactions: an Apostate's Opinion*, CIDR 2007, on receivers that must
//! expect a request more than once.
//!
//! ```text
//! client    caller                      receivers
//!   | order   |                            |
//!   |-------->| COMMITTED: data, pending   |
//!   |         | call                       |
//!   |         |--------------------------->| EFFECT: data, key of the call
//!   |         |                     result |
//!   |         |<---------------------------|
//!   |    done | RELAYED: no longer pending |
//!   |<--------|                            |
//! ```
//!
//! A time-out says nothing: the receiver may have done it. So calls carry an idempotency key, a
//! row in the local transaction of the effect. What the caller still has to call it keeps in
//! memory; a crash, as the last try, leaves its own row *orphaned*. That calls are pending is a
//! column of that row, so an orphan is found, and is left to a person. A call that was given up may
//! still arrive, after later ones: there is no order. Whoever would rather have it resumed keeps
//! calls in a table: [`crate::local_message_table`].
//!
//! A receiver that refuses for good says so, and the client is told. But the caller has committed,
//! and others may have done their part, so the row is left to a person as an orphan is.

use std::fmt;

use dtxsim_core::Nanos;
use dtxsim_core::timed::World;
use serde::{Deserialize, Serialize};

use crate::messaging::calls::{self, Keeps};
use crate::messaging::{self, Consumer, Messaging, Settings, Telling};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A receiver does again what it is asked again.
    NoIdempotencyKeys,
    /// The caller's row does not say that calls are pending.
    OrphanUnnoticed,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 2] = [Flaw::NoIdempotencyKeys, Flaw::OrphanUnnoticed];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NoIdempotencyKeys => "no_idempotency_keys",
            Flaw::OrphanUnnoticed => calls::Flaw::OrphanUnnoticed.name(),
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a call is made again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { resend: Nanos::from_millis(10), resend_most: Nanos::from_millis(200) }
    }
}

impl Timeouts {
    pub(crate) fn of_messaging(self) -> messaging::Timeouts {
        let Timeouts { resend, resend_most } = self;
        messaging::Timeouts { resend, resend_most, ..messaging::Timeouts::default() }
    }
}

/// The knobs of blocking retry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// So often a call is made.
    pub tries: u8,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs { tries: 3, broken: None, timeouts: Timeouts::default() }
    }
}

impl Knobs {
    /// The most tries that can be asked for.
    pub const TRIES: u8 = 250;

    fn settings(self) -> Settings {
        let Knobs { tries, broken, timeouts } = self;
        let consumer = match broken {
            Some(Flaw::NoIdempotencyKeys) => Consumer::Naive,
            Some(Flaw::OrphanUnnoticed) | None => Consumer::Inbox,
        };
        let broken = match broken {
            Some(Flaw::OrphanUnnoticed) => Some(calls::Flaw::OrphanUnnoticed),
            Some(Flaw::NoIdempotencyKeys) | None => None,
        };
        let telling =
            Telling::Calls(calls::Rules { keeps: Keeps::Memory, tries: Some(tries), broken });
        Settings { consumer, ..Settings::new(telling, timeouts.of_messaging()) }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tries: {}", self.tries)?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What it is judged by: as all that sends events, but for their order.
const PROPERTIES: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
];

/// What listings say.
pub const FAMILY: Family = Family {
    name: "retry",
    summary: "a service commits, then calls the others, and calls again, while its client waits",
    broken: &[
        (
            Flaw::NoIdempotencyKeys.name(),
            "a receiver does again what it is asked again",
            "exactly-once-effect",
        ),
        (
            Flaw::OrphanUnnoticed.name(),
            "the caller's row does not say that calls are pending",
            "at-least-once",
        ),
    ],
    properties: PROPERTIES,
    by_request: &[Property::PerKeyOrder, Property::ReadYourWrites],
};

/// The world of a setup whose choice is blocking retry.
///
/// # Errors
/// If the choice is another.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::Retry(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    messaging::world(setup, knobs.settings())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dtxsim_core::{Effect, Event, Outbox, ProcessId, Protocol as _, RequestId};

    use super::*;
    use crate::common::costs::{self, Votes};
    use crate::common::{Branch, Key, Note, Op, Outcome, Part, Transaction, TxId, Work};
    use crate::messaging::Message;

    const CALLER: ProcessId = ProcessId(0);
    const RECEIVER: ProcessId = ProcessId(1);
    const TX: TxId = TxId(0);

    /// A process of two that have ten each, where one is asked for more.
    fn protocol() -> Messaging {
        let votes = Votes { yes: 2, read: 0, no: 0 };
        world(costs::setup(Choice::Retry(Knobs::default()), votes)).expect("it is a retry").protocol
    }

    fn work() -> Work {
        let branch = |process, amount| {
            let ops = std::iter::once(Op::Add(Key(0), amount)).collect();
            Branch { process, ops }
        };
        Work(Arc::new(Transaction::new("t", [branch(CALLER, 1), branch(RECEIVER, -11)])))
    }

    /// What a process says of itself, and to whom it sends what, when these things happen to it.
    fn done(
        me: ProcessId,
        events: impl IntoIterator<Item = Event<Messaging>>,
    ) -> (Vec<Note>, Vec<Message>) {
        let protocol = protocol();
        let mut out = Outbox::default();
        let mut state = protocol.boot(me, &[], &mut out);
        for event in events {
            protocol.step(me, &mut state, event, &mut out);
        }
        let (mut notes, mut sent) = (Vec::new(), Vec::new());
        for effect in out.effects() {
            match effect {
                Effect::Note(note) => notes.push(note.clone()),
                Effect::Send { message, .. } => sent.push(message.clone()),
                Effect::Append(_)
                | Effect::Sync
                | Effect::SetTimer(_)
                | Effect::CancelTimer(_)
                | Effect::Choose(_) => {}
            }
        }
        (notes, sent)
    }

    #[test]
    fn the_client_is_told_what_the_receivers_have_said() {
        for (refused, outcome) in [(false, Outcome::Commit), (true, Outcome::Abort)] {
            let result = calls::Message::Result { tx: TX, refused }.into();
            let events = [
                Event::Request { id: RequestId(0), request: work() },
                Event::Message { from: RECEIVER, message: result },
            ];
            let (notes, _) = done(CALLER, events);
            let answers = notes.iter().filter(|note| matches!(note, Note::Answered { .. }));
            let told = Note::Answered { tx: TX, outcome };
            assert_eq!(answers.collect::<Vec<_>>(), [&told], "refused: {refused}");
            assert_eq!(notes.contains(&Note::NeedsPerson { tx: TX }), refused);
        }
    }

    #[test]
    fn a_receiver_that_refuses_says_so_whenever_it_is_called() {
        let call = || {
            let message = calls::Message::Call { tx: TX, part: Part::new(work(), 1) }.into();
            Event::Message { from: CALLER, message }
        };
        let (_, sent) = done(RECEIVER, [call(), call()]);
        let refusal = Message::from(calls::Message::Result { tx: TX, refused: true });
        assert_eq!(sent, [refusal.clone(), refusal]);
    }
}
