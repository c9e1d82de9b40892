//! All states that were found, in the order in which they were found, with where they come from.

/// States of the same number of words each, by number.
#[derive(Clone, Debug)]
pub(crate) struct States {
    stride: usize,
    chunks: Vec<Vec<u64>>,
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
        States { stride, chunks: Vec::new(), parents: Vec::new(), len: 0, traced }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many words each takes.
    pub(crate) fn words(&self) -> usize {
        self.stride
    }

    pub(crate) fn bytes(&self) -> usize {
        let words = self.chunks.len() * CHUNK * self.stride * size_of::<u64>();
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

    /// The state from which this one was found first; the first state is its own parent.
    ///
    /// # Panics
    /// If states are not traced.
    pub(crate) fn parent(&self, n: u32) -> u32 {
        self.parents[(n >> CHUNK_BITS) as usize][n as usize & (CHUNK - 1)]
    }

    /// Writes every state anew, in so many words each.
    pub(crate) fn rewrite(&mut self, stride: usize, mut write: impl FnMut(&[u64], &mut [u64])) {
        for chunk in &mut self.chunks {
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
