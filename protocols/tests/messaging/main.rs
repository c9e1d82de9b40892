//! Services that tell each other by a broker: every interleaving, two representations that must
//! agree, and logs that are compacted.

#[path = "../bank/mod.rs"]
mod bank;
mod logs;
#[path = "../same/mod.rs"]
mod same;
mod viewed;

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::timed::World;
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Exploration, Order, Plan, Reductions, Representation, Timers,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op, Transactions};
use dtxsim_protocols::messaging::Messaging;
use dtxsim_protocols::outbox::{Consumer, Flaw, Knobs, Relay, Relays};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{
    Choice, Setup, broker_transaction, cqrs, dual_write, event_sourcing, listen_to_yourself,
    local_message_table, mq_transaction, outbox, parallel_pipelines, polling_choreography, queue,
    retry,
};

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };
const CRASH: Budgets = Budgets { crashes: 1, ..NONE };

const QUIESCENT: Bounds = Bounds {
    network: untimed::Network::Bag,
    timers: Timers::Quiescent,
    budgets: NONE,
    restarts: true,
    split_sync: true,
    any_sends: false,
};

/// A message-queue transaction that runs longer than the broker waits, or not.
fn transaction(by: mq_transaction::By, slow: bool) -> mq_transaction::Knobs {
    let mut knobs = mq_transaction::Knobs::by(by);
    knobs.check_backs = knobs.check_backs.map(|_| 2);
    if slow {
        knobs.timeouts.check = Nanos::from_millis(10);
        knobs.timeouts.local = Nanos::from_millis(50);
    }
    knobs
}

const WAYS: [mq_transaction::By; 2] =
    [mq_transaction::By::HalfMessage, mq_transaction::By::TwoPhaseMessage];

fn world(setup: Setup) -> World<Messaging> {
    let built = if let Choice::MqTransaction(_) = setup.choice {
        mq_transaction::world(setup)
    } else if let Choice::BrokerTransaction(_) = setup.choice {
        broker_transaction::world(setup)
    } else if let Choice::ParallelPipelines(_) = setup.choice {
        parallel_pipelines::world(setup)
    } else if let Choice::Retry(_) = setup.choice {
        retry::world(setup)
    } else if let Choice::LocalMessageTable(_) = setup.choice {
        local_message_table::world(setup)
    } else if let Choice::Cqrs(_) = setup.choice {
        cqrs::world(setup)
    } else if let Choice::ListenToYourself(_) = setup.choice {
        listen_to_yourself::world(setup)
    } else if let Choice::PollingChoreography(_) = setup.choice {
        polling_choreography::world(setup)
    } else if let Choice::EventSourcing(_) = setup.choice {
        event_sourcing::world(setup)
    } else if let Choice::Queue(_) = setup.choice {
        queue::world(setup)
    } else {
        outbox::world(setup)
    };
    built.expect("the knobs fit")
}

/// The ways without a broker.
fn callers() -> [Choice; 5] {
    let alert_after = Some(2);
    [
        Choice::Retry(retry::Knobs::default()),
        Choice::LocalMessageTable(local_message_table::Knobs::default()),
        Choice::LocalMessageTable(local_message_table::Knobs { alert_after, ..Default::default() }),
        Choice::PollingChoreography(polling_choreography::Knobs::default()),
        Choice::EventSourcing(event_sourcing::Knobs { snapshots: Some(1), ..Default::default() }),
    ]
}

/// Transactions of the broker that expire, or not, perhaps with something done wrong.
fn of_broker(expiry: bool, broken: Option<broker_transaction::Flaw>) -> Choice {
    Choice::BrokerTransaction(broker_transaction::Knobs { expiry, broken, ..Default::default() })
}

fn pipelines(broken: Option<parallel_pipelines::Flaw>) -> Choice {
    Choice::ParallelPipelines(parallel_pipelines::Knobs { broken, ..Default::default() })
}

/// The ways to listen to oneself.
fn listeners() -> [Choice; 2] {
    let when = [listen_to_yourself::When::Accepted, listen_to_yourself::When::Consumed];
    when.map(|when| {
        Choice::ListenToYourself(listen_to_yourself::Knobs { when, ..Default::default() })
    })
}

