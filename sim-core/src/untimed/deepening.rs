//! Depth-first search within a limit that grows, so that memory need not grow with the states.
//!
//! Each round goes as deep as the limit and no deeper, and the next one step more (Korf,
//! *Depth-First Iterative-Deepening*, 1985): so the first counterexample is a shortest one. A table
//! of the states that were met saves going on from them again; what it forgets, once it may not
//! grow, is gone through anew. When nothing was left out for the limit, everything was seen.

use std::sync::atomic::Ordering;

use crate::untimed::layout::Rewrite;
use crate::untimed::met::Met;
use crate::untimed::prints::Prints;
use crate::untimed::search::{CutShort, Orders, PROGRESS_MASK, Search};
use crate::untimed::space::{Nature, Space};
use crate::untimed::states::States;
use crate::untimed::visited::same;

/// What a deepening search keeps. The states of the path on which it is are in
/// [`Visited`](crate::untimed::visited::Visited), by depth.
pub(crate) struct Deepening {
    met: Met,
    /// If only those are met.
    prints: Option<Prints>,
    wants_prints: bool,
    /// From where it has yet to go on; in the place of a parent, how many steps that is from the
    /// start.
    todo: States,
    /// The start, and the ways to where something was violated.
    ways: States,
    /// Steps.
    limit: u32,
    /// Whether something was left out for the limit.
    is_cut: bool,
    /// What was counted on the way to the first state: transitions, natures, premises.
    first: (u64, [u64; Nature::COUNT], Vec<u64>),
    /// The most states that a round had.
    most: u64,
}

impl Deepening {
    fn new(space: &impl Space, wants_prints: bool) -> Deepening {
        let layout = space.layout();
        let words = layout.words();
        let prints = Prints::wanted(wants_prints, layout);
        Deepening {
            met: Met::new(if prints.is_some() { 1 } else { words }),
            prints,
            wants_prints,
            todo: States::new(words, true),
            ways: States::new(words, true),
            limit: 0,
            is_cut: true,
            first: (0, [0; Nature::COUNT], Vec::new()),
            most: 0,
        }
    }

    /// Different states of the round that had most; with those that were forgotten and met again.
    pub(crate) fn states(&self) -> u64 {
        self.most.max(self.met.fresh)
    }

    /// States are told apart from here on as they are now.
    pub(crate) fn settle(&mut self) {
        self.wants_prints = false;
    }

    /// How many of these had to be forgotten.
    pub(crate) fn forgotten(&self) -> u64 {
        self.met.forgotten
    }

    /// Whether states are told apart by fingerprints.
    pub(crate) fn has_prints(&self) -> bool {
        self.prints.is_some()
    }

    /// From where it has yet to go on.
    pub(crate) fn frontier(&self) -> u64 {
        self.todo.len() as u64
    }

    /// States on the longest path that it may go.
    pub(crate) fn depth(&self) -> u32 {
        self.limit
    }

    pub(crate) fn bytes(&self) -> usize {
        self.met.bytes() + self.todo.bytes() + self.ways.bytes()
    }

    /// States are packed otherwise from here on.
    pub(crate) fn rewrite(&mut self, rewrite: &mut Rewrite) {
        for states in [&mut self.todo, &mut self.ways] {
            states.rewrite(rewrite.words(), |old, new| rewrite.write(old, new));
        }
        match &mut self.prints {
            Some(prints) => prints.repack(rewrite.new_layout()),
            // What was met is met again.
            None => {
                let (fresh, forgotten) = (self.met.fresh, self.met.forgotten);
                self.prints = Prints::wanted(self.wants_prints, rewrite.new_layout());
                self.met = Met::new(if self.prints.is_some() { 1 } else { rewrite.words() });
                (self.met.fresh, self.met.forgotten) = (fresh, fresh.max(forgotten));
            }
        }
    }

    /// A state is met; whether it was never met as near.
    fn meet(&mut self, state: &[u64], depth: u32, room: impl Fn(usize) -> bool) -> bool {
        match &self.prints {
            None => self.met.meet(state, depth, room),
            Some(prints) => self.met.meet(&[prints.of(state)], depth, room),
        }
    }

    /// How near to the start a state was met, if that is remembered.
    fn known(&self, state: &[u64]) -> Option<u32> {
        match &self.prints {
            None => self.met.depth(state),
            Some(prints) => self.met.depth(&[prints.of(state)]),
        }
    }
}

