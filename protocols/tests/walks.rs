//! Random walks through two-phase commit.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::sweep::Experiment;
use dtxsim_core::untimed::{Bounds, Budgets, Tactic, WalkPlan, Walks};
use dtxsim_protocols::Choice;
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Op};
use dtxsim_protocols::two_phase_commit::{FAMILY, Flaw, Knobs, Presumption};

/// Transfers between services.
fn world(services: usize, broken: Option<Flaw>) -> Box<dyn Experiment + Send> {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    let listed = |n: usize| {
        let (from, to) = (n % services, (n + 1) % services);
        let branches = vec![(from, vec![Op::Add(Key(0), -8)]), (to, vec![Op::Add(Key(0), 8)])];
        Listed { name: format!("t{n}"), branches }
    };
    let presumption = broken.map_or(Presumption::Abort, |flaw| flaw.presumptions()[0]);
    let choice = Choice::TwoPhaseCommit(Knobs { presumption, broken, ..Knobs::default() });
    let setup = bank::setup(services, &[key], (0..services).map(listed).collect(), choice);
    setup.build().expect("it is expressible")
}

fn walk(
    world: &dyn Experiment,
    tactics: &[Tactic],
    walks: u64,
    enough: &dyn Fn(&[&'static str]) -> bool,
) -> Walks {
    let budgets = Budgets { crashes: 2, drops: 1, duplicates: 1, partitions: 1 };
    let plan = WalkPlan {
        bounds: Bounds { budgets, ..Bounds::default() },
        tactics,
        walks,
        steps: 150,
        seed: 1,
        enough,
        interrupt: &AtomicBool::new(false),
    };
    world.walk(&plan, &mut |_| ())
}

#[test]
fn the_portfolio_finds_every_flaw() {
    for flaw in Flaw::ALL {
        let broken = FAMILY.broken.iter().find(|(name, ..)| *name == flaw.name());
        let property = broken.expect("every flaw is listed").2;
        let world = world(2, Some(flaw));
        let walks = walk(&*world, &Tactic::ALL, 4_000, &|v| v.contains(&property));
        println!(
            "{flaw:?} {} {:?}",
            walks.walks,
            walks.found.iter().map(|f| f.tactic).collect::<Vec<_>>()
        );
        assert!(walks.violated().contains(&property), "{flaw:?}: {:?}", walks.credits);
        for found in walks.found {
            let counterexample = found.counterexample;
            let (trace, violations) =
                world.replay(&counterexample.schedule).expect("it is the same world");
            let name = counterexample.violation.property;
            assert!(violations.iter().any(|violation| violation.property == name));
            assert_eq!(trace.steps.len(), counterexample.trace.steps.len());
        }
    }
}

#[test]
fn sound_two_phase_commit_passes_and_the_same_seeds_are_the_same_walks() {
    let world = world(3, None);
    let once = walk(&*world, &Tactic::ALL, 300, &|_| false);
    assert_eq!(once.violated(), Vec::<&str>::new());
    assert_eq!(once, walk(&*world, &Tactic::ALL, 300, &|_| false));
    assert!(once.credits.iter().all(|credit| credit.walks == 60 && credit.fresh > 100));
    let faults = once.faults;
    let felt = [faults.crashes, faults.drops, faults.duplicates, faults.partitions, faults.cut];
    assert!(felt.iter().all(|&count| count > 10), "{faults:?}");
    // With timers at any moment no abort is without a reason.
    let vacuous = once.premises.iter().filter(|&&count| count == 0).count();
    assert!(vacuous <= 1, "{:?}", once.premises);
    assert!(once.distinct > 5_000 && once.restless == 0, "{once:?}");
}
