//! The one search over a space: what is expanded next is the frontier's business.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::untimed::asleep::Levels;
use crate::untimed::batch::{self, Batch, Gather, hash, same};
use crate::untimed::index::Index;
use crate::untimed::layout::Rewrite;
use crate::untimed::space::{Each, Halt, Nature, Space, Successor};
use crate::untimed::states::States;

/// In which order states are expanded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Order {
    /// The state found first is expanded first: the first counterexample is a shortest one.
    #[default]
    Breadth,
    /// The state found last is expanded first. Counterexamples are long.
    Depth,
}

/// Where a search gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caps {
    /// That many states.
    pub states: u64,
    /// That many bytes, of states, of the index over them and of tables.
    pub memory: u64,
}

/// Why a search ended before everything was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CutShort {
    /// As many states as it may keep.
    States,
    /// As much memory as it may take.
    Memory,
    /// Somebody wanted it to end.
    Interrupted,
    /// What was looked for is found.
    Found,
}

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Different states.
    pub states: u64,
    /// Of which so many have yet to be expanded.
    pub frontier: u64,
    /// States on the path to the one being expanded, breadth first.
    pub depth: u32,
    /// Bytes.
    pub memory: u64,
}

/// A step on which a property is violated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    /// Which.
    pub(crate) property: usize,
    /// Out of which state; none if the start itself does.
    pub(crate) state: Option<u32>,
}

/// What a search is told from outside.
pub(crate) struct Orders<'a> {
    pub(crate) order: Order,
    pub(crate) caps: Caps,
    /// Given the properties violated so far, a bit each: whether that is enough.
    pub(crate) enough: &'a dyn Fn(u64) -> bool,
    pub(crate) interrupt: &'a AtomicBool,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// So many successors are looked up at once.
const BATCH: usize = 192;

/// So many lookups are remembered, less one; a power of two.
const RECENT_MASK: usize = (1 << 13) - 1;

/// Every so many states somebody is told how it goes.
const PROGRESS_MASK: u32 = (1 << 12) - 1;

/// A search and what it found.
pub(crate) struct Search<S: Space> {
    pub(crate) space: S,
    pub(crate) states: States,
    index: Index,
    batch: Batch,
    /// States that were looked up last, by the low bits of their hashes.
    recent: Vec<(u64, u32)>,
    /// Where each level of a breadth-first search begins.
    pub(crate) levels: Vec<u32>,
    /// What has yet to be expanded, in a depth-first search.
    stack: Vec<u32>,
    /// Who sleeps, in a breadth-first search that leaves out orders of steps.
    asleep: Option<Levels>,
    /// How many states have been expanded, in a breadth-first search.
    head: u32,
    /// The first state of the next level.
    boundary: u32,
    pub(crate) transitions: u64,
    /// Steps by nature.
    pub(crate) natures: [u64; Nature::COUNT],
    pub(crate) hits: Vec<Hit>,
    seen_hits: usize,
    violated: u64,
    /// How often each property's premise came true.
    pub(crate) premises: Vec<u64>,
    pub(crate) cut_short: Option<CutShort>,
}

impl<S: Space> Search<S> {
    /// A search that has not begun. `properties` is how many there are.
    pub(crate) fn new(
        space: S,
        properties: usize,
        (traced, partial_order): (bool, bool),
    ) -> Search<S> {
        let states = States::new(space.words(), traced);
        Search {
            space,
            states,
            index: Index::default(),
            batch: Batch::default(),
            recent: vec![(0, 0); RECENT_MASK + 1],
            levels: Vec::new(),
            stack: Vec::new(),
            asleep: partial_order.then(Levels::default),
            head: 0,
            boundary: 0,
            transitions: 0,
            natures: [0; Nature::COUNT],
            hits: Vec::new(),
            seen_hits: 0,
            violated: 0,
            premises: vec![0; properties],
            cut_short: None,
        }
    }

    /// Searches until everything is seen, or enough is.
    pub(crate) fn run(&mut self, orders: &mut Orders<'_>) {
        self.expand(None, orders);
        self.flush(orders);
        while self.cut_short.is_none() {
            let Some(state) = self.next(orders) else { break };
            if state & PROGRESS_MASK == 0 {
                (orders.progress)(self.progress(state));
                if orders.interrupt.load(Ordering::Relaxed) {
                    self.cut_short = Some(CutShort::Interrupted);
                    break;
                }
            }
            self.expand(Some(state), orders);
            if self.violated != 0 && (orders.enough)(self.violated) {
                self.cut_short = Some(CutShort::Found);
            }
            if self.batch.words.len() >= BATCH || orders.order == Order::Depth {
                self.flush(orders);
            }
        }
        self.batch.clear();
    }

