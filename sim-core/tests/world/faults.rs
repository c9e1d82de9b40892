//! Faults do what they say, and count only when they were felt.

use dtxsim_core::fault::{Fault, FaultKind, Keep, On, Restart, Scripted, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Simulation, World};

use crate::toy::*;

fn crash(process: dtxsim_core::ProcessId, restart: Restart, keep: Keep) -> Fault {
    Fault::Crash { host: host(process), restart, keep }
}

/// `a` crashes after two milliseconds and is back after one more.
pub(crate) fn with_crash_of_a(mut world: World<Toy>) -> World<Toy> {
    let crash = crash(A, Restart::After(ms(1)), Keep::Nothing);
    world.faults.script = vec![at(ms(2), crash)];
    world
}

/// Attempted and effective, of that kind, in a run of seed 0.
fn felt(world: &World<Toy>, kind: FaultKind) -> (u64, u64) {
    let mut simulation = Simulation::new(world);
    simulation.run(0);
    let count = simulation.ledger().faults[kind as usize];
    (count.attempted, count.effective)
}

#[test]
fn a_crash_keeps_the_prefix_of_the_tail_that_it_says() {
    let a = Script { on_request: vec![Do::Log, Do::Log, Do::Log, Do::Set(2)], ..Script::default() };
    for (keep, records) in
        [(Keep::Nothing, 0), (Keep::First(1), 1), (Keep::First(9), 3), (Keep::Everything, 3)]
    {
        let mut world = world(a.clone(), Script::default());
        world.faults.script = vec![at(ms(2), crash(A, Restart::After(ms(1)), keep))];
        let (heard, _, _) = run(&world);
        assert_eq!(heard[0].len(), records, "{keep:?}: {heard:?}");
    }
}

#[test]
fn a_crash_loses_timers_waiting_effects_and_what_was_in_the_inbox() {
    let a = Script { on_request: vec![Do::Send(B), Do::Send(B)], ..Script::default() };
    let b = Script {
        on_message: vec![Do::Set(0), Do::Log, Do::Sync, Do::Send(A)],
        ..Script::default()
    };
    let mut world = world(a, b);
    world.sync = Latency::Constant(ms(50));
    world.faults.script = vec![at(ms(3), crash(B, Restart::After(ms(1)), Keep::Nothing))];
    let (heard, _, _) = run(&world);
    assert_eq!(heard, [vec!["request 0".to_owned()], vec![]]);
}

#[test]
fn what_was_sent_before_a_crash_may_arrive_after_the_restart() {
    let b = Script { on_boot: vec![Do::Send(A)], ..Script::default() };
    let mut world = world(Script::default(), b);
    world.workload = Box::new(Vec::<Number>::new());
    world.network.default.latency = Latency::Constant(ms(10));
    let (heard, _, _) = run(&with_crash_of_a(world));
    assert_eq!(heard[0], ["p1 0"]);
}

#[test]
fn a_message_to_a_dead_host_is_lost_and_makes_the_crash_felt() {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    let never = crash(B, Restart::Never, Keep::Nothing);
    world.faults.script = vec![at(Nanos::ZERO, never.clone())];
    assert_eq!(felt(&world, FaultKind::Crash), (1, 1));
    world.faults.script = vec![at(ms(30), never)];
    assert_eq!(felt(&world, FaultKind::Crash), (1, 0), "it lost nothing and nobody noticed");
}

use dtxsim_core::Nanos;

