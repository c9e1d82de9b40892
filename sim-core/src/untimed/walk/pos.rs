//! Partial order sampling: each event that waits has a random priority, the highest goes first, and
//! those that it races with draw theirs anew. Orders that differ in no race are sampled as one.
//!
//! Source: Yuan, Yang & Gu, *Partial Order Aware Concurrency Sampling*, CAV 2018.

use std::collections::BTreeMap;

use super::event::place;
use super::{Strategy, View};
use crate::protocol::Protocol;
use crate::random::Stream;

/// The priorities of events that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialOrder {
    priorities: BTreeMap<u64, u64>,
}

impl<P: Protocol> Strategy<P> for PartialOrder {
    fn begin(&mut self, _: &mut Stream, _: u32) {
        self.priorities.clear();
    }

    fn choose(&mut self, view: &View<'_, P>, stream: &mut Stream) -> usize {
        for &number in view.open {
            self.priorities.entry(view.events[number]).or_insert_with(|| stream.bits());
        }
        let first = view.open.iter().copied();
        first
            .max_by_key(|&number| (self.priorities[&view.events[number]], usize::MAX - number))
            .expect("there is something to choose from")
    }

    fn chosen(&mut self, view: &View<'_, P>, number: usize, _: bool, _: &mut Stream) {
        let here = place(&view.actions[number]);
        self.priorities.remove(&view.events[number]);
        for (action, event) in view.actions.iter().zip(view.events) {
            if here.is_some() && place(action) == here {
                // Drawn anew when it is looked at next.
                self.priorities.remove(event);
            }
        }
    }
}
