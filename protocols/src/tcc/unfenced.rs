//! Services without a barrier: BROKEN on purpose.

use dtxsim_core::Nanos;

use super::knobs::Fence;
use super::message::{Call, Operation, Thread, Timer};
use super::record::Record;
use super::service::{At, Service};
use crate::common::{Deed, Writes};

/// So long after it has checked, a service acts.
pub(super) const ACT: Nanos = Nanos::from_millis(1);

/// So many at a time carry out the same operation of the same branch. Whoever comes while all of
/// them are busy gets no answer, and asks again.
const THREADS: u8 = 2;

/// A call, and what the check has found.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Checked {
    call: Call,
    /// Whether there is anything to do but to write the row: a Cancel finds no Try.
    work: bool,
}

impl Service {
    /// A call is looked up: who finds its row repeats the answer. Who does not acts later, as if
    /// nothing could happen in between.
    pub(super) fn check(&mut self, call: &Call, at: &mut At<'_>) {
        let (tx, operation) = (call.tx, call.operation);
        let has = |operation| self.barrier.has(tx, operation);
        let known = match operation {
            Operation::Try if has(Operation::Cancel) => Some(false),
            Operation::Confirm if has(Operation::Cancel) => Some(false),
            Operation::Cancel if has(Operation::Confirm) => Some(false),
            Operation::Try | Operation::Confirm | Operation::Cancel => {
                has(operation).then_some(true)
            }
        };
        if let Some(done) = known {
            at.reply(tx, operation, done);
            return;
        }
        let work = operation != Operation::Cancel || has(Operation::Try);
        let mut threads = (0..THREADS).map(|number| Thread { tx, operation, number });
        if let Some(thread) = threads.find(|thread| !self.threads.contains(thread)) {
            self.threads.insert(thread, Checked { call: call.clone(), work });
            at.out.set_timer(Timer::Act(thread));
        }
    }

    /// One who has checked acts, and writes the row.
    pub(super) fn wake(&mut self, thread: Thread, at: &mut At<'_>) {
        if let Some(Checked { call, work }) = self.threads.remove(&thread) {
            self.act(&call, work, at);
        }
    }

    /// Carries out a call, whatever was carried out before.
    pub(super) fn act(&mut self, call: &Call, work: bool, at: &mut At<'_>) {
        let Call { tx, operation, part, oldest } = call;
        let (tx, operation, fence) = (*tx, *operation, at.protocol.knobs.fence);
        let checks = fence == Fence::CheckThenAct;
        let part = part.clone();
        let (record, writes) = match operation {
            Operation::Try => {
                if self.reservations.reserve(tx, part.ops(), &self.store, at.keys()).is_err() {
                    at.reply(tx, operation, false);
                    return;
                }
                (Record::Tried { tx, part, oldest: oldest.0 }, Writes::new())
            }
            Operation::Confirm => {
                let writes = self.confirm(fence, tx, &part);
                (Record::Confirmed { tx, part }, writes)
            }
            Operation::Cancel if work => {
                self.cancel(fence, tx, &part);
                (Record::Cancelled { tx, part }, Writes::new())
            }
            Operation::Cancel => {
                self.barrier.did(tx, operation, (false, true));
                at.out.force(Record::Fenced { tx });
                at.did(tx, Deed::Cancel, false, &Writes::new());
                at.reply(tx, operation, true);
                return;
            }
        };
        self.barrier.did(tx, operation, (true, true));
        at.out.force(record);
        at.did(tx, operation.deed(), true, &writes);
        if checks {
            at.out.force(Record::Row { tx, operation });
        }
        at.reply(tx, operation, true);
    }
}
