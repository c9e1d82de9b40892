//! Delay-bounded scheduling: processes take turns in a fixed order, each until it has nothing to
//! do, the oldest of its events first; and a few times, at random, the process whose turn it is is
//! passed over. Many bugs need few delays.
//!
//! Source: Emmi, Qadeer & Rakamarić, *Delay-Bounded Scheduling*, POPL 2011.

use std::collections::BTreeMap;

use super::event::place;
use super::{Strategy, View};
use crate::protocol::Protocol;
use crate::random::Stream;

/// Whose turn it is, and when it is passed over.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays {
    /// When each event was first seen.
    ages: BTreeMap<u64, u32>,
    turn: usize,
    delays: Vec<u32>,
    step: u32,
}

/// At most so many delays.
const DELAYS_MAX: u64 = 6;

impl<P: Protocol> Strategy<P> for Delays {
    fn begin(&mut self, stream: &mut Stream, typical: u32) {
        let delays = stream.below(DELAYS_MAX + 1);
        let at = |_| stream.below(u64::from(typical.max(1))) as u32;
        *self = Delays { delays: (0..delays).map(at).collect(), ..Delays::default() };
    }

    fn choose(&mut self, view: &View<'_, P>, _: &mut Stream) -> usize {
        for &number in view.open {
            self.ages.entry(view.events[number]).or_insert(self.step);
        }
        // Who is nobody's comes last.
        let whose = |number: usize| {
            place(&view.actions[number]).map_or(usize::MAX, |process| process.index())
        };
        self.turn += self.delays.iter().filter(|&&delay| delay == self.step).count();
        let after = |turn: usize| {
            let whose = view.open.iter().map(|&number| whose(number));
            whose.filter(|&process| process >= turn).min()
        };
        let turn = after(self.turn).or_else(|| after(0));
        self.turn = turn.expect("there is something to choose from");
        let mine = view.open.iter().copied().filter(|&number| whose(number) == self.turn);
        let number = mine.min_by_key(|&number| (self.ages[&view.events[number]], number));
        let number = number.expect("it is somebody's turn who has something to do");
        if self.turn == usize::MAX {
            self.turn = 0;
        }
        number
    }

    fn chosen(&mut self, view: &View<'_, P>, number: usize, _: bool, _: &mut Stream) {
        self.step += 1;
        self.ages.remove(&view.events[number]);
    }
}
