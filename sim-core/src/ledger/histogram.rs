use crate::time::Nanos;

/// A histogram of time spans, exact to one part in sixteen; integers only, so that merging in any
/// order gives the same numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

const SUB_BITS: u32 = 4;

impl Histogram {
    /// Counts one span.
    pub fn record(&mut self, span: Nanos) {
        let bucket = Histogram::bucket(span.0);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.count += 1;
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The lower bound of the bucket that holds the `percent`-th percentile; `None` if empty.
    pub fn percentile(&self, percent: u64) -> Option<Nanos> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut below = 0;
        for (bucket, &count) in self.buckets.iter().enumerate() {
            below += count;
            if below >= rank {
                return Some(Nanos(Histogram::floor(bucket)));
            }
        }
        None
    }

    /// Adds the spans of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        if other.buckets.len() > self.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
    }

    /// Forgets all spans, keeping allocated memory.
    pub fn clear(&mut self) {
        self.buckets.fill(0);
        self.count = 0;
    }

    fn bucket(value: u64) -> usize {
        let exponent = (u64::BITS - value.leading_zeros()).saturating_sub(SUB_BITS + 1);
        ((u64::from(exponent) << SUB_BITS) + (value >> exponent)) as usize
    }

    fn floor(bucket: usize) -> u64 {
        let bucket = bucket as u64;
        let exponent = (bucket >> SUB_BITS).saturating_sub(1);
        (bucket - (exponent << SUB_BITS)) << exponent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_are_within_a_sixteenth(
            mut spans in prop::collection::vec(any::<u64>(), 1..50)
        ) {
            let mut histogram = Histogram::default();
            spans.iter().for_each(|&span| histogram.record(Nanos(span)));
            spans.sort_unstable();
            for percent in [0, 50, 90, 100] {
                let rank = (spans.len() * percent).div_ceil(100).max(1) - 1;
                let (exact, got) = (spans[rank], histogram.percentile(percent as u64).unwrap().0);
                prop_assert!(got <= exact && exact - got <= exact / 16, "{got} for {exact}");
            }
        }

        #[test]
        fn merging_is_recording_all(
            a in prop::collection::vec(0u64..1000, 0..20),
            b in prop::collection::vec(0u64..9999, 0..20)
        ) {
            let record = |spans: &[u64]| {
                let mut histogram = Histogram::default();
                spans.iter().for_each(|&span| histogram.record(Nanos(span)));
                histogram
            };
            let mut merged = record(&a);
            merged.merge(&record(&b));
            prop_assert_eq!(merged, record(&[a, b].concat()));
        }
    }
}
