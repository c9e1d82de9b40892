//! What follows from a state, in numbers.

use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::action::Loss;
use crate::untimed::bounds::{Budgets, Timers};
use crate::untimed::collapsed::change::{Around, Flow, Verdicts};
use crate::untimed::collapsed::coverage::Left;
use crate::untimed::collapsed::shared::Spend;
use crate::untimed::collapsed::step::{Step, Taken, What};
use crate::untimed::collapsed::tables::{Brief, Move, Run};
use crate::untimed::collapsed::{Collapsed, copy};
use crate::untimed::space::{Halt, Nature, Sink, Successor};
use crate::untimed::tally::Tally;

impl<P: Protocol> Collapsed<'_, P> {
    /// Everybody starts, one after the other, before anything else happens.
    pub(crate) fn start(&mut self, sink: &mut impl Sink<Step>) -> Flow {
        self.begin();
        let mut verdicts = Verdicts::default();
        for process in 0..self.count {
            let started = self.all.started(self.world, process);
            self.react(process, started, &mut verdicts)?;
        }
        self.end(Step { what: What::Start, together: 0 }, verdicts, sink)
    }

    /// All successors of the state whose numbers are there.
    pub(crate) fn follow<K: Sink<Step>>(&mut self, sink: &mut K) -> Flow {
        let mut tally = *self.all.shared.tallies.get(self.numbers[self.tally_slot()]);
        if !K::FAULTS {
            tally.left = Budgets::default();
        }
        self.meet_all(Left::of(&tally).bit());
        if tally.cut.is_some() {
            self.meet_parted(&tally);
        }
        if K::REDUCED {
            self.fall_asleep(sink.asleep(), &tally);
        }
        // Whether anything can happen for which timers wait.
        let mut hurry = false;
        let calm = tally.cut.is_none() && tally.left == Budgets::default();
        if calm && !K::STUTTERS && !K::REDUCED {
            hurry |= self.calm_steps(sink)?;
        } else {
            for process in 0..self.count {
                hurry |= self.local_steps(process, &tally, sink)?;
            }
        }
        hurry |= self.requests(&tally, sink)?;
        if self.world.bounds.timers == Timers::Quiescent && !hurry {
            self.timers(&tally, sink)?;
        }
        self.faults(&tally, sink)
    }

    /// What all processes do by themselves where nothing more can go wrong.
    #[inline]
    fn calm_steps<K: Sink<Step>>(&mut self, sink: &mut K) -> Result<bool, Halt> {
        let (mut hurry, mut idle) = (false, 0);
        for process in 0..self.count {
            let Brief { free, stutters, hurry: hurries, .. } = self.briefs[process];
            hurry |= hurries;
            idle += stutters;
            if free.count > 0 {
                self.plain_moves(process, free, sink)?;
            }
        }
        sink.stutter(idle);
        Ok(hurry)
    }

    /// What one process does by itself, or what becomes of the messages to it.
    #[inline]
    fn local_steps<K: Sink<Step>>(
        &mut self,
        process: usize,
        tally: &Tally,
        sink: &mut K,
    ) -> Result<bool, Halt> {
        let number = self.numbers[process] as usize;
        let Brief { free, stutters, mut hurry, .. } = self.briefs[process];
        if K::REDUCED && self.sleeps(process, false) {
            let cut = tally.cut.is_some() && self.cut_off::<K, false>(process, tally, sink)?;
            self.local_faults(process, tally, sink)?;
            return Ok(hurry || cut);
        }
        if tally.cut.is_none() {
            if !K::STUTTERS {
                sink.stutter(stutters);
            }
            self.plain_moves(process, free, sink)?;
            if !K::STUTTERS && tally.left == Budgets::default() {
                return Ok(hurry);
            }
        }
        let stutters = self.all.tables[process].situations[number].stutters;
        let around = self.free_step(process);
        if K::STUTTERS || tally.cut.is_some() {
            self.moves(stutters, around, tally, sink)?;
        }
        if tally.cut.is_some() {
            self.moves(free, around, tally, sink)?;
        }
        self.local_faults(process, tally, sink)?;
        if tally.cut.is_some() {
            hurry |= self.cut_off::<K, true>(process, tally, sink)?;
        }
        Ok(hurry)
    }

    /// Some moves of a process, but for those that take what a partition stops.
    #[inline]
    pub(crate) fn moves<K: Sink<Step>>(
        &mut self,
        run: Run,
        around: Around,
        tally: &Tally,
        sink: &mut K,
    ) -> Flow {
        for index in run.range() {
            let tables = &self.all.tables[around.process];
            let (made, origin) = (tables.moves[index], tables.origins[index]);
            if tally.cut.is_some()
                && let Some(from) = origin.from
                && self.world.parted(tally.cut, from, self.id(around.process))
            {
                continue;
            }
            self.step((made, origin.what), around, sink)?;
        }
        Ok(())
    }

    /// The moves that most steps are: no fault, no partition, no clock.
    #[inline]
    fn plain_moves<K: Sink<Step>>(&mut self, process: usize, run: Run, sink: &mut K) -> Flow {
        let (own, old) = (self.layout.field(process), self.numbers[process]);
        for index in run.range() {
            let Move { situation, sights, sends } = self.all.tables[process].moves[index];
            copy(&mut self.next, &self.base);
            own.replace(&mut self.next, (old, situation))?;
            if sends.count > 0 || K::REDUCED {
                self.send_plainly(sends)?;
            }
            let (mut violated, mut premises) = (0, 0);
            if sights != 0 {
                let slot = self.watch_slot();
                let watch = self.numbers[slot];
                let shown = self.all.shared.show(self.world, watch, sights);
                self.layout.replace(&mut self.next, slot, (watch, shown.watch))?;
                (violated, premises) = (shown.violated, shown.premises);
            }
            let what = What::Made { process: process as u16, index: index as u32 };
            let (step, nature) = (Step { what, together: 0 }, Nature::default());
            let asleep =
                if K::REDUCED { self.asleep_after(process, false, [0, sights]) } else { 0 };
            let words = &self.next[..];
            sink.put(Successor { words, step, nature, violated, premises, asleep })?;
        }
        Ok(())
    }

    /// What is sent while the network is whole becomes a part of the successor.
    #[inline]
    fn send_plainly(&mut self, sends: Run) -> Flow {
        let Collapsed { world, all, layout, numbers, next, now, touched, .. } = self;
        while let Some(slot) = touched.pop() {
            now[slot as usize] = numbers[slot as usize];
        }
        for index in sends.range() {
            let (to, letter) = all.shared.sends[index];
            let (at, tables) = (to.index(), &mut all.tables[to.index()]);
            if !world.bounds.restarts && tables.situations[now[at] as usize].dead {
                continue;
            }
            let (old, new) = (now[at], tables.with(world, now[at], letter));
            layout.replace(next, at, (old, new))?;
            now[at] = new;
            touched.push(at as u32);
        }
        Ok(())
    }

    /// Messages to a process that a partition stops: if any. With `LOSE` they are lost.
    fn cut_off<K: Sink<Step>, const LOSE: bool>(
        &mut self,
        process: usize,
        tally: &Tally,
        sink: &mut K,
    ) -> Result<bool, Halt> {
        let world = self.world;
        let situation = &self.all.tables[process].situations[self.numbers[process] as usize];
        let (local, mail) = (situation.local, situation.mail);
        let mut hurry = false;
        if !world.consumes() {
            return Ok(false);
        }
        for letter in self.all.tables[process].mail_rows[mail as usize].next.clone() {
            let tables = &mut self.all.tables[process];
            if world.parted(tally.cut, tables.letters.get(letter).0, tables.me) {
                hurry = true;
                if !LOSE {
                    break;
                }
                let less = tables.without(world, mail, letter);
                let less = tables.situation(local, less);
                self.begin();
                self.set(process, less)?;
                let what = What::Lose { to: process as u16, letter, why: Loss::Cut };
                let mut verdicts = Verdicts::of(Nature::CUT);
                self.put_to_sleep::<K>(self.free_step(process), &mut verdicts);
                self.end(Step { what, together: 0 }, verdicts, sink)?;
            }
        }
        Ok(hurry)
    }

    fn requests<K: Sink<Step>>(&mut self, tally: &Tally, sink: &mut K) -> Result<bool, Halt> {
        let world = self.world;
        if tally.asked == world.all_asked() {
            return Ok(false);
        }
        let here = self.numbers[self.tally_slot()];
        let mut hurry = false;
        for index in world.due(tally.asked) {
            let process = world.requests[index].0.index();
            let situation = &self.all.tables[process].situations[self.numbers[process] as usize];
            let (local, mail) = (situation.local, situation.mail);
            let (down, idle) = (situation.down, situation.idle);
            let asked = self.spend(here, Spend::ask(world, index));
            hurry |= down || idle;
            if down {
                self.begin();
                self.set(self.tally_slot(), asked)?;
                let what = What::Refuse(index as u32);
                let mut verdicts = Verdicts::default();
                self.put_to_sleep::<K>(self.free_step(process), &mut verdicts);
                self.end(Step { what, together: 0 }, verdicts, sink)?;
            } else if idle {
                for reaction in self.all.on_request(world, (process, local), index).range() {
                    let taken = (Taken::Request(index as u32), reaction as u32, mail);
                    self.requested(process, taken, (asked, tally), sink)?;
                }
            }
        }
        Ok(hurry)
    }

    fn requested<K: Sink<Step>>(
        &mut self,
        process: usize,
        (input, reaction, mail): (Taken, u32, u32),
        (asked, tally): (u32, &Tally),
        sink: &mut K,
    ) -> Flow {
        let dies = self.all.shared.reactions[reaction as usize].death.is_some();
        if dies && tally.left.crashes == 0 {
            return Ok(());
        }
        let taken = (input, None, false);
        let (made, origin) = self.all.step(self.world, process, taken, (reaction, mail));
        self.did_request(process, (input, dies), made.sends, tally);
        let nature = Nature::CRASH.when(dies);
        let after = if dies { self.spend(asked, Spend::CRASH) } else { asked };
        let around = Around { process, tally: after, nature, span: None };
        self.step((made, origin.what), around, sink)
    }

    /// Timers, when nothing else can happen: those that have least to run.
    fn timers<K: Sink<Step>>(&mut self, tally: &Tally, sink: &mut K) -> Flow {
        let all = (0..self.count).flat_map(|process| {
            let number = self.numbers[process] as usize;
            self.all.tables[process].situations[number].clocked.iter().map(move |c| (process, *c))
        });
        let all: Vec<(usize, (Nanos, Run, Run))> = all.collect();
        let nearest = all.iter().map(|(_, (left, _, _))| *left).min();
        let here = self.numbers[self.tally_slot()];
        for (process, (span, ends, dies)) in all {
            let span = Some(span);
            if span != nearest {
                continue;
            }
            let around = Around { process, tally: here, nature: Nature::default(), span };
            self.did_timer(process, ends, tally);
            self.moves(ends, around, tally, sink)?;
            if tally.left.crashes > 0 {
                self.did_timer(process, dies, tally);
                let spent = self.spend(here, Spend::CRASH);
                let around = Around { tally: spent, nature: Nature::CRASH, ..around };
                self.moves(dies, around, tally, sink)?;
            }
        }
        Ok(())
    }

    pub(crate) fn id(&self, process: usize) -> ProcessId {
        self.all.tables[process].me
    }

    /// A step of a process without a fault.
    pub(crate) fn free_step(&self, process: usize) -> Around {
        let tally = self.numbers[self.tally_slot()];
        Around { process, tally, nature: Nature::default(), span: None }
    }

    pub(crate) fn spend(&mut self, tally: u32, spend: Spend) -> u32 {
        self.all.shared.spend(self.world, tally, spend)
    }

    /// A move of a process, with whatever goes with it.
    #[inline]
    fn step<K: Sink<Step>>(&mut self, made: (Move, What), around: Around, sink: &mut K) -> Flow {
        self.begin();
        if around.nature == Nature::default() && around.span.is_none() {
            return self.change(made, around, 0, sink);
        }
        let world = self.world;
        if let Some(span) = around.span {
            for process in 0..self.count {
                let tables = &mut self.all.tables[process];
                let waited = tables.waited(world, self.numbers[process], span);
                self.set(process, waited)?;
            }
        }
        let host = world.hosts[around.process].index();
        if !around.nature.has(Nature::CRASH) || world.residents[host].len() == 1 {
            return self.change(made, around, 0, sink);
        }
        let now = self.next.clone();
        let numbers = self.now.clone();
        let situations = &self.numbers[..self.count];
        let ways = self.all.deaths_on(world, situations, host, Some(around.process));
        for (together, way) in ways.iter().enumerate() {
            self.next.copy_from_slice(&now);
            for (slot, &number) in numbers.iter().enumerate() {
                self.touch(slot, number);
            }
            let mut verdicts = self.made(made.0, around)?;
            self.die(host, way, &mut verdicts)?;
            self.put_to_sleep::<K>(around, &mut verdicts);
            self.end(Step { what: made.1, together: together as u32 }, verdicts, sink)?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn change<K: Sink<Step>>(
        &mut self,
        (made, what): (Move, What),
        around: Around,
        together: u32,
        sink: &mut K,
    ) -> Flow {
        let mut verdicts = self.made(made, around)?;
        self.put_to_sleep::<K>(around, &mut verdicts);
        self.end(Step { what, together }, verdicts, sink)
    }

    /// After a step of a process; time that passes wakes everybody.
    #[inline]
    pub(crate) fn put_to_sleep<K: Sink<Step>>(&mut self, around: Around, verdicts: &mut Verdicts) {
        if K::REDUCED && around.span.is_none() {
            let fault = around.nature.is_fault();
            verdicts.asleep = self.asleep_after(around.process, fault, verdicts.sights);
        }
    }
}
