//! What makes two nodes the same.

use dtxsim_core::{Environment, Flow, Input, Node, Outbox, ProcessId, SyncAnswer, fingerprint};

use crate::toy::*;

/// Does nothing, but numbers the timers from here on.
struct Idle(u32);

impl Environment<Toy> for Idle {
    fn appended(&mut self, _: &Number) -> Flow {
        Flow::Continue
    }

    fn sync(&mut self) -> SyncAnswer {
        SyncAnswer::Done
    }

    fn durable(&mut self, _: &[Number]) -> Flow {
        Flow::Continue
    }

    fn send(&mut self, _: ProcessId, _: Number) -> Flow {
        Flow::Continue
    }

    fn arm(&mut self, _: &Number) -> u32 {
        self.0 += 1;
        self.0
    }

    fn disarm(&mut self, _: u32) {}

    fn choose(&mut self, _: u32) {}

    fn note(&mut self, _: Number) -> Flow {
        Flow::Continue
    }
}

/// A node that has set these timers.
fn booted(timers: &[u8], env: &mut Idle) -> Node<Toy> {
    let on_boot = timers.iter().map(|&timer| Do::Set(timer)).collect();
    let mut node = Node::new(A);
    boot(&mut node, Script { on_boot, ..Script::default() }, env);
    node
}

fn boot(node: &mut Node<Toy>, script: Script, env: &mut Idle) {
    let toy = world(script, Script::default()).protocol;
    assert_eq!(node.step(&toy, Input::Boot, &mut Outbox::default(), env), Flow::Continue);
}

#[test]
fn which_timers_are_set_is_state_but_their_numbers_are_none() {
    let mut env = Idle(0);
    let (one, other) = (booted(&[0, 1], &mut env), booted(&[1, 0], &mut env));
    assert_ne!(one.timers(), other.timers(), "they have other numbers");
    assert_eq!(one, other);
    assert_eq!(fingerprint::of(&one), fingerprint::of(&other));
    assert_ne!(one, booted(&[0], &mut env));
}

#[test]
fn how_often_one_has_crashed_is_no_state() {
    let mut env = Idle(0);
    let never = booted(&[], &mut env);
    let mut once = never.clone();
    once.crash(0, &mut env);
    assert_ne!(once, never, "one is down");
    boot(&mut once, Script::default(), &mut env);
    assert_ne!(once.incarnation(), never.incarnation());
    assert_eq!(once, never);
    assert_eq!(fingerprint::of(&once), fingerprint::of(&never));
}

#[test]
fn processes_differ() {
    assert_ne!(Node::<Toy>::new(A), Node::<Toy>::new(B));
}
