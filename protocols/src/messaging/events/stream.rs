//! What the events and snapshots of a log amount to.

use std::sync::Arc;

use super::Record;
use crate::common::{KeySpec, Op, Ops};

/// A stream, folded.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Stream {
    /// How many events there are.
    pub version: u32,
    /// The values of the last snapshot, or those at first.
    base: Arc<[i64]>,
    /// The events after it, as far as is known.
    since: Vec<(u32, Ops)>,
}

impl Stream {
    pub(in crate::messaging) fn new(keys: &[KeySpec]) -> Stream {
        let base = keys.iter().map(|key| key.initial).collect();
        Stream { version: 0, base, since: Vec::new() }
    }

    /// The next record; `values` are the state, and become what it is by that.
    pub(in crate::messaging) fn take(&mut self, record: &Record, values: &mut Vec<i64>) {
        match record {
            Record::Appended { version, ops, .. } => {
                self.version = *version;
                self.since.push((*version, ops.clone()));
                fold(values, ops);
            }
            Record::Folded { values: folded, version } => {
                self.base = folded.clone();
                if let Some(version) = version {
                    self.folded_at(*version);
                }
                *values = self.values();
            }
            Record::FoldedAt(version) => {
                self.folded_at(*version);
                *values = self.values();
            }
        }
    }

    fn folded_at(&mut self, version: u32) {
        self.since.retain(|(event, _)| *event > version);
    }

    /// The state: the last snapshot, and all events after it.
    fn values(&self) -> Vec<i64> {
        let mut values = self.base.to_vec();
        self.since.iter().for_each(|(_, ops)| fold(&mut values, ops));
        values
    }
}

/// One event more.
fn fold(values: &mut [i64], ops: &[Op]) {
    for op in ops {
        if let Op::Add(key, amount) = *op {
            let value = &mut values[usize::from(key.0)];
            *value = value.saturating_add(amount);
        }
    }
}
