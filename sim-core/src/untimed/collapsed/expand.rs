//! What follows from a state, in numbers.

use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::action::Loss;
use crate::untimed::bounds::{Budgets, Timers};
use crate::untimed::collapsed::step::{Step, Taken, What};
use crate::untimed::collapsed::tables::{Run, Spend};
use crate::untimed::collapsed::{Collapsed, salt};
use crate::untimed::layout::TooNarrow;
use crate::untimed::space::{Nature, Successor};
use crate::untimed::tally::Tally;

/// What is to be known of the step of a process besides its reaction.
#[derive(Clone, Copy)]
struct Around {
    process: usize,
    input: Taken,
    /// What the input does to the process' mail and to the tally.
    mail: u32,
    tally: u32,
    /// How much time passes first.
    span: Nanos,
    /// Whether the input is a message that the network may double.
    travels: bool,
}

/// What else comes of a step.
#[derive(Clone, Copy, Default)]
struct Verdicts {
    nature: Nature,
    violated: u64,
    premises: u64,
}

impl Verdicts {
    fn of(nature: Nature) -> Verdicts {
        Verdicts { nature, ..Verdicts::default() }
    }
}

type Flow = Result<(), TooNarrow>;

impl<P: Protocol> Collapsed<'_, P> {
    /// Everybody starts, one after the other, before anything else happens.
    pub(crate) fn start<S: FnMut(Successor<'_, Step>)>(&mut self, sink: &mut S) -> Flow {
        self.begin();
        let mut verdicts = Verdicts::default();
        for process in 0..self.count {
            let started = self.all.started(self.world, process);
            self.react(process, started, &mut verdicts)?;
        }
        self.end(Step { what: What::Start, together: 0 }, verdicts, sink);
        Ok(())
    }

    /// All successors of the state whose numbers are there.
    pub(crate) fn follow<S: FnMut(Successor<'_, Step>)>(&mut self, sink: &mut S) -> Flow {
        self.now.copy_from_slice(&self.numbers);
        self.touched.clear();
        for process in 0..self.count {
            let row = &self.all.tables[process].rows[self.numbers[process] as usize];
            if !row.deaths.is_known() {
                self.all.prepare(self.world, process, self.numbers[process]);
            }
        }
        let tally = *self.all.shared.tallies.get(self.numbers[self.tally_slot()]);
        // Whether anything can happen for which timers wait.
        let mut hurry = false;
        for process in 0..self.count {
            hurry |= self.own_steps(process, tally.left, sink)?;
            hurry |= self.deliveries(process, &tally, sink)?;
        }
        hurry |= self.requests(&tally, sink)?;
        match self.world.bounds.timers {
            Timers::Any => self.timers(Nanos::MAX, tally.left, sink)?,
            Timers::Quiescent if hurry => {}
            Timers::Quiescent => {
                let rows =
                    (0..self.count).map(|p| &self.all.tables[p].rows[self.numbers[p] as usize]);
                let left = rows.flat_map(|row| row.timers.iter().map(|timer| timer.left));
                let nearest = left.min().unwrap_or(Nanos::ZERO);
                self.timers(nearest, tally.left, sink)?;
            }
        }
        self.faults(&tally, sink)
    }

    fn own_steps<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        process: usize,
        left: Budgets,
        sink: &mut S,
    ) -> Result<bool, TooNarrow> {
        let number = self.numbers[process] as usize;
        let mut hurry = false;
        for index in 0..self.all.tables[process].rows[number].own.len() {
            let row = &self.all.tables[process].rows[number];
            // Nobody waits for those that are down.
            hurry |= !row.down;
            let run = row.own[index];
            let around = self.around(process, Taken::Own(index as u16));
            self.steps(around, run, left, sink)?;
        }
        Ok(hurry)
    }

    fn deliveries<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        process: usize,
        tally: &Tally,
        sink: &mut S,
    ) -> Result<bool, TooNarrow> {
        let world = self.world;
        let (number, mail) = (self.numbers[process], self.numbers[self.mail_slot(process)]);
        let row = &self.all.tables[process].rows[number as usize];
        let (down, idle) = (row.down, row.idle);
        let mut hurry = false;
        for index in 0..self.all.tables[process].boxes[mail as usize].next.len() {
            let letter = self.all.tables[process].boxes[mail as usize].next[index];
            let from = self.all.tables[process].letters.get(letter).0;
            let parted = tally.cut.is_some() && world.parted(tally.cut, from, self.id(process));
            if parted || down {
                if world.consumes() {
                    let why = if parted { Loss::Cut } else { Loss::Down };
                    hurry = true;
                    self.lose(process, letter, why, sink)?;
                }
            } else if idle {
                hurry = true;
                let mut around = self.around(process, Taken::Letter(letter));
                if world.consumes() {
                    around.mail = self.all.tables[process].without(world, mail, letter);
                }
                around.travels = !world.local(from, self.id(process));
                let run = self.all.to_letter(world, (process, number), letter);
                self.steps(around, run, tally.left, sink)?;
            }
        }
        Ok(hurry)
    }

    fn requests<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        tally: &Tally,
        sink: &mut S,
    ) -> Result<bool, TooNarrow> {
        let world = self.world;
        if tally.asked == world.all_asked() {
            return Ok(false);
        }
        let mut hurry = false;
        for index in world.due(tally.asked) {
            let process = world.requests[index].0.index();
            let number = self.numbers[process];
            let row = &self.all.tables[process].rows[number as usize];
            let (down, idle) = (row.down, row.idle);
            let asked = self.spend(Spend::ask(world, index));
            if down {
                hurry = true;
                self.begin();
                self.set(self.tally_slot(), asked)?;
                let what = What::Refuse(index as u32);
                self.end(Step { what, together: 0 }, Verdicts::default(), sink);
            } else if idle {
                hurry = true;
                let run = self.all.to_request(world, (process, number), index);
                let around = self.around(process, Taken::Request(index as u32));
                self.steps(Around { tally: asked, ..around }, run, tally.left, sink)?;
            }
        }
        Ok(hurry)
    }

    /// Timers that have no more than `nearest` to run.
    fn timers<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        nearest: Nanos,
        left: Budgets,
        sink: &mut S,
    ) -> Flow {
        for process in 0..self.count {
            let number = self.numbers[process] as usize;
            for index in 0..self.all.tables[process].rows[number].timers.len() {
                let timer = &self.all.tables[process].rows[number].timers[index];
                if timer.left <= nearest {
                    let (span, run) = (timer.left, timer.reactions);
                    let around = self.around(process, Taken::Timer(index as u16));
                    self.steps(Around { span, ..around }, run, left, sink)?;
                }
            }
        }
        Ok(())
    }

    fn faults<S: FnMut(Successor<'_, Step>)>(&mut self, tally: &Tally, sink: &mut S) -> Flow {
        let world = self.world;
        if tally.left.drops > 0 {
            for to in 0..self.count {
                let mail = self.numbers[self.mail_slot(to)] as usize;
                for index in 0..self.all.tables[to].boxes[mail].next.len() {
                    let letter = self.all.tables[to].boxes[mail].next[index];
                    if !world.local(self.all.tables[to].letters.get(letter).0, self.id(to)) {
                        self.lose(to, letter, Loss::Dropped, sink)?;
                    }
                }
            }
        }
        if tally.left.crashes > 0 {
            for host in 0..world.residents.len() {
                self.crashes(host, sink)?;
            }
        }
        let flip = |collapsed: &mut Self, spend, what, nature: Nature, sink: &mut S| {
            let tally = collapsed.spend(spend);
            let mut verdicts = Verdicts::of(nature);
            collapsed.begin();
            collapsed.set(collapsed.tally_slot(), tally)?;
            if nature.is_fault() {
                collapsed.disturb(&mut verdicts)?;
            }
            collapsed.end(Step { what, together: 0 }, verdicts, sink);
            Ok(())
        };
        match tally.cut {
            None if tally.left.partitions > 0 => (0..world.cuts.len()).try_for_each(|cut| {
                flip(self, Spend::part(cut), What::Part(cut), Nature::PARTITION, sink)
            }),
            None => Ok(()),
            Some(_) => flip(self, Spend::MEND, What::Mend, Nature::default(), sink),
        }
    }

    /// All ways for a host to crash at rest.
    fn crashes<S: FnMut(Successor<'_, Step>)>(&mut self, host: usize, sink: &mut S) -> Flow {
        let world = self.world;
        let residents = &world.residents[host];
        let down =
            |p: &ProcessId| self.all.tables[p.index()].rows[self.numbers[p.index()] as usize].down;
        if residents.iter().all(down) {
            return Ok(());
        }
        let tally = self.spend(Spend::CRASH);
        let ways = self.all.deaths_on(world, &self.numbers[..self.count], host, None);
        for (together, way) in ways.iter().enumerate() {
            self.begin();
            let mut verdicts = Verdicts::of(Nature::CRASH);
            self.set(self.tally_slot(), tally)?;
            self.die(host, way, &mut verdicts)?;
            let what = What::Crash(host as u16);
            self.end(Step { what, together: together as u32 }, verdicts, sink);
        }
        Ok(())
    }

    fn lose<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        to: usize,
        letter: u32,
        why: Loss,
        sink: &mut S,
    ) -> Flow {
        self.begin();
        let slot = self.mail_slot(to);
        let mail = self.all.tables[to].without(self.world, self.numbers[slot], letter);
        self.set(slot, mail)?;
        let dropped = why == Loss::Dropped;
        let lost = if dropped { Nature::DROP } else { Nature::CUT.when(why == Loss::Cut) };
        let mut verdicts = Verdicts::of(lost);
        if dropped {
            let tally = self.spend(Spend::DROP);
            self.set(self.tally_slot(), tally)?;
            self.disturb(&mut verdicts)?;
        }
        let what = What::Lose { to: to as u16, letter, why };
        self.end(Step { what, together: 0 }, verdicts, sink);
        Ok(())
    }

    fn id(&self, process: usize) -> ProcessId {
        self.all.tables[process].me
    }

    fn around(&self, process: usize, input: Taken) -> Around {
        Around {
            process,
            input,
            mail: self.numbers[self.mail_slot(process)],
            tally: self.numbers[self.tally_slot()],
            span: Nanos::ZERO,
            travels: false,
        }
    }

    fn spend(&mut self, spend: Spend) -> u32 {
        self.all.shared.spend(self.world, self.numbers[self.tally_slot()], spend)
    }

    /// A process takes an input, to the end or until it dies on the way; a message perhaps stays.
    #[inline]
    fn steps<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        around: Around,
        run: Run,
        left: Budgets,
        sink: &mut S,
    ) -> Flow {
        let kept = self.numbers[self.mail_slot(around.process)];
        for reaction in run.range() {
            let dies = self.all.shared.reactions[reaction as usize].death.is_some();
            if dies && left.crashes == 0 {
                continue;
            }
            self.one_step(around, (reaction, false, dies), sink)?;
            if around.travels && left.duplicates > 0 {
                let tally = self.all.shared.spend(self.world, around.tally, Spend::DUPLICATE);
                let around = Around { mail: kept, tally, ..around };
                self.one_step(around, (reaction, true, dies), sink)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn one_step<S: FnMut(Successor<'_, Step>)>(
        &mut self,
        around: Around,
        (reaction, copy, dies): (u32, bool, bool),
        sink: &mut S,
    ) -> Flow {
        let Around { process, input, .. } = around;
        let what = What::React { process: process as u16, input, copy, reaction };
        let doubled = Nature::DUPLICATE.when(copy);
        if !dies {
            let mut verdicts = Verdicts::of(doubled);
            self.surround(around)?;
            if copy {
                self.disturb(&mut verdicts)?;
            }
            self.react(process, reaction, &mut verdicts)?;
            self.end(Step { what, together: 0 }, verdicts, sink);
            return Ok(());
        }
        let host = self.world.hosts[process].index();
        let locals = &self.numbers[..self.count];
        let ways = self.all.deaths_on(self.world, locals, host, Some(process));
        for (together, way) in ways.iter().enumerate() {
            let mut verdicts = Verdicts::of(doubled.and(Nature::CRASH));
            let tally = self.all.shared.spend(self.world, around.tally, Spend::CRASH);
            self.surround(Around { tally, ..around })?;
            if copy {
                self.disturb(&mut verdicts)?;
            }
            self.react(process, reaction, &mut verdicts)?;
            self.die(host, way, &mut verdicts)?;
            self.end(Step { what, together: together as u32 }, verdicts, sink);
        }
        Ok(())
    }

    /// Begins a successor with all but the reaction of a process.
    #[inline]
    fn surround(&mut self, around: Around) -> Flow {
        self.begin();
        if around.span > Nanos::ZERO {
            for process in 0..self.count {
                let who = (process, self.numbers[process]);
                let waited = self.all.waited(self.world, who, around.span);
                self.set(process, waited)?;
            }
        }
        self.set(self.mail_slot(around.process), around.mail)?;
        self.set(self.tally_slot(), around.tally)
    }

    /// A reaction becomes a part of the successor.
    #[inline]
    fn react(&mut self, process: usize, reaction: u32, verdicts: &mut Verdicts) -> Flow {
        let world = self.world;
        let reacted = self.all.shared.reactions[reaction as usize];
        self.set(process, reacted.local)?;
        for index in reacted.sends.range() {
            let (to, letter) = self.all.shared.sends[index as usize];
            let at = to.index();
            let cut = self.cut();
            if cut.is_some() && world.parted(cut, self.id(process), to) {
                verdicts.nature = verdicts.nature.and(Nature::CUT);
                continue;
            }
            if !world.bounds.restarts && self.all.tables[at].rows[self.now[at] as usize].dead {
                continue;
            }
            let slot = self.mail_slot(at);
            let mail = self.all.tables[at].with(world, self.now[slot], letter);
            self.set(slot, mail)?;
        }
        self.show(reacted.sights, verdicts)
    }

    /// The partition that holds.
    #[inline]
    fn cut(&self) -> Option<u16> {
        if self.world.cuts.len() == 0 {
            return None;
        }
        self.all.shared.tallies.get(self.numbers[self.tally_slot()]).cut
    }

    /// Residents of a host die, and what cannot outlive it goes with them.
    fn die(&mut self, host: usize, way: &[(ProcessId, u32)], verdicts: &mut Verdicts) -> Flow {
        for &(process, reaction) in way {
            self.react(process.index(), reaction, verdicts)?;
        }
        let world = self.world;
        for process in &world.residents[host] {
            let slot = self.mail_slot(process.index());
            let mail = self.all.tables[process.index()].buried(world, self.now[slot]);
            self.set(slot, mail)?;
        }
        Ok(())
    }

    /// A fault that is not a crash takes effect.
    fn disturb(&mut self, verdicts: &mut Verdicts) -> Flow {
        self.show(self.all.shared.disturbed, verdicts)
    }

    #[inline]
    fn show(&mut self, sights: u32, verdicts: &mut Verdicts) -> Flow {
        if sights == 0 {
            return Ok(());
        }
        let slot = self.watch_slot();
        let shown = self.all.shared.show(self.world, self.now[slot], sights);
        verdicts.violated |= shown.violated;
        verdicts.premises |= shown.premises;
        self.set(slot, shown.watch)
    }

    /// A successor begins as the state itself.
    #[inline]
    fn begin(&mut self) {
        self.next.copy_from_slice(&self.base);
        self.next_hash = self.base_hash;
        while let Some(slot) = self.touched.pop() {
            self.now[slot as usize] = self.numbers[slot as usize];
        }
    }

    #[inline]
    fn set(&mut self, slot: usize, new: u32) -> Flow {
        let old = self.now[slot];
        if old != new {
            self.layout.replace(&mut self.next, slot, (old, new))?;
            self.now[slot] = new;
            self.touched.push(slot as u32);
            let (gone, come) = (salt(slot, old), salt(slot, new));
            self.next_hash = self.next_hash.wrapping_sub(gone).wrapping_add(come);
        }
        Ok(())
    }

    #[inline]
    fn end<S: FnMut(Successor<'_, Step>)>(&mut self, step: Step, verdicts: Verdicts, sink: &mut S) {
        let Verdicts { nature, violated, premises } = verdicts;
        let (words, hash) = (&self.next[..], self.next_hash);
        sink(Successor { words, hash, step, nature, violated, premises });
    }
}
