//! Sweeps, verdicts and the determinism self-check.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use dtxsim_core::fault::{Fault, Keep, Restart, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::ratio::Ratio;
use dtxsim_core::sweep::{Experiment, Sweep, SweepPlan, sweep};
use dtxsim_core::timed::World;
use dtxsim_core::verdict::{Conclusion, Verdict, conclude};

use crate::toy::*;

fn sweeping(world: &World<Toy>, seeds: Range<u64>, jobs: usize) -> (Sweep, Conclusion) {
    let enough = |violated: &[&'static str]| !violated.is_empty();
    let interrupt = AtomicBool::new(false);
    let plan = SweepPlan { seeds, jobs, enough: &enough, interrupt: &interrupt };
    let sweep = sweep(world, &plan, &mut |_| {});
    let conclusion = conclude(world, &sweep);
    (sweep, conclusion)
}

/// `a` and `b` answer each other until a loss ends it.
fn chatting() -> World<Toy> {
    let a = Script {
        on_request: vec![Do::Send(B)],
        on_message: vec![Do::Send(B), Do::Say],
        ..Script::default()
    };
    let b = Script { on_message: vec![Do::Send(A)], ..Script::default() };
    let mut world = world(a, b);
    world.network.default.latency = Latency::Uniform { low: ms(1), high: ms(2) };
    world.network.default.loss = Ratio { num: 1, den: 20 };
    // Long enough that every chat ends by a loss.
    world.faults.healing = ms(10_000);
    world
}

#[test]
fn the_number_of_threads_cannot_show() {
    let world = chatting();
    let (alone, _) = sweeping(&world, 0..1000, 1);
    assert_eq!((alone.runs, alone.stopped), (1000, false));
    for jobs in [2, 3, 7] {
        assert_eq!(sweeping(&world, 0..1000, jobs).0, alone, "{jobs} threads");
    }
}

#[test]
fn a_sweep_that_stops_stops_at_the_same_seed_for_all_threads() {
    let mut world = chatting();
    world.monitors = Box::new(|_| vec![Box::new(AtMost(80, 0))]);
    let (alone, conclusion) = sweeping(&world, 0..100_000, 1);
    assert!(alone.stopped && alone.runs > 100, "found after {} runs", alone.runs);
    assert_eq!(conclusion.verdict, Verdict::Violated);
    assert_eq!(sweeping(&world, 0..100_000, 4).0, alone);
    let failure = &alone.failures[0];
    let (outcome, _) = world.record(failure.seed);
    assert_eq!(outcome.violations, failure.violations, "the seed replays alone");
    assert_eq!(outcome.fingerprint, failure.fingerprint);
}

#[test]
fn one_seed_depends_on_no_other() {
    let world = chatting();
    let (all, _) = sweeping(&world, 0..300, 1);
    let (tail, _) = sweeping(&world, 299..300, 1);
    let mut simulation = dtxsim_core::timed::Simulation::new(&world);
    let prints: Vec<u64> = (0..300).map(|seed| simulation.run(seed).fingerprint).collect();
    assert_eq!(simulation.run(299).fingerprint, prints[299]);
    assert_ne!(all.fingerprint, tail.fingerprint);
}

#[test]
fn a_protocol_that_is_not_deterministic_is_found_out_at_its_first_different_step() {
    let a =
        Script { on_request: vec![Do::Send(B), Do::SendAmbient(B), Do::Say], ..Script::default() };
    let world = world(a, Script::default());
    let (sweep, conclusion) = sweeping(&world, 0..1000, 2);
    assert_eq!(conclusion.verdict, Verdict::Nondeterministic);
    let divergence = sweep.divergence.expect("two runs of one seed differ");
    assert_eq!((divergence.seed, divergence.step), (0, 2), "a, b start; then the request");
    let [one, other] = divergence.texts;
    assert!(one.starts_with("client -> a: 0; send 0 to b") && one != other, "{one} / {other}");
}

#[test]
fn a_failing_run_is_always_run_twice_and_a_passing_one_in_a_hundred() {
    let world = chatting();
    assert_eq!(sweeping(&world, 1..1000, 1).0.rechecked, 9);
    let mut failing = chatting();
    failing.monitors = Box::new(|_| vec![Box::new(AtMost(0, 0))]);
    let (sweep, _) = sweeping(&failing, 1..2, 1);
    assert_eq!((sweep.runs, sweep.rechecked), (1, 1));
}

#[test]
fn a_fault_that_nobody_felt_is_no_evidence() {
    let a = Script { on_request: vec![Do::Say], ..Script::default() };
    let mut idle = world(a, Script::default());
    assert_eq!(sweeping(&idle, 0..10, 1).1.verdict, Verdict::Holds);
    let (host, restart) = (host(B), Restart::After(ms(1)));
    let crash = Fault::Crash { host, restart, keep: Keep::Any };
    idle.faults.script = vec![at(ms(1), crash)];
    let (_, conclusion) = sweeping(&idle, 0..10, 1);
    assert_eq!(conclusion.verdict, Verdict::Vacuous);
    assert_eq!((conclusion.unfelt[0].script, conclusion.unfelt[0].attempted), (Some(0), 10));
}

#[test]
fn a_swarm_that_never_bites_is_no_evidence() {
    let a = Script { on_request: vec![Do::Say], ..Script::default() };
    let mut idle = world(a, Script::default());
    idle.faults.swarm = Swarm { partitions: 1, ..Swarm::NONE };
    let (_, conclusion) = sweeping(&idle, 0..100, 1);
    assert_eq!(conclusion.verdict, Verdict::Vacuous, "nobody sends anything");
}

#[test]
fn a_property_without_a_premise_is_vacuous() {
    let world = world(Script::default(), Script::default());
    assert_eq!(sweeping(&world, 0..10, 1).1.properties[0].verdict, Verdict::Vacuous);
}

#[test]
fn a_run_that_was_cut_off_is_no_pass() {
    let mut world = chatting();
    world.limits.steps = 20;
    let (sweep, conclusion) = sweeping(&world, 0..100, 1);
    assert!(sweep.endings[2] > 0, "some run was cut off");
    assert_eq!(conclusion.verdict, Verdict::Inconclusive);
}

#[test]
fn an_interrupted_sweep_says_so_and_keeps_what_it_had() {
    let world = chatting();
    let (interrupt, enough) = (AtomicBool::new(false), |_: &[&'static str]| false);
    let plan =
        SweepPlan { seeds: 0..u64::MAX / 2, jobs: 2, enough: &enough, interrupt: &interrupt };
    let sweep = sweep(&world, &plan, &mut |progress| {
        if progress.done > 500 {
            interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(sweep.interrupted && sweep.runs > 500, "{} runs", sweep.runs);
    assert_eq!(conclude(&world, &sweep).verdict, Verdict::Inconclusive);
}
