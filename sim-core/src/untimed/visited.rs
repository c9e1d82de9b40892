//! The states that were found, and which of many are new.
//!
//! Most successors of a state were found before, and most of those a moment ago: two orders of two
//! steps lead to one state. So a state is looked up among the recent ones first, a table that stays
//! in the processor's cache, and only then in the index over all, which does not. Many are looked
//! up at once, stage by stage, so that the processor waits for several at a time.

use crate::fingerprint::mix;
use crate::untimed::index::Index;
use crate::untimed::search::CutShort;
use crate::untimed::states::States;

/// All states that were found, by number, and the way from a state to its number.
pub(crate) struct Visited {
    pub(crate) states: States,
    index: Index,
    recent: Recent,
    /// See [`Keeping::afterwards`].
    afterwards: usize,
    scratch: Scratch,
}

/// What is kept of each state besides itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Keeping {
    /// From which state it was found.
    pub(crate) parents: bool,
    /// So many bytes will be taken for it when all are found.
    pub(crate) afterwards: usize,
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
    /// None yet, of so many words each.
    pub(crate) fn new(words: usize, keeping: Keeping) -> Visited {
        Visited {
            states: States::new(words, keeping.parents),
            afterwards: keeping.afterwards,
            index: Index::default(),
            recent: Recent::new(words),
            scratch: Scratch::default(),
        }
    }

    /// The number of a state, if it was found.
    pub(crate) fn find(&self, words: &[u64]) -> Option<u32> {
        self.index.find(hash(words), |n| same(self.states.get(n), words)).ok()
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
        match self.states.words() {
            1 => self.keep::<1, K>(words, parents, room, keeper),
            2 => self.keep::<2, K>(words, parents, room, keeper),
            _ => self.keep::<0, K>(words, parents, room, keeper),
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
        let stride = if WORDS == 0 { self.states.words() } else { WORDS };
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
            match self.index.find(hash, |n| same(self.states.get(n), state)) {
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
    /// those that are. Which are, nobody can foresee, so nothing branches on it.
    fn look_among_recent<const WORDS: usize, K: Keeper>(&mut self, words: &[u64]) {
        let stride = if WORDS == 0 { self.states.words() } else { WORDS };
        let Scratch { hashes, rare, .. } = &mut self.scratch;
        hashes.clear();
        hashes.extend(words.chunks_exact(stride).map(hash));
        rare.clear();
        rare.extend(0..hashes.len() as u32);
        if self.states.len() == 0 || K::MINDS_KNOWN {
            return;
        }
        let mut count = 0;
        for (at, (state, &hash)) in words.chunks_exact(stride).zip(&*hashes).enumerate() {
            rare[count] = at as u32;
            count += usize::from(!self.recent.has::<WORDS>(state, hash));
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
        let stride = if WORDS == 0 { self.states.words() } else { WORDS };
        let Scratch { hashes, guesses, rare } = &mut self.scratch;
        guesses.clear();
        guesses.extend(rare.iter().map(|&at| self.index.peek(hashes[at as usize])));
        // What does not fit is not looked at, but the first state, which is near.
        for (guess, &at) in guesses.iter_mut().zip(&*rare) {
            *guess = self.index.guess(hashes[at as usize], *guess).unwrap_or(0);
        }
        let first = |&guess: &u32| self.states.get(guess)[0];
        let looked = guesses.iter().fold(0, |sum, guess| sum ^ first(guess));
        std::hint::black_box(looked);
        let mut count = 0;
        for n in 0..rare.len() {
            let (at, guess) = (rare[n], guesses[n]);
            let state = &words[at as usize * stride..][..stride];
            let is_known = same(self.states.get(guess), state);
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
            let grown = if self.index.is_full() { self.index.bytes_grown() } else { 0 };
            let bytes = self.bytes() + grown + self.states.chunk_bytes();
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
        Ok(self.index.put(slot, hash))
    }

    #[cold]
    fn grow(&mut self) {
        let Visited { index, states, recent, .. } = self;
        index.grow(|n| hash(states.get(n)));
        recent.grow(states.get(0), index.slots());
    }

    /// Writes all states anew, in so many words each.
    pub(crate) fn rewrite(&mut self, words: usize, write: impl FnMut(&[u64], &mut [u64])) {
        self.states.rewrite(words, write);
        self.index.rebuild(|n| hash(self.states.get(n)));
        self.recent = Recent::new(words);
        if self.states.len() > 0 {
            self.recent.grow(self.states.get(0), self.index.slots());
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let afterwards = self.states.len() * self.afterwards;
        self.states.bytes() + self.index.bytes() + self.recent.bytes() + afterwards
    }
}

/// States that were looked up last, by the low bits of their hashes, whole.
struct Recent {
    words: Vec<u64>,
    stride: usize,
    mask: usize,
}

impl Recent {
    /// For every so many slots of the index there is one.
    const SLOTS_A_STATE: usize = 16;
    const STATES_MIN: usize = 1 << 12;
    const STATES_MAX: usize = 1 << 19;

    /// Every place must be filled before any is looked at.
    fn new(stride: usize) -> Recent {
        let states = Recent::STATES_MIN;
        Recent { words: vec![0; states * stride], stride, mask: states - 1 }
    }

    /// There is only the first state.
    fn fill(&mut self, first: &[u64]) {
        self.words.chunks_exact_mut(self.stride).for_each(|place| place.copy_from_slice(first));
    }

    /// Forgets all but the first state, and remembers more from now on.
    fn grow(&mut self, first: &[u64], slots: usize) {
        let wanted = slots / Recent::SLOTS_A_STATE;
        let states = wanted.clamp(Recent::STATES_MIN, Recent::STATES_MAX);
        self.words.resize(states * self.stride, 0);
        self.mask = states - 1;
        self.fill(first);
    }

    #[inline]
    fn has<const WORDS: usize>(&self, state: &[u64], hash: u64) -> bool {
        let stride = if WORDS == 0 { self.stride } else { WORDS };
        same(&self.words[(hash as usize & self.mask) * stride..][..stride], state)
    }

    #[inline]
    fn put<const WORDS: usize>(&mut self, state: &[u64], hash: u64) {
        let stride = if WORDS == 0 { self.stride } else { WORDS };
        let place = hash as usize & self.mask;
        self.words[place * stride..][..stride].copy_from_slice(state);
    }

    fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
    }
}

/// Whether two states are the same; most take one word.
#[inline]
pub(crate) fn same(a: &[u64], b: &[u64]) -> bool {
    if let ([a], [b]) = (a, b) { a == b } else { a == b }
}

/// A state's hash.
#[inline]
fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash, &word| mix(hash, word))
}
