//! A successor as it is made: what changes, and what else comes of it.

use crate::protocol::Protocol;
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::asleep::Asleep;
use crate::untimed::collapsed::shared::Reacted;
use crate::untimed::collapsed::step::Step;
use crate::untimed::collapsed::tables::{Move, Run};
use crate::untimed::collapsed::{Collapsed, copy};
use crate::untimed::space::{Halt, Nature, Sink, Successor};

/// What else comes of a step.
#[derive(Clone, Copy, Default)]
pub(crate) struct Verdicts {
    pub(crate) nature: Nature,
    pub(crate) violated: u64,
    pub(crate) premises: u64,
    /// What monitors were shown, in order; zero is nothing.
    pub(crate) sights: [u32; 2],
    /// Who sleeps afterwards.
    pub(crate) asleep: Asleep,
}

/// What is to be known of a step besides its [`Move`].
#[derive(Clone, Copy)]
pub(crate) struct Around {
    pub(crate) process: usize,
    pub(crate) tally: u32,
    pub(crate) nature: Nature,
    /// If a timer that waited runs out: how much time passes first.
    pub(crate) span: Option<Nanos>,
}

pub(crate) type Flow = Result<(), Halt>;

impl Verdicts {
    pub(crate) fn of(nature: Nature) -> Verdicts {
        Verdicts { nature, ..Verdicts::default() }
    }
}

impl<P: Protocol> Collapsed<'_, P> {
    /// A move becomes a part of the successor.
    #[inline]
    pub(crate) fn made(&mut self, made: Move, around: Around) -> Result<Verdicts, Halt> {
        let mut verdicts = Verdicts::of(around.nature);
        self.set(around.process, made.situation)?;
        // Of a crash alone, it is among what monitors see of the death.
        if around.nature.has(Nature::DROP) || around.nature.has(Nature::DUPLICATE) {
            self.show(self.all.shared.disturbed, &mut verdicts)?;
        }
        self.set(self.tally_slot(), around.tally)?;
        self.send(around.process, made.sends, &mut verdicts)?;
        self.show(made.sights, &mut verdicts)?;
        Ok(verdicts)
    }

    /// A reaction becomes a part of the successor; the mail of the process stays as it is.
    pub(crate) fn react(
        &mut self,
        process: usize,
        reacted: Reacted,
        verdicts: &mut Verdicts,
    ) -> Flow {
        let tables = &mut self.all.tables[process];
        let mail = tables.situations[self.now[process] as usize].mail;
        let situation = tables.situation(reacted.local, mail);
        self.set(process, situation)?;
        self.send(process, reacted.sends, verdicts)?;
        self.show(reacted.sights, verdicts)
    }

    #[inline]
    pub(crate) fn send(&mut self, process: usize, sends: Run, verdicts: &mut Verdicts) -> Flow {
        let world = self.world;
        for index in sends.range() {
            let (to, letter) = self.all.shared.sends[index];
            let at = to.index();
            let cut = self.cut();
            if cut.is_some() && world.parted(cut, self.id(process), to) {
                verdicts.nature = verdicts.nature.and(Nature::CUT);
                continue;
            }
            let tables = &mut self.all.tables[at];
            if !world.bounds.restarts && tables.situations[self.now[at] as usize].dead {
                continue;
            }
            let situation = tables.with(world, self.now[at], letter);
            self.set(at, situation)?;
        }
        Ok(())
    }

    /// The partition that holds.
    #[inline]
    pub(crate) fn cut(&self) -> Option<u16> {
        if self.world.cuts.len() == 0 {
            return None;
        }
        self.all.shared.tallies.get(self.numbers[self.tally_slot()]).cut
    }

    /// Residents of a host die, and what cannot outlive it goes with them.
    pub(crate) fn die(
        &mut self,
        host: usize,
        way: &[(ProcessId, u32)],
        verdicts: &mut Verdicts,
    ) -> Flow {
        for &(process, reaction) in way {
            let reacted = self.all.shared.reactions[reaction as usize];
            self.react(process.index(), reacted, verdicts)?;
        }
        let world = self.world;
        for process in &world.residents[host] {
            let at = process.index();
            let tables = &mut self.all.tables[at];
            let situation = &tables.situations[self.now[at] as usize];
            let (local, mail) = (situation.local, situation.mail);
            let mail = tables.buried(world, mail);
            let situation = tables.situation(local, mail);
            self.set(at, situation)?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn show(&mut self, sights: u32, verdicts: &mut Verdicts) -> Flow {
        if sights == 0 {
            return Ok(());
        }
        let slot = self.watch_slot();
        let shown = self.all.shared.show(self.world, self.now[slot], sights);
        verdicts.sights = [verdicts.sights[1], sights];
        verdicts.violated |= shown.violated;
        verdicts.premises |= shown.premises;
        self.set(slot, shown.watch)
    }

    /// A successor begins as the state itself.
    #[inline]
    pub(crate) fn begin(&mut self) {
        copy(&mut self.next, &self.base);
        while let Some(slot) = self.touched.pop() {
            self.now[slot as usize] = self.numbers[slot as usize];
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, slot: usize, new: u32) -> Flow {
        let old = self.now[slot];
        if old != new {
            self.layout.replace(&mut self.next, slot, (old, new))?;
            self.touch(slot, new);
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn touch(&mut self, slot: usize, new: u32) {
        self.now[slot] = new;
        self.touched.push(slot as u32);
    }

    #[inline]
    pub(crate) fn end<K: Sink<Step>>(
        &mut self,
        step: Step,
        verdicts: Verdicts,
        sink: &mut K,
    ) -> Flow {
        let Verdicts { nature, violated, premises, asleep, .. } = verdicts;
        let words = &self.next[..];
        sink.put(Successor { words, step, nature, violated, premises, asleep })
    }
}
