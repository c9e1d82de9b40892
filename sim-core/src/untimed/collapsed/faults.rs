//! What may go wrong in a state, in numbers.

use crate::protocol::Protocol;
use crate::untimed::collapsed::Collapsed;
use crate::untimed::collapsed::change::{Around, Flow, Verdicts};
use crate::untimed::collapsed::shared::Spend;
use crate::untimed::collapsed::step::{Step, What};
use crate::untimed::space::{Nature, Sink};
use crate::untimed::tally::Tally;

impl<P: Protocol> Collapsed<'_, P> {
    /// What goes wrong with what one process does, or with the messages to it.
    #[inline]
    pub(crate) fn local_faults<K: Sink<Step>>(
        &mut self,
        process: usize,
        tally: &Tally,
        sink: &mut K,
    ) -> Flow {
        if K::REDUCED && self.sleeps(process, true) {
            return Ok(());
        }
        let situation = &self.all.tables[process].situations[self.numbers[process] as usize];
        let (deaths, copies) = (situation.deaths, situation.copies);
        let (copied_deaths, drops) = (situation.copied_deaths, situation.drops);
        let here = self.numbers[self.tally_slot()];
        let around = self.free_step(process);
        if tally.left.crashes > 0 && deaths.count > 0 {
            let spent = self.spend(here, Spend::CRASH);
            let around = Around { tally: spent, nature: Nature::CRASH, ..around };
            self.moves(deaths, around, tally, sink)?;
        }
        if tally.left.duplicates > 0 && copies.count > 0 {
            let spent = self.spend(here, Spend::DUPLICATE);
            let around = Around { tally: spent, nature: Nature::DUPLICATE, ..around };
            self.moves(copies, around, tally, sink)?;
            if tally.left.crashes > 0 && copied_deaths.count > 0 {
                let tally_after = self.spend(spent, Spend::CRASH);
                let nature = Nature::DUPLICATE.and(Nature::CRASH);
                let around = Around { tally: tally_after, nature, ..around };
                self.moves(copied_deaths, around, tally, sink)?;
            }
        }
        if tally.left.drops > 0 && drops.count > 0 {
            let spent = self.spend(here, Spend::DROP);
            let around = Around { tally: spent, nature: Nature::DROP, ..around };
            self.moves(drops, around, &Tally { cut: None, ..*tally }, sink)?;
        }
        Ok(())
    }

    /// What goes wrong with hosts and with the network.
    pub(crate) fn faults<K: Sink<Step>>(&mut self, tally: &Tally, sink: &mut K) -> Flow {
        let world = self.world;
        let here = self.numbers[self.tally_slot()];
        if tally.left.crashes > 0 {
            let spent = self.spend(here, Spend::CRASH);
            let nature = Nature::CRASH;
            for host in 0..world.residents.len() {
                if let &[process] = &world.residents[host][..] {
                    let process = process.index();
                    if K::REDUCED && self.sleeps(process, true) {
                        continue;
                    }
                    let number = self.numbers[process] as usize;
                    let run = self.all.tables[process].situations[number].crashes;
                    let around = Around { process, tally: spent, nature, span: None };
                    for (together, index) in run.range().enumerate() {
                        let tables = &self.all.tables[process];
                        let made = (tables.moves[index], tables.origins[index].what);
                        self.begin();
                        self.change(made, around, together as u32, sink)?;
                    }
                } else {
                    self.crashes(host, spent, sink)?;
                }
            }
        }
        match tally.cut {
            None if tally.left.partitions > 0 => (0..world.cuts.len()).try_for_each(|cut| {
                self.flip(Spend::part(cut), What::Part(cut), Nature::PARTITION, sink)
            }),
            None => Ok(()),
            Some(_) => self.flip(Spend::MEND, What::Mend, Nature::default(), sink),
        }
    }

    fn flip<K: Sink<Step>>(
        &mut self,
        spend: Spend,
        what: What,
        nature: Nature,
        sink: &mut K,
    ) -> Flow {
        let tally = self.spend(self.numbers[self.tally_slot()], spend);
        let mut verdicts = Verdicts::of(nature);
        self.begin();
        self.set(self.tally_slot(), tally)?;
        if nature.is_fault() {
            self.show(self.all.shared.disturbed, &mut verdicts)?;
        }
        self.end(Step { what, together: 0 }, verdicts, sink)
    }

    /// All ways for the residents of a host to crash at rest together.
    fn crashes<K: Sink<Step>>(&mut self, host: usize, spent: u32, sink: &mut K) -> Flow {
        let world = self.world;
        let situations = &self.numbers[..self.count];
        for (together, way) in self.all.deaths_on(world, situations, host, None).iter().enumerate()
        {
            if way.is_empty() {
                continue;
            }
            self.begin();
            let mut verdicts = Verdicts::of(Nature::CRASH);
            self.set(self.tally_slot(), spent)?;
            self.die(host, way, &mut verdicts)?;
            let what = What::Crash(host as u16);
            self.end(Step { what, together: together as u32 }, verdicts, sink)?;
        }
        Ok(())
    }
}
