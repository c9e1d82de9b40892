//! The states that were found, and which of many are new.
//!
//! Most successors of a state were found before, and most of those a moment ago: two orders of two
//! steps lead to one state. So a state is looked up among the recent ones first, a table that stays
//! in the processor's cache, and only then in the index over all, which does not. Many are looked
//! up at once, stage by stage, so that the processor waits for several at a time.
//!
//! Where only fingerprints are kept, two states with the same one are taken for one: what follows
//! from the second is never seen. A state of one word is its own fingerprint.

use crate::fingerprint::mix;
use crate::untimed::index::Index;
use crate::untimed::layout::Layout;
use crate::untimed::prints::Prints;
use crate::untimed::recent::Recent;
use crate::untimed::search::CutShort;
use crate::untimed::states::States;

/// All states that were found, by number, and the way from a state to its number.
pub(crate) struct Visited {
    pub(crate) states: States,
    index: Index,
    recent: Recent,
    prints: Option<Prints>,
    wants_prints: bool,
    /// See [`Keeping::afterwards`].
    afterwards: usize,
    scratch: Scratch,
}

/// What is kept of each state besides itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Keeping {
    /// From which state it was found.
    pub(crate) parents: bool,
    /// Of states of more than one word, only fingerprints once they were expanded.
    pub(crate) prints: bool,
    /// So many bytes will be taken for it when all are found.
    pub(crate) afterwards: usize,
}

/// In the place of a number of words: any number, and only fingerprints are compared.
const PRINTS: usize = usize::MAX;

/// How many words a state has: `WORDS`, if that is a number.
#[inline]
pub(crate) fn stride<const WORDS: usize>(words: usize) -> usize {
    if WORDS == 0 || WORDS == PRINTS { words } else { WORDS }
}

/// What is found out about a batch, stage by stage.
#[derive(Default)]
struct Scratch {
    hashes: Vec<u64>,
    /// Places in the batch of what has not been found yet.
    rare: Vec<u32>,
    /// Of each of those, the state that may be the one.
    guesses: Vec<u32>,
}

/// How much may be kept.
#[derive(Clone, Copy)]
pub(crate) struct Room<'a> {
    /// States.
    pub(crate) states: u64,
    /// Bytes; asked only when more memory is wanted.
    pub(crate) bytes: &'a dyn Fn() -> u64,
}

/// Is told what becomes of the states of a batch, by their places in it.
pub(crate) trait Keeper {
    /// Whether it wants to know of states that were found before.
    const MINDS_KNOWN: bool;
    /// It was found before.
    fn known(&mut self, at: usize, number: u32);
    /// It is new, and kept.
    fn fresh(&mut self, at: usize, number: u32);
}

impl Visited {
    /// None yet, packed like this.
    pub(crate) fn new(layout: &Layout, keeping: Keeping) -> Visited {
        let words = layout.words();
        Visited {
            states: States::new(words, keeping.parents),
            prints: Prints::wanted(keeping.prints, layout),
            wants_prints: keeping.prints,
            afterwards: keeping.afterwards,
            index: Index::default(),
            recent: Recent::new(words),
            scratch: Scratch::default(),
        }
    }

    /// The number of a state, if it was found.
    pub(crate) fn find(&self, words: &[u64]) -> Option<u32> {
        self.index.find(self.hash(words), |n| self.is(n, words)).ok()
    }

    /// Whether the state of a number is this one, or has the same fingerprint if only those are
    /// kept.
    pub(crate) fn is(&self, number: u32, words: &[u64]) -> bool {
        match &self.prints {
            None => same(self.states.get(number), words),
            Some(prints) => prints.get(number) == prints.of(words),
        }
    }

    /// From here on states stay whole if they are.
    pub(crate) fn settle(&mut self) {
        self.wants_prints = false;
    }

    /// Only these states are there from here on, whole.
    pub(crate) fn replace(&mut self, states: States) {
        (self.states, self.prints) = (states, None);
    }

    /// Whether only fingerprints are to be kept of states of more than one word.
    pub(crate) fn wants_prints(&self) -> bool {
        self.wants_prints
    }

    /// Whether only fingerprints are kept.
    pub(crate) fn has_prints(&self) -> bool {
        self.prints.is_some()
    }

    /// States before this one will not be expanded any more.
    pub(crate) fn expanded(&mut self, before: u32) {
        if self.prints.is_some() {
            self.states.let_go(before);
        }
    }

