//! Three-phase commit, whole and broken, in seeded worlds in which what it assumes holds, and in
//! some in which it does not.

use std::sync::atomic::AtomicBool;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, Keep, On, Restart, Scripted, Swarm, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::{Sweep, SweepPlan, sweep};
use dtxsim_core::timed::{Limits, Simulation};
use dtxsim_core::verdict::{Verdict, conclude};
use dtxsim_core::{HostId, Kinds, Nanos, Outbox, ProcessId, Protocol as _};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{
    Business, Generator, Key, KeySpec, Op, Pick, Service, Transactions,
};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::three_phase_commit::{Flaw, Knobs, Message, Record, Timeouts, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

const A: Key = Key(0);
const COORDINATOR: HostId = HostId(0);

/// Two banks and a shop that refuses; two transactions touch the same account.
fn business() -> Business {
    let key = |initial| KeySpec { name: "a".into(), initial, min: Some(0), max: None };
    let service = |name: &str, initial| Service { name: name.into(), keys: vec![key(initial)] };
    let transfer = |from: usize, to: usize, amount: i64| Listed {
        name: format!("transfer-{amount}"),
        branches: vec![(from, vec![Op::Add(A, -amount)]), (to, vec![Op::Add(A, amount)])],
    };
    let all = vec![(2, vec![Op::Add(A, -1)]), (1, vec![Op::Read(A)]), (0, vec![Op::Add(A, 1)])];
    Business {
        services: vec![service("east", 100), service("west", 100), service("shop", 5)],
        transactions: Transactions::Listed(vec![
            transfer(0, 1, 10),
            transfer(1, 0, 20),
            transfer(2, 0, 50),
            Listed { name: "all".into(), branches: all },
            transfer(0, 2, 30),
        ]),
    }
}

/// What the protocol counts on: a network that loses nothing and is faster than the time-outs.
fn setup(knobs: Knobs, faults: FaultPlan, check: Vec<Property>) -> Setup {
    let uniform = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(3) };
    Setup {
        business: business(),
        choice: Choice::ThreePhaseCommit(knobs),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(8))),
            network: Network::uniform(Link::reliable(uniform)),
            sync: Latency::Constant(Nanos::from_micros(200)),
            faults,
            limits: Limits::DEFAULT,
        },
        check,
    }
}

fn crashes(swarm: u32, script: Vec<Scripted>) -> FaultPlan {
    let fifth = Ratio { num: 1, den: 5 };
    FaultPlan {
        script,
        swarm: Swarm {
            crashes: swarm,
            duplication: fifth,
            reorder: fifth,
            skew: fifth,
            span: Nanos::from_millis(5),
            ..FaultPlan::NONE.swarm
        },
        ..FaultPlan::NONE
    }
}

/// Nobody comes back from such a crash.
fn for_good(host: HostId, on: On) -> Scripted {
    let fault = Fault::Crash { host, restart: Restart::Never, keep: Keep::Any };
    Scripted { when: When::Nth { on, nth: 1, every: false }, fault }
}

/// Runs seeds until that property is violated, or any if none is named.
fn run(setup: Setup, seeds: u64, until: Option<Property>) -> (Sweep, Verdict) {
    let wanted_sound = setup.choice.broken().is_none() && until.is_none();
    let experiment = setup.build().expect("the knobs fit");
    let plan = SweepPlan {
        seeds: 0..seeds,
        jobs: 2,
        enough: &|violated| match until {
            Some(property) => violated.contains(&property.name()),
            None => !violated.is_empty(),
        },
        interrupt: &AtomicBool::new(false),
    };
    let sweep = sweep(&*experiment, &plan, &mut |_| {});
    let conclusion = conclude(&*experiment, &sweep);
    if conclusion.verdict != Verdict::Holds && wanted_sound {
        eprintln!("{conclusion:#?}");
        if let Some(failure) = sweep.failures.first() {
            let (_, trace) = experiment.record(failure.seed);
            eprintln!("seed {}\n{trace}", failure.seed);
        }
    }
    (sweep, conclusion.verdict)
}

