//! What is in flight to one process.

use crate::table::Table;
use crate::topology::ProcessId;
use crate::untimed::bounds::Network;

/// A letter to one process: its number among all different letters to that process, in the order
/// in which they were first sent.
pub(crate) type LetterId = u32;

/// The letters in flight to one process, each once: a copy of one in flight merges with it.
///
/// A bag and a set are in order of their numbers; with [`Network::Fifo`] letters of one sender
/// stand together, the oldest first, senders in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Mail {
    letters: Vec<LetterId>,
}

impl Mail {
    pub(crate) fn letters(&self) -> &[LetterId] {
        &self.letters
    }

    /// Adds a letter. `sender` tells whose a letter is.
    pub(crate) fn add(
        &mut self,
        network: Network,
        letter: LetterId,
        sender: impl Fn(LetterId) -> ProcessId,
    ) {
        if self.letters.contains(&letter) {
            return;
        }
        let at = match network {
            Network::Bag | Network::Set => self.letters.partition_point(|&other| other < letter),
            Network::Fifo => {
                let from = sender(letter);
                self.letters.partition_point(|&other| sender(other) <= from)
            }
        };
        self.letters.insert(at, letter);
    }

    pub(crate) fn remove(&mut self, letter: LetterId) {
        self.letters.retain(|&other| other != letter);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(LetterId) -> bool) {
        self.letters.retain(|&letter| keep(letter));
    }

    /// The letters that may arrive next.
    pub(crate) fn next(
        &self,
        network: Network,
        sender: impl Fn(LetterId) -> ProcessId,
    ) -> Vec<LetterId> {
        match network {
            Network::Bag | Network::Set => self.letters.clone(),
            Network::Fifo => {
                let mut heads = Table::new();
                for &letter in self.letters.iter().rev() {
                    heads.insert(sender(letter), letter);
                }
                heads.iter().map(|(_, &letter)| letter).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters below ten come from process 0, others from process 1.
    fn sender(letter: LetterId) -> ProcessId {
        ProcessId(u16::from(letter >= 10))
    }

    fn mail(network: Network, letters: &[LetterId]) -> Mail {
        let mut mail = Mail::default();
        letters.iter().for_each(|&letter| mail.add(network, letter, sender));
        mail
    }

    #[test]
    fn a_bag_does_not_remember_in_which_order_it_was_filled() {
        assert_eq!(mail(Network::Bag, &[3, 1, 12]), mail(Network::Bag, &[12, 3, 1, 3]));
        assert_eq!(mail(Network::Bag, &[3, 1]).next(Network::Bag, sender), [1, 3]);
    }

    #[test]
    fn a_queue_keeps_the_order_of_each_sender_and_of_no_others() {
        let queue = mail(Network::Fifo, &[3, 12, 1, 11]);
        assert_eq!(queue, mail(Network::Fifo, &[12, 11, 3, 1]));
        assert_ne!(queue, mail(Network::Fifo, &[12, 11, 1, 3]));
        assert_eq!(queue.next(Network::Fifo, sender), [3, 12]);
    }
}
