//! The states that were found, and which of many are new.
//!
//! Most successors of a state were found before, and most of those a moment ago: two orders of two
//! steps lead to one state. So a state is looked up among the recent ones first, a table that stays
//! in the processor's cache, and only then in the index over all, which does not. Many are looked
//! up at once, stage by stage, so that the processor waits for several at a time.

use crate::fingerprint::mix;
use crate::untimed::index::Index;
use crate::untimed::recent::Recent;
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
    /// those that are. Which are, nobody can foresee, so nothing here branches on it.
    fn look_among_recent<const WORDS: usize, K: Keeper>(&mut self, words: &[u64]) {
        let stride = if WORDS == 0 { self.states.words() } else { WORDS };
        let Visited { states, index, recent, scratch, .. } = self;
        let Scratch { hashes, rare, .. } = scratch;
        hashes.clear();
        hashes.extend(words.chunks_exact(stride).map(hash));
        rare.clear();
        rare.extend(0..hashes.len() as u32);
        if states.len() == 0 || K::MINDS_KNOWN {
            return;
        }
        let mut count = 0;
        for (at, (state, &hash)) in words.chunks_exact(stride).zip(&*hashes).enumerate() {
            let is_known = recent.has::<WORDS>(state, hash);
            debug_assert!(
                !is_known || index.find(hash, |n| same(states.get(n), state)).is_ok(),
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
            let grows = self.index.is_full();
            let grown = if grows { self.index.bytes_grown() + self.recent.bytes() } else { 0 };
            let afterwards = self.states.len() * self.afterwards;
            let bytes = self.bytes() + grown + self.states.chunk_bytes() + afterwards;
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
        self.states.bytes() + self.index.bytes() + self.recent.bytes()
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Remembers what it was told.
    #[derive(Default)]
    struct Told {
        known: Vec<(usize, u32)>,
        fresh: Vec<(usize, u32)>,
    }

    impl Keeper for Told {
        const MINDS_KNOWN: bool = true;

        fn known(&mut self, at: usize, number: u32) {
            self.known.push((at, number));
        }

        fn fresh(&mut self, at: usize, number: u32) {
            self.fresh.push((at, number));
        }
    }

    struct Deaf;

    impl Keeper for Deaf {
        const MINDS_KNOWN: bool = false;

        fn known(&mut self, _: usize, _: u32) {}

        fn fresh(&mut self, _: usize, _: u32) {}
    }

    const KEEPING: Keeping = Keeping { parents: true, afterwards: 0 };
    const ROOMY: Room<'_> = Room { states: u64::MAX, bytes: &|| u64::MAX };

    /// States that come again and again, soon and late; the first is all zeroes.
    fn states(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(|n| if n % 3 == 0 { n / 6 } else { n * n % 30_011 })
    }

    fn batches(words: usize) -> Vec<Vec<u64>> {
        let all: Vec<u64> = states(120_000).collect();
        let wide = |&state: &u64| (0..words as u64).map(move |word| state << (8 * word));
        all.chunks(97).map(|chunk| chunk.iter().flat_map(wide).collect()).collect()
    }

    #[test]
    fn every_state_has_one_number_whoever_asks() {
        for words in 1..=3 {
            let mut model: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
            let mut told = Visited::new(words, KEEPING);
            let mut deaf = Visited::new(words, KEEPING);
            for batch in batches(words) {
                let parents = [(7, 10 * words), (8, batch.len())];
                let mut keeper = Told::default();
                assert_eq!(told.keep_all(&batch, &parents, ROOMY, &mut keeper), None);
                assert_eq!(deaf.keep_all(&batch, &parents, ROOMY, &mut Deaf), None);
                let mut wanted = Told::default();
                for (at, state) in batch.chunks(words).enumerate() {
                    let (next, is_new) = (model.len() as u32, !model.contains_key(state));
                    let number = *model.entry(state.to_vec()).or_insert(next);
                    let list = if is_new { &mut wanted.fresh } else { &mut wanted.known };
                    list.push((at, number));
                    if is_new {
                        let parent = if at < 10 { 7 } else { 8 };
                        assert_eq!(told.states.parent(number), parent);
                    }
                }
                keeper.known.sort_unstable();
                assert_eq!((keeper.known, keeper.fresh), (wanted.known, wanted.fresh));
            }
            assert_eq!((told.states.len(), deaf.states.len()), (model.len(), model.len()));
            for (state, &number) in &model {
                assert_eq!((told.find(state), deaf.find(state)), (Some(number), Some(number)));
                assert_eq!(deaf.states.get(number), state);
            }
        }
    }

    #[test]
    fn what_is_written_anew_is_found_again() {
        let mut visited = Visited::new(1, KEEPING);
        for batch in batches(1) {
            assert_eq!(visited.keep_all(&batch, &[(0, batch.len())], ROOMY, &mut Deaf), None);
        }
        let count = visited.states.len();
        visited.rewrite(2, |old, new| new.copy_from_slice(&[old[0], 5]));
        for batch in batches(1) {
            let wider: Vec<u64> = batch.iter().flat_map(|&state| [state, 5]).collect();
            let parents = [(0, wider.len())];
            assert_eq!(visited.keep_all(&wider, &parents, ROOMY, &mut Deaf), None);
        }
        assert_eq!(visited.states.len(), count, "none of them is new");
        assert_eq!(visited.find(&[3, 6]), None);
    }

    #[test]
    fn it_stops_where_there_is_no_room() {
        let afterwards = Keeping { afterwards: 100, ..KEEPING };
        let fill = |keeping: Keeping, room: Room<'_>| {
            let mut visited = Visited::new(1, keeping);
            let fill =
                |batch: &Vec<u64>| visited.keep_all(batch, &[(0, batch.len())], room, &mut Deaf);
            let why = batches(1).iter().find_map(fill);
            (why, visited.states.len(), visited.bytes() as u64)
        };
        let few = Room { states: 1_000, ..ROOMY };
        assert_eq!(fill(KEEPING, few).0, Some(CutShort::States));
        assert_eq!(fill(KEEPING, few).1, 1_000);
        let most = 600_000;
        let small = Room { bytes: &|| most, ..ROOMY };
        let (why, many, bytes) = fill(KEEPING, small);
        assert!(why == Some(CutShort::Memory) && bytes <= most && many > 1_000, "{bytes} {many}");
        let (why, less, _) = fill(afterwards, small);
        assert!(why == Some(CutShort::Memory) && less < many, "{less} {many}");
    }
}
