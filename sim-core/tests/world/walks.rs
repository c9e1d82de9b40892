//! Each strategy finds a race that a fair order of events does not show.

use std::sync::atomic::AtomicBool;

use dtxsim_core::monitor::{Finding, Monitor, Seen};
use dtxsim_core::timed::World;
use dtxsim_core::untimed::{self, Bounds, Budgets, Network, Tactic, Timers, WalkPlan, Walks};
use dtxsim_core::{ProcessId, Topology};

use crate::toy::{self, A, B, Do, Number, Script, Toy};

/// Finds that B has spoken twice before A has at all.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Race {
    spoken: [u64; 2],
}

impl Monitor<Number> for Race {
    fn name(&self) -> &'static str {
        "race"
    }

    fn interest(&self) -> u64 {
        0b11
    }

    fn observe(&mut self, seen: &Seen<'_, Number>, _: &Topology) -> Option<Finding> {
        let Seen::Note { by: ProcessId(by), .. } = seen else { return None };
        self.spoken[usize::from(*by)] += 1;
        (self.spoken == [0, 2]).then(|| Finding::new("A was late"))
    }

    fn premises(&self) -> u64 {
        self.spoken[0]
    }

    fn reset(&mut self) {
        *self = Race::default();
    }
}

/// A sends two messages to B and hears from it; B speaks at each message, A at its timer.
fn racing() -> World<Toy> {
    let a = Script {
        on_request: vec![Do::Set(0), Do::Send(B), Do::Send(B)],
        on_timer: vec![Do::Say],
        ..Script::default()
    };
    let b = Script { on_message: vec![Do::Say, Do::Send(A)], ..Script::default() };
    let mut world = toy::world(a, b);
    world.monitors = Box::new(|_| vec![Box::new(Race::default())]);
    world
}

fn walk(tactics: &[Tactic], walks: u64, seed: u64) -> Walks {
    walk_within(Bounds::default(), (tactics, walks, seed), &|violated| !violated.is_empty())
}

fn walk_within(
    bounds: Bounds,
    (tactics, walks, seed): (&[Tactic], u64, u64),
    enough: &dyn Fn(&[&'static str]) -> bool,
) -> Walks {
    let plan = WalkPlan {
        bounds,
        tactics,
        walks,
        steps: 30,
        seed,
        enough,
        interrupt: &AtomicBool::new(false),
    };
    untimed::walk(&racing(), &plan, &mut |_| ())
}

#[test]
fn every_strategy_finds_a_race() {
    for tactic in Tactic::ALL {
        let walks = walk(&[tactic], 100, 0);
        assert_eq!(walks.violated(), ["race"], "{tactic:?}");
        let found = &walks.found[0];
        assert_eq!((found.tactic, found.walk), (tactic, walks.walks - 1));
        let replayed = untimed::replay(&racing(), &found.counterexample.schedule);
        let (trace, violations) = replayed.expect("it is the same world");
        assert_eq!(trace, found.counterexample.trace);
        assert_eq!(violations, std::slice::from_ref(&found.counterexample.violation));
    }
}

#[test]
fn one_seed_is_one_walk() {
    for tactic in Tactic::ALL {
        assert_eq!(walk(&[tactic], 3, 7), walk(&[tactic], 3, 7), "{tactic:?}");
    }
    assert_ne!(walk(&[Tactic::Random], 1, 7), walk(&[Tactic::Random], 1, 8));
}

/// Debug builds compare what can happen with what is listed, all along.
#[test]
fn walks_go_through_every_kind_of_world() {
    // What a toy hears it remembers, so with messages as a set its states would never end.
    let worlds = [Network::Bag, Network::Fifo].into_iter().flat_map(|network| {
        [Timers::Any, Timers::Quiescent].into_iter().map(move |timers| (network, timers))
    });
    for ((network, timers), restarts) in worlds.zip([true, false, false, true]) {
        let budgets = Budgets { crashes: 1, drops: 1, duplicates: 1, partitions: 1 };
        let bounds = Bounds { network, timers, budgets, restarts, ..Bounds::default() };
        let walks = walk_within(bounds, (&Tactic::ALL, 50, 0), &|_| false);
        assert!(walks.walks == 50 && walks.distinct > 20, "{bounds}: {walks:?}");
    }
}