/// The first of so many services gives one to each of the others, so many times.
fn gifts(services: usize, times: usize, choice: Choice) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    let given = Op::Add(Key(0), 1 - services as i64);
    let op = |n| if n == 0 { given } else { Op::Add(Key(0), 1) };
    let gift = |t| Listed {
        name: format!("gift-{t}"),
        branches: (0..services).map(|n| (n, vec![op(n)])).collect(),
    };
    bank::setup(services, &[key], (0..times).map(gift).collect(), choice)
}

fn explore(setup: &Setup, bounds: Bounds, representation: Representation) -> Exploration {
    static GO_ON: AtomicBool = AtomicBool::new(false);
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation,
        reductions: Reductions::default(),
        caps: Caps { states: 2_000_000, memory: 2 << 30 },
        // Without them nobody says what is wrong at rest.
        traces: true,
        enough: &|_| false,
        interrupt: &GO_ON,
    };
    let world = setup.clone().build().expect("it is expressible");
    let explored = world.explore(&plan, &mut |_| {});
    assert_eq!(explored.cut_short, None, "{}, {bounds}", setup.choice.label());
    explored
}

/// Explores both representations to the end; gives back what is violated.
fn both(setup: &Setup, bounds: Bounds) -> Vec<&'static str> {
    let collapsed = explore(setup, bounds, Representation::Collapsed);
    let plain = explore(setup, bounds, Representation::Plain);
    let label = format!("{}, {bounds}", setup.choice.label());
    same::same(&label, &collapsed, &plain)
}

fn faults() -> [Budgets; 3] {
    [CRASH, Budgets { drops: 1, ..NONE }, Budgets { duplicates: 1, ..NONE }]
}

#[test]
fn both_representations_agree_and_what_is_right_keeps_every_property() {
    for relay in [Relay::Polling, Relay::Cdc] {
        for deduplicating in [false, true] {
            let knobs = Knobs { relay, deduplicating, ..Knobs::default() };
            for budgets in faults() {
                let bounds = Bounds { budgets, ..QUIESCENT };
                let violated = both(&gifts(2, 1, Choice::Outbox(knobs)), bounds);
                assert_eq!(violated, [""; 0], "{knobs}, {bounds}");
            }
        }
    }
    for relays in [Relays::SkipLocked, Relays::SkipLockedPerKey] {
        let choice = Choice::Outbox(Knobs { relays, ..Knobs::default() });
        let violated = both(&gifts(2, 2, choice), QUIESCENT);
        let lost: &[&str] = if relays.keep_order() { &[] } else { &["per-key-order"] };
        assert_eq!(violated, lost, "{relays:?}");
    }
    let jobs = Choice::Queue(queue::Knobs { workers: queue::Workers::Two, ..Default::default() });
    assert_eq!(both(&gifts(2, 2, jobs), QUIESCENT), ["per-key-order"]);
    let buries = Knobs { dead_letters: Some(2), ..Knobs::default() };
    for budgets in faults() {
        let bounds = Bounds { budgets, ..QUIESCENT };
        assert_eq!(both(&gifts(2, 1, Choice::Outbox(buries)), bounds), [""; 0], "{bounds}");
    }
    for (by, slow) in WAYS.into_iter().flat_map(|by| [(by, false), (by, true)]) {
        let knobs = transaction(by, slow);
        for budgets in faults() {
            let bounds = Bounds { budgets, ..QUIESCENT };
            let violated = both(&gifts(2, 1, Choice::MqTransaction(knobs)), bounds);
            assert_eq!(violated, [""; 0], "{knobs}, {bounds}");
        }
    }
    let transactions = [false, true].map(|expiry| of_broker(expiry, None));
    for choice in callers().into_iter().chain(transactions) {
        for (budgets, timers) in
            faults().into_iter().zip([Timers::Quiescent, Timers::Any].iter().cycle())
        {
            let bounds = Bounds { budgets, timers: *timers, ..QUIESCENT };
            let violated = both(&gifts(2, 1, choice.clone()), bounds);
            assert_eq!(violated, [""; 0], "{}, {bounds}", choice.label());
        }
    }
    for budgets in faults() {
        let bounds = Bounds { budgets, ..QUIESCENT };
        assert_eq!(both(&gifts(2, 1, pipelines(None)), bounds), [""; 0], "{bounds}");
    }
    for choice in listeners() {
        for budgets in faults() {
            let bounds = Bounds { budgets, ..QUIESCENT };
            let violated = both(&gifts(2, 1, choice.clone()), bounds);
            assert_eq!(violated, [""; 0], "{}, {bounds}", choice.label());
        }
    }
    let asynchronous = Bounds { timers: Timers::Any, ..QUIESCENT };
    let knobs = Knobs { deduplicating: true, ..Knobs::default() };
    assert_eq!(both(&gifts(2, 1, Choice::Outbox(knobs)), asynchronous), [""; 0]);
}

