//! All states that were found, in the order in which they were found, with where they come from.

/// States of the same number of words each, by number.
#[derive(Clone, Debug)]
pub(crate) struct States {
    stride: usize,
    /// Empty where they were let go.
    chunks: Vec<Vec<u64>>,
    /// The first chunk that was not let go, the very first aside.
    kept: usize,
    /// Empty if nobody will ask.
    parents: Vec<Vec<u32>>,
    len: usize,
    traced: bool,
}

/// States a chunk, so that nothing is moved when there are more.
const CHUNK_BITS: u32 = 14;
const CHUNK: usize = 1 << CHUNK_BITS;

impl States {
    /// None yet. If they are `traced`, each knows its parent.
    pub(crate) fn new(stride: usize, traced: bool) -> States {
        States { stride, chunks: Vec::new(), kept: 1, parents: Vec::new(), len: 0, traced }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many words each takes.
    pub(crate) fn words(&self) -> usize {
        self.stride
    }

    pub(crate) fn bytes(&self) -> usize {
        let chunks = self.chunks.len() - (self.kept - 1).min(self.chunks.len());
        let words = chunks * CHUNK * self.stride * size_of::<u64>();
        words + self.parents.len() * CHUNK * size_of::<u32>()
    }

    /// Bytes that the next chunk takes.
    pub(crate) fn chunk_bytes(&self) -> usize {
        CHUNK * (self.stride * size_of::<u64>() + size_of::<u32>())
    }

    /// Whether the next state takes new memory.
    pub(crate) fn is_full(&self) -> bool {
        self.len == self.chunks.len() * CHUNK
    }

    #[inline]
    pub(crate) fn get(&self, n: u32) -> &[u64] {
        let at = (n as usize & (CHUNK - 1)) * self.stride;
        &self.chunks[(n >> CHUNK_BITS) as usize][at..at + self.stride]
    }

    #[inline]
    pub(crate) fn push(&mut self, state: &[u64], parent: u32) {
        debug_assert_eq!(state.len(), self.stride);
        if self.is_full() {
            self.chunks.push(Vec::with_capacity(CHUNK * self.stride));
            if self.traced {
                self.parents.push(Vec::with_capacity(CHUNK));
            }
        }
        let at = self.chunks.len() - 1;
        self.chunks[at].extend_from_slice(state);
        if self.traced {
            self.parents[at].push(parent);
        }
        self.len += 1;
    }

    /// Lets go of states before this one; of some only later. The first stays.
    #[inline]
    pub(crate) fn let_go(&mut self, before: u32) {
        let until = (before >> CHUNK_BITS) as usize;
        if until <= self.kept {
            return;
        }
        for chunk in self.chunks.get_mut(self.kept..until).unwrap_or_default() {
            *chunk = Vec::new();
        }
        self.kept = until;
    }

    /// Forgets all but so many.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        let chunks = self.len.div_ceil(CHUNK);
        self.chunks.truncate(chunks);
        self.parents.truncate(chunks);
        let last = self.len - chunks.saturating_sub(1) * CHUNK;
        self.chunks.last_mut().into_iter().for_each(|words| words.truncate(last * self.stride));
        self.parents.last_mut().into_iter().for_each(|parents| parents.truncate(last));
    }

    /// The state from which this one was found first; the first state is its own parent.
    ///
    /// # Panics
    /// If states are not traced.
    pub(crate) fn parent(&self, n: u32) -> u32 {
        self.parents[(n >> CHUNK_BITS) as usize][n as usize & (CHUNK - 1)]
    }

    /// Writes every state that is there anew, in so many words each.
    pub(crate) fn rewrite(&mut self, stride: usize, mut write: impl FnMut(&[u64], &mut [u64])) {
        for chunk in self.chunks.iter_mut().filter(|chunk| !chunk.is_empty()) {
            let count = chunk.len() / self.stride;
            let mut fresh = Vec::with_capacity(CHUNK * stride);
            fresh.resize(count * stride, 0);
            for (old, new) in chunk.chunks_exact(self.stride).zip(fresh.chunks_exact_mut(stride)) {
                write(old, new);
            }
            *chunk = fresh;
        }
        self.stride = stride;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_let_go_takes_no_memory_and_the_rest_stays() {
        let mut states = States::new(1, true);
        (0..5 * CHUNK as u64).for_each(|n| states.push(&[n], 0));
        let before = states.bytes();
        states.let_go(3 * CHUNK as u32 + 5);
        states.let_go(2 * CHUNK as u32);
        assert_eq!(before - states.bytes(), 2 * CHUNK * size_of::<u64>());
        states.rewrite(2, |old, new| new.copy_from_slice(&[old[0], 1]));
        assert_eq!(states.get(7), [7, 1]);
        assert_eq!(states.get(4 * CHUNK as u32 - 1), [4 * CHUNK as u64 - 1, 1]);
        states.push(&[3, 3], 17);
        assert_eq!((states.len(), states.parent(5 * CHUNK as u32)), (5 * CHUNK + 1, 17));
    }

    #[test]
    fn what_comes_after_can_be_forgotten() {
        let mut states = States::new(1, true);
        (0..2 * CHUNK as u64).for_each(|n| states.push(&[n], n as u32));
        for len in [CHUNK + 1, CHUNK, 3, 0] {
            states.truncate(len);
            states.push(&[7], 9);
            let last = states.len() as u32 - 1;
            assert_eq!(
                (states.len(), states.get(last), states.parent(last)),
                (len + 1, &[7][..], 9)
            );
        }
    }

    #[test]
    fn states_keep_their_numbers_when_they_are_rewritten() {
        let mut states = States::new(1, true);
        for n in 0..3 * CHUNK as u64 / 2 {
            states.push(&[n], n as u32 / 2);
        }
        states.rewrite(2, |old, new| new.copy_from_slice(&[7, old[0]]));
        states.push(&[7, 1 << 40], 9);
        assert_eq!((states.get(CHUNK as u32 + 3), states.parent(11)), (&[7, 16387][..], 5));
        assert_eq!(states.get(states.len() as u32 - 1), [7, 1 << 40]);
    }
}
