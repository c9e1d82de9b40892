//! Paths of the untimed world are timed runs, or it is said why not.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::latency::Latency;
use dtxsim_core::monitor::{Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Simulation, World};
use dtxsim_core::trace::{Action, Done, Trace};
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Clause, Driven, Schedule, Tactic, Timers, Undriven, WalkPlan,
};
use dtxsim_core::{Nanos, Protocol as _, Topology};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Note, Op};
use dtxsim_protocols::two_phase_commit::{Knobs, TwoPhaseCommit, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

/// Each transaction adds one to a key of each of two services.
fn setup(transactions: usize) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let branches = || (0..2).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let listed = |n| Listed { name: format!("t{n}"), branches: branches() };
    let listed = (0..transactions).map(listed).collect();
    bank::setup(2, &[key], listed, Choice::TwoPhaseCommit(Knobs::default()))
}

/// Finds every end wrong, so that every walk is a counterexample.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Discontent;

impl Monitor<Note> for Discontent {
    fn name(&self) -> &'static str {
        "discontent"
    }

    fn interest(&self) -> u64 {
        0
    }

    fn observe(&mut self, _: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        rest.cut_off().unwrap_or_else(|| Judgement::Violated(Finding::new("it ends")))
    }

    fn premises(&self) -> u64 {
        1
    }

    fn reset(&mut self) {}
}

/// The path of the walk of that seed.
fn walked(world: &World<TwoPhaseCommit>, bounds: Bounds, seed: u64) -> Schedule {
    let plan = WalkPlan {
        bounds,
        tactics: &Tactic::ALL[seed as usize % Tactic::ALL.len()..][..1],
        walks: 1,
        steps: 60,
        seed,
        enough: &|_| true,
        interrupt: &AtomicBool::new(false),
    };
    let walks = untimed::walk(world, &plan, &mut |_| ());
    walks.found.into_iter().next().expect("every end is wrong").counterexample.schedule
}

/// Makes runs of so many walks. Gives back those that there are, and why there are no others.
fn drive(setup: Setup, bounds: Bounds, seeds: u64) -> (Vec<Driven<TwoPhaseCommit>>, Vec<Undriven>) {
    let world = world(setup).expect("it is expressible").untimed();
    drive_in(World { monitors: Box::new(|_| vec![Box::new(Discontent)]), ..world }, bounds, seeds)
}

fn drive_in(
    world: World<TwoPhaseCommit>,
    bounds: Bounds,
    seeds: u64,
) -> (Vec<Driven<TwoPhaseCommit>>, Vec<Undriven>) {
    // Elsewhere the untimed world leaves out of states what a clock needs.
    let comparable = world.protocol.untimed() == world.protocol;
    let (mut runs, mut refused) = (Vec::new(), Vec::new());
    for seed in 0..seeds {
        let schedule = walked(&world, bounds, seed);
        match untimed::drive(&world, &schedule) {
            Ok(driven) => {
                let run = &driven.run;
                if comparable {
                    assert_eq!(driven.nodes, driven.path_nodes, "seed {seed}\n{}", run.trace);
                }
                assert!(run.violates("discontent"), "seed {seed}\n{}", run.trace);
                assert!(run.trace.steps.is_sorted_by_key(|step| step.at), "seed {seed}");
                runs.push(driven);
            }
            Err(why) => {
                assert!(is_documented(&why), "seed {seed}: {why}");
                refused.push(why);
            }
        }
    }
    (runs, refused)
}

/// Whether a path may be refused for that. That the run which was made is another is no reason, but
/// a flaw.
fn is_documented(why: &Undriven) -> bool {
    match why {
        Undriven::Contradiction(_) => true,
        Undriven::Unlike { why, .. } => NAMED.contains(&why.as_str()),
        Undriven::Drift(_) | Undriven::Lost(_) => false,
    }
}

/// What the timed world does not do, whatever the times: see docs/EXPLORING.md.
const NAMED: [&str; 4] = [
    "the processes of a host come back together, one after the other",
    "a message within a host arrives",
    "a message within a host arrives once",
    "the network makes at most one copy of what is sent",
];

fn faulty(timers: Timers) -> Bounds {
    let budgets = Budgets { crashes: 2, drops: 1, duplicates: 1, partitions: 1 };
    Bounds { budgets, timers, ..Bounds::default() }
}

fn count(runs: &[Driven<TwoPhaseCommit>], is: fn(&Action) -> bool) -> usize {
    let all = runs.iter().flat_map(|driven| &driven.run.trace.steps);
    all.filter(|step| is(&step.action)).count()
}

#[test]
fn walks_with_accurate_time_outs_are_timed_runs() {
    let (runs, refused) = drive(setup(1), faulty(Timers::Quiescent), 200);
    assert!(runs.len() >= 190, "{refused:?}");
    assert!(count(&runs, |action| matches!(action, Action::Crash { .. })) > 50);
    assert!(count(&runs, |action| matches!(action, Action::Restart { .. })) > 50);
    assert!(count(&runs, |action| matches!(action, Action::Partition { .. })) > 10);
    assert!(count(&runs, |action| matches!(action, Action::Timer { .. })) > 50);
    assert!(runs.iter().any(|driven| driven.run.reordered));
    assert!(runs.iter().any(|driven| !driven.run.reordered));
}

