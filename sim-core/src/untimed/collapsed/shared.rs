//! What all processes have in common, in numbers.

use crate::monitor::FAULTS;
use crate::protocol::Protocol;
use crate::topology::ProcessId;
use crate::untimed::collapsed::tables::{Run, UNKNOWN};
use crate::untimed::intern::Interner;
use crate::untimed::local::{Death, Sight};
use crate::untimed::mail::LetterId;
use crate::untimed::tally::Tally;
use crate::untimed::watch::Watch;
use crate::untimed::world::Untimed;

/// A [`Reaction`](crate::untimed::local::Reaction) in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reacted {
    pub(crate) local: u32,
    /// What some monitor sees of it; zero is nothing.
    pub(crate) sights: u32,
    /// In [`Shared::sends`].
    pub(crate) sends: Run,
    pub(crate) death: Option<Death>,
}

/// What a process lets monitors see in one step.
type Sights<P> = (ProcessId, Vec<Sight<<P as Protocol>::Note>>);

/// What all processes have in common.
pub(crate) struct Shared<P: Protocol> {
    pub(crate) reactions: Vec<Reacted>,
    /// To whom, and which letter.
    pub(crate) sends: Vec<(ProcessId, LetterId)>,
    pub(crate) sights: Interner<Option<Sights<P>>>,
    /// In `sights`: that a fault took effect, if anybody wants to know.
    pub(crate) disturbed: u32,
    pub(crate) tallies: Interner<Tally>,
    /// What each tally becomes, by [`Spend`].
    spent: Vec<Vec<u32>>,
    pub(crate) watches: Interner<Watch<P>>,
    /// What each watch makes of each sight.
    shown: Vec<Vec<Shown>>,
    /// How often a protocol's code was run.
    pub(crate) runs: u64,
}

/// What monitors make of what they see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) watch: u32,
    pub(crate) violated: u64,
    pub(crate) premises: u64,
}

impl Shown {
    const UNKNOWN: Shown = Shown { watch: UNKNOWN, violated: 0, premises: 0 };
}

/// A change of a tally.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spend(u32);

impl Spend {
    pub(crate) const CRASH: Spend = Spend(0);
    pub(crate) const DROP: Spend = Spend(1);
    pub(crate) const DUPLICATE: Spend = Spend(2);
    pub(crate) const MEND: Spend = Spend(3);

    pub(crate) fn part(cut: u16) -> Spend {
        Spend(4 + u32::from(cut))
    }

    pub(crate) fn ask<P: Protocol>(world: &Untimed<P>, request: usize) -> Spend {
        Spend(4 + u32::from(world.cuts.len()) + request as u32)
    }

    fn apply<P: Protocol>(self, world: &Untimed<P>, mut tally: Tally) -> Tally {
        let cuts = u32::from(world.cuts.len());
        match self.0 {
            0 => tally.left.crashes -= 1,
            1 => tally.left.drops -= 1,
            2 => tally.left.duplicates -= 1,
            3 => tally.cut = None,
            n if n - 4 < cuts => {
                tally.left.partitions -= 1;
                tally.cut = Some((n - 4) as u16);
            }
            n => tally.asked |= 1 << (n - 4 - cuts),
        }
        tally
    }
}

impl<P: Protocol> Shared<P> {
    pub(crate) fn new(world: &Untimed<P>) -> Shared<P> {
        let mut sights = Interner::default();
        sights.intern(None);
        let told = world.interest & FAULTS != 0;
        let disturbed = told.then(|| (ProcessId(0), vec![Sight::Disturbed]));
        Shared {
            reactions: Vec::new(),
            sends: Vec::new(),
            disturbed: sights.intern(disturbed).0,
            sights,
            tallies: Interner::default(),
            spent: Vec::new(),
            watches: Interner::default(),
            shown: Vec::new(),
            runs: 0,
        }
    }

    /// The number of a tally.
    pub(crate) fn tally(&mut self, world: &Untimed<P>, tally: Tally) -> u32 {
        let (number, is_new) = self.tallies.intern(tally);
        if is_new {
            let changes = 4 + usize::from(world.cuts.len()) + world.requests.len();
            self.spent.push(vec![UNKNOWN; changes]);
        }
        number
    }

    /// What a tally becomes.
    #[inline]
    pub(crate) fn spend(&mut self, world: &Untimed<P>, tally: u32, spend: Spend) -> u32 {
        let known = self.spent[tally as usize][spend.0 as usize];
        if known != UNKNOWN {
            return known;
        }
        let spent = spend.apply(world, *self.tallies.get(tally));
        let number = self.tally(world, spent);
        self.spent[tally as usize][spend.0 as usize] = number;
        number
    }

    /// What a watch makes of what `sights` are.
    #[inline]
    pub(crate) fn show(&mut self, world: &Untimed<P>, watch: u32, sights: u32) -> Shown {
        let known = self.shown.get(watch as usize).and_then(|row| row.get(sights as usize));
        match known {
            Some(shown) if shown.watch != UNKNOWN => *shown,
            Some(_) | None => self.show_anew(world, watch, sights),
        }
    }

    #[cold]
    fn show_anew(&mut self, world: &Untimed<P>, watch: u32, sights: u32) -> Shown {
        let mut next = self.watches.get(watch).clone();
        let watched = match self.sights.get(sights) {
            None => return Shown { watch, violated: 0, premises: 0 },
            Some((by, sights)) => next.show(*by, sights, world.topology()),
        };
        let violated = watched.findings.iter().fold(0, |all, (monitor, _)| all | 1 << monitor);
        let next = self.watches.intern(next).0;
        let shown = Shown { watch: next, violated, premises: watched.premises };
        let watch = watch as usize;
        if self.shown.len() <= watch {
            self.shown.resize(watch + 1, Vec::new());
        }
        if self.shown[watch].len() <= sights as usize {
            self.shown[watch].resize(sights as usize + 1, Shown::UNKNOWN);
        }
        self.shown[watch][sights as usize] = shown;
        shown
    }

    pub(crate) fn bytes(&self) -> usize {
        let shown: usize = self.shown.iter().map(Vec::len).sum();
        self.reactions.len() * size_of::<Reacted>()
            + self.sends.len() * size_of::<(ProcessId, LetterId)>()
            + self.sights.bytes()
            + self.watches.bytes()
            + shown * size_of::<Shown>()
    }
}
