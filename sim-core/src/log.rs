use std::hash::{Hash, Hasher};

/// The write-ahead log of one process: all that is durable is in here.
///
/// Fault contract: a crash keeps the durable prefix and *any* prefix of what was appended since
/// the last sync; a torn record counts as absent. A record once durable is never lost, reordered
/// or changed.
///
/// Logs are equal if they hold the same and a crash can take the same of them: when one was last
/// compacted is no part of it.
#[derive(Clone, Debug)]
pub struct Log<R> {
    records: Vec<R>,
    durable: usize,
    compact_at: usize,
}

/// A log shorter than this is not worth compacting.
const COMPACT_MIN: usize = 1024;

impl<R> Default for Log<R> {
    fn default() -> Self {
        Log { records: Vec::new(), durable: 0, compact_at: COMPACT_MIN }
    }
}

impl<R: PartialEq> PartialEq for Log<R> {
    fn eq(&self, other: &Self) -> bool {
        let Log { records, durable, compact_at: _ } = self;
        *durable == other.durable && *records == other.records
    }
}

impl<R: Eq> Eq for Log<R> {}

impl<R: Hash> Hash for Log<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Log { records, durable, compact_at: _ } = self;
        records.hash(state);
        durable.hash(state);
    }
}

impl<R> Log<R> {
    /// Appends a record, which is not durable yet.
    pub fn append(&mut self, record: R) {
        self.records.push(record);
    }

    /// Makes everything durable that was appended so far.
    pub fn sync(&mut self) {
        self.durable = self.records.len();
    }

    /// The same with every record rewritten.
    pub(crate) fn map(&self, rewrite: impl FnMut(&R) -> R) -> Log<R> {
        let Log { records, durable, compact_at } = self;
        let records = records.iter().map(rewrite).collect();
        Log { records, durable: *durable, compact_at: *compact_at }
    }

    /// Every record: what a recovering process finds, for after a crash all of it is durable.
    pub fn records(&self) -> &[R] {
        &self.records
    }

    /// How many records a crash cannot take.
    pub fn durable(&self) -> usize {
        self.durable
    }

    /// How many records a crash may take.
    pub fn unsynced(&self) -> usize {
        self.records.len() - self.durable
    }

    /// A crash: of the unsynced tail only the first `keep` records survive.
    ///
    /// # Panics
    /// If fewer than `keep` records are unsynced.
    pub fn crash(&mut self, keep: usize) {
        assert!(keep <= self.unsynced(), "a crash cannot keep more than there is");
        self.records.truncate(self.durable + keep);
        self.durable = self.records.len();
    }

    /// Empties the log, keeping its memory, for the next run.
    pub fn clear(&mut self) {
        *self = Log { records: std::mem::take(&mut self.records), ..Log::default() };
        self.records.clear();
    }

    /// Hands the log to `rewrite` when it is fully durable and twice as long as after the last
    /// rewrite, so that compaction costs constant time a record, amortised.
    ///
    /// The rewrite is atomic, as the switch to a new segment is: a crash finds the old or the new.
    pub fn compact(&mut self, rewrite: impl FnOnce(&mut Vec<R>)) {
        if self.durable < self.compact_at || self.durable < self.records.len() {
            return;
        }
        rewrite(&mut self.records);
        self.durable = self.records.len();
        self.compact_at = (self.durable * 2).max(COMPACT_MIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint;

    #[test]
    fn a_crash_keeps_the_durable_prefix_and_any_prefix_of_the_rest() {
        for keep in 0..=2 {
            let mut log = Log::default();
            log.append('a');
            log.sync();
            log.append('b');
            log.append('c');
            log.crash(keep);
            assert_eq!(log.records(), &['a', 'b', 'c'][..1 + keep]);
            assert_eq!(log.unsynced(), 0, "what survived is durable");
        }
    }

    #[test]
    #[should_panic(expected = "more than there is")]
    fn a_crash_cannot_invent_records() {
        Log::<char>::default().crash(1);
    }

    #[test]
    fn compaction_waits_for_durability_and_for_size() {
        let mut log = Log::default();
        (0..COMPACT_MIN).for_each(|n| log.append(n));
        log.compact(|_| panic!("an unsynced record may not be compacted"));
        log.sync();
        log.compact(|records| records.truncate(1));
        assert_eq!((log.records(), log.durable()), (&[0][..], 1));
        log.compact(|_| panic!("nothing was added since"));
    }

    #[test]
    fn when_it_was_compacted_is_no_part_of_a_log() {
        let mut compacted = Log::default();
        (0..COMPACT_MIN).for_each(|n| compacted.append(n));
        compacted.sync();
        let never = compacted.clone();
        compacted.compact(|_| {});
        assert_ne!(compacted.compact_at, never.compact_at);
        assert_eq!(compacted, never);
        assert_eq!(fingerprint::of(&compacted), fingerprint::of(&never));
    }

    #[test]
    fn what_a_crash_can_take_is_part_of_a_log() {
        let mut unsynced = Log::default();
        unsynced.append('a');
        let mut synced = unsynced.clone();
        synced.sync();
        assert_ne!(unsynced, synced);
    }
}
