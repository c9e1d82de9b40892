//! Local states that grow without bound are found, named and not confused with large ones.

use std::sync::atomic::AtomicBool;

use dtxsim_core::timed::World;
use dtxsim_core::untimed::{
    self, Bounds, Caps, CutShort, Exploration, Network, Order, Plan, Reductions, Representation,
    Timers,
};

use crate::toy::{self, A, B, Do, Script, Toy};

fn explored(world: &World<Toy>, states: u64, representation: Representation) -> Exploration {
    let plan = Plan {
        bounds: Bounds { network: Network::Fifo, timers: Timers::Any, ..Bounds::default() },
        order: Order::Breadth,
        representation,
        reductions: Reductions::default(),
        caps: Caps { states, memory: 1 << 30 },
        traces: true,
        enough: &|_| false,
        interrupt: &AtomicBool::new(false),
    };
    untimed::explore(world, &plan, &mut |_| {})
}

/// A sets its timer again and again, and remembers each time that it ran out.
fn ticking() -> World<Toy> {
    let a = Script { on_boot: vec![Do::Set(0)], on_timer: vec![Do::Set(0)], ..Script::default() };
    toy::world(a, Script::default())
}

/// A and B send one message back and forth for ever; B logs each.
fn playing() -> World<Toy> {
    let a = Script {
        on_request: vec![Do::Send(B)],
        on_message: vec![Do::Send(B)],
        ..Script::default()
    };
    let b = Script { on_message: vec![Do::Log, Do::Sync, Do::Send(A)], ..Script::default() };
    toy::world(a, b)
}

#[test]
fn a_list_that_nothing_empties_is_named() {
    for representation in [Representation::Collapsed, Representation::Plain] {
        let explored = explored(&ticking(), 2000, representation);
        assert_eq!(explored.cut_short, Some(CutShort::States));
        let [found] = &explored.growth[..] else { panic!("{:?}", explored.growth) };
        assert_eq!(found.process, "a");
        let part = &found.parts[0];
        assert_eq!(part.part, "items of `heard` in its state");
        assert_eq!(part.to - part.from, part.rises, "one more each time");
        assert_eq!(part.rises, found.looked_at);
        assert_eq!(found.by, ["timer even"]);
        assert!(found.last.len() > found.first.len() && found.locals > 50);
    }
}

#[test]
fn all_who_grow_are_named_with_what_feeds_them() {
    let explored = explored(&playing(), 400, Representation::Collapsed);
    let processes: Vec<&str> = explored.growth.iter().map(|found| &*found.process).collect();
    assert_eq!(processes, ["a", "b"]);
    let parts: Vec<&str> = explored.growth[1].parts.iter().map(|part| &*part.part).collect();
    assert!(parts.contains(&"records in its log"), "{parts:?}");
    assert!(parts.contains(&"the number `sent` in its state"), "{parts:?}");
    let by = ["message even", "end of a sync", "message odd"];
    let mut fed = explored.growth[1].by.clone();
    fed.sort_unstable_by_key(|by_what| by.iter().position(|known| known == by_what));
    assert_eq!(fed, by);
}

/// A passes many requests on, and B remembers each.
#[test]
fn what_only_requests_feed_is_large_and_no_more() {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let mut world = toy::world(a, Script::default());
    world.workload = Box::new(vec![toy::Number(0); 40]);
    let whole = explored(&world, 1_000_000, Representation::Collapsed);
    assert_eq!(whole.cut_short, None);
    let cut_short = explored(&world, whole.distinct - 1, Representation::Collapsed);
    assert_eq!((cut_short.cut_short, cut_short.growth), (Some(CutShort::States), Vec::new()));
}

#[test]
fn what_was_seen_to_its_end_does_not_grow() {
    let a = Script { on_boot: vec![Do::Set(0)], on_timer: vec![Do::Send(B)], ..Script::default() };
    let explored = explored(&toy::world(a, Script::default()), 1000, Representation::Collapsed);
    assert_eq!((explored.cut_short, explored.growth), (None, Vec::new()));
}
