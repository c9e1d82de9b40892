//! Which message of the run is which of the path.
//!
//! Copies of a message that are in flight together are one in the untimed world. In the run each
//! was sent: of those one arrives, and the others are lost. What arrives there and stays in flight
//! arrives here again: a later copy that was sent, or else one that the network makes.

use std::collections::BTreeMap;

use crate::topology::ProcessId;
use crate::untimed::drive::times::Moment;
use crate::untimed::mail::LetterId;

/// What becomes of a message between hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Sent {
    /// When it arrives: never in this run, once, or twice.
    pub(super) arrives: Vec<Moment>,
    pub(super) lost: bool,
    /// When its copy was put in the queue; it was itself right afterwards.
    key: Key,
}

/// When something was put in the queue: in which moment, in which part of it, as the how manieth.
/// Of what is due at the same time, what was put there first comes first.
pub(super) type Key = (Moment, Part, u32);

/// The parts of a moment, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// Faults at fixed times, and the end of a partition.
    Faults,
    /// The next request.
    Request,
    /// What processes do.
    Effects,
    /// The end of a crash.
    Restart,
}

/// Messages between hosts, by sender, in the order in which they are sent.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) sent: Vec<Vec<Sent>>,
    /// Of each letter what was sent of it: sender and number.
    letters: BTreeMap<(ProcessId, LetterId), Vec<(usize, usize)>>,
}

impl Post {
    pub(super) fn new(processes: usize) -> Post {
        Post { sent: vec![Vec::new(); processes], letters: BTreeMap::new() }
    }

    /// A process sends that letter; none if it does not get under way at all.
    pub(super) fn send(
        &mut self,
        from: ProcessId,
        letter: Option<(ProcessId, LetterId)>,
        key: Key,
    ) {
        let sent = &mut self.sent[from.index()];
        sent.push(Sent { arrives: Vec::new(), lost: false, key });
        if let Some(letter) = letter {
            self.letters.entry(letter).or_default().push((from.index(), sent.len() - 1));
        }
    }

    /// A letter arrives; if it is the last of its copies, what else was sent of it is lost. Gives
    /// back when it was put in the queue; `None` if the network cannot make so many copies.
    pub(super) fn arrive(
        &mut self,
        letter: (ProcessId, LetterId),
        moment: Moment,
        is_last: bool,
    ) -> Option<Key> {
        let all = self.letters.get(&letter).cloned().unwrap_or_default();
        let with = |arrivals: usize| {
            let fits = |&&(from, n): &&(usize, usize)| {
                let sent = &self.sent[from][n];
                !sent.lost && sent.arrives.len() == arrivals
            };
            all.iter().find(fits).copied()
        };
        let (from, n) = with(0).or_else(|| with(1))?;
        let sent = &mut self.sent[from][n];
        let (at, part, number) = sent.key;
        let number = number + u32::from(sent.arrives.is_empty());
        sent.arrives.push(moment);
        if is_last {
            self.lose(letter);
        }
        Some((at, part, number))
    }

    /// What was sent of a letter and has not arrived is lost.
    pub(super) fn lose(&mut self, letter: (ProcessId, LetterId)) {
        for &(from, n) in self.letters.get(&letter).into_iter().flatten() {
            let sent = &mut self.sent[from][n];
            sent.lost |= sent.arrives.is_empty();
        }
    }
}
