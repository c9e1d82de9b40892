//! Command query responsibility segregation: services take commands and publish what they commit,
//! and a view, a process with data of its own, shows what they have to those who ask.
//!
//! Sources: Young, *CQRS Documents*, 2010; Richardson, *Microservices Patterns*, 2018, ch. 7, for
//! views that are kept up by events, their lag, and handlers that must notice duplicates; Vogels,
//! *Eventually Consistent*, CACM 52(1), 2009, for what such a view promises; Terry et al., *Session
//! Guarantees for Weakly Consistent Replicated Data*, PDIS 1994, for what it does not.
//!
//! ```text
//! client    source                       broker                      view
//!   | command |                            |                            |
//!   |-------->| COMMITTED: data and row    |                            |
//!   |    done |                            |                            |
//!   |<--------| publish                    |                            |
//!   |         |--------------------------->| ACCEPTED                   |
//!   |         |                   accepted | deliver                    |
//!   |         |<---------------------------|--------------------------->| EFFECT: copies, position
//!   |         | RELAYED                    |                   consumed |
//!   |         |                            |<---------------------------|
//!   | query   |                            |                            |
//!   |------------------------------------------------------------------>|
//!   |                                                            values |
//!   |<------------------------------------------------------------------|
//! ```
//!
//! What writes is a command: it goes to its source, and is done and told as by an outbox
//! ([`crate::outbox`]), to its other services and to the view. What only reads is a query: the view
//! answers it, from what it has heard by then. So a client may miss what it has been told is
//! committed; when nothing is under way any more, the view has what the services have.
//!
//! | events say | the view | comes twice, or late |
//! |---|---|---|
//! | changes: what is added | adds it | a row of the event, written with it, makes it once |
//! | states: what the data are now | takes it over | unless it has a newer one already |
//!
//! Numbers of transactions grow in the order in which a source commits, so they are the versions of
//! its data. What a service changes as a consumer its source cannot say the state of: transactions
//! that write at several services take `events: changes`.

pub mod costs;

use std::fmt;

use dtxsim_core::timed::World;

pub use crate::messaging::view::{Events, Flaw};
pub use crate::retry::Timeouts;

use crate::common::business::{Business, Listed, Transactions};
use crate::messaging::view::Rules;
use crate::messaging::{self, Messaging, Relaying, Settings, Telling};
use crate::properties::Property;
use crate::setup::{Choice, Family, Setup, SetupError};

/// The knobs of services with a view.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// What events say.
    pub events: Events,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// Whether what is done wrong can be with what events say.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), String> {
        let Some(flaw) = self.broken else { return Ok(()) };
        if flaw.events() == self.events {
            return Ok(());
        }
        let needed = name(flaw.events());
        Err(format!("`{}` goes wrong only with `events: {needed}`", flaw.name()))
    }

    fn settings(self) -> Settings {
        let Knobs { events, broken, timeouts } = self;
        let telling = Telling::Outbox(Relaying::default());
        let view = Some(Rules { events, broken });
        Settings { view, ..Settings::new(telling, timeouts.of_messaging()) }
    }
}

const fn name(events: Events) -> &'static str {
    match events {
        Events::Changes => "changes",
        Events::States => "states",
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "events: {}", name(self.events))?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// What it is judged by: as all that sends events, and by its view.
const PROPERTIES: &[Property] = &[
    Property::Termination,
    Property::Conservation,
    Property::NoNegativeBalance,
    Property::ExactlyOnceEffect,
    Property::PublishedIffCommitted,
    Property::AtLeastOnce,
    Property::PerKeyOrder,
    Property::Convergence,
];

/// What listings say.
pub const FAMILY: Family = Family {
    name: "cqrs",
    summary: "commands to services with an outbox, queries to a view that their events keep up",
    broken: &[
        (
            Flaw::NoPosition.name(),
            "the view does not keep how far it is, and adds again what it gets again",
            "convergence",
        ),
        (
            Flaw::PositionApart.name(),
            "how far the view is is written after what it shows, in a record of its own",
            "convergence",
        ),
        (Flaw::Unversioned.name(), "the view takes over whatever comes last", "convergence"),
    ],
    properties: PROPERTIES,
    by_request: &[Property::ReadYourWrites],
};

/// The world of a setup whose choice is to have a view.
///
/// # Errors
/// If the choice is another, the knobs contradict each other, there are too many services, or
/// events cannot say what they should.
pub fn world(setup: Setup) -> Result<World<Messaging>, SetupError> {
    let Choice::Cqrs(knobs) = setup.choice else {
        return Err(SetupError(format!("{} is another protocol", setup.choice.family())));
    };
    knobs.check().map_err(SetupError)?;
    if knobs.events == Events::States
        && let Some(transaction) = told_by_two(&setup.business)
    {
        let text = format!(
            "{transaction} several services, of which only the first can say the state: it takes \
             `events: changes`"
        );
        return Err(SetupError(text));
    }
    messaging::world(setup, knobs.settings())
}

/// A transaction that writes at several services, if there is one, and that it does.
fn told_by_two(business: &Business) -> Option<String> {
    match &business.transactions {
        Transactions::Generated(_) => Some("generated transfers write at".to_owned()),
        Transactions::Listed(listed) => listed.iter().find_map(|Listed { name, branches }| {
            let others = branches.iter().skip(1);
            let is_told = others.into_iter().any(|(_, ops)| ops.iter().any(|op| op.writes()));
            is_told.then(|| format!("`{name}` writes at"))
        }),
    }
}