/// What it takes to see that flaw: a giver who has nothing left after the first gift.
fn given(flaw: &str, mut setup: Setup) -> Setup {
    if flaw == "version_unchecked" {
        setup.business.services[0].keys[0].initial = 1;
    }
    setup
}

/// What is broken of all that is neither an outbox nor repaired by one, nor keeps events back.
fn others() -> impl Iterator<Item = Choice> {
    let retries = retry::Flaw::ALL
        .map(|flaw| Choice::Retry(retry::Knobs { broken: Some(flaw), ..Default::default() }));
    let tables = local_message_table::Flaw::ALL.map(|flaw| {
        let broken = Some(flaw);
        Choice::LocalMessageTable(local_message_table::Knobs { broken, ..Default::default() })
    });
    let apart = pipelines(Some(parallel_pipelines::Flaw::TwoPublishes));
    let listeners = listen_to_yourself::Flaw::ALL.map(|flaw| {
        let broken = Some(flaw);
        Choice::ListenToYourself(listen_to_yourself::Knobs { broken, ..Default::default() })
    });
    let readers = polling_choreography::Flaw::ALL.map(|flaw| {
        // A poll may fall between two commits.
        let poll = Nanos::from_millis(5);
        let timeouts = polling_choreography::Timeouts { poll, ..Default::default() };
        Choice::PollingChoreography(polling_choreography::Knobs { broken: Some(flaw), timeouts })
    });
    let job = Choice::Queue;
    let queues = [
        job(queue::Knobs { publish: queue::Publish::AfterCommit, ..Default::default() }),
        job(queue::Knobs {
            broken: Some(queue::Flaw::JobLookedUpFirst),
            workers: queue::Workers::Two,
            ..Default::default()
        }),
    ];
    let streams = event_sourcing::Flaw::ALL.map(|flaw| {
        let (snapshots, broken) = (Some(1), Some(flaw));
        Choice::EventSourcing(event_sourcing::Knobs { snapshots, broken, ..Default::default() })
    });
    let direct = retries.into_iter().chain(tables).chain(listeners).chain([apart]);
    direct.chain(readers).chain(queues).chain(streams)
}

#[test]
fn both_representations_agree_on_what_is_broken_and_each_loses_what_is_listed() {
    let flawed = Flaw::ALL.map(|flaw| {
        let dead_letters = (flaw == Flaw::DiscardsUndelivered).then_some(1);
        Knobs { broken: Some(flaw), dead_letters, ..Knobs::default() }
    });
    let consumers = [Consumer::Naive, Consumer::CheckThenAct];
    let consuming = consumers.map(|consumer| Knobs { consumer, ..Knobs::default() });
    let outboxes = flawed.into_iter().chain(consuming).map(Choice::Outbox);
    let timeouts = outbox::Timeouts::default();
    let order = |order| Choice::DualWrite(dual_write::Knobs { order, timeouts });
    let dual_writes = dual_write::Order::ALL.into_iter().map(order);
    let transactions = mq_transaction::Flaw::ALL.map(|flaw| {
        let knobs = transaction(mq_transaction::By::TwoPhaseMessage, true);
        let knobs = mq_transaction::Knobs { check_backs: Some(1), ..knobs };
        Choice::MqTransaction(mq_transaction::Knobs { broken: Some(flaw), ..knobs })
    });
    let families = [
        outbox::FAMILY,
        dual_write::FAMILY,
        mq_transaction::FAMILY,
        retry::FAMILY,
        local_message_table::FAMILY,
        listen_to_yourself::FAMILY,
        polling_choreography::FAMILY,
        queue::FAMILY,
        event_sourcing::FAMILY,
        parallel_pipelines::FAMILY,
    ];
    let listed = families.map(|family| family.broken).concat();
    let mut seen = 0;
    for choice in outboxes.chain(dual_writes).chain(transactions).chain(others()) {
        let name = choice.broken().expect("it is broken");
        let (.., loses) = listed.iter().find(|(flaw, ..)| *flaw == name).expect("it is listed");
        let takes_two = [
            "several_in_flight",
            "skips_late_commits",
            "number_before_commit",
            "version_unchecked",
        ];
        let times = if takes_two.contains(&name) { 2 } else { 1 };
        let budgets = if times == 2 { [NONE; 3] } else { faults() };
        let found = budgets.map(|budgets| {
            both(&given(name, gifts(2, times, choice.clone())), Bounds { budgets, ..QUIESCENT })
        });
        assert!(found.concat().contains(loses), "{name}: {found:?}");
        seen += 1;
    }
    assert_eq!(seen, listed.len());
}

