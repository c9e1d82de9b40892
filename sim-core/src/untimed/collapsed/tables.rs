//! Everything that is computed once: values by number, and what comes of what.

use crate::monitor::FAULTS;
use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::action::combinations;
use crate::untimed::intern::Interner;
use crate::untimed::local::{Death, Local, Reaction, Sight};
use crate::untimed::mail::{LetterId, Mail};
use crate::untimed::tally::Tally;
use crate::untimed::watch::Watch;
use crate::untimed::world::Untimed;

/// Not computed yet.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Some neighbours in a table, such as all reactions to one input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Run {
    const UNKNOWN: Run = Run { first: UNKNOWN, count: 0 };

    #[inline]
    pub(crate) fn range(self) -> std::ops::Range<u32> {
        self.first..self.first + self.count
    }

    #[inline]
    pub(crate) fn is_known(self) -> bool {
        self.first != UNKNOWN
    }
}

/// A [`Reaction`] in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reacted {
    pub(crate) local: u32,
    /// What some monitor sees of it; zero is nothing.
    pub(crate) sights: u32,
    /// In [`Tables::sends`].
    pub(crate) sends: Run,
    pub(crate) death: Option<Death>,
}

/// What is known of one local state of a process.
#[derive(Clone, Debug)]
pub(crate) struct Row<P: Protocol> {
    pub(crate) down: bool,
    pub(crate) dead: bool,
    pub(crate) idle: bool,
    /// To what it takes whatever else there is, input by input.
    pub(crate) own: Vec<Run>,
    /// To its timers.
    pub(crate) timers: Vec<Clocked<P>>,
    /// To letters, by number.
    pub(crate) letters: Vec<Run>,
    /// To requests, by number.
    pub(crate) requests: Vec<Run>,
    /// The ways to die at rest.
    pub(crate) deaths: Run,
    /// What it becomes when time passes.
    waited: Vec<(Nanos, u32)>,
}

/// A timer that may run out.
#[derive(Clone, Debug)]
pub(crate) struct Clocked<P: Protocol> {
    pub(crate) timer: P::Timer,
    pub(crate) left: Nanos,
    pub(crate) reactions: Run,
}

/// What is known of what may be in flight to a process.
#[derive(Clone, Debug)]
pub(crate) struct MailRow {
    /// The letters that may arrive next.
    pub(crate) next: Vec<LetterId>,
    /// With one more, with one less, by letter.
    with: Vec<u32>,
    without: Vec<u32>,
    /// When the process' host has crashed.
    buried: u32,
}

/// The tables of one process.
pub(crate) struct Tables<P: Protocol> {
    pub(crate) me: ProcessId,
    pub(crate) locals: Interner<Local<P>>,
    pub(crate) rows: Vec<Row<P>>,
    pub(crate) letters: Interner<(ProcessId, P::Message)>,
    pub(crate) mails: Interner<Mail>,
    pub(crate) boxes: Vec<MailRow>,
}

/// What all processes have in common.
pub(crate) struct Shared<P: Protocol> {
    pub(crate) reactions: Vec<Reacted>,
    /// To whom, and which letter.
    pub(crate) sends: Vec<(ProcessId, LetterId)>,
    pub(crate) sights: Interner<Option<(ProcessId, Vec<Sight<P::Note>>)>>,
    /// In `sights`: that a fault took effect, if anybody wants to know.
    pub(crate) disturbed: u32,
    pub(crate) tallies: Interner<Tally>,
    /// What each tally becomes, by [`Spend`].
    spent: Vec<Vec<u32>>,
    pub(crate) watches: Interner<Watch<P>>,
    /// What each watch makes of each sight.
    pub(crate) shown: Vec<Vec<Shown>>,
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
    pub(crate) const UNKNOWN: Shown = Shown { watch: UNKNOWN, violated: 0, premises: 0 };
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

/// The tables of all processes.
pub(crate) struct All<P: Protocol> {
    pub(crate) tables: Vec<Tables<P>>,
    pub(crate) shared: Shared<P>,
}

impl<P: Protocol> All<P> {
    pub(crate) fn new(world: &Untimed<P>) -> All<P> {
        let table = |me| Tables {
            me,
            locals: Interner::default(),
            rows: Vec::new(),
            letters: Interner::default(),
            mails: Interner::default(),
            boxes: Vec::new(),
        };
        let mut sights = Interner::default();
        sights.intern(None);
        let told = world.interest & FAULTS != 0;
        let disturbed = told.then(|| (ProcessId(0), vec![Sight::Disturbed]));
        let disturbed = sights.intern(disturbed).0;
        let shared = Shared {
            reactions: Vec::new(),
            sends: Vec::new(),
            sights,
            disturbed,
            tallies: Interner::default(),
            spent: Vec::new(),
            watches: Interner::default(),
            shown: Vec::new(),
            runs: 0,
        };
        All { tables: world.topology().ids().map(table).collect(), shared }
    }

