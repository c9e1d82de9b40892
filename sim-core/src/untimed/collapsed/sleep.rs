//! Who sleeps in a state, and who in what follows from it.

use crate::protocol::Protocol;
use crate::untimed::asleep::{Asleep, FREE, PROCESSES_MAX, before, both, faults, free};
use crate::untimed::collapsed::Collapsed;
use crate::untimed::collapsed::shared::Shown;
use crate::untimed::tally::Tally;

/// What is asked of the state that is being expanded by every step out of it.
pub(crate) struct Sleep {
    /// The agents that come before each process' own, without faults and with.
    before: Vec<[Asleep; 2]>,
    /// Agents that cannot be told from each other.
    alike: Vec<Asleep>,
    /// Who sleeps in it.
    asleep: Asleep,
    /// Who may sleep after a step of another.
    able: Asleep,
    /// Whose steps some monitor may see.
    loud: Asleep,
    /// Who may send a process a letter that merges with one in flight to it: sent before that one
    /// is taken it is lost, sent afterwards it is not.
    merging: Vec<Asleep>,
}

impl Sleep {
    pub(crate) fn new(processes: usize) -> Sleep {
        let processes = processes.min(PROCESSES_MAX);
        let before =
            (0..processes).map(|process| [false, true].map(|fault| before(process, fault)));
        let (before, alike) = (before.collect(), Vec::new());
        Sleep { before, alike, asleep: 0, able: 0, loud: 0, merging: Vec::new() }
    }

    /// Of these processes nobody knows who is who. They have one place in the order, so none of
    /// them comes before another.
    pub(crate) fn forget_names(&mut self, groups: &[Vec<usize>]) {
        let known = self.before.len();
        let fits = |group: &&Vec<usize>| group.iter().all(|&process| process < known);
        for group in groups.iter().filter(fits) {
            let agents = group.iter().fold(0, |all, &process| all | free(process));
            self.alike.extend([agents, agents << PROCESSES_MAX]);
            // Before any of them comes only what comes before all of them.
            for fault in [false, true] {
                let agents = if fault { agents << PROCESSES_MAX } else { agents };
                let places = group.iter().map(|&process| before(process, fault));
                let first = places.fold(Asleep::MAX, |all, before| all & before) & !agents;
                for &process in group {
                    self.before[process][usize::from(fault)] = first;
                }
            }
        }
    }

    /// Who sleeps, if nobody knows who is who: of those that are alike all, or none.
    pub(crate) fn unnamed(&self, asleep: Asleep) -> Asleep {
        let awake = |alike: &&Asleep| asleep & **alike != **alike;
        self.alike.iter().filter(awake).fold(asleep, |asleep, alike| asleep & !alike)
    }
}

impl<P: Protocol> Collapsed<'_, P> {
    /// The state whose numbers are there is expanded, in which these sleep.
    pub(crate) fn fall_asleep(&mut self, asleep: Asleep, tally: &Tally) {
        let world = self.world;
        let mut sleep = std::mem::replace(&mut self.sleep, Sleep::new(0));
        sleep.asleep = asleep;
        (sleep.able, sleep.loud) = (0, 0);
        sleep.merging.clear();
        sleep.merging.resize(self.count, 0);
        for process in 0..self.count {
            sleep.able |= free(process);
            // Neighbours die together: what goes wrong with one is the others' business.
            if world.residents[world.hosts[process].index()].len() == 1 {
                sleep.able |= faults(process);
            }
            let habits = &self.all.tables[process].habits[self.numbers[process] as usize];
            for (agent, bit) in [free(process), faults(process)].into_iter().enumerate() {
                if habits.loud[agent] {
                    sleep.loud |= bit;
                }
                for to in (0..self.count).filter(|to| habits.receivers[agent] >> to & 1 != 0) {
                    let known = self.all.tables[to].habits[self.numbers[to] as usize].senders;
                    if known >> process & 1 != 0 {
                        sleep.merging[to] |= bit;
                    }
                }
            }
        }
        for index in world.due(tally.asked) {
            sleep.able &= !both(world.requests[index].0.index());
        }
        self.sleep = sleep;
    }

    /// Whether what a process does need not be looked at, without faults or with.
    #[inline]
    pub(crate) fn sleeps(&self, process: usize, fault: bool) -> bool {
        let agent = if fault { faults(process) } else { free(process) };
        self.sleep.asleep & agent != 0
    }

    /// Who sleeps in the successor that is there, after a step of `process`.
    #[inline]
    pub(crate) fn asleep_after(&mut self, process: usize, fault: bool, sights: [u32; 2]) -> Asleep {
        let Sleep { before, asleep, able, loud, merging, .. } = &self.sleep;
        let mut rest = (asleep | before[process][usize::from(fault)]) & able & !both(process);
        for &slot in &self.touched {
            if (slot as usize) < self.count {
                rest &= !both(slot as usize);
            }
        }
        rest &= !merging[process];
        if fault {
            // Budgets are everybody's.
            rest &= FREE;
        }
        if sights == [0, 0] {
            return rest;
        }
        let mut doubtful = rest & loud;
        rest &= !doubtful;
        while doubtful != 0 {
            let agent = doubtful.trailing_zeros() as usize;
            doubtful &= doubtful - 1;
            if agent < PROCESSES_MAX && self.commute(sights, agent) {
                rest |= free(agent);
            }
        }
        rest
    }

    /// Whether monitors make the same of `sights` and of anything that a process lets them see
    /// without faults, whichever comes first.
    fn commute(&mut self, sights: [u32; 2], process: usize) -> bool {
        let (world, shared) = (self.world, &mut self.all.shared);
        let watch = self.numbers[self.count + 1];
        let number = self.numbers[process] as usize;
        let mut all = |watch, sights: &[u32]| {
            let nothing = Shown { watch, violated: 0, premises: 0 };
            sights.iter().filter(|&&sight| sight != 0).fold(nothing, |before, &sight| {
                let Shown { watch, violated, premises } = shared.show(world, before.watch, sight);
                let violated = before.violated | violated;
                Shown { watch, violated, premises: before.premises | premises }
            })
        };
        self.all.tables[process].habits[number].sights.iter().all(|&other| {
            let first = all(watch, &sights);
            let then = all(first.watch, &[other]);
            let other = all(watch, &[other]);
            let last = all(other.watch, &sights);
            then.watch == last.watch
                && (first.violated, first.premises) == (last.violated, last.premises)
                && (then.violated, then.premises) == (other.violated, other.premises)
        })
    }
}

const _: () = assert!(2 * PROCESSES_MAX == Asleep::BITS as usize);
