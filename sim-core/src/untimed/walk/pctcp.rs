//! PCTCP: a bug of depth d is one that d events in a certain order show. Events fall into chains,
//! each of which is caused one by the other; chains have random priorities, and at d - 1 random
//! points the chain at hand falls to the lowest. The odds to find the bug are then bounded.
//!
//! Source: Ozkan, Majumdar, Niksic, Tabaei Befrouei & Weissenbacher, *Randomized Testing of
//! Distributed Systems with Probabilistic Guarantees*, OOPSLA 2018. Chains are put together
//! greedily here: of the events that a step makes possible, the first carries on the chain of that
//! step, each other begins one of its own.

use std::collections::BTreeMap;

use super::{Strategy, View};
use crate::protocol::Protocol;
use crate::random::Stream;

/// Chains and their priorities.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    /// The chain of each event that waits.
    chains: BTreeMap<u64, usize>,
    /// By chain: the higher goes first.
    priorities: Vec<u64>,
    /// The chain of the last step.
    last: Option<usize>,
    /// The steps on which a chain falls.
    falls: Vec<u32>,
    step: u32,
}

/// Bugs of up to this depth are aimed at.
const DEPTH_MAX: u64 = 5;

/// Priorities at the start are above those of chains that fell.
const HIGH: u64 = 1 << 32;

impl Chains {
    fn chain(&mut self, stream: &mut Stream) -> usize {
        let chain = self.last.take().unwrap_or(self.priorities.len());
        if chain == self.priorities.len() {
            self.priorities.push(HIGH + stream.below(HIGH));
        }
        chain
    }
}

impl<P: Protocol> Strategy<P> for Chains {
    fn begin(&mut self, stream: &mut Stream, typical: u32) {
        let falls = stream.below(DEPTH_MAX);
        let at = |_| stream.below(u64::from(typical.max(1))) as u32;
        *self = Chains { falls: (0..falls).map(at).collect(), ..Chains::default() };
    }

    fn choose(&mut self, view: &View<'_, P>, stream: &mut Stream) -> usize {
        for &number in view.open {
            let event = view.events[number];
            if !self.chains.contains_key(&event) {
                let chain = self.chain(stream);
                self.chains.insert(event, chain);
            }
        }
        let priority = |chains: &Chains, number: usize| {
            let chain = chains.chains[&view.events[number]];
            chains.priorities[chain]
        };
        let best = |chains: &Chains| {
            let first = view.open.iter().copied();
            first.max_by_key(|&number| (priority(chains, number), usize::MAX - number))
        };
        let mut number = best(self).expect("there is something to choose from");
        for index in 0..self.falls.len() {
            if self.falls[index] == self.step {
                let chain = self.chains[&view.events[number]];
                self.priorities[chain] = (self.falls.len() - index) as u64;
                number = best(self).expect("there is something to choose from");
            }
        }
        number
    }

    fn chosen(&mut self, view: &View<'_, P>, number: usize, _: bool, _: &mut Stream) {
        self.step += 1;
        self.last = self.chains.remove(&view.events[number]);
    }
}
