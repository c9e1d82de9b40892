//! The one search over a space: what is expanded next is the frontier's business.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::untimed::asleep::Levels;
use crate::untimed::batch::{Batch, Gather};
use crate::untimed::deepening::Deepening;
use crate::untimed::keepers::{Nothing, Sleepers, Stack};
use crate::untimed::layout::Rewrite;
use crate::untimed::space::{Each, Halt, Nature, Space, Successor};
use crate::untimed::visited::{Keeping, Room, Visited};

/// In which order states are expanded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Order {
    /// The state found first is expanded first: the first counterexample is a shortest one.
    #[default]
    Breadth,
    /// The state found last is expanded first. Counterexamples are long.
    Depth,
    /// Depth first up to a limit, which is raised step by step: the first counterexample is a
    /// shortest one, and memory lasts longer, but the same is done again and again.
    Deepening,
}

impl Order {
    /// Its name in scenarios and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Order::Breadth => "breadth",
            Order::Depth => "depth",
            Order::Deepening => "deepening",
        }
    }
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

/// So many words of successors are looked up at once.
const BATCH: usize = 192;

/// Every so many states somebody is told how it goes.
pub(crate) const PROGRESS_MASK: u32 = (1 << 12) - 1;

/// A search and what it found.
pub(crate) struct Search<S: Space> {
    pub(crate) space: S,
    pub(crate) visited: Visited,
    pub(crate) batch: Batch,
    /// Where each level of a breadth-first search begins.
    pub(crate) levels: Vec<u32>,
    /// What has yet to be expanded, in a depth-first search.
    stack: Vec<u32>,
    /// Who sleeps, in a breadth-first search that leaves out orders of steps.
    asleep: Option<Levels>,
    /// What a deepening search keeps.
    pub(crate) deepening: Option<Deepening>,
    /// How many states a deepening search has expanded.
    pub(crate) expansions: u64,
    /// How many states have been expanded, in a breadth-first search.
    head: u32,
    /// The first state of the next level.
    boundary: u32,
    pub(crate) transitions: u64,
    /// Steps by nature.
    pub(crate) natures: [u64; Nature::COUNT],
    pub(crate) hits: Vec<Hit>,
    seen_hits: usize,
    pub(crate) violated: u64,
    /// How often each property's premise came true.
    pub(crate) premises: Vec<u64>,
    pub(crate) cut_short: Option<CutShort>,
}

impl<S: Space> Search<S> {
    /// A search that has not begun. `properties` is how many there are.
    pub(crate) fn new(
        space: S,
        properties: usize,
        keeping: Keeping,
        partial_order: bool,
    ) -> Search<S> {
        let visited = Visited::new(space.layout(), keeping);
        Search {
            space,
            visited,
            batch: Batch::default(),
            levels: Vec::new(),
            stack: Vec::new(),
            asleep: partial_order.then(Levels::default),
            deepening: None,
            expansions: 0,
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
        if orders.order == Order::Deepening {
            return self.deepen(orders);
        }
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
        self.count_premises();
        self.batch.clear();
    }

    /// How far it has come, at the expansion of `state`.
    pub(crate) fn progress(&self, state: u32) -> Progress {
        let memory = self.bytes() as u64;
        if let Some(deep) = &self.deepening {
            let (states, frontier, depth) = (deep.states(), deep.frontier(), deep.depth());
            return Progress { states, frontier, depth, memory };
        }
        let states = self.visited.states.len() as u64;
        let expanded = if self.stack.is_empty() { u64::from(self.head) } else { 0 };
        let frontier =
            if self.stack.is_empty() { states - expanded } else { self.stack.len() as u64 };
        Progress { states, frontier, depth: self.depth(state), memory }
    }

    /// It is over: whether states are told apart by fingerprints does not change any more.
    pub(crate) fn settle(&mut self) {
        self.visited.settle();
        self.deepening.iter_mut().for_each(Deepening::settle);
    }

    /// Whether states are told apart by fingerprints.
    pub(crate) fn has_prints(&self) -> bool {
        let deepening = self.deepening.as_ref().is_some_and(Deepening::has_prints);
        deepening || self.visited.has_prints()
    }

    /// Different states.
    pub(crate) fn distinct(&self) -> u64 {
        let found = self.visited.states.len() as u64;
        self.deepening.as_ref().map_or(found, Deepening::states)
    }

    /// States on the longest of the shortest paths to any.
    pub(crate) fn deep_at_most(&self) -> u32 {
        let levels = self.levels.len() as u32;
        self.deepening.as_ref().map_or(levels, Deepening::depth)
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
        let Search { space, visited, .. } = self;
        let mut each = Each::<false, _>(|successor: Successor<'_, S::Step>| {
            match visited.find(successor.words) {
                Some(next) if is_it(next, successor.step) => Err(Halt::Enough),
                Some(_) | None => Ok(()),
            }
        });
        let expanded = space.expand(visited.states.get(state), &mut each);
        debug_assert_ne!(expanded, Err(Halt::TooNarrow), "what follows was seen before");
        expanded == Err(Halt::Enough)
    }

