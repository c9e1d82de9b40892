//! Two-phase commit, every interleaving.

use std::sync::atomic::AtomicBool;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::Limits;
use dtxsim_core::untimed::{Bounds, Budgets, Caps, Exploration, Order, Plan, Representation};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, KeySpec, Op, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::Knobs;
use dtxsim_protocols::{Choice, Setup, Surroundings};

fn setup(participants: usize, knobs: Knobs) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let service = |n: usize| Service { name: format!("s{n}"), keys: vec![key.clone()] };
    let branches = (0..participants).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let ms = Latency::Constant(Nanos::from_millis(1));
    Setup {
        business: Business {
            services: (0..participants).map(service).collect(),
            transactions: Transactions::Listed(vec![Listed { name: "t".into(), branches }]),
        },
        choice: Choice::TwoPhaseCommit(knobs),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(ms)),
            sync: ms,
            faults: FaultPlan::NONE,
            limits: Limits::DEFAULT,
        },
        check: vec![
            Property::Agreement,
            Property::Stability,
            Property::CommitValidity,
            Property::Durability,
            Property::NonTriviality,
            Property::Termination,
            Property::Conservation,
            Property::NoLockLeft,
        ],
    }
}

fn explore(setup: Setup, bounds: Bounds, representation: Representation) -> Exploration {
    let world = setup.build().expect("it is expressible");
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation,
        caps: Caps { states: 1 << 30, memory: 8 << 30 },
        traces: true,
        enough: &|violated| !violated.is_empty(),
        interrupt: &AtomicBool::new(false),
    };
    world.explore(&plan, &mut |_| {})
}

#[test]
fn scratch() {
    let n: usize = std::env::var("N").map(|n| n.parse().unwrap()).unwrap_or(1);
    for (crashes, drops) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let bounds = Bounds {
            budgets: Budgets { crashes, drops, ..Budgets::default() },
            restarts: std::env::var("DOWN").is_err(),
            ..Bounds::default()
        };
        let mut all = vec![Representation::Collapsed];
        if std::env::var("PLAIN").is_ok() {
            all.push(Representation::Plain);
        }
        for representation in all {
            let explored = explore(
                setup(n, Knobs { one_phase: false, ..Knobs::default() }),
                bounds,
                representation,
            );
            let Exploration {
                liveness,
                faults,
                distinct,
                transitions,
                depth,
                cut_short,
                premises,
                local_steps,
                memory,
                violations,
                ..
            } = explored;
            println!(
                "{crashes} {drops}: {distinct} {transitions} {depth} {cut_short:?} {premises:?} {local_steps} {memory} {} {liveness:?} {faults:?}",
                memory / distinct
            );
            for v in violations {
                println!("{:?}\n{:?}\n{}", v.violation, v.stuck, v.trace);
            }
        }
    }
}

#[test]
fn tla() {
    let n: usize = std::env::var("N").map(|n| n.parse().unwrap()).unwrap_or(1);
    let mut setup = setup(n, Knobs::default());
    setup.choice = Choice::TwoPhaseTla(dtxsim_protocols::two_phase_tla::Knobs::default());
    setup.business.services.iter_mut().for_each(|s| s.keys.clear());
    setup.business.transactions = Transactions::Listed(Vec::new());
    setup.check = vec![Property::Consistent];
    let bounds = Bounds { network: dtxsim_core::untimed::Network::Set, ..Bounds::default() };
    let start = std::time::Instant::now();
    let e = explore(setup, bounds, Representation::Collapsed);
    println!("{} {} {} {} {:?} {:?}", e.distinct, e.transitions, e.depth, e.memory / e.distinct, e.cut_short, start.elapsed());
}
