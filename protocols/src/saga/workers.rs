//! Two workers of one orchestrator: whoever is told something reads the state of its saga, and
//! writes it later. Meanwhile the other may have written it.

use dtxsim_core::{Outbox, ProcessId};

use super::Saga;
use super::course::Live;
use super::knobs::Flaw;
use super::message::{Message, Timer};
use super::orchestrator::Orchestrator;
use crate::common::TxId;

/// What one worker is at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Task {
    tx: TxId,
    told: Told,
    /// The state of the saga, as the worker has read it.
    read: Live,
}

/// What a worker is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Told {
    /// A service has answered.
    Answer { from: ProcessId, message: Message },
    /// A call was not answered in time.
    Silence,
}

impl Orchestrator {
    /// A worker takes up what it is told, and reads the state of the saga. If both are busy, it is
    /// as if an answer were lost; a time-out comes again.
    pub(super) fn assign(&mut self, tx: TxId, told: Told, out: &mut Outbox<Saga>) {
        let Some(read) = self.live.get(&tx).cloned() else { return };
        let Some(worker) = [0, 1].into_iter().find(|worker| !self.tasks.contains(worker)) else {
            if told == Told::Silence {
                out.set_timer(Timer::Call { tx, attempt: read.attempt });
            }
            return;
        };
        self.tasks.insert(worker, Task { tx, told, read });
        out.set_timer(Timer::Write { tx, worker });
    }

    /// A worker writes. Who finds that the state is another than it has read starts again from
    /// that: an answer is as good as before; what a time-out is about is over.
    pub(super) fn write(&mut self, protocol: &Saga, worker: u8, out: &mut Outbox<Saga>) {
        let Some(Task { tx, told, read }) = self.tasks.remove(&worker) else { return };
        // A saga that is over has no state to write.
        if protocol.knobs.broken == Some(Flaw::StateUnchecked)
            && let Some(live) = self.live.get_mut(&tx)
        {
            *live = read.clone();
        }
        let unchanged = self.live.get(&tx) == Some(&read);
        match told {
            Told::Answer { from, message } => self.answer(protocol, from, &message, out),
            Told::Silence if unchanged => self.silence(protocol, tx, out),
            Told::Silence => {}
        }
    }
}
