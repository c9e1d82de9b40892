use dtxsim_core::ProcessId;
use dtxsim_core::symmetry::{Renamed, Renaming};

use crate::properties::PROCESSES;

/// A set of processes, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Processes(u64);

impl Processes {
    /// Nobody.
    pub const NONE: Processes = Processes(0);

    /// That one and nobody else.
    ///
    /// # Panics
    /// Beyond [`PROCESSES`].
    pub fn one(process: ProcessId) -> Processes {
        assert!(process.index() < PROCESSES, "at most {PROCESSES} processes");
        Processes(1 << process.0)
    }

    /// Whether that one is among them.
    pub fn contains(self, process: ProcessId) -> bool {
        self.0 & Processes::one(process).0 != 0
    }

    /// Whether all of those are among them.
    pub fn contains_all(self, others: Processes) -> bool {
        others.0 & !self.0 == 0
    }

    /// Whether there is nobody.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds one; whether it is new.
    pub fn insert(&mut self, process: ProcessId) -> bool {
        let new = !self.contains(process);
        self.0 |= Processes::one(process).0;
        new
    }

    /// Takes one out; whether it was there.
    pub fn remove(&mut self, process: ProcessId) -> bool {
        let there = self.contains(process);
        self.0 &= !Processes::one(process).0;
        there
    }

    /// All but that one.
    #[must_use]
    pub fn without(mut self, process: ProcessId) -> Processes {
        self.remove(process);
        self
    }

    /// All but those.
    #[must_use]
    pub fn less(self, others: Processes) -> Processes {
        Processes(self.0 & !others.0)
    }

    /// Those and these.
    #[must_use]
    pub fn with(self, others: Processes) -> Processes {
        Processes(self.0 | others.0)
    }

    /// Those with a higher number than that one.
    #[must_use]
    pub fn above(self, process: ProcessId) -> Processes {
        let upto = Processes::one(process).0;
        Processes(self.0 & !(upto | (upto - 1)))
    }

    /// The one with the lowest number.
    pub fn first(self) -> Option<ProcessId> {
        self.iter().next()
    }

    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = ProcessId> {
        (0..PROCESSES as u16).map(ProcessId).filter(move |&process| self.contains(process))
    }
}

impl FromIterator<ProcessId> for Processes {
    fn from_iter<I: IntoIterator<Item = ProcessId>>(processes: I) -> Processes {
        let bits = processes.into_iter().map(|process| Processes::one(process).0);
        Processes(bits.fold(0, |set, bit| set | bit))
    }
}

impl Renamed for Processes {
    fn renamed(&self, by: &Renaming) -> Processes {
        self.iter().map(|process| by.of(process)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[u16]) -> Processes {
        numbers.iter().map(|&n| ProcessId(n)).collect()
    }

    #[test]
    fn it_is_a_set() {
        let mut some = set(&[5, 1, 62, 1]);
        assert_eq!(some.iter().map(|p| p.0).collect::<Vec<_>>(), [1, 5, 62]);
        assert_eq!(some.first(), Some(ProcessId(1)));
        assert!(some.contains_all(set(&[1, 62])) && !some.contains_all(set(&[1, 2])));
        assert_eq!(some.without(ProcessId(5)), set(&[1, 62]));
        assert_eq!(some.less(set(&[1, 2])), set(&[5, 62]));
        assert!(some.insert(ProcessId(0)) && !some.insert(ProcessId(0)));
        assert!(some.remove(ProcessId(0)) && !some.remove(ProcessId(0)));
        assert!(set(&[]).is_empty() && set(&[]) == Processes::NONE);
    }

    #[test]
    fn above_leaves_out_the_one_itself() {
        let some = set(&[0, 3, 62]);
        assert_eq!(some.above(ProcessId(0)), set(&[3, 62]));
        assert_eq!(some.above(ProcessId(3)), set(&[62]));
        assert_eq!(some.above(ProcessId(62)), Processes::NONE);
    }
}
