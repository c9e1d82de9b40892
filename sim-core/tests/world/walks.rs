//! Each strategy finds a race that a fair order of events does not show.

use std::sync::atomic::AtomicBool;

use dtxsim_core::monitor::{Finding, Monitor, Seen};
use dtxsim_core::timed::World;
use dtxsim_core::untimed::{self, Bounds, Tactic, WalkPlan, Walks};
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
    let plan = WalkPlan {
        bounds: Bounds::default(),
        tactics,
        walks,
        steps: 30,
        seed,
        enough: &|violated| !violated.is_empty(),
        interrupt: &AtomicBool::new(false),
    };
    untimed::walk(&racing(), &plan)
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
