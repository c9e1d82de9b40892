//! Whatever the world is like, sound two-phase commit keeps every property in it. So does
//! three-phase commit in every world in which silence means failure.

use std::cell::RefCell;

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, Keep, On, Restart, Scripted, Swarm, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::monitor::Ending;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Limits, Simulation, World};
use dtxsim_core::{HostId, Protocol};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, KeySpec, Op, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_commit::{Knobs, Presumption, Termination, Timeouts};
use dtxsim_protocols::{
    Choice, Setup, SetupError, Surroundings, Words, three_phase_commit, two_phase_commit,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        Just(Ratio::ZERO),
        (0u32..40).prop_map(|num| Ratio { num, den: 100 }),
        Just(Ratio { num: 9, den: 10 }),
    ]
}

fn millis(most: u64) -> impl Strategy<Value = Nanos> {
    (0..=most).prop_map(Nanos::from_millis)
}

fn latency() -> impl Strategy<Value = Latency> {
    let span = || (0u64..20_000).prop_map(Nanos::from_micros);
    prop_oneof![
        span().prop_map(Latency::Constant),
        (span(), span()).prop_map(|(a, b)| Latency::Uniform { low: a.min(b), high: a.max(b) }),
        (span(), span()).prop_map(|(min, mean)| Latency::Exponential { min, mean }),
        (span(), 0u32..1000)
            .prop_map(|(median, sigma_milli)| Latency::LogNormal { median, sigma_milli }),
        (span(), 1500u32..3000).prop_map(|(min, shape_milli)| Latency::Pareto { min, shape_milli }),
    ]
}

fn link() -> impl Strategy<Value = Link> {
    (latency(), ratio(), ratio(), prop::option::of((ratio(), latency())), any::<bool>()).prop_map(
        |(latency, loss, duplication, reorder, fifo)| Link {
            latency,
            loss,
            duplication,
            reorder,
            fifo,
        },
    )
}

/// One to four services of two keys; one to six transactions over any of them.
fn business() -> impl Strategy<Value = Business> {
    let op = (0u16..2, -8i64..8, any::<bool>()).prop_map(|(key, amount, reads)| match reads {
        true => Op::Read(Key(key)),
        false => Op::Add(Key(key), amount),
    });
    let branch = prop::option::of(prop::collection::vec(op, 1..3));
    (1usize..5)
        .prop_flat_map(move |services| {
            let transaction = prop::collection::vec(branch.clone(), services);
            (Just(services), prop::collection::vec(transaction, 1..7))
        })
        .prop_map(|(services, transactions)| {
            let key = |name: &str| KeySpec {
                name: name.into(),
                initial: 10,
                min: Some(0),
                max: Some(25),
            };
            let service = |n| Service { name: format!("s{n}"), keys: vec![key("a"), key("b")] };
            let listed = |branches: Vec<Option<Vec<Op>>>| {
                let branches = branches.into_iter().enumerate();
                let mut branches: Vec<(usize, Vec<Op>)> =
                    branches.filter_map(|(n, ops)| ops.map(|ops| (n, ops))).collect();
                if branches.is_empty() {
                    branches.push((0, vec![Op::Add(Key(0), 1)]));
                }
                Listed { name: "t".into(), branches }
            };
            Business {
                services: (0..services).map(service).collect(),
                transactions: Transactions::Listed(transactions.into_iter().map(listed).collect()),
            }
        })
}

fn knobs() -> impl Strategy<Value = Knobs> {
    let presumption = prop_oneof![
        Just(Presumption::Nothing),
        Just(Presumption::Abort),
        Just(Presumption::Commit)
    ];
    let times = (1u64..80, 1u64..30, 1u64..100, 1u64..60);
    (presumption, any::<[bool; 3]>(), times).prop_map(|(presumption, flags, times)| Knobs {
        presumption,
        termination: if flags[0] { Termination::Cooperative } else { Termination::None },
        read_only_votes: flags[1],
        one_phase: flags[2],
        timeouts: Timeouts {
            votes: Nanos::from_millis(times.0),
            resend: Nanos::from_millis(times.1),
            resend_most: Nanos::from_millis(times.2),
            inquiry: Nanos::from_millis(times.3),
        },
        ..Knobs::default()
    })
}

/// A crash at any message or record, with any tail kept.
fn crash(words: Words) -> impl Strategy<Value = Scripted> {
    let (messages, records) = (words.messages.len(), words.records.len());
    let on = prop_oneof![
        (0..messages).prop_map(|kind| On::Sent { kind, from: None, to: None }),
        (0..messages).prop_map(|kind| On::Delivered { kind, from: None, to: None }),
        (0..records).prop_map(|kind| On::Appended { kind, by: None }),
        (0..records).prop_map(|kind| On::Synced { kind, by: None }),
    ];
    let keep = prop_oneof![Just(Keep::Nothing), Just(Keep::Everything), Just(Keep::Any)];
    let restart = prop_oneof![millis(60).prop_map(Restart::After), Just(Restart::AtHealing)];
    (on, 1u32..6, any::<bool>(), 0u16..2, keep, restart).prop_map(
        |(on, nth, every, host, keep, restart)| Scripted {
            when: When::Nth { on, nth, every },
            fault: Fault::Crash { host: HostId(host), restart, keep },
        },
    )
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![
        Just(Arrival::AtOnce),
        latency().prop_map(Arrival::Spaced),
        millis(100).prop_map(|patience| Arrival::Sequential { patience }),
    ]
}

