//! The loop that somebody would write in an afternoon: a binary heap of `(time, sequence)`, a
//! dynamic call to the node, a check for loss, a hash of the trace, and a generator whose seeds
//! keep their meaning, which is the engine's. It runs sequential two-phase commit without disk,
//! crash, recovery, time-outs, data, properties or costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A message on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Message {
    from: u32,
    to: u32,
    kind: Kind,
    tx: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Prepare,
    Yes,
    Commit,
    Ack,
}

trait Node {
    fn on_message(&mut self, message: Message, out: &mut Vec<Message>);
}

struct Coordinator {
    participants: u32,
    votes: u32,
    acks: u32,
    left: u32,
}

impl Coordinator {
    fn broadcast(&self, kind: Kind, tx: u32, out: &mut Vec<Message>) {
        out.extend((1..=self.participants).map(|to| Message { from: 0, to, kind, tx }));
    }
}

impl Node for Coordinator {
    fn on_message(&mut self, message: Message, out: &mut Vec<Message>) {
        match message.kind {
            Kind::Yes => {
                self.votes += 1;
                if self.votes == self.participants {
                    self.votes = 0;
                    self.broadcast(Kind::Commit, message.tx, out);
                }
            }
            Kind::Ack => {
                self.acks += 1;
                if self.acks == self.participants {
                    self.acks = 0;
                    self.left -= 1;
                    if self.left > 0 {
                        self.broadcast(Kind::Prepare, message.tx + 1, out);
                    }
                }
            }
            Kind::Prepare | Kind::Commit => {}
        }
    }
}

struct Participant {
    prepared: Option<u32>,
    committed: u64,
}

impl Node for Participant {
    fn on_message(&mut self, message: Message, out: &mut Vec<Message>) {
        let Message { from, to, kind, tx } = message;
        let mut answer = |kind| out.push(Message { from: to, to: from, kind, tx });
        match kind {
            Kind::Prepare => {
                self.prepared = Some(tx);
                answer(Kind::Yes);
            }
            Kind::Commit => {
                if self.prepared.take() == Some(tx) {
                    self.committed += 1;
                }
                answer(Kind::Ack);
            }
            Kind::Yes | Kind::Ack => {}
        }
    }
}

/// Runs so many transactions over so many participants; messages delivered and trace hash.
pub fn run(participants: u32, transactions: u32, seed: u64) -> (u64, u64) {
    let mut nodes: Vec<Box<dyn Node>> =
        vec![Box::new(Coordinator { participants, votes: 0, acks: 0, left: transactions })];
    for _ in 0..participants {
        nodes.push(Box::new(Participant { prepared: None, committed: 0 }));
    }
    let mut heap = BinaryHeap::new();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut sequence, mut hash, mut delivered, mut now) = (0u64, 0u64, 0u64, 0u64);
    let mut out: Vec<Message> =
        (1..=participants).map(|to| Message { from: 0, to, kind: Kind::Prepare, tx: 0 }).collect();
    loop {
        for message in out.drain(..) {
            // One in four thousand million: checked for every message, loses none here.
            let lost = random.next_u32() == u32::MAX && message.tx == u32::MAX;
            if !lost {
                let time = now + 1_000_000 + random.next_u64() % 1_000_000;
                heap.push(Reverse((time, sequence, message)));
                sequence += 1;
            }
        }
        let Some(Reverse((time, _, message))) = heap.pop() else { break };
        now = time;
        delivered += 1;
        let packed = u64::from(message.from) << 40
            | u64::from(message.to) << 32
            | u64::from(message.tx) << 2
            | message.kind as u64;
        hash = (hash ^ time ^ packed).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        nodes[message.to as usize].on_message(message, &mut out);
    }
    (delivered, hash)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_does_the_same_job() {
        assert_eq!(super::run(5, 100, 1).0, 100 * 20);
    }
}
