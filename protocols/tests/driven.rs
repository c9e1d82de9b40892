//! Paths of the untimed world are timed runs, or it is said why not.

mod bank;

use std::collections::BTreeMap;
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
    self, Bounds, Budgets, Clause, Schedule, Tactic, Timers, Undriven, WalkPlan,
};
use dtxsim_core::{Nanos, Topology};
use dtxsim_protocols::Choice;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Note, Op};
use dtxsim_protocols::two_phase_commit::{Knobs, TwoPhaseCommit, world};
use dtxsim_protocols::{Setup, Surroundings};

/// Each transaction adds one to a key of every service.
fn setup(services: usize, transactions: usize) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 0, min: None, max: None };
    let branches = || (0..services).map(|n| (n, vec![Op::Add(Key(0), 1)])).collect();
    let listed = |n| Listed { name: format!("t{n}"), branches: branches() };
    let listed = (0..transactions).map(listed).collect();
    bank::setup(services, &[key], listed, Choice::TwoPhaseCommit(Knobs::default()))
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

/// So many walks are driven, of so many steps. Gives back how many were realised, and why others
/// were not.
fn drive(bounds: Bounds, seeds: u64, steps: usize) -> (u64, BTreeMap<String, u64>) {
    let world = world(setup(2, 1)).expect("it is expressible").untimed();
    let world = World { monitors: Box::new(|_| vec![Box::new(Discontent)]), ..world };
    let (mut realised, mut refused) = (0, BTreeMap::new());
    for seed in 0..seeds {
        let mut schedule = walked(&world, bounds, seed);
        if schedule.choices.len() > steps {
            schedule.choices.truncate(steps);
            schedule.ending = None;
        }
        match untimed::drive(&world, &schedule) {
            Ok(driven) => {
                realised += 1;
                assert_eq!(driven.nodes, driven.path_nodes, "seed {seed}\n{}", driven.run.trace);
                let found = &driven.run.outcome.violations;
                let is_found = found.iter().any(|found| found.property == "discontent");
                assert_eq!(is_found, schedule.ending.is_some(), "seed {seed}");
            }
            Err(why) => {
                let kind = match &why {
                    Undriven::Contradiction(_) => {println!("{seed} {why}"); "contradiction".to_owned()},
                    other => {println!("{seed} {other}"); other.to_string().split(": ").last().expect("split gives something").to_owned()},
                };
                *refused.entry(kind).or_default() += 1;
            }
        }
    }
    (realised, refused)
}

#[test]
fn walks() {
    let budgets = Budgets { crashes: 2, drops: 1, duplicates: 1, partitions: 1 };
    for timers in [Timers::Any, Timers::Quiescent] {
        for steps in [10, 20, 30, 1000] {
            let bounds = Bounds { budgets, timers, ..Bounds::default() };
            println!("{timers:?} {steps} {:?}", drive(bounds, 100, steps));
        }
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

#[test]
fn a_run_that_was_followed_is_made_again() {
    let latency = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(9) };
    let setup = setup(2, 3);
    let surroundings = Surroundings {
        arrival: Arrival::Spaced(Latency::Constant(Nanos::from_millis(20))),
        network: Network::uniform(Link::reliable(latency)),
        sync: Latency::Constant(Nanos::from_micros(200)),
        faults: FaultPlan { swarm: stormy(), ..FaultPlan::NONE },
        ..setup.surroundings
    };
    let world = world(Setup { surroundings, ..setup }).expect("it is expressible").untimed();
    let bounds = Bounds::for_runs_of(&world);
    let mut simulation = Simulation::new(&world);
    let (mut same, mut crashes) = (0, 0);
    for seed in 0..100 {
        let (outcome, trace) = simulation.record(seed);
        match untimed::retrace(&world, bounds, seed, &trace) {
            Ok(driven) => {
                assert_eq!(driven.nodes, simulation.nodes());
                let acts = |trace: &Trace| -> Vec<Action> {
                    let whole = trace.steps.iter().filter(|s| !s.effects.contains(&Done::CutShort));
                    whole.map(|step| step.action.clone()).filter(|action| action.actor().is_some()).collect()
                };
                assert_eq!(acts(&driven.run.trace), acts(&trace), "seed {seed}");
                same += 1;
                crashes += u32::from(acts(&trace).len() < outcome.steps as usize);
            }
            Err(why) => println!("{seed}: {why}"),
        }
    }
    println!("{same} {crashes}");
}
