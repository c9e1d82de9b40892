//! The world in numbers: every local state, mail and watch has one, and a state of the world is a
//! short vector of them, packed into words.
//!
//! What one process does depends on nothing but its local state and its input, so a protocol's
//! code runs once for each such pair, however many states of the world it occurs in. What is exact
//! stays exact: states are compared whole, no fingerprint stands for any of them.

mod change;
mod coverage;
mod expand;
mod faults;
mod quotient;
mod reactions;
mod renamed;
mod shared;
mod signature;
mod sleep;
mod step;
mod tables;

use crate::protocol::Protocol;
use crate::untimed::action::Action;
use crate::untimed::layout::{Layout, Rewrite};
use crate::untimed::local::Local;
use crate::untimed::mail::Mail;
use crate::untimed::space::{Halt, Scene, Sink, Space};
use crate::untimed::world::Untimed;

pub(crate) use quotient::Quotient;
use reactions::All;
use sleep::Sleep;
use step::Step;
use tables::Brief;

/// The collapsed space of a world.
pub(crate) struct Collapsed<'u, P: Protocol> {
    world: &'u Untimed<P>,
    all: All<P>,
    layout: Layout,
    /// How many processes there are.
    count: usize,
    /// The state that is being expanded: the numbers of situations, tally and watch.
    numbers: Vec<u32>,
    base: Vec<u64>,
    /// What is known of the processes' situations in it.
    briefs: Vec<Brief>,
    /// The successor that is being made, and in which slots it differs.
    now: Vec<u32>,
    touched: Vec<u32>,
    next: Vec<u64>,
    sleep: Sleep,
}

impl<'u, P: Protocol> Collapsed<'u, P> {
    pub(crate) fn new(world: &'u Untimed<P>) -> Collapsed<'u, P> {
        let count = world.topology().processes.len();
        let slots = count + 2;
        let layout = Layout::new(&vec![1; slots]);
        Collapsed {
            world,
            all: All::new(world),
            count,
            numbers: vec![0; slots],
            base: vec![0; layout.words()],
            briefs: vec![Brief::default(); count],
            now: vec![0; slots],
            touched: Vec::new(),
            next: vec![0; layout.words()],
            sleep: Sleep::new(count),
            layout,
        }
    }

    fn tally_slot(&self) -> usize {
        self.count
    }

    fn watch_slot(&self) -> usize {
        self.count + 1
    }
}

impl<P: Protocol> Space for Collapsed<'_, P> {
    type Protocol = P;
    type Step = Step;

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn first(&mut self, sink: &mut impl Sink<Step>) -> Result<(), Halt> {
        let world = self.world;
        for me in 0..self.count {
            let tables = &mut self.all.tables[me];
            let local = tables.local(world, Local::new(tables.me));
            let mail = tables.mail(world, Mail::default());
            self.numbers[me] = tables.situation(local, mail);
        }
        let (tally, watch) = (self.tally_slot(), self.watch_slot());
        self.numbers[tally] = self.all.shared.tally(world, world.tally());
        self.numbers[watch] = self.all.shared.watches.intern(world.watch.clone()).0;
        self.base.fill(0);
        for slot in 0..self.numbers.len() {
            self.layout.replace(&mut self.base, slot, (0, self.numbers[slot]))?;
        }
        self.now.copy_from_slice(&self.numbers);
        self.start(sink)
    }

    fn expand<K: Sink<Step>>(&mut self, state: &[u64], sink: &mut K) -> Result<(), Halt> {
        self.layout.unpack(state, &mut self.numbers);
        copy(&mut self.base, state);
        self.now.copy_from_slice(&self.numbers);
        self.touched.clear();
        self.follow(sink)
    }

    fn widen(&mut self) -> Rewrite {
        let shared = &self.all.shared;
        let counts = self.all.tables.iter().map(|tables| tables.situations.len());
        let counts = counts.chain([shared.tallies.len(), shared.watches.len()]);
        let widths: Vec<u32> = counts.map(|count| usize::BITS - count.leading_zeros()).collect();
        let wider = Layout::roomy(&widths);
        let old = std::mem::replace(&mut self.layout, wider.clone());
        self.base.resize(wider.words(), 0);
        self.next.resize(wider.words(), 0);
        Rewrite::new(old, wider)
    }

    fn runs(&self) -> u64 {
        self.all.shared.runs
    }

    fn bytes(&self) -> usize {
        self.all.bytes()
    }

    fn is_at_rest(&self, state: &[u64], numbers: &mut Vec<u32>) -> bool {
        numbers.resize(self.numbers.len(), 0);
        self.layout.unpack(state, numbers);
        let tally = self.all.shared.tallies.get(numbers[self.tally_slot()]);
        let rests = |me: usize| {
            let tables = &self.all.tables[me];
            let situation = &tables.situations[numbers[me] as usize];
            (situation.idle || situation.dead && !self.world.bounds.restarts)
                && (!self.world.consumes() || tables.mails.get(situation.mail).letters().is_empty())
        };
        tally.asked == self.world.all_asked() && tally.cut.is_none() && (0..self.count).all(rests)
    }

    fn scene(&self, state: &[u64]) -> Scene<'_, P> {
        let mut numbers = vec![0; self.numbers.len()];
        self.layout.unpack(state, &mut numbers);
        let locals = self.all.tables.iter().zip(&numbers);
        let shared = &self.all.shared;
        Scene {
            locals: locals
                .map(|(tables, &number)| {
                    tables.locals.get(tables.situations[number as usize].local)
                })
                .collect(),
            tally: *shared.tallies.get(numbers[self.tally_slot()]),
            watch: shared.watches.get(numbers[self.watch_slot()]),
        }
    }

    fn action(&mut self, state: &[u64], step: Step) -> Action<P> {
        let mut numbers = vec![0; self.numbers.len()];
        self.layout.unpack(state, &mut numbers);
        self.explain(&numbers, step)
    }
}

/// Copies a state; most take one word.
#[inline]
fn copy(to: &mut [u64], from: &[u64]) {
    if let ([to], [from]) = (&mut *to, from) {
        *to = *from;
    } else {
        to.copy_from_slice(from);
    }
}
