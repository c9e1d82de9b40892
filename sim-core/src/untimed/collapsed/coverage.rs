//! What was done, told from the tables.
//!
//! Of most steps it is enough to know in which situations a process was and what could still go
//! wrong then: from there on the search takes every step there is. The bits for that are looked at
//! where it is looked up whether a situation is known, so they cost the search nothing. What
//! depends on more, on partitions, on clocks, on what was asked, is written down as it happens.

use crate::protocol::{Kinds, Protocol};
use crate::untimed::action::Loss;
use crate::untimed::bounds::Budgets;
use crate::untimed::collapsed::Collapsed;
use crate::untimed::collapsed::step::{Taken, What};
use crate::untimed::collapsed::tables::{Run, Situation};
use crate::untimed::coverage::{Bits, Inputs, Row, Taking, Witness};
use crate::untimed::local::Local;
use crate::untimed::mail::LetterId;
use crate::untimed::tally::Tally;

/// What can still go wrong, and whether the network is whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    crash: bool,
    drop: bool,
    duplicate: bool,
    cut: Option<u16>,
}

impl Left {
    #[inline]
    pub(crate) fn of(tally: &Tally) -> Left {
        let Budgets { crashes, drops, duplicates, .. } = tally.left;
        Left { crash: crashes > 0, drop: drops > 0, duplicate: duplicates > 0, cut: tally.cut }
    }

    /// Its bit among those of [`super::tables::Brief::seen`]. All partitions have one.
    #[inline]
    pub(crate) fn bit(self) -> u16 {
        if self.cut.is_some() { 1 << Left::WHOLE } else { 1 << self.place() }
    }

    /// How many there are while the network is whole.
    const WHOLE: usize = 8;

    #[inline]
    fn place(self) -> usize {
        usize::from(self.crash) | usize::from(self.drop) << 1 | usize::from(self.duplicate) << 2
    }

    fn placed(place: usize, cut: Option<u16>) -> Left {
        let bit = |n: usize| place >> n & 1 != 0;
        Left { crash: bit(0), drop: bit(1), duplicate: bit(2), cut }
    }
}

/// What is written down of one process as it happens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// By situation: what was left, and which partition, while there was one.
    parted: Vec<Bits>,
    /// Requests by local state: to the end, and to its death.
    asked: Vec<[Bits; 2]>,
    /// Timers that ran out when the nearest deadline came, by the first of their moves.
    timed: Bits,
    /// Kinds of messages sent into a partition on such steps, by local state.
    stopped: Vec<Bits>,
}

/// That one of a list, which grows as need be.
fn at<T: Clone + Default>(list: &mut Vec<T>, place: usize) -> &mut T {
    if list.len() <= place {
        list.resize(place + 1, T::default());
    }
    &mut list[place]
}

