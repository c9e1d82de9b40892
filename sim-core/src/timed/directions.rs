use std::collections::VecDeque;

use crate::monitor::Ending;
use crate::network::Fate;
use crate::protocol::{Protocol, RequestId};
use crate::time::Nanos;
use crate::topology::ProcessId;

/// What becomes of a message that is not stopped by a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Travel {
    Lost,
    /// On the path it is one with what was in flight already: no loss, but it never arrives.
    Merged,
    /// It is under way until after the end.
    Late,
    Arrives(Nanos),
    Twice(Nanos, Nanos),
}

/// A run that goes along a path is told what others draw: how long messages and disks take, what is
/// lost or doubled, how choices are answered, when clients ask, what a crash keeps. All else is the
/// same code.
#[derive(Clone, Debug)]
pub(crate) struct Directions<P: Protocol> {
    /// Of each process, what becomes of the messages that it sends to other hosts, in order.
    pub(crate) sends: Vec<VecDeque<Travel>>,
    /// Of each process, when its syncs are complete, in order; `None` if they take no time.
    pub(crate) syncs: Option<Vec<VecDeque<Nanos>>>,
    /// Of each process, how and when its choices are answered, in order.
    pub(crate) answers: Vec<VecDeque<(Nanos, u32)>>,
    /// When clients ask for what.
    pub(crate) requests: VecDeque<(Nanos, RequestId, P::Request)>,
    /// Of each process, how many unsynced records its crashes keep, in order.
    pub(crate) kept: Vec<VecDeque<usize>>,
    /// It is over after so many steps.
    pub(crate) steps: u64,
    /// How it ends then.
    pub(crate) ending: Ending,
}

impl<P: Protocol> Directions<P> {
    /// When the next request is made.
    pub(crate) fn next_request(&self) -> Option<Nanos> {
        self.requests.front().map(|(at, ..)| *at)
    }

    /// What becomes of the message that is being sent.
    pub(crate) fn travel(&mut self, from: ProcessId) -> Fate {
        let (held_back, at) = (false, Nanos::MAX);
        match self.sends[from.index()].pop_front().unwrap_or(Travel::Late) {
            Travel::Lost => Fate::Lost,
            Travel::Merged | Travel::Late => Fate::Arrives { at, held_back, copy: None },
            Travel::Arrives(at) => Fate::Arrives { at, held_back, copy: None },
            Travel::Twice(at, copy) => Fate::Arrives { at, held_back, copy: Some(copy) },
        }
    }

    /// When the sync that begins is complete; `None` if at once.
    pub(crate) fn sync(&mut self, by: ProcessId) -> Option<Nanos> {
        let syncs = &mut self.syncs.as_mut()?[by.index()];
        Some(syncs.pop_front().unwrap_or(Nanos::MAX))
    }

    /// When the choice that begins is answered, and how.
    pub(crate) fn answer(&mut self, by: ProcessId) -> (Nanos, u32) {
        self.answers[by.index()].pop_front().unwrap_or((Nanos::MAX, 0))
    }

    /// How many unsynced records the crash of that process keeps.
    pub(crate) fn keep(&mut self, process: ProcessId) -> usize {
        self.kept[process.index()].pop_front().unwrap_or(0)
    }
}