fn judged_by() -> Vec<Property> {
    let mut all = Choice::ThreePhaseCommit(Knobs::default()).judged_by();
    all.retain(|property| !Property::OF_READS.contains(property));
    all
}

#[test]
fn whole_it_keeps_every_property_as_long_as_silence_means_failure() {
    // A crash that swallows a request to vote is enough for an abort that nobody wanted.
    let check: Vec<Property> =
        judged_by().into_iter().filter(|&p| p != Property::NonTriviality).collect();
    for final_acks in [true, false] {
        let knobs = Knobs { final_acks, ..Knobs::default() };
        let crashes = crashes(4, Vec::new());
        let (_, verdict) = run(setup(knobs, crashes, check.clone()), 5_000, None);
        assert_eq!(verdict, Verdict::Holds, "{knobs}");
        let (_, verdict) =
            run(setup(knobs, FaultPlan::NONE, vec![Property::NonTriviality]), 100, None);
        assert_eq!(verdict, Verdict::Holds, "{knobs}: nothing fails");
    }
}

/// Wherever the coordinator dies for good, and one participant after it, nobody that is up waits.
#[test]
fn nobody_blocks_while_one_participant_stays_up() {
    let message = (0..Message::KINDS.len()).flat_map(|kind| {
        [On::Sent { kind, from: None, to: None }, On::Delivered { kind, from: None, to: None }]
    });
    let record = (0..Record::KINDS.len())
        .flat_map(|kind| [On::Appended { kind, by: None }, On::Synced { kind, by: None }]);
    let points: Vec<On> = message.chain(record).collect();
    let check = vec![Property::Agreement, Property::Termination, Property::NoLockLeft];
    for (n, &first) in points.iter().enumerate() {
        // The second dies a little later than the first, at each point of the same kind or after.
        for &second in points.iter().skip(n % 2).step_by(2) {
            let script = vec![for_good(COORDINATOR, first), for_good(HostId(1), second)];
            let setup = setup(Knobs::default(), crashes(0, script), check.clone());
            let (sweep, _) = run(setup, 4, None);
            assert_eq!(sweep.violated_names(), [""; 0], "{first:?}, {second:?}");
        }
    }
}

#[test]
fn loss_with_a_crash_breaks_agreement() {
    let mut faults = crashes(1, Vec::new());
    faults.swarm.loss = Ratio { num: 1, den: 2 };
    let setup = setup(Knobs::default(), faults, judged_by());
    let (sweep, verdict) = run(setup, 10_000, Some(Property::Agreement));
    assert_eq!(verdict, Verdict::Violated);
    assert!(sweep.violated_names().contains(&"agreement"), "{:?}", sweep.violated);
}

#[test]
fn a_partition_breaks_agreement() {
    let mut faults = crashes(0, Vec::new());
    faults.swarm = Swarm { partitions: 1, span: Nanos::from_millis(800), ..faults.swarm };
    let setup = setup(Knobs::default(), faults, judged_by());
    let (sweep, verdict) = run(setup, 10_000, Some(Property::Agreement));
    assert_eq!(verdict, Verdict::Violated);
    assert!(sweep.violated_names().contains(&"agreement"), "{:?}", sweep.violated);
}

#[test]
fn naive_timeouts_are_caught_with_crashes_only() {
    let knobs = Knobs { broken: Some(Flaw::NaiveTimeouts), ..Knobs::default() };
    let setup = setup(knobs, crashes(1, Vec::new()), judged_by());
    let (sweep, verdict) = run(setup, 10_000, Some(Property::Agreement));
    assert_eq!(verdict, Verdict::Violated);
    assert!(sweep.violated_names().contains(&"agreement"), "{:?}", sweep.violated);
}

