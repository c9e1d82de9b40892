//! Partial-order reduction: of steps that can be taken in either order, one order is explored.
//!
//! Sleep sets (Godefroid, *Partial-Order Methods for the Verification of Concurrent Systems*, LNCS
//! 1032, 1996, chapter 5), a bit for each agent: what a process does without faults is one agent,
//! what goes wrong with it another. Agents have an order. A step of one leaves asleep those that
//! slept before, and those that come earlier in the order, but for those that depend on it. Who
//! sleeps in a state need not be looked at there: each of its steps was taken earlier on another
//! path, of the same length, that leads to the same states.
//!
//! Breadth first, who sleeps in a state is who sleeps on all of the shortest paths to it, and that
//! is enough. Of the shortest paths to a state take the first in the order of agents: were a step
//! of it not taken, its agent would sleep, for at some state before, on every path there, it came
//! earlier in the order than the agent whose step was taken, and all steps since are independent
//! of it; moved to there it makes a path of the same length that comes first. So every state is
//! found, at its depth, and every violation as early as without the reduction; only transitions
//! are fewer.

/// Agents that sleep, a bit each.
pub(crate) type Asleep = u64;

/// As many processes can have agents.
pub(crate) const PROCESSES_MAX: usize = 32;

/// What all processes do without faults.
pub(crate) const FREE: Asleep = u32::MAX as u64;

/// What a process does without faults.
#[inline]
pub(crate) fn free(process: usize) -> Asleep {
    1 << process
}

/// What goes wrong with a process.
#[inline]
pub(crate) fn faults(process: usize) -> Asleep {
    free(process) << PROCESSES_MAX
}

/// Both agents of a process.
#[inline]
pub(crate) fn both(process: usize) -> Asleep {
    free(process) | faults(process)
}

/// The agents that come before one of `process`: later processes before earlier ones, for most
/// that happens is an answer to the first; faults after everything else.
#[inline]
pub(crate) fn before(process: usize, fault: bool) -> Asleep {
    let later = FREE & !(u64::from(u32::MAX) >> (PROCESSES_MAX - 1 - process));
    if fault { FREE | later << PROCESSES_MAX } else { later }
}

/// Who sleeps in the states of the level that is being expanded, and of the next.
#[derive(Default)]
pub(crate) struct Levels {
    now: Vec<Asleep>,
    next: Vec<Asleep>,
    /// The first state of each.
    first: u32,
    boundary: u32,
}

impl Levels {
    /// Who sleeps in a state of the level that is being expanded.
    pub(crate) fn of(&self, state: u32) -> Asleep {
        self.now[(state - self.first) as usize]
    }

    /// The level that was next is expanded; the one after it begins with `boundary`.
    pub(crate) fn descend(&mut self, boundary: u32) {
        self.first = self.boundary;
        self.boundary = boundary;
        self.now.clear();
        std::mem::swap(&mut self.now, &mut self.next);
    }

    /// A state was found.
    pub(crate) fn push(&mut self, asleep: Asleep) {
        self.next.push(asleep);
    }

    /// A state was found again.
    pub(crate) fn meet(&mut self, state: u32, asleep: Asleep) {
        if let Some(known) =
            state.checked_sub(self.boundary).and_then(|at| self.next.get_mut(at as usize))
        {
            *known &= asleep;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.now.capacity() + self.next.capacity()) * size_of::<Asleep>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_in_order() {
        let mut agents: Vec<(usize, bool)> =
            (0..PROCESSES_MAX).flat_map(|process| [(process, false), (process, true)]).collect();
        agents.sort_by_key(|&(process, fault)| before(process, fault).count_ones());
        let mut seen = 0;
        for (process, fault) in agents {
            assert_eq!(before(process, fault), seen, "{process} {fault}");
            seen |= if fault { faults(process) } else { free(process) };
        }
        assert_eq!(seen, u64::MAX);
    }

    #[test]
    fn who_sleeps_in_a_state_sleeps_on_all_shortest_paths_to_it() {
        let mut levels = Levels::default();
        levels.push(0);
        levels.descend(1);
        assert_eq!(levels.of(0), 0);
        levels.push(0b111);
        levels.push(0b110);
        levels.meet(1, 0b011);
        levels.meet(0, 0);
        levels.descend(3);
        assert_eq!((levels.of(1), levels.of(2)), (0b011, 0b110));
        levels.meet(2, 0);
        assert_eq!(levels.of(2), 0b110);
    }
}
