//! What was done in each local state of a process, as a space tells it.

use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::topology::ProcessId;
use crate::untimed::local::Local;
use crate::untimed::world::Untimed;

/// A set of small numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn insert(&mut self, number: usize) {
        let (word, bit) = (number / 64, number % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << bit;
    }

    #[inline]
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    /// In order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |(at, &word): (usize, &u64)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| at * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

/// An input that a local state takes, by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taking {
    /// That one of those that it takes whatever else there is.
    Own(usize),
    /// A letter, by its number among those to the process.
    Letter(usize),
    Request(usize),
    /// That one of the timers that are set.
    Timer(usize),
}

/// Inputs that a local state takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Inputs {
    own: Bits,
    letters: Bits,
    requests: Bits,
    timers: Bits,
}

impl Inputs {
    pub(crate) fn insert(&mut self, input: Taking) {
        match input {
            Taking::Own(number) => self.own.insert(number),
            Taking::Letter(number) => self.letters.insert(number),
            Taking::Request(number) => self.requests.insert(number),
            Taking::Timer(number) => self.timers.insert(number),
        }
    }

    pub(crate) fn contains(&self, input: Taking) -> bool {
        match input {
            Taking::Own(number) => self.own.contains(number),
            Taking::Letter(number) => self.letters.contains(number),
            Taking::Request(number) => self.requests.contains(number),
            Taking::Timer(number) => self.timers.contains(number),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Taking> + '_ {
        let own = self.own.iter().map(Taking::Own);
        let letters = self.letters.iter().map(Taking::Letter);
        let requests = self.requests.iter().map(Taking::Request);
        own.chain(letters).chain(requests).chain(self.timers.iter().map(Taking::Timer))
    }
}

/// What was done in one local state of a process: on some step of the exploration, and not only
/// worked out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Row {
    /// Inputs that it took to the end.
    pub(crate) taken: Inputs,
    /// Inputs amid which it died.
    pub(crate) died: Inputs,
    /// It died at rest.
    pub(crate) crashed: bool,
    /// Letters to it that were lost by the network.
    pub(crate) dropped: Bits,
    /// Letters to it that arrived and stayed in flight.
    pub(crate) copied: Bits,
    /// Letters to it that ran into a partition.
    pub(crate) cut: Bits,
    /// Kinds of the messages that it sent into a partition.
    pub(crate) stopped: Bits,
}

/// What is asked of a space: the local states of its processes, and what was done in them.
pub(crate) trait Witness<P: Protocol> {
    /// By number of local state.
    fn rows(&self, process: usize) -> Vec<Row>;

    fn local(&self, process: usize, number: usize) -> &Local<P>;

    /// A letter to a process: from whom, and what it says.
    fn letter(&self, process: usize, number: usize) -> &Letter<P>;
}

/// From whom, and what.
pub(crate) type Letter<P> = (ProcessId, <P as Protocol>::Message);

/// That input in that local state.
pub(crate) fn input<P: Protocol>(
    space: &impl Witness<P>,
    (process, number): (usize, usize),
    taking: Taking,
    world: &Untimed<P>,
) -> Input<P> {
    let local = space.local(process, number);
    match taking {
        // Even if nobody comes back, everybody starts once.
        Taking::Own(_) if local.is_down() => Input::Boot,
        Taking::Own(own) => local.own_inputs(&world.laws()).swap_remove(own),
        Taking::Letter(letter) => {
            let (from, message) = space.letter(process, letter).clone();
            Input::Event(Event::Message { from, message })
        }
        Taking::Request(index) => world.request(index),
        Taking::Timer(index) => {
            let (timer, _) = local.timers().nth(index).expect("it was numbered there");
            Input::Event(Event::Timer(timer.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_numbers_has_each_once_and_in_order() {
        let mut bits = Bits::default();
        [130, 3, 64, 3, 63].into_iter().for_each(|n| bits.insert(n));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [3, 63, 64, 130]);
        assert!(bits.contains(64) && !bits.contains(65) && !bits.contains(1000));
    }

    #[test]
    fn inputs_of_different_sorts_are_different() {
        let mut inputs = Inputs::default();
        inputs.insert(Taking::Letter(1));
        inputs.insert(Taking::Timer(2));
        assert_eq!(inputs.iter().collect::<Vec<_>>(), [Taking::Letter(1), Taking::Timer(2)]);
        assert!(!inputs.contains(Taking::Request(1)) && !inputs.contains(Taking::Own(2)));
    }
}