    fn hash(&self, words: &[u64]) -> u64 {
        self.prints.as_ref().map_or_else(|| hash(words), |prints| prints.of(words))
    }

    /// Looks up all states of a batch and keeps those that are new. `parents` are theirs, each with
    /// where in `words` its successors end. Why it stopped, if it did.
    pub(crate) fn keep_all<K: Keeper>(
        &mut self,
        words: &[u64],
        parents: &[(u32, usize)],
        room: Room<'_>,
        keeper: &mut K,
    ) -> Option<CutShort> {
        if self.prints.is_some() {
            return self.keep::<PRINTS, K>(words, parents, room, keeper);
        }
        match self.states.words() {
            1 => self.keep::<1, K>(words, parents, room, keeper),
            2 => self.keep::<2, K>(words, parents, room, keeper),
            _ => self.keep::<0, K>(words, parents, room, keeper),
        }
    }

    /// Whether the state of a number is one with this hash.
    #[inline]
    fn fits<const WORDS: usize>(&self, n: u32, (state, hash): (&[u64], u64)) -> bool {
        match &self.prints {
            Some(prints) if WORDS == PRINTS => prints.get(n) == hash,
            Some(_) | None => same(self.states.get(n), state),
        }
    }

    /// With states of `WORDS` words each; 0 is any number.
    fn keep<const WORDS: usize, K: Keeper>(
        &mut self,
        words: &[u64],
        parents: &[(u32, usize)],
        room: Room<'_>,
        keeper: &mut K,
    ) -> Option<CutShort> {
        let stride = stride::<WORDS>(self.states.words());
        self.look_among_recent::<WORDS, K>(words);
        self.look_where_they_should_be::<WORDS, K>(words, keeper);
        let scratch = std::mem::take(&mut self.scratch);
        let mut families = parents.iter();
        let mut family = (0, 0);
        let mut stopped = None;
        for &at in &scratch.rare {
            let at = at as usize;
            let state = &words[at * stride..][..stride];
            while at * stride >= family.1 {
                family = *families.next().expect("every state of a batch has a parent");
            }
            let hash = scratch.hashes[at];
            match self.index.find(hash, |n| self.fits::<WORDS>(n, (state, hash))) {
                Ok(number) => keeper.known(at, number),
                Err(slot) => match self.put((state, hash), slot, family.0, room) {
                    Ok(number) => keeper.fresh(at, number),
                    Err(why) => {
                        stopped = Some(why);
                        break;
                    }
                },
            }
            self.recent.put::<WORDS>(state, hash);
        }
        self.scratch = scratch;
        stopped
    }

    /// Those that are not among the recent are rare; all, if somebody wants to know the numbers of
    /// those that are. Which are, nobody can foresee, so nothing here branches on it.
    fn look_among_recent<const WORDS: usize, K: Keeper>(&mut self, words: &[u64]) {
        let stride = stride::<WORDS>(self.states.words());
        let Visited { states, index, recent, prints, scratch, .. } = self;
        let Scratch { hashes, rare, .. } = scratch;
        hashes.clear();
        match prints {
            Some(prints) if WORDS == PRINTS => {
                hashes.extend(words.chunks_exact(stride).map(|state| prints.of(state)));
            }
            Some(_) | None => hashes.extend(words.chunks_exact(stride).map(hash)),
        }
        rare.clear();
        rare.extend(0..hashes.len() as u32);
        if states.len() == 0 || K::MINDS_KNOWN {
            return;
        }
        let mut count = 0;
        for (at, (state, &hash)) in words.chunks_exact(stride).zip(&*hashes).enumerate() {
            let is_known = recent.has::<WORDS>(state, hash);
            debug_assert!(
                !is_known
                    || WORDS == PRINTS
                    || index.find(hash, |n| same(states.get(n), state)).is_ok(),
                "what is recent was found"
            );
            rare[count] = at as u32;
            count += usize::from(!is_known);
        }
        rare.truncate(count);
    }

