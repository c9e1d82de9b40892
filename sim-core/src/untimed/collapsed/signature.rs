//! What can be said of one process in a state whoever is who: by it those who are alike are put
//! into an order.
//!
//! A value and a process together are in the same *orbit* as another value and another process if
//! some permutation of those who are alike makes the one the other. What is said of a process is
//! the orbits that it is in with the parts of the state: with local states, letters, monitors.

use crate::fingerprint::mix;
use crate::protocol::Protocol;
use crate::untimed::collapsed::reactions::All;
use crate::untimed::collapsed::renamed::Names;
use crate::untimed::collapsed::tables::UNKNOWN;
use crate::untimed::world::Untimed;

/// The orbits of values of one kind, each value together with one of those who are alike. Values
/// are by process, as far as they are a process', and by number.
#[derive(Clone, Default)]
struct Orbits {
    members: usize,
    /// By process; by number and member.
    of: Vec<Vec<u32>>,
    count: u32,
}

impl Orbits {
    fn new(processes: usize, members: usize) -> Orbits {
        Orbits { members, of: vec![Vec::new(); processes], count: 0 }
    }

    /// The orbit of a value and a member. `rename` says what a value becomes by a swap, and
    /// `swaps` which members, next to each other, change places by each.
    fn of(
        &mut self,
        start: (usize, u32, usize),
        swaps: &[usize],
        mut rename: impl FnMut((usize, u32), usize) -> (usize, u32),
    ) -> u32 {
        let (process, number, member) = start;
        let known = self.of[process].get(number as usize * self.members + member);
        if let Some(&orbit) = known.filter(|&&orbit| orbit != UNKNOWN) {
            return orbit;
        }
        let orbit = self.count;
        self.count += 1;
        self.put(start, orbit);
        let mut todo = vec![start];
        while let Some((process, number, member)) = todo.pop() {
            for (swap, &left) in swaps.iter().enumerate() {
                let (process, number) = rename((process, number), swap);
                let member = match member {
                    member if member == left => left + 1,
                    member if member == left + 1 => left,
                    member => member,
                };
                if self.put((process, number, member), orbit) {
                    todo.push((process, number, member));
                }
            }
        }
        orbit
    }

    /// Whether that was news.
    fn put(&mut self, (process, number, member): (usize, u32, usize), orbit: u32) -> bool {
        let row = &mut self.of[process];
        let end = (number as usize + 1) * self.members;
        if row.len() < end {
            row.resize(end, UNKNOWN);
        }
        let cell = &mut row[number as usize * self.members + member];
        let is_new = *cell == UNKNOWN;
        debug_assert!(is_new || *cell == orbit, "orbits are disjoint");
        *cell = orbit;
        is_new
    }

    fn bytes(&self) -> usize {
        self.of.iter().map(|row| row.len() * size_of::<u32>()).sum()
    }
}

/// What is said of each member by each part of a state.
pub(crate) struct Signatures {
    /// Those who are alike, group by group.
    pub(crate) members: Vec<usize>,
    /// The members that each swap has change places with the next.
    pub(crate) swaps: Vec<usize>,
    locals: Orbits,
    letters: Orbits,
    guards: Orbits,
    /// By process; by situation and member.
    situations: Vec<Vec<u64>>,
    /// By tally and member.
    tallies: Vec<u64>,
    /// By watch and member.
    watches: Vec<u64>,
}

/// Nothing was said yet.
const UNSAID: u64 = 0;

impl Signatures {
    pub(crate) fn new(processes: usize, groups: &[Vec<usize>]) -> Signatures {
        let members: Vec<usize> = groups.iter().flatten().copied().collect();
        let (mut swaps, mut first) = (Vec::new(), 0);
        for group in groups {
            swaps.extend(first..first + group.len() - 1);
            first += group.len();
        }
        let count = members.len();
        Signatures {
            members,
            swaps,
            locals: Orbits::new(processes, count),
            letters: Orbits::new(processes, count),
            guards: Orbits::new(1, count),
            situations: vec![Vec::new(); processes],
            tallies: Vec::new(),
            watches: Vec::new(),
        }
    }