/// Each needs another world: two gifts, of which the second is refused, or one that expires.
#[test]
fn both_representations_agree_on_broken_transactions_of_a_broker() {
    use broker_transaction::Flaw::{EndNotNumbered, ExpiryOnlyLogged, UnverifiedProduce};
    let copied = Bounds { budgets: Budgets { duplicates: 1, ..NONE }, ..QUIESCENT };
    let asynchronous = Bounds { timers: Timers::Any, ..QUIESCENT };
    let worlds = [
        (UnverifiedProduce, 2, QUIESCENT),
        (EndNotNumbered, 2, copied),
        (ExpiryOnlyLogged, 1, asynchronous),
    ];
    assert_eq!(worlds.map(|(flaw, ..)| flaw), broker_transaction::Flaw::ALL);
    for ((flaw, times, bounds), (name, _, loses)) in
        worlds.into_iter().zip(broker_transaction::FAMILY.broken)
    {
        assert_eq!(flaw.name(), *name);
        let mut setup = gifts(2, times, of_broker(true, Some(flaw)));
        let Transactions::Listed(listed) = &mut setup.business.transactions else { unreachable!() };
        for refused in listed.iter_mut().skip(1) {
            refused.branches[0].1 = vec![Op::Add(Key(0), -11)];
        }
        let found = both(&setup, bounds);
        assert!(found.contains(loses), "{name}: {found:?}");
        setup.choice = setup.choice.repaired();
        assert_eq!(both(&setup, bounds), [""; 0], "{name}, repaired");
    }
}

#[test]
fn a_crash_at_every_effect_of_every_role_keeps_every_property() {
    let choice = || Choice::Outbox(Knobs::default());
    let lossy = Budgets { crashes: 1, drops: 1, ..NONE };
    for (services, times, budgets) in [(2, 1, lossy), (3, 1, CRASH), (2, 2, CRASH)] {
        let bounds = Bounds { budgets, ..QUIESCENT };
        let explored =
            explore(&gifts(services, times, choice()), bounds, Representation::Collapsed);
        println!("{services} services, {times} times, {bounds}: {} states", explored.distinct);
        assert_eq!(explored.violated, [""; 0], "{bounds}");
        let judged = explored.premises.iter().filter(|premises| **premises > 0).count();
        let moot = usize::from(times < 2);
        assert_eq!(judged + moot, bank::all(&choice()).len(), "all but an order of one event");
        for fate in ["losing", "keeping", "after"] {
            for (role, record) in
                [("service", "committed"), ("service", "effect"), ("broker", "accepted")]
            {
                let name = format!("crash {role} {fate} {record}");
                assert!(explored.coverage.exercised(&name) > 0, "{name}");
            }
        }
    }
}

#[test]
fn it_is_judged_by_what_its_notes_speak_of() {
    let families = [outbox::FAMILY, dual_write::FAMILY, mq_transaction::FAMILY, retry::FAMILY];
    let others = [
        local_message_table::FAMILY,
        broker_transaction::FAMILY,
        listen_to_yourself::FAMILY,
        polling_choreography::FAMILY,
        event_sourcing::FAMILY,
    ];
    for choice in families.into_iter().chain(others) {
        assert!(choice.properties.contains(&Property::PublishedIffCommitted));
        assert!(!choice.properties.contains(&Property::CommitValidity));
    }
}