/// The wrong rule does no harm with one crash. If the coordinator sends its PRE-COMMITs from the
/// highest number down, the process that is elected is the one that is uncertain; it aborts, and
/// dies before it has told those that are not.
#[test]
fn the_wrong_termination_rule_needs_a_second_crash() {
    let broken = Some(Flaw::AnyUncertainMeansAbort);
    let knobs = Knobs { broken, ..Knobs::default() };
    let agreement = vec![Property::Agreement];
    let (_, verdict) = run(setup(knobs, crashes(1, Vec::new()), agreement.clone()), 5_000, None);
    assert_eq!(verdict, Verdict::Holds);
    let kind = |kinds: &[&str], name| kinds.iter().position(|&kind| kind == name).unwrap();
    let sent = On::Sent { kind: kind(Message::KINDS, "pre-commit"), from: None, to: None };
    let synced = On::Synced { kind: kind(Record::KINDS, "aborted"), by: Some(ProcessId(1)) };
    let crash = |host, on, nth, restart| Scripted {
        when: When::Nth { on, nth, every: false },
        fault: Fault::Crash { host, restart, keep: Keep::Any },
    };
    let script = vec![
        crash(COORDINATOR, sent, 2, Restart::Never),
        crash(HostId(1), synced, 1, Restart::AtHealing),
    ];
    for (knobs, wanted) in [(knobs, Verdict::Violated), (Knobs::default(), Verdict::Vacuous)] {
        let mut setup = setup(knobs, crashes(0, script.clone()), agreement.clone());
        if let Transactions::Listed(listed) = &mut setup.business.transactions {
            listed.retain(|listed| listed.name == "all");
        }
        // Where it works nobody aborts, so the second crash does not happen.
        assert_eq!(run(setup, 100, Some(Property::Agreement)).1, wanted, "{knobs}");
    }
}

/// Whatever happened, a log that is compacted means what it meant: every process that restarts
/// from it is the one that restarts from the whole log.
#[test]
fn a_compacted_log_boots_to_the_same_state() {
    let (mut compared, mut shortened) = (0, 0);
    for final_acks in [true, false] {
        let knobs = Knobs { final_acks, ..Knobs::default() };
        let world = world(setup(knobs, crashes(4, Vec::new()), Vec::new())).expect("they fit");
        let mut simulation = Simulation::new(&world);
        for seed in 0..300 {
            simulation.run(seed);
            for node in simulation.nodes() {
                let whole = node.log().records().to_vec();
                // Every prefix is what some crash leaves behind.
                for length in 0..=whole.len() {
                    let prefix = &whole[..length];
                    let mut compacted = prefix.to_vec();
                    world.protocol.compact(node.id(), &mut compacted);
                    let boot =
                        |log: &[_]| world.protocol.boot(node.id(), log, &mut Outbox::default());
                    assert_eq!(boot(&compacted), boot(prefix), "seed {seed}, {prefix:?}");
                    compared += 1;
                    shortened += u32::from(compacted.len() < length);
                }
            }
        }
    }
    assert!(shortened > 1_000, "{shortened} of {compared} logs became shorter");
}

/// A run of many transactions keeps no more of the finished ones than of the latest.
#[test]
fn logs_stay_short_in_a_long_run_with_final_acks() {
    let mut long = setup(Knobs::default(), FaultPlan::NONE, Vec::new());
    let generator = Generator { count: 20_000, spread: 2, pick: Pick::Uniform, reads: Ratio::ZERO };
    long.business.transactions = Transactions::Generated(generator);
    long.surroundings.arrival = Arrival::Sequential { patience: Nanos::from_secs(1) };
    let world = world(long).expect("the knobs fit");
    let mut simulation = Simulation::new(&world);
    simulation.run(1);
    assert!(simulation.ledger().appended > 60_000);
    for node in simulation.nodes() {
        let length = node.log().records().len();
        assert!(length < 4_096, "{:?} has {length} records", node.id());
    }
}

#[test]
fn time_outs_that_do_not_nest_are_refused() {
    let standard = Timeouts::default();
    let timeouts = Timeouts { coordinator: standard.votes, ..standard };
    let knobs = Knobs { timeouts, ..Knobs::default() };
    let refused = world(setup(knobs, FaultPlan::NONE, Vec::new())).map(drop);
    assert!(refused.is_err_and(|error| error.0.contains("`coordinator` is too short")));
}