    /// What is said of all members in the state of these numbers.
    pub(crate) fn of<P: Protocol>(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        names: &mut Names<P>,
        numbers: &[u32],
        signatures: &mut Vec<u64>,
    ) {
        let count = self.members.len();
        signatures.clear();
        signatures.resize(count, 0);
        let (situations, rest) = numbers.split_at(numbers.len() - 2);
        for (process, &situation) in situations.iter().enumerate() {
            let at = situation as usize * count;
            if self.situations[process].get(at).is_none_or(|&said| said == UNSAID) {
                self.say_situation((world, all), names, (process, situation));
            }
            add(signatures, &self.situations[process][at..at + count]);
        }
        let (tally, watch) = (rest[0], rest[1]);
        let at = tally as usize * count;
        if self.tallies.get(at).is_none_or(|&said| said == UNSAID) {
            self.say_tally(world, all, tally);
        }
        add(signatures, &self.tallies[at..at + count]);
        let at = watch as usize * count;
        if self.watches.get(at).is_none_or(|&said| said == UNSAID) {
            self.say_watch(all, names, watch);
        }
        add(signatures, &self.watches[at..at + count]);
    }

    #[cold]
    fn say_situation<P: Protocol>(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        names: &mut Names<P>,
        (process, number): (usize, u32),
    ) {
        let (local, mail) = {
            let situation = &all.tables[process].situations[number as usize];
            (situation.local, situation.mail)
        };
        let letters = all.tables[process].mails.get(mail).letters().to_vec();
        let mut said = Vec::new();
        for member in 0..self.members.len() {
            let local = self.locals.of((process, local, member), &self.swaps, |value, swap| {
                (names.process(value.0, swap), names.local((world, all), value, swap))
            });
            let letters = letters.iter().map(|&letter| {
                let start = (process, letter, member);
                let orbit = self.letters.of(start, &self.swaps, |value, swap| {
                    (names.process(value.0, swap), names.letter(all, value, swap))
                });
                mix(1, orbit.into())
            });
            let letters = letters.fold(0, u64::wrapping_add);
            said.push(mix(mix(2, local.into()), letters));
        }
        put(&mut self.situations[process], number, &said);
    }

    /// With a partition, how many hosts are on its side.
    #[cold]
    fn say_tally<P: Protocol>(&mut self, world: &Untimed<P>, all: &All<P>, number: u32) {
        let tally = all.shared.tallies.get(number);
        let said = self.members.iter().map(|&member| {
            let side = tally.cut.map_or(0, |cut| {
                let group: Vec<usize> = world.cuts.group(cut).collect();
                let hosts = world.residents.len();
                let inside = group.contains(&world.hosts[member].index());
                if inside { group.len() } else { hosts - group.len() }
            });
            mix(3, side as u64)
        });
        put(&mut self.tallies, number, &said.collect::<Vec<_>>());
    }

    #[cold]
    fn say_watch<P: Protocol>(&mut self, all: &All<P>, names: &mut Names<P>, number: u32) {
        let monitors = all.shared.watches.get(number).monitors.len();
        let mut said = vec![4; self.members.len()];
        for index in 0..monitors {
            let guard = names.guard(all, number, index);
            for (member, said) in said.iter_mut().enumerate() {
                let start = (0, guard, member);
                let orbit = self.guards.of(start, &self.swaps, |(process, guard), swap| {
                    (process, names.renamed_guard(guard, swap))
                });
                *said = mix(*said, orbit.into());
            }
        }
        put(&mut self.watches, number, &said);
    }

    pub(crate) fn bytes(&self) -> usize {
        let words: usize = self.situations.iter().map(Vec::len).sum();
        let words = words + self.tallies.len() + self.watches.len();
        let orbits = [&self.locals, &self.letters, &self.guards];
        words * size_of::<u64>() + orbits.map(Orbits::bytes).iter().sum::<usize>()
    }
}

#[inline]
fn add(signatures: &mut [u64], said: &[u64]) {
    for (signature, said) in signatures.iter_mut().zip(said) {
        *signature = signature.wrapping_add(*said);
    }
}

fn put(row: &mut Vec<u64>, number: u32, said: &[u64]) {
    let at = number as usize * said.len();
    if row.len() < at + said.len() {
        row.resize(at + said.len(), UNSAID);
    }
    for (cell, &said) in row[at..].iter_mut().zip(said) {
        *cell = said.max(1);
    }
}