impl<P: Protocol> Collapsed<'_, P> {
    /// All processes are where they are with that much left to go wrong: a bit.
    #[inline]
    pub(crate) fn meet_all(&mut self, left: u16) {
        let Collapsed { all, numbers, briefs, .. } = self;
        let mut seen = left;
        for ((tables, &number), brief) in all.tables.iter().zip(&*numbers).zip(&mut *briefs) {
            *brief = tables.briefs[number as usize];
            seen &= brief.seen;
        }
        if seen == 0 {
            self.meet_new(left);
        }
    }

    #[cold]
    fn meet_new(&mut self, left: u16) {
        for process in 0..self.count {
            if self.briefs[process].seen & left == 0 {
                let number = self.numbers[process];
                self.meet(process, number, left);
                self.briefs[process] = self.all.tables[process].briefs[number as usize];
            }
        }
    }

    /// A process is in a situation for the first time with that much left to go wrong: a bit.
    fn meet(&mut self, process: usize, number: u32, left: u16) {
        if self.all.tables[process].briefs[number as usize].seen == 0 {
            self.all.know(self.world, process, number);
        }
        self.all.tables[process].briefs[number as usize].seen |= left;
    }

    /// All processes are where they are while a partition holds.
    pub(crate) fn meet_parted(&mut self, tally: &Tally) {
        let left = Left::of(tally);
        let Some(cut) = left.cut else { return };
        let place = usize::from(cut) * Left::WHOLE + left.place();
        for process in 0..self.count {
            let situation = self.numbers[process] as usize;
            at(&mut self.all.tables[process].done.parted, situation).insert(place);
        }
    }

    /// A request was taken.
    pub(crate) fn did_request(
        &mut self,
        process: usize,
        (input, dies): (Taken, bool),
        sends: Run,
        tally: &Tally,
    ) {
        let Taken::Request(request) = input else { return };
        let tables = &mut self.all.tables[process];
        let local = tables.situations[self.numbers[process] as usize].local;
        at(&mut tables.done.asked, local as usize)[usize::from(dies)].insert(request as usize);
        self.sent_parted(process, sends, tally);
    }

    /// A timer ran out, for its deadline was the nearest.
    pub(crate) fn did_timer(&mut self, process: usize, moves: Run, tally: &Tally) {
        if moves.count == 0 {
            return;
        }
        self.all.tables[process].done.timed.insert(moves.first as usize);
        for index in moves.range() {
            self.sent_parted(process, self.all.tables[process].moves[index].sends, tally);
        }
    }

    /// Messages left while a partition held.
    fn sent_parted(&mut self, process: usize, sends: Run, tally: &Tally) {
        if tally.cut.is_none() {
            return;
        }
        let stopped: Vec<usize> = self.stopped(process, sends, tally.cut).collect();
        let tables = &mut self.all.tables[process];
        let local = tables.situations[self.numbers[process] as usize].local;
        let known = at(&mut tables.done.stopped, local as usize);
        stopped.into_iter().for_each(|kind| known.insert(kind));
    }

    /// The kinds of those messages that a partition stops.
    fn stopped(
        &self,
        process: usize,
        sends: Run,
        cut: Option<u16>,
    ) -> impl Iterator<Item = usize> + '_ {
        let sends = self.all.shared.sends[sends.range()].iter();
        let stopped = sends.filter(move |(to, _)| self.world.parted(cut, self.id(process), *to));
        stopped.map(|(to, letter)| self.all.tables[to.index()].letters.get(*letter).1.kind())
    }

    /// What was done in a situation, with that much left to go wrong.
    fn tell(&self, process: usize, number: usize, left: Left, row: &mut Row) {
        let tables = &self.all.tables[process];
        let (situation, free) = (&tables.situations[number], tables.briefs[number].free);
        let mut take = |run: Run, and: fn(&mut Row, Taking, LetterId)| {
            for index in run.range() {
                let origin = tables.origins[index];
                let parted = |from| self.world.parted(left.cut, from, tables.me);
                if origin.from.is_some_and(parted) {
                    continue;
                }
                if let What::React { input, .. } = origin.what {
                    let (taking, letter) = taking(input);
                    and(row, taking, letter);
                }
                if left.cut.is_some() {
                    let stopped = self.stopped(process, tables.moves[index].sends, left.cut);
                    stopped.for_each(|kind| row.stopped.insert(kind));
                }
            }
        };
        take(free, |row, input, _| row.taken.insert(input));
        take(situation.stutters, |row, input, _| row.taken.insert(input));
        if left.crash {
            take(situation.deaths, |row, input, _| row.died.insert(input));
        }
        if left.duplicate {
            take(situation.copies, |row, _, letter| row.copied.insert(letter as usize));
        }
        if left.duplicate && left.crash {
            take(situation.copied_deaths, |row, input, letter| {
                row.died.insert(input);
                row.copied.insert(letter as usize);
            });
        }
        row.crashed |= left.crash && !situation.down;
        for index in situation.drops.range().filter(|_| left.drop) {
            if let What::Lose { letter, why: Loss::Dropped, .. } = tables.origins[index].what {
                row.dropped.insert(letter as usize);
            }
        }
        if left.cut.is_some() && self.world.consumes() {
            for &letter in &tables.mail_rows[situation.mail as usize].next {
                if self.world.parted(left.cut, tables.letters.get(letter).0, tables.me) {
                    row.cut.insert(letter as usize);
                }
            }
        }
    }

    /// Timers that ran out when their deadline was the nearest.
    fn tell_timed(&self, process: usize, situation: &Situation, row: &mut Row) {
        let tables = &self.all.tables[process];
        for &(_, ends, dies) in &situation.clocked {
            for (run, inputs) in [(ends, &mut row.taken), (dies, &mut row.died)] {
                if run.count > 0
                    && tables.done.timed.contains(run.first as usize)
                    && let What::React { input, .. } = tables.origins[run.first as usize].what
                {
                    inputs.insert(taking(input).0);
                }
            }
        }
    }
}

/// An input as coverage numbers it, and the letter if it is one.
fn taking(input: Taken) -> (Taking, LetterId) {
    match input {
        Taken::Own(number) => (Taking::Own(number as usize), 0),
        Taken::Letter(letter) => (Taking::Letter(letter as usize), letter),
        Taken::Request(index) => (Taking::Request(index as usize), 0),
        Taken::Timer(index) => (Taking::Timer(index as usize), 0),
    }
}

impl<P: Protocol> Witness<P> for Collapsed<'_, P> {
    fn rows(&self, process: usize) -> Vec<Row> {
        let tables = &self.all.tables[process];
        let mut rows = vec![Row::default(); tables.locals.len()];
        // Everybody has started, from the first of its local states.
        if let Some(row) = rows.first_mut() {
            row.taken.insert(Taking::Own(0));
        }
        for (number, situation) in tables.situations.iter().enumerate() {
            let seen = tables.briefs[number].seen;
            if seen == 0 {
                continue;
            }
            let row = &mut rows[situation.local as usize];
            for place in (0..Left::WHOLE).filter(|place| seen >> place & 1 != 0) {
                self.tell(process, number, Left::placed(place, None), row);
            }
            for place in tables.done.parted.get(number).into_iter().flat_map(Bits::iter) {
                let cut = Some((place / Left::WHOLE) as u16);
                self.tell(process, number, Left::placed(place % Left::WHOLE, cut), row);
            }
            self.tell_timed(process, situation, row);
        }
        let Done { asked, stopped, .. } = &tables.done;
        for (row, [ends, dies]) in rows.iter_mut().zip(asked) {
            let take = |inputs: &mut Inputs, requests: &Bits| {
                requests.iter().for_each(|request| inputs.insert(Taking::Request(request)));
            };
            take(&mut row.taken, ends);
            take(&mut row.died, dies);
        }
        for (row, kinds) in rows.iter_mut().zip(stopped) {
            kinds.iter().for_each(|kind| row.stopped.insert(kind));
        }
        rows
    }

    fn local(&self, process: usize, number: usize) -> &Local<P> {
        self.all.tables[process].locals.get(number as u32)
    }

    fn letter(&self, process: usize, number: usize) -> &(crate::ProcessId, P::Message) {
        self.all.tables[process].letters.get(number as u32)
    }
}