#[test]
fn so_are_those_of_other_worlds() {
    let quiet = faulty(Timers::Quiescent);
    let fifo = Bounds { network: untimed::Network::Fifo, ..quiet };
    let instant = Bounds { split_sync: false, ..quiet };
    let down = Bounds { restarts: false, ..quiet };
    for bounds in [fifo, instant, down] {
        let (runs, refused) = drive(setup(1), bounds, 40);
        assert!(runs.len() >= 36, "{bounds}: {refused:?}");
    }
    let placement = vec![("s0".to_owned(), "coordinator".to_owned())];
    let (runs, refused) = drive(Setup { placement, ..setup(1) }, quiet, 60);
    assert!(runs.len() >= 20, "{} {refused:?}", runs.len());
}

/// The run has timers that back off, which the path has not.
#[test]
fn so_are_those_of_protocols_that_count_repetitions() {
    let world = world(setup(1)).expect("it is expressible");
    assert!(world.protocol.untimed() != world.protocol);
    let world = World { monitors: Box::new(|_| vec![Box::new(Discontent)]), ..world };
    let (runs, refused) = drive_in(world, faulty(Timers::Quiescent), 100);
    assert!(runs.len() >= 90, "{} {refused:?}", runs.len());
    let backed_off = |action: &Action| {
        matches!(action, Action::Timer { timer, .. }
        if timer.ends_with("#1"))
    };
    assert!(count(&runs, backed_off) > 5, "{}", count(&runs, backed_off));
}

/// Timers that run out whenever they please mostly contradict their delays.
#[test]
fn walks_with_time_outs_at_any_moment_are_timed_runs_or_contradict_themselves() {
    let (runs, refused) = drive(setup(1), faulty(Timers::Any), 100);
    assert!(!runs.is_empty());
    for why in refused {
        let Undriven::Contradiction(contradiction) = why else { panic!("{why}") };
        let timers = contradiction.clauses.iter().filter(|clause| match clause {
            Clause::RunsOut { .. } | Clause::StillSet { .. } => true,
            Clause::Before { .. } | Clause::AtOnce { .. } => false,
        });
        assert!(timers.count() >= 2, "{contradiction}");
    }
}

fn stormy() -> Swarm {
    let fifth = Ratio { num: 1, den: 5 };
    Swarm {
        crashes: 2,
        pauses: 0,
        partitions: 2,
        loss: fifth,
        duplication: fifth,
        reorder: fifth,
        skew: Ratio::ZERO,
        span: Nanos::from_millis(60),
    }
}

/// What processes did, but for what a crash cut short: where that makes no difference, a path has
/// it a little earlier or later.
fn acts(trace: &Trace) -> Vec<Action> {
    let steps = trace.steps.iter().filter(|step| step.action.actor().is_some());
    let whole = steps.filter(|step| !step.effects.contains(&Done::CutShort));
    whole.map(|step| step.action.clone()).collect()
}

/// Runs of a stormy world with such a disk are followed and made again. Gives back how many are,
/// how many in the same order, and why others are not.
fn made_again(sync: Latency) -> (u32, u32, Vec<(u64, String)>) {
    let latency = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(9) };
    let setup = setup(3);
    let surroundings = Surroundings {
        arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(20))),
        network: Network::uniform(Link::reliable(latency)),
        sync,
        faults: FaultPlan { swarm: stormy(), ..FaultPlan::NONE },
        ..setup.surroundings
    };
    let world = world(Setup { surroundings, ..setup }).expect("it is expressible").untimed();
    let bounds = Bounds::for_runs_of(&world);
    let mut simulation = Simulation::new(&world);
    let (mut again, mut exact, mut refused) = (0, 0, Vec::new());
    for seed in 0..100 {
        let (_, trace) = simulation.record(seed);
        match untimed::retrace(&world, bounds, seed, &trace) {
            Ok(driven) => {
                assert_eq!(driven.nodes, simulation.nodes(), "seed {seed}");
                assert_eq!(driven.nodes, driven.path_nodes, "seed {seed}");
                let cut = |trace: &Trace| {
                    trace.steps.iter().any(|step| step.effects.contains(&Done::CutShort))
                };
                if !driven.run.reordered && !cut(&trace) {
                    assert_eq!(acts(&driven.run.trace), acts(&trace), "seed {seed}");
                    exact += 1;
                }
                again += 1;
            }
            Err(why) => refused.push((seed, why.to_string())),
        }
    }
    (again, exact, refused)
}

#[test]
fn a_run_that_was_followed_is_made_again() {
    let (again, exact, refused) = made_again(Latency::Constant(Nanos::from_micros(200)));
    assert!(again >= 98 && exact >= 60, "{again} {exact} {refused:#?}");
}

#[test]
fn so_is_one_whose_timers_wait_for_the_disk() {
    let (again, exact, refused) = made_again(Latency::Constant(Nanos::from_millis(25)));
    assert!(again >= 85 && exact >= 20, "{again} {exact} {refused:#?}");
}