impl<S: Space> Search<S> {
    /// Searches deeper and deeper, until everything is seen, or enough is.
    pub(crate) fn deepen(&mut self, orders: &mut Orders<'_>) {
        self.expand(None, orders);
        self.count_premises();
        let mut deepening = Deepening::new(&self.space, self.visited.wants_prints());
        deepening.first = (self.transitions, self.natures, self.premises.clone());
        deepening.ways.push(&self.batch.words, 0);
        self.deepening = Some(deepening);
        self.batch.clear();
        while self.cut_short.is_none() && self.begin_round() {
            while self.cut_short.is_none() && self.go_on(orders) {}
        }
        self.count_premises();
        self.batch.clear();
        let ways = std::mem::replace(&mut self.deep().ways, States::new(1, true));
        self.visited.replace(ways);
    }

    fn deep(&mut self) -> &mut Deepening {
        self.deepening.as_mut().expect("it is deepening")
    }

    /// Begins anew, with a limit of one step more; not if that would bring nothing new.
    fn begin_round(&mut self) -> bool {
        let deep = self.deep();
        // A state that was met at the limit may have been met nearer later on.
        let is_over = if deep.met.forgotten == 0 && deep.limit > 0 {
            !deep.met.reaches(deep.limit)
        } else {
            !deep.is_cut
        };
        if is_over {
            return false;
        }
        deep.most = deep.states();
        deep.met.clear();
        let first = deep.ways.get(0).to_vec();
        deep.meet(&first, 0, |_| true);
        deep.todo.push(&first, 0);
        (deep.limit, deep.is_cut) = (deep.limit + 1, false);
        let (transitions, natures, premises) = deep.first.clone();
        (self.transitions, self.natures, self.premises) = (transitions, natures, premises);
        true
    }

    /// Goes on from one state; whether there was any left.
    fn go_on(&mut self, orders: &mut Orders<'_>) -> bool {
        let Search { visited, deepening, .. } = &mut *self;
        let deep = deepening.as_mut().expect("it is deepening");
        let Some(last) = deep.todo.len().checked_sub(1) else { return false };
        let depth = deep.todo.parent(last as u32);
        let state = deep.todo.get(last as u32);
        if deep.known(state).is_some_and(|known| known < depth) {
            deep.todo.truncate(last);
            return true;
        }
        visited.states.truncate(depth as usize);
        visited.states.push(state, depth.saturating_sub(1));
        deep.todo.truncate(last);
        if self.expansions & u64::from(PROGRESS_MASK) == 0 {
            (orders.progress)(self.progress(depth));
            if orders.interrupt.load(Ordering::Relaxed) {
                self.cut_short = Some(CutShort::Interrupted);
                return true;
            }
        }
        self.expansions += 1;
        let hits = self.hits.len();
        self.expand(Some(depth), orders);
        if self.hits.len() > hits {
            self.keep_way(hits);
        }
        if self.cut_short.is_none() {
            self.meet_all(depth + 1, orders);
        }
        self.count_premises();
        self.batch.clear();
        if self.violated != 0 && (orders.enough)(self.violated) {
            self.cut_short = Some(CutShort::Found);
        }
        true
    }

    /// Keeps the path on which it is, for it leads to hits from this one on.
    fn keep_way(&mut self, hits: usize) {
        let Search { visited, deepening, hits: all, .. } = self;
        let ways = &mut deepening.as_mut().expect("it is deepening").ways;
        let mut at = 0;
        for n in 1..visited.states.len() as u32 {
            ways.push(visited.states.get(n), at);
            at = ways.len() as u32 - 1;
        }
        all[hits..].iter_mut().for_each(|hit| hit.state = Some(at));
    }

    /// Meets the successors that are in the batch, after so many steps.
    fn meet_all(&mut self, depth: u32, orders: &Orders<'_>) {
        let tables = self.space.bytes() + self.visited.bytes();
        let deep = self.deepening.as_mut().expect("it is deepening");
        let others = tables + deep.todo.bytes() + deep.ways.bytes();
        let room = |bytes: usize| (others + bytes) as u64 <= orders.caps.memory;
        let path = &self.visited.states;
        let on_path = |state: &[u64]| (0..path.len() as u32).any(|n| same(path.get(n), state));
        for state in self.batch.words.chunks_exact(self.space.layout().words()) {
            let is_full = deep.met.fresh >= orders.caps.states;
            if is_full && deep.known(state).is_none() {
                self.cut_short = Some(CutShort::States);
                return;
            }
            // Who has forgotten where it was goes round for ever.
            if deep.met.forgotten > 0 && on_path(state) || !deep.meet(state, depth, room) {
                continue;
            }
            if depth < deep.limit {
                deep.todo.push(state, depth);
            } else {
                deep.is_cut = true;
            }
        }
        // What is left to do may take more, and so may the tables: the table of those that were met
        // makes room.
        let more = deep.todo.chunk_bytes();
        while !room(deep.met.bytes() + more) {
            if !deep.met.shrink() {
                self.cut_short = Some(CutShort::Memory);
                return;
            }
        }
    }
}
