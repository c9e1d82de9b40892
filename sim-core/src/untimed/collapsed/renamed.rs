//! What numbers become when two processes change places, each found out once.

use crate::monitor::Monitor;
use crate::protocol::Protocol;
use crate::symmetry::{Renaming, Symmetry};
use crate::topology::ProcessId;
use crate::untimed::collapsed::reactions::All;
use crate::untimed::collapsed::tables::UNKNOWN;
use crate::untimed::intern::Interner;
use crate::untimed::mail::Mail;
use crate::untimed::symmetry::Group;
use crate::untimed::world::Untimed;

/// A row of numbers for each number, as they become known.
#[derive(Clone, Default)]
struct Known {
    width: usize,
    cells: Vec<u32>,
}

impl Known {
    fn new(width: usize) -> Known {
        Known { width, cells: Vec::new() }
    }

    #[inline]
    fn get(&self, number: u32, column: usize) -> Option<u32> {
        let cell = self.cells.get(number as usize * self.width + column);
        cell.copied().filter(|&cell| cell != UNKNOWN)
    }

    fn set(&mut self, number: u32, column: usize, to: u32) {
        let end = (number as usize + 1) * self.width;
        if self.cells.len() < end {
            self.cells.resize(end, UNKNOWN);
        }
        self.cells[number as usize * self.width + column] = to;
    }
}

/// One monitor in one state, and which it is.
type Guard<P> = (usize, Box<dyn Monitor<<P as Protocol>::Note>>);

/// What numbers become, by swap.
pub(crate) struct Names<P: Protocol> {
    symmetry: Symmetry<P>,
    swaps: Vec<Renaming>,
    letters: Vec<Known>,
    locals: Vec<Known>,
    situations: Vec<Known>,
    tallies: Known,
    watches: Known,
    pub(crate) guards: Interner<Guard<P>>,
    renamed_guards: Known,
}

impl<P: Protocol> Names<P> {
    pub(crate) fn new(world: &Untimed<P>, group: Group<P>) -> Names<P> {
        let swaps: Vec<Renaming> =
            group.generators().into_iter().map(|(a, b)| Renaming::swap(a, b)).collect();
        let known = Known::new(swaps.len());
        let each = vec![known.clone(); world.topology().processes.len()];
        Names {
            symmetry: group.symmetry,
            swaps,
            letters: each.clone(),
            locals: each.clone(),
            situations: each,
            tallies: known.clone(),
            watches: known.clone(),
            guards: Interner::default(),
            renamed_guards: known,
        }
    }

    /// What a process is called after a swap.
    #[inline]
    pub(crate) fn process(&self, process: usize, swap: usize) -> usize {
        self.swaps[swap].of(ProcessId(process as u16)).index()
    }

    /// A letter to a process, as one to that process by its new name.
    pub(crate) fn letter(
        &mut self,
        all: &mut All<P>,
        (to, letter): (usize, u32),
        swap: usize,
    ) -> u32 {
        if let Some(known) = self.letters[to].get(letter, swap) {
            return known;
        }
        let renaming = &self.swaps[swap];
        let (sender, message) = all.tables[to].letters.get(letter);
        let renamed = (renaming.of(*sender), (self.symmetry.message)(message, renaming));
        let home = self.process(to, swap);
        let (number, _) = all.tables[home].letters.intern(renamed);
        self.letters[to].set(letter, swap, number);
        number
    }

    /// A local state of a process, as one of that process by its new name.
    pub(crate) fn local(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        (me, local): (usize, u32),
        swap: usize,
    ) -> u32 {
        if let Some(known) = self.locals[me].get(local, swap) {
            return known;
        }
        let renaming = &self.swaps[swap];
        let renamed = all.tables[me].locals.get(local).renamed(&self.symmetry, renaming);
        let home = self.process(me, swap);
        let number = all.tables[home].local(world, renamed);
        self.locals[me].set(local, swap, number);
        number
    }

    /// A situation of a process, as one of that process by its new name.
    #[inline]
    pub(crate) fn situation(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        (me, situation): (usize, u32),
        swap: usize,
    ) -> u32 {
        match self.situations[me].get(situation, swap) {
            Some(known) => known,
            None => self.situation_anew((world, all), (me, situation), swap),
        }
    }

    #[cold]
    fn situation_anew(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        (me, situation): (usize, u32),
        swap: usize,
    ) -> u32 {
        let (local, mail) = {
            let situation = &all.tables[me].situations[situation as usize];
            (situation.local, situation.mail)
        };
        let local = self.local((world, all), (me, local), swap);
        let mut renamed = Mail::default();
        let home = self.process(me, swap);
        for letter in all.tables[me].mails.get(mail).letters().to_vec() {
            let letter = self.letter(all, (me, letter), swap);
            let sender = |letter| all.tables[home].letters.get(letter).0;
            renamed.add(world.bounds.network, letter, sender);
        }
        let mail = all.tables[home].mail(world, renamed);
        let number = all.tables[home].situation(local, mail);
        self.situations[me].set(situation, swap, number);
        number
    }

    #[inline]
    pub(crate) fn tally(
        &mut self,
        (world, all): (&Untimed<P>, &mut All<P>),
        tally: u32,
        swap: usize,
    ) -> u32 {
        if let Some(known) = self.tallies.get(tally, swap) {
            return known;
        }
        let renamed = world.renamed(*all.shared.tallies.get(tally), &self.swaps[swap]);
        let number = all.shared.tally(world, renamed);
        self.tallies.set(tally, swap, number);
        number
    }

    #[inline]
    pub(crate) fn watch(&mut self, all: &mut All<P>, watch: u32, swap: usize) -> u32 {
        if let Some(known) = self.watches.get(watch, swap) {
            return known;
        }
        let renamed = all.shared.watches.get(watch).renamed(&self.swaps[swap]);
        let renamed = renamed.unwrap_or_else(|_| panic!("all monitors said that they can"));
        let (number, _) = all.shared.watches.intern(renamed);
        self.watches.set(watch, swap, number);
        number
    }

    /// The number of one monitor by itself.
    pub(crate) fn guard(&mut self, all: &All<P>, watch: u32, index: usize) -> u32 {
        let monitor = all.shared.watches.get(watch).monitors[index].clone();
        self.guards.intern((index, monitor)).0
    }

    pub(crate) fn renamed_guard(&mut self, guard: u32, swap: usize) -> u32 {
        if let Some(known) = self.renamed_guards.get(guard, swap) {
            return known;
        }
        let (index, monitor) = self.guards.get(guard);
        let renamed = monitor.renamed(&self.swaps[swap]);
        let renamed = (*index, renamed.expect("all monitors said that they can"));
        let (number, _) = self.guards.intern(renamed);
        self.renamed_guards.set(guard, swap, number);
        number
    }

    pub(crate) fn bytes(&self) -> usize {
        let each = self.letters.iter().chain(&self.locals).chain(&self.situations);
        let all = each.chain([&self.tallies, &self.watches, &self.renamed_guards]);
        all.map(|known| known.cells.len() * size_of::<u32>()).sum::<usize>() + self.guards.bytes()
    }
}
