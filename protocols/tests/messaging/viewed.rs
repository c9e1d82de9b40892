//! Services with a view: every interleaving, two representations that must agree, and logs that are
//! compacted.

use dtxsim_core::untimed::Bounds;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, Op, Transactions};
use dtxsim_protocols::cqrs::{Events, FAMILY, Flaw, Knobs};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{Choice, Setup};

use super::logs::{compacted, in_a_storm, stormy};
use super::{QUIESCENT, both, faults, gifts};

/// What a service does alone, so many times: of more a source could not say the state.
fn alone(times: usize, knobs: Knobs) -> Setup {
    let mut setup = gifts(1, times, Choice::Cqrs(knobs));
    let take =
        |t| Listed { name: format!("take-{t}"), branches: vec![(0, vec![Op::Add(Key(0), -1)])] };
    setup.business.transactions = Transactions::Listed((0..times).map(take).collect());
    setup
}

fn telling(events: Events) -> Knobs {
    Knobs { events, ..Knobs::default() }
}

#[test]
fn both_representations_agree_and_a_view_converges() {
    for (events, budgets) in [Events::Changes, Events::States]
        .into_iter()
        .flat_map(|events| faults().map(|budgets| (events, budgets)))
    {
        let bounds = Bounds { budgets, ..QUIESCENT };
        let knobs = telling(events);
        assert_eq!(both(&alone(2, knobs), bounds), [""; 0], "{knobs}, {bounds}");
    }
}

#[test]
fn both_representations_agree_on_what_diverges() {
    for flaw in Flaw::ALL {
        let knobs = Knobs { broken: Some(flaw), ..telling(flaw.events()) };
        // What is older must come after what is newer.
        let times = if flaw == Flaw::Unversioned { 2 } else { 1 };
        let found = faults().map(|budgets| {
            let bounds = Bounds { budgets, ..QUIESCENT };
            both(&alone(times, knobs), bounds)
        });
        assert!(found.concat().contains(&"convergence"), "{knobs}: {found:?}");
    }
    let listed: Vec<&str> = FAMILY.broken.iter().map(|(flaw, ..)| *flaw).collect();
    assert_eq!(listed, Flaw::ALL.map(Flaw::name));
    assert!(FAMILY.properties.contains(&Property::Convergence));
}

#[test]
fn a_compacted_log_shows_the_same() {
    let shortened = compacted(stormy(Choice::Cqrs(Knobs::default()), 6))
        + compacted(in_a_storm(alone(6, telling(Events::States))));
    assert!(shortened > 100, "{shortened} logs became shorter");
}

#[test]
fn of_two_services_no_source_can_say_the_state() {
    let setup = gifts(2, 1, Choice::Cqrs(telling(Events::States)));
    let error = setup.build().map(drop).expect_err("the source does not know the other's");
    assert!(error.0.contains("`gift-0` writes at several services"), "{error}");
}