    /// The number of a local state. Its row is made: what comes of what it may do by itself.
    pub(crate) fn local(&mut self, world: &Untimed<P>, me: usize, local: Local<P>) -> u32 {
        let (number, is_new) = self.tables[me].locals.intern(local);
        if is_new {
            let local = self.tables[me].locals.get(number);
            let row = Row {
                down: local.is_down(),
                dead: local.dead,
                idle: local.node.idle(),
                own: Vec::new(),
                timers: Vec::new(),
                letters: Vec::new(),
                requests: vec![Run::UNKNOWN; world.requests.len()],
                deaths: Run::UNKNOWN,
                waited: Vec::new(),
            };
            self.tables[me].rows.push(row);
        }
        number
    }

    /// What becomes of a process that starts for the first time.
    pub(crate) fn started(&mut self, world: &Untimed<P>, me: usize) -> u32 {
        let local = Local::new(self.tables[me].me);
        self.react(world, me, &local, &Input::Boot).first
    }

    pub(crate) fn bytes(&self) -> usize {
        let tables = self.tables.iter().map(|tables| {
            let letters: usize = tables.rows.iter().map(|row| row.letters.len()).sum();
            let boxes = tables.boxes.iter().map(|b| b.next.len() + b.with.len() + b.without.len());
            tables.locals.bytes()
                + tables.letters.bytes()
                + tables.mails.bytes()
                + tables.rows.len() * size_of::<Row<P>>()
                + letters * size_of::<Run>()
                + tables.boxes.len() * size_of::<MailRow>()
                + boxes.sum::<usize>() * size_of::<u32>()
        });
        let shared = &self.shared;
        let shown: usize = shared.shown.iter().map(Vec::len).sum();
        tables.sum::<usize>()
            + shared.reactions.len() * size_of::<Reacted>()
            + shared.sends.len() * size_of::<(ProcessId, LetterId)>()
            + shared.sights.bytes()
            + shared.watches.bytes()
            + shown * size_of::<Shown>()
    }

    /// Sees to it that what a local state may do by itself is known.
    pub(crate) fn prepare(&mut self, world: &Untimed<P>, me: usize, number: u32) {
        let laws = world.laws();
        let local = self.tables[me].locals.get(number).clone();
        let own: Vec<Run> = local
            .own_inputs(&laws)
            .iter()
            .map(|input| self.react(world, me, &local, input))
            .collect();
        let clocked: Vec<(P::Timer, Nanos)> =
            local.timers().map(|(timer, left)| (timer.clone(), left)).collect();
        let timers = clocked.into_iter().map(|(timer, left)| {
            let mut waited = local.clone();
            waited.wait(left);
            let input = Input::Event(Event::Timer(timer.clone()));
            Clocked { reactions: self.react(world, me, &waited, &input), timer, left }
        });
        let timers = timers.collect();
        let dying = if world.bounds.budgets.crashes > 0 { local.deaths(&laws) } else { Vec::new() };
        let deaths = self.put(world, me, dying);
        let row = &mut self.tables[me].rows[number as usize];
        (row.own, row.timers, row.deaths) = (own, timers, deaths);
    }

    fn react(&mut self, world: &Untimed<P>, me: usize, local: &Local<P>, input: &Input<P>) -> Run {
        let reactions = local.react(&world.laws(), input);
        self.shared.runs += reactions.len() as u64;
        self.put(world, me, reactions)
    }

    /// Reactions become numbers.
    pub(crate) fn put(
        &mut self,
        world: &Untimed<P>,
        me: usize,
        reactions: Vec<Reaction<P>>,
    ) -> Run {
        let count = reactions.len() as u32;
        let mut numbers = Vec::with_capacity(reactions.len());
        for Reaction { local, sends, sights, death } in reactions {
            let by = self.tables[me].me;
            let local = self.local(world, me, local);
            let first = self.shared.sends.len() as u32;
            for (to, message) in sends {
                let (letter, _) = self.tables[to.index()].letters.intern((by, message));
                self.shared.sends.push((to, letter));
            }
            let sends = Run { first, count: self.shared.sends.len() as u32 - first };
            let seen = (!sights.is_empty()).then_some((by, sights));
            let sights = self.shared.sights.intern(seen).0;
            numbers.push(Reacted { local, sights, sends, death });
        }
        let first = self.shared.reactions.len() as u32;
        self.shared.reactions.append(&mut numbers);
        Run { first, count }
    }

    /// All reactions of a local state to a letter.
    #[inline]
    pub(crate) fn to_letter(
        &mut self,
        world: &Untimed<P>,
        (me, number): (usize, u32),
        letter: LetterId,
    ) -> Run {
        let row = &self.tables[me].rows[number as usize];
        match row.letters.get(letter as usize) {
            Some(run) if run.is_known() => *run,
            Some(_) | None => self.to_new_letter(world, (me, number), letter),
        }
    }

