//! Partial-order reduction against the full search, in worlds that nobody thought of.

use std::sync::atomic::AtomicBool;

use dtxsim_core::ProcessId;
use dtxsim_core::timed::World;
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, CutShort, Exploration, Network, Order, Plan, Reductions,
    Representation, Timers,
};
use proptest::prelude::*;

use crate::toy::{self, A, B, Do, Script, Toy};

const C: ProcessId = ProcessId(2);

/// Three processes, the last on a host of its own or on that of the second.
fn world(scripts: [Script; 3], requests: u64, together: bool) -> World<Toy> {
    let [a, b, c] = scripts;
    let mut world = toy::world(a, b);
    if together {
        world.protocol.topology.add_on(toy::host(B), "c", "far");
    } else {
        world.protocol.topology.add("c", "far");
    }
    world.protocol.scripts.push(c);
    world.workload = Box::new((0..requests).map(toy::Number).collect::<Vec<_>>());
    world
}

/// Worlds that nobody thought of may be larger than it pays to see all of.
const STATES_MAX: u64 = 2_000;

fn explore(world: &World<Toy>, bounds: Bounds, partial_order: bool, states: u64) -> Exploration {
    let plan = Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions { partial_order, ..Reductions::default() },
        caps: Caps { states, memory: 1 << 30 },
        traces: false,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    untimed::explore(world, &plan, &mut |_| {})
}

/// What both must have in common; `None` if it is too large to see all of it.
fn found(explored: Exploration) -> Option<impl PartialEq + std::fmt::Debug> {
    let Exploration { distinct, depth, violated, liveness, premises, coverage, .. } = explored;
    let judged: Vec<bool> = premises.iter().map(|&count| count > 0).collect();
    let all = (distinct, depth, violated, liveness, judged, coverage);
    (explored.cut_short != Some(CutShort::States)).then_some(all)
}

/// What is sent merges with what is in flight, and so changes nothing; but had that been received
/// before, it would be in flight again.
#[test]
fn a_letter_that_merges_with_one_in_flight_wakes_its_receiver() {
    let c = Script { on_boot: vec![Do::Send(A), Do::Say], ..Script::default() };
    let world = world([Script::default(), Script::default(), c], 0, false);
    let budgets = Budgets { crashes: 2, ..Budgets::default() };
    let bounds = Bounds { budgets, ..Bounds::default() };
    let full = found(explore(&world, bounds, false, u64::MAX)).expect("it is small");
    assert_eq!(Some(full), found(explore(&world, bounds, true, u64::MAX)));
}

fn act() -> impl Strategy<Value = Do> {
    let to = prop_oneof![Just(A), Just(B), Just(C)];
    prop_oneof![
        5 => to.prop_map(Do::Send),
        1 => Just(Do::Log),
        1 => Just(Do::Sync),
        1 => Just(Do::Say),
        1 => (0u8..3).prop_map(Do::Set),
        1 => (2u32..4).prop_map(Do::Choose),
    ]
}

/// What a process does; it sends itself nothing, and sets timers only where none has run out.
fn script(me: ProcessId) -> impl Strategy<Value = Script> {
    let acts = |most: usize, timers: bool| {
        prop::collection::vec(act(), 0..=most).prop_map(move |mut acts| {
            acts.retain(|act| match act {
                Do::Send(to) => *to != me,
                Do::Set(_) | Do::Choose(_) => timers,
                _ => true,
            });
            // Nothing may follow a choice before it is made.
            if let Some(choice) = acts.iter().position(|act| matches!(act, Do::Choose(_))) {
                acts.truncate(choice + 1);
            }
            acts
        })
    };
    (acts(3, true), acts(2, true), acts(2, false), acts(2, false)).prop_map(
        |(on_boot, on_request, on_message, rest)| Script {
            on_boot,
            on_request,
            on_message,
            on_timer: rest.clone(),
            on_choice: rest,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn no_state_is_lost_in_any_world(
        scripts in (script(A), script(B), script(C)),
        (requests, together) in (0u64..2, any::<bool>()),
        (restarts, any_sends) in (any::<bool>(), any::<bool>()),
        (network, timers) in (
            prop_oneof![Just(Network::Bag), Just(Network::Fifo), Just(Network::Set)],
            prop_oneof![Just(Timers::Any), Just(Timers::Quiescent)],
        ),
        (crashes, drops, duplicates, partitions) in (0u8..3, 0u8..2, 0u8..2, 0u8..2),
    ) {
        let world = world([scripts.0, scripts.1, scripts.2], requests, together);
        let budgets = Budgets { crashes, drops, duplicates, partitions };
        let bounds = Bounds { network, timers, budgets, restarts, any_sends, ..Bounds::default() };
        prop_assume!(bounds.contradiction().is_none());
        let full = found(explore(&world, bounds, false, STATES_MAX));
        prop_assume!(full.is_some(), "it is too large to see all of it");
        prop_assert_eq!(full, found(explore(&world, bounds, true, STATES_MAX)));
    }
}
