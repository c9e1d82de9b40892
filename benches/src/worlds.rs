//! The worlds that are measured.

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::Experiment as _;
use dtxsim_core::timed::{Limits, World};
use dtxsim_core::untimed::{self, Bounds, Caps, Exploration, Order, Plan};
use dtxsim_core::untimed::{Reductions, Representation};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{
    Business, Generator, Key, KeySpec, Op, Pick, Service, Transactions,
};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, TwoPhaseCommit, world};
use dtxsim_protocols::two_phase_tla::{self, TwoPhaseTla};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// What is switched on beside the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extras {
    /// The properties that are checked by default.
    pub monitors: bool,
    /// A disk on which a sync takes time.
    pub disk: bool,
}

fn services(count: usize, keys: usize) -> Vec<Service> {
    let key = KeySpec { name: "balance".to_owned(), initial: 1 << 40, min: Some(0), max: None };
    (0..count).map(|n| Service { name: format!("s{n}"), keys: vec![key.clone(); keys] }).collect()
}

/// A transaction begins when the one before is answered, which is before all locks are released:
/// with so many keys the two seldom meet.
const KEYS: usize = 512;

fn properties(on: bool) -> Vec<Property> {
    let all = [
        Property::Agreement,
        Property::Stability,
        Property::CommitValidity,
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::NoLockLeft,
    ];
    if on { all.to_vec() } else { Vec::new() }
}

/// Presumed-abort two-phase commit over `participants` services, one transaction after the other.
pub fn sequential(participants: usize, count: u32, extras: Extras) -> World<TwoPhaseCommit> {
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos(1_999_999) };
    let generator =
        Generator { count, spread: participants, pick: Pick::Uniform, reads: Ratio::ZERO };
    let sync = if extras.disk { Nanos::from_micros(100) } else { Nanos::ZERO };
    let setup = Setup {
        business: Business {
            services: services(participants, KEYS),
            transactions: Transactions::Generated(generator),
        },
        choice: Choice::TwoPhaseCommit(Knobs::default()),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::Sequential { patience: Nanos::from_secs(1) },
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(sync),
            faults: FaultPlan::NONE,
            limits: Limits::DEFAULT,
        },
        check: properties(extras.monitors),
    };
    world(setup).expect("the knobs fit together")
}

/// One transfer over three participants, with every kind of fault that a seed can draw.
pub fn short() -> World<TwoPhaseCommit> {
    let tenth = Ratio { num: 1, den: 10 };
    let amounts = [-10, 4, 6];
    let branches =
        amounts.iter().enumerate().map(|(n, &amount)| (n, vec![Op::Add(Key(0), amount)])).collect();
    let listed = vec![Listed { name: "transfer".to_owned(), branches }];
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    let setup = Setup {
        business: Business { services: services(3, 1), transactions: Transactions::Listed(listed) },
        choice: Choice::TwoPhaseCommit(Knobs::default()),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(Nanos::from_micros(200)),
            faults: FaultPlan {
                swarm: Swarm {
                    crashes: 1,
                    pauses: 1,
                    partitions: 1,
                    loss: tenth,
                    duplication: tenth,
                    reorder: tenth,
                    skew: Ratio { num: 1, den: 2 },
                    span: Nanos::from_millis(50),
                },
                ..FaultPlan::NONE
            },
            limits: Limits::DEFAULT,
        },
        check: properties(true),
    };
    world(setup).expect("the knobs fit together")
}

/// Sixty transfers between two services that acknowledge what is not durable, where much fails.
pub fn failing_late() -> World<TwoPhaseCommit> {
    let fifth = Ratio { num: 1, den: 5 };
    let key = KeySpec { name: "balance".to_owned(), initial: 20, min: Some(0), max: None };
    let service = |n| Service { name: format!("s{n}"), keys: vec![key.clone()] };
    let listed = |n: usize| {
        let amount = if n.is_multiple_of(2) { 15 } else { -5 };
        let branches = [(0, -amount), (1, amount)];
        let branches = branches.map(|(who, amount)| (who, vec![Op::Add(Key(0), amount)]));
        Listed { name: format!("t{n}"), branches: branches.to_vec() }
    };
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    let broken = Some(Flaw::AckBeforeForce);
    let setup = Setup {
        business: Business {
            services: (0..2).map(service).collect(),
            transactions: Transactions::Listed((0..60).map(listed).collect()),
        },
        choice: Choice::TwoPhaseCommit(Knobs { broken, ..Knobs::default() }),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(8))),
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(Nanos::from_micros(200)),
            faults: FaultPlan {
                swarm: Swarm {
                    crashes: 2,
                    pauses: 1,
                    partitions: 1,
                    loss: fifth,
                    duplication: fifth,
                    reorder: fifth,
                    skew: Ratio { num: 1, den: 2 },
                    span: Nanos::from_millis(60),
                },
                ..FaultPlan::NONE
            },
            limits: Limits::DEFAULT,
        },
        check: properties(true),
    };
    world(setup).expect("the knobs fit together")
}

/// The reference model of TwoPhase.tla with so many resource managers, and `consistent`.
pub fn two_phase_tla(managers: usize) -> World<TwoPhaseTla> {
    let instant = Latency::Constant(Nanos::ZERO);
    let setup = Setup {
        business: Business {
            services: services(managers, 0),
            transactions: Transactions::Listed(Vec::new()),
        },
        choice: Choice::TwoPhaseTla(two_phase_tla::Knobs::default()),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(instant)),
            sync: instant,
            faults: FaultPlan::NONE,
            limits: Limits::DEFAULT,
        },
        check: vec![Property::Consistent],
    };
    two_phase_tla::world(setup).expect("the model has no knobs that contradict each other")
}

/// That model explored to its end, breadth first.
///
/// # Panics
/// If something is violated.
pub fn explored(managers: usize, traces: bool) -> Exploration {
    let plan = Plan {
        bounds: Bounds { network: untimed::Network::Set, ..Bounds::default() },
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: u64::MAX, memory: u64::MAX },
        traces,
        enough: &|violated| !violated.is_empty(),
        interrupt: &AtomicBool::new(false),
    };
    let found = two_phase_tla(managers).explore(&plan, &mut |_| {});
    assert!(found.cut_short.is_none() && found.violated.is_empty());
    found
}
