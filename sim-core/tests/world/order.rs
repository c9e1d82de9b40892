//! Order, barriers, timers, choices, costs.

use dtxsim_core::Nanos;
use dtxsim_core::client::Arrival;
use dtxsim_core::fault::Fault;
use dtxsim_core::latency::Latency;
use dtxsim_core::timed::Simulation;

use crate::toy::*;

#[test]
fn nothing_after_a_sync_happens_before_it_is_done() {
    let a = Script { on_request: vec![Do::Log, Do::Sync, Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.sync = Latency::Constant(ms(3));
    let (_, outcome, trace) = run(&world);
    assert_eq!(deliveries(&trace, B), [ms(4)], "3 ms for the disk, 1 ms for the network");
    assert_eq!(outcome.end, ms(4));
}

#[test]
fn a_sync_with_nothing_to_write_costs_nothing() {
    let a = Script { on_request: vec![Do::Sync, Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.sync = Latency::Constant(ms(3));
    let (_, _, trace) = run(&world);
    assert_eq!(deliveries(&trace, B), [ms(1)]);
}

#[test]
fn a_process_that_waits_for_its_disk_takes_events_afterwards_in_their_order() {
    let a = Script { on_request: vec![Do::Send(B), Do::Send(B), Do::Send(B)], ..Script::default() };
    let b = Script { on_message: vec![Do::Log, Do::Sync], ..Script::default() };
    let mut world = world(a, b);
    world.sync = Latency::Constant(ms(5));
    let (heard, outcome, trace) = run(&world);
    assert_eq!(heard[1], ["p0 0", "p0 1", "p0 2"]);
    assert_eq!(deliveries(&trace, B), [ms(1), ms(6), ms(11)]);
    assert_eq!(outcome.end, ms(16));
}

#[test]
fn an_inbox_may_be_longer_than_the_stack_is_deep() {
    let count = 100_000;
    let a = Script { on_request: vec![Do::Send(B); count], ..Script::default() };
    let mut world = world(a, Script::default());
    let pause = Fault::Pause { host: host(B), span: ms(20) };
    world.faults.script = vec![at(Nanos::ZERO, pause)];
    let mut simulation = Simulation::new(&world);
    simulation.run(0);
    assert_eq!(simulation.ledger().delivered, count as u64);
}

#[test]
fn a_timer_that_is_set_anew_moves_and_a_cancelled_one_never_comes() {
    let a = Script {
        on_request: vec![Do::Set(0), Do::Set(1), Do::Cancel(0), Do::Set(2), Do::Set(1)],
        on_timer: vec![Do::Cancel(2)],
        ..Script::default()
    };
    let (heard, outcome, _) = run(&world(a, Script::default()));
    assert_eq!(heard[0], ["request 0", "timer 1"]);
    assert_eq!(outcome.end, ms(10));
}

#[test]
fn a_timer_that_runs_out_during_a_sync_can_still_be_cancelled_by_what_waits_behind_it() {
    let cancels = Script {
        on_request: vec![Do::Set(0), Do::Log, Do::Sync, Do::Cancel(0)],
        ..Script::default()
    };
    let keeps = Script { on_request: vec![Do::Set(0), Do::Log, Do::Sync], ..Script::default() };
    for (script, expected) in [(cancels, vec!["request 0"]), (keeps, vec!["request 0", "timer 0"])]
    {
        let mut world = world(script, Script::default());
        world.sync = Latency::Constant(ms(50));
        assert_eq!(run(&world).0[0], expected);
    }
}

#[test]
fn every_option_of_a_choice_comes_up_and_one_seed_always_chooses_alike() {
    let a = Script {
        on_request: vec![Do::Choose(3), Do::Send(B)],
        on_choice: vec![Do::Say],
        ..Script::default()
    };
    let world = world(a, Script::default());
    let mut simulation = Simulation::new(&world);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let first = simulation.run(seed);
        let heard = simulation.nodes()[0].state().expect("a is up").heard.clone();
        assert_eq!(simulation.run(seed), first);
        assert!(heard[1].starts_with("chosen "), "the answer comes next: {heard:?}");
        seen.insert(heard[1].clone());
    }
    let seen: Vec<String> = seen.into_iter().collect();
    assert_eq!(seen, ["chosen 0", "chosen 1", "chosen 2"]);
}

#[test]
fn messages_within_a_host_are_free_instant_and_not_counted() {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let b = Script { on_message: vec![Do::Say], ..Script::default() };
    let mut world = world(a, b);
    world.protocol.topology.processes[1].host = host(A);
    world.protocol.topology.drop_empty_hosts();
    let mut simulation = Simulation::new(&world);
    let outcome = simulation.run(0);
    assert_eq!(outcome.end, Nanos::ZERO);
    assert_eq!(simulation.nodes()[1].state().expect("b is up").heard, ["p0 0"]);
    assert_eq!((simulation.ledger().messages(), simulation.ledger().delivered), (0, 0));
}

#[test]
fn the_ledger_counts_forces_lazy_writes_repeats_and_causal_depth() {
    let a = Script {
        on_request: vec![Do::Log, Do::Log, Do::Sync, Do::Send(B), Do::Log],
        on_message: vec![Do::Say],
        ..Script::default()
    };
    let b = Script { on_message: vec![Do::Log, Do::Sync, Do::Send(A)], ..Script::default() };
    let world = world(a, b);
    let mut simulation = Simulation::new(&world);
    simulation.run(0);
    let ledger = simulation.ledger();
    assert_eq!((ledger.messages(), ledger.retransmitted(), ledger.delivered), (2, 0, 2));
    assert_eq!((ledger.appended, ledger.forced, ledger.lazy()), (4, 2, 2));
    let last = (ledger.last_depth.map(|d| d.most), ledger.last_writes.map(|w| w.most));
    assert_eq!(last, (Some(2), Some(2)), "two messages and two forced writes in a row");
    assert_eq!(ledger.by_roles, [0, 1, 1, 0], "left to right once, right to left once");
}

#[test]
fn the_same_message_sent_again_is_a_retransmission() {
    // `b` answers each message with its own count, which after a restart begins at zero again.
    let a = Script { on_boot: vec![Do::Send(B)], ..Script::default() };
    let world = crate::faults::with_crash_of_a(world(a, Script::default()));
    let mut simulation = Simulation::new(&world);
    simulation.run(0);
    let ledger = simulation.ledger();
    assert_eq!((ledger.messages(), ledger.retransmitted()), (2, 1));
}

#[test]
fn a_sequential_client_waits_for_answers_and_loses_patience() {
    let a = Script { on_request: vec![Do::Send(B)], ..Script::default() };
    let mut world = world(a, Script::default());
    world.workload = Box::new(vec![Number(0), Number(0), Number(0)]);
    world.arrival = Arrival::Sequential { patience: ms(20) };
    let (_, _, trace) = run(&world);
    assert_eq!(deliveries(&trace, B), [ms(1), ms(21), ms(41)], "nobody answers");
}
