//! What was exercised is what was done, and what was not is named.

use std::sync::atomic::AtomicBool;

use dtxsim_core::timed::World;
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Coverage, Handled, Network, Order, Plan, Reductions,
    Representation, Timers,
};

use crate::toy::{self, A, B, Do, Script, Toy};

fn covered(world: &World<Toy>, bounds: Bounds, representation: Representation) -> Coverage {
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation,
        reductions: Reductions::default(),
        caps: Caps { states: 1_000_000, memory: 1 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    let explored = untimed::explore(world, &plan, &mut |_| {});
    assert_eq!(explored.cut_short, None);
    explored.coverage
}

fn coverage(world: &World<Toy>, budgets: Budgets) -> Coverage {
    let bounds = Bounds { budgets, ..Bounds::default() };
    let collapsed = covered(world, bounds, Representation::Collapsed);
    assert_eq!(collapsed, covered(world, bounds, Representation::Plain), "{bounds}");
    collapsed
}

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };

/// A asks B, which logs, syncs and answers.
fn asking() -> World<Toy> {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let b = Script { on_message: vec![Do::Log, Do::Sync, Do::Send(A)], ..Script::default() };
    toy::world(a, b)
}

#[test]
fn inputs_are_counted_by_role_and_kind() {
    let coverage = coverage(&asking(), NONE);
    let names: Vec<(String, u64)> =
        coverage.items().into_iter().map(|item| (item.name, item.count)).collect();
    let once = |name: &str| (name.to_owned(), 1);
    let wanted = [
        once("start left"),
        once("request even of left"),
        once("deliver even to left"),
        once("start right"),
        once("sync right"),
        once("deliver even to right"),
    ];
    assert_eq!(names, wanted, "and no faults, for there is no budget");
    assert_eq!((&coverage.unsent[..], &coverage.unset[..]), (&["odd"][..], &["even", "odd"][..]));
    assert_eq!(coverage.unwritten, ["even"], "B has heard one thing when it logs");
    assert_eq!(coverage.exercised("deliver even"), 2);
    assert_eq!(coverage.exercised("drop even"), 0);
    assert_eq!(coverage.why_not("drop even").as_deref(), Some("there is no budget of `drops`"));
    assert_eq!(coverage.why_not("deliver odd").as_deref(), Some("`odd` was never sent"));
}

#[test]
fn a_crash_stands_before_within_and_behind_a_sync() {
    let coverage = coverage(&asking(), Budgets { crashes: 1, ..NONE });
    let [record] = &coverage.records[..] else { panic!("{:?}", coverage.records) };
    assert_eq!((record.role, record.kind, record.written), ("right", "odd", 1));
    assert!(record.lost > 0 && record.kept == record.lost && record.after > 0, "{record:?}");
    let handled = coverage.inputs.iter().find(|row| row.input == Handled::Message("even"));
    assert!(handled.is_some_and(|row| row.role == "left"));
    assert!(coverage.exercised("recover left") > 0 && coverage.exercised("recover right") > 0);
    assert_eq!(coverage.never(), [""; 0]);
}

/// What A logs when it comes back from its only crash no crash can strike.
#[test]
fn what_comes_after_the_last_fault_is_never_struck() {
    let mut world = asking();
    world.protocol.scripts[0].on_boot = vec![Do::Log];
    let mut one = coverage(&world, Budgets { crashes: 1, drops: 1, ..NONE });
    // A logs how much it has heard, its log included, and syncs nothing.
    let never = one.never();
    assert_eq!(never[..2], ["crash left after even", "crash left losing odd"]);
    assert_eq!(never[2..], ["crash left keeping odd", "crash left after odd"]);
    assert_eq!(one.exercised("crash left at odd"), 0);
    assert!(one.exercised("crash left at even") > 0);
    one = coverage(&world, Budgets { crashes: 2, ..NONE });
    assert!(one.exercised("crash left losing odd") > 0);
}

#[test]
fn faults_count_by_kind_of_message_where_they_took_effect() {
    let all = Budgets { drops: 1, duplicates: 1, partitions: 1, ..NONE };
    let apart = coverage(&asking(), all);
    for name in ["drop even", "duplicate even", "cut even"] {
        assert!(apart.exercised(name) > 0, "{name}");
    }
    let mut together = asking();
    together.protocol.topology = dtxsim_core::Topology::default();
    let host = together.protocol.topology.add("a", "left");
    let host = together.protocol.topology.host(host);
    together.protocol.topology.add_on(host, "b", "right");
    let together = coverage(&together, Budgets { crashes: 1, ..all });
    assert!(together.exercised("deliver even to right") > 0);
    assert!(together.exercised("crash right losing odd") > 0);
    for name in ["drop even", "duplicate even", "cut even"] {
        assert_eq!(together.exercised(name), 0, "{name}: within a host nothing is lost");
    }
    assert!(!together.items().iter().any(|item| item.name.starts_with("drop")), "nor could it be");
}

#[test]
fn both_representations_agree_on_what_was_exercised() {
    let a = Script {
        on_request: vec![Do::Choose(2)],
        on_choice: vec![Do::Log, Do::Send(B), Do::Say, Do::Set(0)],
        on_timer: vec![Do::Log, Do::Send(B), Do::Sync],
        ..Script::default()
    };
    let b = Script { on_message: vec![Do::Log, Do::Send(A)], ..Script::default() };
    let world = toy::world(a, b);
    let budgets = [
        Budgets { crashes: 1, duplicates: 1, ..NONE },
        Budgets { drops: 1, partitions: 1, ..NONE },
        Budgets { crashes: 1, partitions: 1, ..NONE },
    ];
    for network in [Network::Bag, Network::Fifo] {
        for timers in [Timers::Any, Timers::Quiescent] {
            for (budgets, restarts) in budgets.into_iter().zip([true, true, false]) {
                for split_sync in [true, false] {
                    let bounds =
                        Bounds { network, timers, budgets, restarts, split_sync, any_sends: false };
                    let collapsed = covered(&world, bounds, Representation::Collapsed);
                    let plain = covered(&world, bounds, Representation::Plain);
                    assert_eq!(collapsed, plain, "{bounds}");
                    assert!(collapsed.exercised("choose left") > 0, "{bounds}");
                }
            }
        }
    }
}
