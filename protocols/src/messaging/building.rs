//! Who is there, and how they are set up.

use std::sync::Arc;

use dtxsim_core::timed::World;
use dtxsim_core::{ProcessId, Topology};

use super::view::{Shown, View};
use super::{Messaging, Settings, Telling, Timeouts, half, polls, router};
use crate::common::broker::BROKER;
use crate::common::{Business, Processes, Retry, Transactions, services};
use crate::setup::{Setup, SetupError};

/// The services alone, which call each other.
pub fn brokerless(business: &Business, placement: &[(String, String)]) -> Topology {
    services::peers(business, "service", placement)
}

/// The broker, which is process 0, and the services.
pub fn topology(business: &Business, placement: &[(String, String)]) -> Topology {
    services::led(business, BROKER, ("broker", "service"), placement)
}

/// The broker, the view, and the services.
pub fn viewed(business: &Business, placement: &[(String, String)]) -> Topology {
    let leaders = [(BROKER, "broker"), (services::VIEW, services::VIEW)];
    services::led_by(business, &leaders, "service", placement)
}

/// The broker, the router, and the services.
pub fn routed(business: &Business, placement: &[(String, String)]) -> Topology {
    let leaders = [(BROKER, "broker"), (router::ROUTER, "router")];
    services::led_by(business, &leaders, "service", placement)
}

/// The world of a setup in which services do it like that.
pub(crate) fn world(setup: Setup, settings: Settings) -> Result<World<Messaging>, SetupError> {
    let protocol = Messaging::new(&setup.business, &setup.placement, settings)?;
    let (keys, view) = (protocol.keys.clone(), protocol.view.clone());
    let Some(view) = view else { return Ok(setup.around(protocol, keys)) };
    let processes = services::processes(&setup.business, &protocol.topology);
    let work = setup.business.work(&processes);
    Ok(setup.around_work(protocol, keys, Box::new(Shown::new(work, view))))
}

impl Messaging {
    /// The protocol for the services of a business.
    ///
    /// # Errors
    /// If there are too many services.
    pub fn new(
        business: &Business,
        placement: &[(String, String)],
        settings: Settings,
    ) -> Result<Messaging, SetupError> {
        let is_routed = matches!(settings.telling, Telling::Route(_));
        let most = Business::SERVICES - usize::from(settings.view.is_some() || is_routed);
        if business.services.len() > most {
            return Err(SetupError(format!("at most {most} services")));
        }
        let led = |topology: Topology| (topology.find(BROKER), topology);
        let (broker, topology) = match settings.telling {
            Telling::Calls(_) | Telling::Polls(_) => (None, brokerless(business, placement)),
            Telling::Route(_) => led(routed(business, placement)),
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Transactions(_)
            | Telling::Listen(_) => led(match settings.view {
                None => topology(business, placement),
                Some(_) => viewed(business, placement),
            }),
        };
        let router = topology.find(router::ROUTER).filter(|_| is_routed);
        let mut keys = services::keys(business, &topology);
        let view = settings.view.map(|rules| View::new(rules, &topology, &keys));
        if let Some(view) = &view {
            keys = view.with_copies(&topology, &keys);
        }
        let sources = match settings.telling {
            Telling::Polls(_) => polls::sources(business, &topology),
            Telling::Outbox(_)
            | Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Half(_)
            | Telling::Transactions(_)
            | Telling::Calls(_)
            | Telling::Listen(_)
            | Telling::Route(_) => Arc::default(),
        };
        let Repeating { retry, redelivery, checks } = Repeating::of(&settings);
        let asked = asked(business, &topology);
        Ok(Messaging {
            topology,
            broker,
            router,
            keys,
            settings,
            view,
            asked,
            retry,
            redelivery,
            checks,
            sources,
            polls_once: false,
            extra_message: false,
        })
    }
}

/// How what is not answered is repeated.
struct Repeating {
    /// As a rule.
    retry: Retry,
    /// How the broker delivers again.
    redelivery: Retry,
    /// How it checks back.
    checks: Retry,
}

impl Repeating {
    fn of(settings: &Settings) -> Repeating {
        let Timeouts { resend, resend_most, handling: _ } = settings.timeouts;
        let every = |limit| Retry::new(resend, resend_most, limit);
        let all = |retry| Repeating { retry, redelivery: retry, checks: retry };
        match settings.telling {
            Telling::Calls(rules) => all(every(rules.tries)),
            Telling::Outbox(rules) => {
                Repeating { redelivery: every(rules.dead_letters), ..all(every(None)) }
            }
            Telling::Half(half::Rules { check, check_backs, .. }) => {
                // One more: it is the repetition of a wait that is counted, and not the check.
                let limit = check_backs.map(|checks| checks.saturating_add(1));
                Repeating { checks: Retry::new(check, resend_most, limit), ..all(every(None)) }
            }
            Telling::CommitThenPublish
            | Telling::PublishThenCommit
            | Telling::Transactions(_)
            | Telling::Listen(_)
            | Telling::Polls(_)
            | Telling::Route(_) => all(every(None)),
        }
    }
}

/// The services that clients may ask: those of first branches, or any where transactions are drawn.
fn asked(business: &Business, topology: &Topology) -> Processes {
    let processes: Vec<ProcessId> = services::processes(business, topology);
    match &business.transactions {
        Transactions::Listed(listed) => {
            let first = listed.iter().filter_map(|listed| listed.branches.first());
            first.map(|(service, _)| processes[*service]).collect()
        }
        Transactions::Generated(_) => processes.into_iter().collect(),
    }
}