    #[cold]
    fn to_new_letter(
        &mut self,
        world: &Untimed<P>,
        (me, number): (usize, u32),
        letter: LetterId,
    ) -> Run {
        let local = self.tables[me].locals.get(number).clone();
        let (from, message) = self.tables[me].letters.get(letter).clone();
        let input = Input::Event(Event::Message { from, message });
        let run = self.react(world, me, &local, &input);
        let letters = &mut self.tables[me].rows[number as usize].letters;
        if letters.len() <= letter as usize {
            letters.resize(letter as usize + 1, Run::UNKNOWN);
        }
        letters[letter as usize] = run;
        run
    }

    /// All reactions of a local state to a request.
    pub(crate) fn to_request(
        &mut self,
        world: &Untimed<P>,
        (me, number): (usize, u32),
        request: usize,
    ) -> Run {
        let known = self.tables[me].rows[number as usize].requests[request];
        if known.is_known() {
            return known;
        }
        let local = self.tables[me].locals.get(number).clone();
        let run = self.react(world, me, &local, &world.request(request));
        self.tables[me].rows[number as usize].requests[request] = run;
        run
    }

    /// What a local state becomes when that much time passes.
    pub(crate) fn waited(
        &mut self,
        world: &Untimed<P>,
        (me, number): (usize, u32),
        span: Nanos,
    ) -> u32 {
        let row = &self.tables[me].rows[number as usize];
        if span == Nanos::ZERO || row.timers.is_empty() {
            return number;
        }
        if let Some((_, waited)) = row.waited.iter().find(|(known, _)| *known == span) {
            return *waited;
        }
        let mut local = self.tables[me].locals.get(number).clone();
        local.wait(span);
        let waited = self.local(world, me, local);
        self.tables[me].rows[number as usize].waited.push((span, waited));
        waited
    }

    /// All ways in which the residents of a host can die together, but for one: processes and
    /// reactions.
    pub(crate) fn deaths_on(
        &self,
        world: &Untimed<P>,
        locals: &[u32],
        host: usize,
        but: Option<usize>,
    ) -> Vec<Vec<(ProcessId, u32)>> {
        let row = |p: ProcessId| &self.tables[p.index()].rows[locals[p.index()] as usize];
        let residents = world.residents[host].iter().copied();
        let up = residents.filter(|p| Some(p.index()) != but && !row(*p).down);
        let deaths: Vec<Vec<(ProcessId, u32)>> =
            up.map(|p| row(p).deaths.range().map(|reaction| (p, reaction)).collect()).collect();
        combinations(&deaths)
    }
}

impl<P: Protocol> Tables<P> {
    /// The number of a mail.
    pub(crate) fn mail(&mut self, world: &Untimed<P>, mail: Mail) -> u32 {
        let (number, is_new) = self.mails.intern(mail);
        if is_new {
            let sender = |letter| self.letters.get(letter).0;
            let next = self.mails.get(number).next(world.bounds.network, sender);
            let (with, without) = (Vec::new(), Vec::new());
            self.boxes.push(MailRow { next, with, without, buried: UNKNOWN });
        }
        number
    }

    /// A mail with one more letter.
    #[inline]
    pub(crate) fn with(&mut self, world: &Untimed<P>, mail: u32, letter: LetterId) -> u32 {
        match self.boxes[mail as usize].with.get(letter as usize) {
            Some(&known) if known != UNKNOWN => known,
            Some(_) | None => {
                let mut more = self.mails.get(mail).clone();
                more.add(world.bounds.network, letter, |letter| self.letters.get(letter).0);
                let more = self.mail(world, more);
                note(&mut self.boxes[mail as usize].with, letter, more);
                more
            }
        }
    }

    /// A mail with one letter less.
    #[inline]
    pub(crate) fn without(&mut self, world: &Untimed<P>, mail: u32, letter: LetterId) -> u32 {
        match self.boxes[mail as usize].without.get(letter as usize) {
            Some(&known) if known != UNKNOWN => known,
            Some(_) | None => {
                let mut less = self.mails.get(mail).clone();
                less.remove(letter);
                let less = self.mail(world, less);
                note(&mut self.boxes[mail as usize].without, letter, less);
                less
            }
        }
    }

    /// A mail after the crash of the process' host.
    pub(crate) fn buried(&mut self, world: &Untimed<P>, mail: u32) -> u32 {
        let known = self.boxes[mail as usize].buried;
        if known != UNKNOWN {
            return known;
        }
        let mut rest = self.mails.get(mail).clone();
        let travels = |letter| !world.local(self.letters.get(letter).0, self.me);
        rest.retain(|letter| world.bounds.restarts && travels(letter));
        let rest = self.mail(world, rest);
        self.boxes[mail as usize].buried = rest;
        rest
    }
}

fn note(row: &mut Vec<u32>, letter: LetterId, value: u32) {
    if row.len() <= letter as usize {
        row.resize(letter as usize + 1, UNKNOWN);
    }
    row[letter as usize] = value;
}

impl<P: Protocol> Shared<P> {
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
}