    /// Looks at the first place of each in the index, then at the states that stand there. What
    /// is found so is no longer rare.
    fn look_where_they_should_be<const WORDS: usize, K: Keeper>(
        &mut self,
        words: &[u64],
        keeper: &mut K,
    ) {
        if self.states.len() == 0 {
            return;
        }
        let stride = stride::<WORDS>(self.states.words());
        let Scratch { hashes, mut guesses, mut rare } = std::mem::take(&mut self.scratch);
        guesses.clear();
        guesses.extend(rare.iter().map(|&at| self.index.peek(hashes[at as usize])));
        // What does not fit is not looked at, but the first state, which is near.
        for (guess, &at) in guesses.iter_mut().zip(&rare) {
            *guess = self.index.guess(hashes[at as usize], *guess).unwrap_or(0);
        }
        let first = |&guess: &u32| match &self.prints {
            Some(prints) if WORDS == PRINTS => prints.get(guess),
            Some(_) | None => self.states.get(guess)[0],
        };
        let looked = guesses.iter().fold(0, |sum, guess| sum ^ first(guess));
        std::hint::black_box(looked);
        let mut count = 0;
        for n in 0..rare.len() {
            let (at, guess) = (rare[n], guesses[n]);
            let state = &words[at as usize * stride..][..stride];
            let is_known = self.fits::<WORDS>(guess, (state, hashes[at as usize]));
            if K::MINDS_KNOWN && is_known {
                keeper.known(at as usize, guess);
            }
            if is_known {
                self.recent.put::<WORDS>(state, hashes[at as usize]);
            }
            rare[count] = at;
            count += usize::from(!is_known);
        }
        rare.truncate(count);
        self.scratch = Scratch { hashes, guesses, rare };
    }

    /// Keeps a new state, if there is room.
    fn put(
        &mut self,
        (state, hash): (&[u64], u64),
        mut slot: usize,
        parent: u32,
        room: Room<'_>,
    ) -> Result<u32, CutShort> {
        if self.index.is_full() || self.states.is_full() {
            let grows = self.index.is_full();
            let grown = if grows { self.index.bytes_grown() + self.recent.bytes() } else { 0 };
            let afterwards = self.states.len() * self.afterwards;
            let prints = self.prints.as_ref().map_or(0, Prints::chunk_bytes);
            let bytes = self.bytes() + grown + self.states.chunk_bytes() + prints + afterwards;
            if bytes as u64 > (room.bytes)() {
                return Err(CutShort::Memory);
            }
        }
        if self.states.len() as u64 >= room.states {
            return Err(CutShort::States);
        }
        if self.index.is_full() {
            self.grow();
            slot = self.index.find(hash, |_| false).expect_err("it is not there");
        }
        if self.states.len() == 0 {
            self.recent.fill(state);
        }
        self.states.push(state, parent);
        self.prints.iter_mut().for_each(|prints| prints.push(hash));
        Ok(self.index.put(slot, hash))
    }

    #[cold]
    fn grow(&mut self) {
        let Visited { index, states, recent, prints, .. } = self;
        match prints {
            None => index.grow(|n| hash(states.get(n))),
            Some(prints) => index.grow(|n| prints.get(n)),
        }
        recent.grow(states.get(0), index.slots());
    }

    /// Writes all states anew, packed like this.
    pub(crate) fn rewrite(&mut self, layout: &Layout, write: impl FnMut(&[u64], &mut [u64])) {
        self.states.rewrite(layout.words(), write);
        match &mut self.prints {
            Some(prints) => prints.repack(layout),
            None => self.prints = Prints::wanted(self.wants_prints, layout),
        }
        let Visited { states, index, prints, .. } = self;
        match prints {
            None => index.rebuild(|n| hash(states.get(n))),
            // The states are all there, for none had a fingerprint.
            Some(prints) if prints.is_empty() => {
                (0..states.len() as u32).for_each(|n| prints.push(prints.of(states.get(n))));
                index.rebuild(|n| prints.get(n));
            }
            Some(_) => {}
        }
        self.recent = Recent::new(layout.words());
        if self.states.len() > 0 {
            self.recent.grow(self.states.get(0), self.index.slots());
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let prints = self.prints.as_ref().map_or(0, Prints::bytes);
        self.states.bytes() + self.index.bytes() + self.recent.bytes() + prints
    }
}

/// Whether two states are the same; most take one word.
#[inline]
pub(crate) fn same(a: &[u64], b: &[u64]) -> bool {
    if let ([a], [b]) = (a, b) { a == b } else { a == b }
}

/// A state's hash.
#[inline]
pub(crate) fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash, &word| mix(hash, word))
}

#[cfg(test)]
mod tests;
