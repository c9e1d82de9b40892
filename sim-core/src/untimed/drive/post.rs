//! Which message of the run is which of the path.
//!
//! Copies of a message that are in flight together are one in the untimed world. In the run each
//! was sent: of those one arrives, or is lost, and the others never arrive. What arrives there and
//! stays in flight arrives here again: a later copy that was sent, or else one that the network
//! makes.

use std::collections::BTreeMap;

use crate::topology::ProcessId;
use crate::untimed::drive::times::Moment;
use crate::untimed::mail::LetterId;

/// What becomes of a message between hosts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Sent {
    /// When it arrives: never in this run, once, or twice.
    pub(super) arrives: Vec<Moment>,
    /// Why it never will.
    pub(super) gone: Option<Gone>,
    /// When its copy was put in the queue; it was itself right afterwards.
    key: Key,
}

/// Why a message never arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gone {
    /// The path loses it.
    Lost,
    /// On the path it is one with another, which arrives or is lost.
    Merged,
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
        sent.push(Sent { arrives: Vec::new(), gone: None, key });
        if let Some(letter) = letter {
            self.letters.entry(letter).or_default().push((from.index(), sent.len() - 1));
        }
    }

    /// A letter arrives; if it is the last of its copies, what else was sent of it never does.
    /// Gives back when it was put in the queue; `None` if the network cannot make so many copies.
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
                sent.gone.is_none() && sent.arrives.len() == arrivals
            };
            all.iter().find(fits).copied()
        };
        let (from, n) = with(0).or_else(|| with(1))?;
        let sent = &mut self.sent[from][n];
        let (at, part, number) = sent.key;
        let number = number + u32::from(sent.arrives.is_empty());
        sent.arrives.push(moment);
        if is_last {
            self.leave(letter, Gone::Merged);
        }
        Some((at, part, number))
    }

    /// A letter is lost: one of what was sent of it, if any of that has not arrived.
    pub(super) fn lose(&mut self, letter: (ProcessId, LetterId)) {
        self.leave(letter, Gone::Lost);
    }

    /// What was sent of a letter and has not arrived never will: the first for that reason, and the
    /// others were one with it.
    fn leave(&mut self, letter: (ProcessId, LetterId), mut why: Gone) {
        for &(from, n) in self.letters.get(&letter).into_iter().flatten() {
            let sent = &mut self.sent[from][n];
            if sent.arrives.is_empty() && sent.gone.is_none() {
                sent.gone = Some(std::mem::replace(&mut why, Gone::Merged));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: (ProcessId, LetterId) = (ProcessId(1), 0);

    fn sent_thrice() -> Post {
        let mut post = Post::new(2);
        for moment in 0..3 {
            post.send(ProcessId(0), Some(LETTER), (moment, Part::Effects, 0));
        }
        post
    }

    fn gone(post: &Post) -> Vec<Option<Gone>> {
        post.sent[0].iter().map(|sent| sent.gone).collect()
    }

    #[test]
    fn copies_that_merged_are_not_lost() {
        let mut post = sent_thrice();
        assert_eq!(post.arrive(LETTER, 4, true), Some((0, Part::Effects, 1)));
        assert_eq!(gone(&post), [None, Some(Gone::Merged), Some(Gone::Merged)]);
    }

    #[test]
    fn what_is_lost_is_lost_once() {
        let mut post = sent_thrice();
        post.lose(LETTER);
        assert_eq!(gone(&post), [Gone::Lost, Gone::Merged, Gone::Merged].map(Some));
        post.send(ProcessId(0), Some(LETTER), (3, Part::Effects, 0));
        assert_eq!(post.arrive(LETTER, 4, true), Some((3, Part::Effects, 1)));
    }
}