    pub(crate) fn bytes(&self) -> usize {
        let asleep = self.asleep.as_ref().map_or(0, Levels::bytes);
        let deepening = self.deepening.as_ref().map_or(0, Deepening::bytes);
        self.visited.bytes() + self.space.bytes() + asleep + deepening
    }

    /// The state to be expanded next.
    fn next(&mut self, orders: &Orders<'_>) -> Option<u32> {
        match orders.order {
            Order::Breadth => {
                if self.head == self.boundary {
                    self.flush(orders);
                    self.boundary = self.visited.states.len() as u32;
                    if self.head == self.boundary || self.cut_short.is_some() {
                        return None;
                    }
                    self.levels.push(self.head);
                    if let Some(asleep) = &mut self.asleep {
                        asleep.descend(self.boundary);
                    }
                }
                self.visited.expanded(self.head);
                self.head += 1;
                Some(self.head - 1)
            }
            Order::Depth => self.stack.pop(),
            Order::Deepening => None,
        }
    }

    /// Writes all states anew, with wider fields; gives back how to do so with others.
    pub(crate) fn widen(&mut self) -> Rewrite {
        let mut rewrite = self.space.widen();
        self.visited.rewrite(self.space.layout(), |old, new| rewrite.write(old, new));
        if let Some(deepening) = &mut self.deepening {
            deepening.rewrite(&mut rewrite);
        }
        rewrite
    }

    /// Puts all successors of a state, or the first state, into the batch.
    pub(crate) fn expand(&mut self, state: Option<u32>, orders: &Orders<'_>) {
        loop {
            let words = self.batch.words.len();
            let (transitions, natures, hits) = (self.transitions, self.natures, self.hits.len());
            let premises = self.batch.premises.len();
            match self.try_expand(state) {
                Ok(()) => {
                    self.batch.parents.push((state.unwrap_or(0), self.batch.words.len()));
                    break;
                }
                Err(Halt::Enough) => unreachable!("the batch takes them all"),
                Err(Halt::TooNarrow) => {
                    self.batch.words.truncate(words);
                    self.batch.asleep.truncate(words / self.space.layout().words());
                    self.batch.premises.truncate(premises);
                    self.hits.truncate(hits);
                    (self.transitions, self.natures) = (transitions, natures);
                    self.flush(orders);
                    // A word more for each state, at most.
                    let wider = self.visited.states.len() * size_of::<u64>();
                    if (self.bytes() + wider) as u64 > orders.caps.memory {
                        self.cut_short = Some(CutShort::Memory);
                        return;
                    }
                    self.widen();
                }
            }
        }
        for hit in &self.hits[self.seen_hits..] {
            self.violated |= 1 << hit.property;
        }
        self.seen_hits = self.hits.len();
    }

    fn try_expand(&mut self, state: Option<u32>) -> Result<(), Halt> {
        let Search { space, visited, batch, transitions, natures, hits, violated, asleep, .. } =
            self;
        let from = state.map_or(&[][..], |state| visited.states.get(state));
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

    pub(crate) fn count_premises(&mut self) {
        for &came_true in &self.batch.premises {
            let mut left = came_true;
            while left != 0 {
                self.premises[left.trailing_zeros() as usize] += 1;
                left &= left - 1;
            }
        }
        self.batch.premises.clear();
    }

    /// Looks up what is in the batch, and keeps what is new.
    fn flush(&mut self, orders: &Orders<'_>) {
        self.count_premises();
        let Search { space, visited, batch, stack, asleep, .. } = self;
        let Caps { states, memory } = orders.caps;
        let sleeping = asleep.as_ref().map_or(0, Levels::bytes);
        let bytes = || memory.saturating_sub((space.bytes() + sleeping) as u64);
        let room = Room { states, bytes: &bytes };
        let Batch { words, parents, asleep: sleepers, .. } = batch;
        let stopped = match (asleep, orders.order) {
            (Some(levels), _) => {
                visited.keep_all(words, parents, room, &mut Sleepers { levels, sleepers })
            }
            (None, Order::Depth) => visited.keep_all(words, parents, room, &mut Stack(stack)),
            (None, Order::Breadth | Order::Deepening) => {
                visited.keep_all(words, parents, room, &mut Nothing)
            }
        };
        self.cut_short = stopped.or(self.cut_short);
        batch.clear();
    }
}