/// Nothing is lost or held up; what comes late or twice does so well within the time-outs.
fn synchronous() -> impl Strategy<Value = Surroundings> {
    let span = |most: u64| {
        (0..most, 0..most).prop_map(|(a, b)| {
            let (low, high) = (Nanos::from_micros(a.min(b)), Nanos::from_micros(a.max(b)));
            Latency::Uniform { low, high }
        })
    };
    let link = (span(4_000), ratio(), prop::option::of((ratio(), span(4_000))), any::<bool>());
    let link = link.prop_map(|(latency, duplication, reorder, fifo)| Link {
        latency,
        loss: Ratio::ZERO,
        duplication,
        reorder,
        fifo,
    });
    let script = prop::collection::vec(crash(three_phase_commit::WORDS), 0..3);
    let faults = (0u32..5, 0u32..25, script, millis(400));
    (arrival(), link, span(500), faults).prop_map(
        |(arrival, link, sync, (crashes, skew, script, healing))| Surroundings {
            arrival,
            network: Network::uniform(link),
            sync,
            faults: FaultPlan {
                script,
                swarm: Swarm {
                    crashes,
                    skew: Ratio { num: skew, den: 100 },
                    span: Nanos::from_millis(40),
                    ..FaultPlan::NONE.swarm
                },
                healing: healing + Nanos(1),
            },
            limits: Limits { steps: 50_000, ..Limits::DEFAULT },
        },
    )
}

fn surroundings() -> impl Strategy<Value = Surroundings> {
    let swarm = (0u32..4, 0u32..3, 0u32..3, ratio(), ratio(), ratio());
    let script = prop::collection::vec(crash(two_phase_commit::WORDS), 0..3);
    let faults = (swarm, script, millis(400));
    (arrival(), link(), latency(), faults).prop_map(
        |(arrival, link, sync, (swarm, script, healing))| Surroundings {
            arrival,
            network: Network::uniform(link),
            sync,
            faults: FaultPlan {
                script,
                swarm: Swarm {
                    crashes: swarm.0,
                    pauses: swarm.1,
                    partitions: swarm.2,
                    loss: swarm.3,
                    duplication: swarm.4,
                    reorder: swarm.5,
                    skew: swarm.3,
                    span: Nanos::from_millis(40),
                },
                healing: healing + Nanos(1),
            },
            limits: Limits { steps: 50_000, ..Limits::DEFAULT },
        },
    )
}

/// All but non-triviality, which a time-out that is shorter than the network is slow breaks, and
/// what is of reads.
fn check() -> Vec<Property> {
    let choice = Choice::TwoPhaseCommit(Knobs::default());
    let is_of_reads = |p: &Property| Property::OF_READS.contains(p);
    let all = choice.judged_by().into_iter().filter(|p| !is_of_reads(p));
    all.filter(|&p| p != Property::NonTriviality).collect()
}

/// The same worlds every time: what is found here must be found again.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 400,
        max_global_rejects: 80,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// Runs random worlds, of choices and of surroundings like these.
fn keeps<P: Protocol>(
    choices: impl Strategy<Value = Choice>,
    surroundings: impl Strategy<Value = Surroundings>,
    world: fn(Setup) -> Result<World<P>, SetupError>,
) {
    let worlds = (business(), choices, surroundings, any::<bool>(), any::<u64>());
    let judged = RefCell::new(vec![0; check().len()]);
    let kept =
        TestRunner::new(config()).run(&worlds, |(business, choice, around, together, seed)| {
            let mut surroundings = around;
            let placement = match together {
                true => vec![("coordinator".to_owned(), "s0".to_owned())],
                false => Vec::new(),
            };
            let hosts = choice.topology(&business, &placement).hosts.len() as u16;
            for scripted in &mut surroundings.faults.script {
                if let Fault::Crash { host, .. } = &mut scripted.fault {
                    host.0 %= hosts;
                }
            }
            let setup = Setup { business, choice, placement, surroundings, check: check() };
            let world = world(setup).expect("sound knobs fit together");
            let mut simulation = Simulation::new(&world);
            for seed in (0..8).map(|n| seed.wrapping_add(n)) {
                let outcome = simulation.run(seed);
                prop_assert_eq!(&outcome.violations, &[], "seed {}", seed);
                // A world so slow that nobody lives to see the end is no evidence; few are.
                prop_assume!(outcome.ending != Ending::OutOfSteps);
                prop_assert_eq!(&outcome.unknown, &[], "seed {}: {:?}", seed, outcome.ending);
                prop_assert_eq!(simulation.run(seed), outcome, "a seed is a run");
            }
            let mut judged = judged.borrow_mut();
            judged.iter_mut().zip(simulation.premises()).for_each(|(sum, more)| *sum += more);
            Ok(())
        });
    kept.unwrap_or_else(|failure| panic!("{failure}"));
    let judged = judged.into_inner();
    assert!(judged.iter().all(|&times| times > 100), "{:?} judged {judged:?} times", check());
}

#[test]
fn two_phase_commit_keeps_its_properties() {
    keeps(knobs().prop_map(Choice::TwoPhaseCommit), surroundings(), two_phase_commit::world);
}

#[test]
fn three_phase_commit_keeps_its_properties_where_silence_means_failure() {
    let knobs = any::<bool>().prop_map(|final_acks| {
        let standard = three_phase_commit::Knobs::default();
        Choice::ThreePhaseCommit(three_phase_commit::Knobs { final_acks, ..standard })
    });
    keeps(knobs, synchronous(), three_phase_commit::world);
}