    /// How far it has come, at the expansion of `state`.
    pub(crate) fn progress(&self, state: u32) -> Progress {
        let states = self.states.len() as u64;
        let expanded = if self.stack.is_empty() { u64::from(self.head) } else { 0 };
        let frontier =
            if self.stack.is_empty() { states - expanded } else { self.stack.len() as u64 };
        Progress { states, frontier, depth: self.depth(state), memory: self.bytes() as u64 }
    }

    /// On which level of a breadth-first search a state is; the first is 1.
    pub(crate) fn depth(&self, state: u32) -> u32 {
        self.levels.partition_point(|&first| first <= state) as u32
    }

    /// Whether `is_it` holds of any step out of a state, faults aside, and where it leads.
    pub(crate) fn any_free(
        &mut self,
        state: u32,
        is_it: &mut impl FnMut(u32, S::Step) -> bool,
    ) -> bool {
        let Search { space, states, index, .. } = self;
        let mut each = Each::<false, _>(|successor: Successor<'_, S::Step>| {
            let next = index.find(hash(successor.words), |n| same(states.get(n), successor.words));
            match next {
                Ok(next) if is_it(next, successor.step) => Err(Halt::Enough),
                Ok(_) | Err(_) => Ok(()),
            }
        });
        let expanded = space.expand(states.get(state), &mut each);
        debug_assert_ne!(expanded, Err(Halt::TooNarrow), "what follows was seen before");
        expanded == Err(Halt::Enough)
    }

    pub(crate) fn bytes(&self) -> usize {
        let asleep = self.asleep.as_ref().map_or(0, Levels::bytes);
        self.states.bytes() + self.index.bytes() + self.space.bytes() + asleep
    }

    /// The state to be expanded next.
    fn next(&mut self, orders: &Orders<'_>) -> Option<u32> {
        match orders.order {
            Order::Breadth => {
                if self.head == self.boundary {
                    self.flush(orders);
                    self.boundary = self.states.len() as u32;
                    if self.head == self.boundary || self.cut_short.is_some() {
                        return None;
                    }
                    self.levels.push(self.head);
                    if let Some(asleep) = &mut self.asleep {
                        asleep.descend(self.boundary);
                    }
                }
                self.head += 1;
                Some(self.head - 1)
            }
            Order::Depth => self.stack.pop(),
        }
    }

    /// Writes all states anew, with wider fields; gives back how to do so with others.
    pub(crate) fn widen(&mut self) -> Rewrite {
        let mut rewrite = self.space.widen();
        self.states.rewrite(rewrite.words(), |old, new| rewrite.write(old, new));
        self.index.rebuild(|n| hash(self.states.get(n)));
        self.recent.fill((0, 0));
        rewrite
    }

    /// Puts all successors of a state, or the first state, into the batch.
    fn expand(&mut self, state: Option<u32>, orders: &Orders<'_>) {
        loop {
            let words = self.batch.words.len();
            let (transitions, natures, hits) = (self.transitions, self.natures, self.hits.len());
            match self.try_expand(state) {
                Ok(()) => {
                    self.batch.parents.push((state.unwrap_or(0), self.batch.words.len()));
                    break;
                }
                Err(Halt::Enough) => unreachable!("the batch takes them all"),
                Err(Halt::TooNarrow) => {
                    self.batch.words.truncate(words);
                    self.batch.asleep.truncate(words / self.space.words());
                    self.hits.truncate(hits);
                    (self.transitions, self.natures) = (transitions, natures);
                    self.flush(orders);
                    self.widen();
                }
            }
        }
        for premises in self.batch.premises.drain(..) {
            for (index, count) in self.premises.iter_mut().enumerate() {
                *count += premises >> index & 1;
            }
        }
        for hit in &self.hits[self.seen_hits..] {
            self.violated |= 1 << hit.property;
        }
        self.seen_hits = self.hits.len();
    }

    fn try_expand(&mut self, state: Option<u32>) -> Result<(), Halt> {
        let Search { space, states, batch, transitions, natures, hits, violated, asleep, .. } =
            self;
        batch.premises.clear();
        let from = state.map_or(&[][..], |state| states.get(state));
        let (parent, violated) = (state, *violated);
        let sleepers = asleep.as_ref().zip(state).map(|(levels, state)| levels.of(state));
        let asleep = sleepers.unwrap_or(0);
        if sleepers.is_some() {
            let mut gather = Gather::<true> {
                batch,
                transitions,
                natures,
                hits,
                from,
                parent,
                violated,
                asleep,
            };
            return space.expand(from, &mut gather);
        }
        let mut gather =
            Gather::<false> { batch, transitions, natures, hits, from, parent, violated, asleep };
        match state {
            None => space.first(&mut gather),
            Some(_) => space.expand(from, &mut gather),
        }
    }

    /// Looks up what is in the batch, and keeps what is new.
    fn flush(&mut self, orders: &Orders<'_>) {
        let stride = self.space.words();
        let Batch { words, hashes, peeked, guesses, .. } = &mut self.batch;
        hashes.clear();
        hashes.extend(words.chunks_exact(stride).map(hash));
        peeked.clear();
        peeked.extend(hashes.iter().map(|&hash| self.index.peek(hash)));
        // What was looked up a moment ago is often looked up again: two orders of two steps.
        let guess = |(&hash, &peeked): (&u64, &u32)| {
            let (known, state) = self.recent[hash as usize & RECENT_MASK];
            if known == hash { Some(state) } else { self.index.guess(hash, peeked) }
        };
        guesses.clear();
        guesses.extend(hashes.iter().zip(&*peeked).map(guess));
        if self.states.len() > 0 {
            let first = |guess: &Option<u32>| self.states.get(guess.unwrap_or(0))[0];
            let looked = guesses.iter().fold(0, |sum, guess| sum ^ first(guess));
            std::hint::black_box(looked);
        }
        for (guess, words) in guesses.iter_mut().zip(words.chunks_exact(stride)) {
            *guess = guess.filter(|&guess| same(self.states.get(guess), words));
        }
        let mut at = 0;
        'all: for family in 0..self.batch.parents.len() {
            let (parent, end) = self.batch.parents[family];
            while at * stride < end {
                if !self.keep(at, (stride, parent), orders) {
                    break 'all;
                }
                at += 1;
            }
        }
        self.batch.clear();
    }

    /// Keeps a state of the batch if it is new; whether there was room for it.
    fn keep(&mut self, at: usize, (stride, parent): (usize, u32), orders: &Orders<'_>) -> bool {
        let hash = self.batch.hashes[at];
        let words = &self.batch.words[at * stride..(at + 1) * stride];
        let known = match self.batch.guesses[at] {
            Some(state) => Ok(state),
            None => self.index.find(hash, |n| same(self.states.get(n), words)),
        };
        let mut slot = match known {
            Ok(state) => {
                self.recent[hash as usize & RECENT_MASK] = (hash, state);
                if let Some(asleep) = &mut self.asleep {
                    asleep.meet(state, self.batch.asleep[at]);
                }
                return true;
            }
            Err(slot) => slot,
        };
        if self.index.is_full() || self.states.is_full() {
            let grown = if self.index.is_full() { self.index.bytes_grown() } else { 0 };
            let memory = self.bytes() + grown + self.states.chunk_bytes();
            if memory as u64 > orders.caps.memory {
                self.cut_short = Some(CutShort::Memory);
                return false;
            }
        }
        if self.states.len() as u64 >= orders.caps.states {
            self.cut_short = Some(CutShort::States);
            return false;
        }
        if self.index.is_full() {
            let Search { index, states, .. } = self;
            index.grow(|n| batch::hash(states.get(n)));
            slot = self.index.find(hash, |_| false).expect_err("it is not there");
        }
        let number = self.index.put(slot, hash);
        self.recent[hash as usize & RECENT_MASK] = (hash, number);
        self.states.push(words, parent);
        if let Some(asleep) = &mut self.asleep {
            asleep.push(self.batch.asleep.get(at).copied().unwrap_or(0));
        }
        if orders.order == Order::Depth {
            self.stack.push(number);
        }
        true
    }
}