#[test]
fn a_pause_holds_everything_back_in_order() {
    let a = Script { on_request: vec![Do::Send(B), Do::Send(B), Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.faults.script = vec![at(Nanos::ZERO, Fault::Pause { host: host(B), span: ms(20) })];
    let (heard, _, trace) = run(&world);
    assert_eq!(heard[1], ["p0 0", "p0 1", "p0 2"]);
    assert_eq!(deliveries(&trace, B), [ms(20); 3]);
    assert_eq!(felt(&world, FaultKind::Pause), (1, 1));
}

#[test]
fn a_pause_that_holds_nothing_up_is_not_felt() {
    // The request is handled before it, the sync is done after it.
    let a = Script { on_request: vec![Do::Log, Do::Sync, Do::Send(B)], ..Script::default() };
    let b = Script { on_message: vec![Do::Log, Do::Sync], ..Script::default() };
    let mut world = world(a, b);
    world.sync = Latency::Constant(ms(10));
    world.faults.script = vec![at(ms(2), Fault::Pause { host: host(B), span: ms(1) })];
    assert_eq!(felt(&world, FaultKind::Pause), (1, 0));
}

#[test]
fn faults_of_one_moment_happen_in_the_order_in_which_they_are_written() {
    let a = Script { on_request: vec![Do::Send(B), Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    let on = On::Sent { kind: 0, from: None, to: None };
    let pause = Fault::Pause { host: host(B), span: ms(5) };
    world.faults.script =
        vec![nth(on, 1, pause), nth(on, 1, crash(B, Restart::After(ms(1)), Keep::Nothing))];
    let mut simulation = Simulation::new(&world);
    let (_, trace) = simulation.record(0);
    let text = trace.to_string();
    let (pause, crash) = (text.find("b stands still"), text.find("b crashes"));
    assert!(pause.is_some() && pause < crash, "{text}");
}

#[test]
fn a_fifo_link_stays_one_under_a_scripted_delay() {
    let a = Script { on_request: vec![Do::Send(B); 4], ..Script::default() };
    let first = On::Sent { kind: 0, from: Some(A), to: None };
    for fault in [Fault::Delay { by: ms(9) }, Fault::Duplicate { after: ms(9) }] {
        let mut world = world(a.clone(), Script::default());
        world.network.default.fifo = true;
        world.faults.script = vec![nth(first, 1, fault)];
        let (heard, _, _) = run(&world);
        let order: Vec<&str> = heard[1].iter().map(String::as_str).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(order.last(), Some(&"p0 3"));
    }
}

#[test]
fn a_partition_that_happens_again_while_it_lasts_lasts_longer() {
    let sends = vec![Do::Send(B), Do::Set(0)];
    let a = Script { on_request: sends.clone(), on_timer: sends, ..Script::default() };
    let mut world = world(a, Script::default());
    let cut = Fault::Partition {
        from: vec![host(A)],
        to: vec![host(B)],
        both_ways: true,
        span: Some(ms(12)),
    };
    // Sent at 0, 5, 10, 15, .. ms; cut at 0, again at 10, which lasts until 22.
    let on = On::Sent { kind: 0, from: None, to: None };
    let repeated = Scripted { when: When::Nth { on, nth: 1, every: true }, fault: cut };
    world.faults.script = vec![repeated];
    world.faults.healing = ms(40);
    world.limits.steps = 40;
    let (_, _, trace) = run(&world);
    assert_eq!(deliveries(&trace, B)[0], ms(41), "only the healing ends it");
}

#[test]
fn a_sync_that_is_done_during_a_pause_is_noticed_after_it() {
    let b = Script { on_message: vec![Do::Log, Do::Sync, Do::Send(A)], ..Script::default() };
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let mut world = world(a, b);
    world.sync = Latency::Constant(ms(2));
    world.faults.script = vec![at(ms(2), Fault::Pause { host: host(B), span: ms(20) })];
    let (_, _, trace) = run(&world);
    assert_eq!(deliveries(&trace, A), [ms(23)]);
}

#[test]
fn a_partition_has_a_direction_hits_what_is_in_flight_and_ends() {
    let a = Script {
        on_request: vec![Do::Send(B), Do::Set(0)],
        on_timer: vec![Do::Send(B), Do::Set(1)],
        ..Script::default()
    };
    let b = Script { on_boot: vec![Do::Send(A)], ..Script::default() };
    let cut = |span| Fault::Partition {
        from: vec![host(A)],
        to: vec![host(B)],
        both_ways: false,
        span: Some(span),
    };
    let mut world = world(a, b);
    world.faults.script = vec![at(Nanos(500_000), cut(ms(6)))];
    world.limits.steps = 14;
    let (heard, _, trace) = run(&world);
    assert!(heard[0].contains(&"p1 0".to_owned()), "the other direction is open");
    assert_eq!(deliveries(&trace, B)[0], ms(16), "the first was in flight, the second too early");
    assert_eq!(felt(&world, FaultKind::Partition), (1, 1));
}

#[test]
fn the_nth_message_of_a_kind_is_dropped_doubled_or_delayed() {
    // Messages 0 to 3: kinds even, odd, even, odd.
    let a = Script { on_request: vec![Do::Send(B); 4], ..Script::default() };
    let second_even = On::Sent { kind: 0, from: Some(A), to: None };
    let heard_with = |fault: Fault| {
        let mut world = world(a.clone(), Script::default());
        world.faults.script = vec![nth(second_even, 2, fault)];
        run(&world).0[1].join(",")
    };
    assert_eq!(heard_with(Fault::Drop), "p0 0,p0 1,p0 3");
    assert_eq!(heard_with(Fault::Delay { by: ms(1) }), "p0 0,p0 1,p0 3,p0 2");
    assert_eq!(heard_with(Fault::Duplicate { after: ms(1) }), "p0 0,p0 1,p0 2,p0 3,p0 2");
}

#[test]
fn a_crash_can_fall_between_a_sync_and_the_next_send_and_between_two_sends() {
    let does = vec![Do::Log, Do::Sync, Do::Send(B), Do::Send(B)];
    let a = Script { on_request: does, ..Script::default() };
    let dies = crash(A, Restart::Never, Keep::Nothing);
    let arrivals = |on| {
        let mut world = world(a.clone(), Script::default());
        world.faults.script = vec![nth(on, 1, dies.clone())];
        let mut simulation = Simulation::new(&world);
        simulation.run(0);
        (simulation.ledger().delivered, simulation.nodes()[0].log().records().len())
    };
    assert_eq!(arrivals(On::Appended { kind: 1, by: None }), (0, 0), "before the sync");
    assert_eq!(arrivals(On::Synced { kind: 1, by: Some(A) }), (0, 1), "after it");
    assert_eq!(arrivals(On::Sent { kind: 0, from: None, to: None }), (1, 1), "between the sends");
}

#[test]
fn a_crash_takes_the_whole_host_and_what_its_processes_told_each_other() {
    let a = Script { on_request: vec![Do::Send(B), Do::Say, Do::Set(2)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.protocol.topology.processes[1].host = host(A);
    world.protocol.topology.drop_empty_hosts();
    let dies = crash(A, Restart::After(ms(1)), Keep::Nothing);
    world.faults.script = vec![nth(On::Noted { kind: 1, by: Some(A) }, 1, dies)];
    let (heard, _, _) = run(&world);
    assert_eq!(heard, [Vec::<String>::new(), vec![]], "both forgot; the message died with them");
}

#[test]
fn delivered_triggers_fire_when_the_receiver_is_done() {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let b = Script { on_message: vec![Do::Send(A)], ..Script::default() };
    let mut world = world(a, b);
    let on = On::Delivered { kind: 0, from: Some(A), to: Some(B) };
    world.faults.script = vec![nth(on, 1, crash(B, Restart::Never, Keep::Nothing))];
    let (heard, _, _) = run(&world);
    assert_eq!(heard[0], ["request 0", "p1 0"], "it answered before it died");
}

#[test]
fn skew_stretches_the_timers_of_its_host_alone() {
    let sets =
        Script { on_boot: vec![Do::Set(1)], on_timer: vec![Do::Send(B)], ..Script::default() };
    let mut world = world(sets, Script::default());
    let stretch = Ratio { num: 3, den: 2 };
    let skew = |process| at(Nanos::ZERO, Fault::Skew { host: host(process), stretch });
    let arrival = |world: &World<Toy>| deliveries(&run(world).2, B);
    // The timer is set at the start, before the fault of time zero; it is set anew at a restart.
    world.faults.script = vec![skew(A), at(ms(1), crash(A, Restart::After(ms(1)), Keep::Nothing))];
    assert_eq!(arrival(&world), [ms(2 + 15 + 1)]);
    world.faults.script[0] = skew(B);
    assert_eq!(arrival(&world), [ms(2 + 10 + 1)]);
    assert_eq!(felt(&world, FaultKind::Skew), (1, 0), "b sets no timer");
}

#[test]
fn after_the_healing_nothing_goes_wrong_and_who_can_come_back_does() {
    let a =
        Script { on_request: vec![Do::Set(2)], on_timer: vec![Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.faults.healing = ms(50);
    world.network.default.loss = Ratio::ONE;
    world.faults.script = vec![
        at(ms(1), crash(B, Restart::AtHealing, Keep::Nothing)),
        nth(On::Sent { kind: 0, from: None, to: None }, 1, Fault::Drop),
    ];
    let (heard, _, _) = run(&world);
    assert_eq!(heard[1], ["p0 0"]);
}
