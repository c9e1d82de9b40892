/// The messages sent lately, to tell a retransmission from a first send.
///
/// A set-associative cache, the size of the nearest real one: a message is forgotten when eight
/// later ones have fallen into its bucket, so a run's first thousand messages are told apart
/// exactly but for one run in some hundred thousand, and so are the latest thousands of a long one.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    buckets: Vec<Bucket>,
    /// The low bits of live entries: entries of other runs count as absent.
    run: u64,
}

/// The latest messages first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Bucket([u64; Recent::WAYS]);

impl Recent {
    const WAYS: usize = 8;
    const BUCKETS: usize = 512;
    const RUN_MASK: u64 = 0xffff;

    pub(crate) fn new() -> Recent {
        Recent { buckets: vec![Bucket([0; Recent::WAYS]); Recent::BUCKETS], run: 1 }
    }

    /// Forgets everything; nearly always at no cost.
    pub(crate) fn clear(&mut self) {
        self.run = (self.run + 1) & Recent::RUN_MASK;
        if self.run == 0 {
            *self = Recent::new();
        }
    }

    /// Whether this message was sent before; from now on it was.
    #[inline]
    pub(crate) fn seen(&mut self, identity: u64) -> bool {
        let Bucket(ways) = &mut self.buckets[identity as usize % Recent::BUCKETS];
        let entry = identity & !Recent::RUN_MASK | self.run;
        if ways.contains(&entry) {
            return true;
        }
        let [a, b, c, d, e, f, g, _] = *ways;
        *ways = [entry, a, b, c, d, e, f, g];
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_tells_first_sends_from_repeats() {
        let mut recent = Recent::new();
        let id = |n: u64| crate::fingerprint::of(&n);
        for run in 0..70_000 {
            recent.clear();
            for n in 0..4 {
                assert!(!recent.seen(id(n)), "run {run}: {n} was never sent");
            }
            assert!((0..4).all(|n| recent.seen(id(n))), "run {run}");
        }
    }

    #[test]
    fn recent_remembers_the_latest_however_long_the_run() {
        let mut recent = Recent::new();
        let id = |n: u64| crate::fingerprint::of(&n);
        for n in 0..100_000u64 {
            assert!(!recent.seen(id(n)));
            assert!(n < 500 || recent.seen(id(n - 500)), "{n}: forgotten too early");
        }
    }
}
