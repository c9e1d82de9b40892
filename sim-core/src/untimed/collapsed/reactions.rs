//! What comes of what, computed once.

use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::time::Nanos;
use crate::topology::ProcessId;
use crate::untimed::action::{Loss, combinations};
use crate::untimed::bounds::Timers;
use crate::untimed::collapsed::shared::{Reacted, Shared};
use crate::untimed::collapsed::step::{Taken, What};
use crate::untimed::collapsed::tables::{Brief, Habits, Move, Origin, Run, Situation, Tables};
use crate::untimed::local::{Local, Reaction};
use crate::untimed::mail::LetterId;
use crate::untimed::world::Untimed;

/// In debug builds, of so many reactions that are known one is computed again and compared.
const SAMPLE: u32 = 8;

/// The tables of all processes.
pub(crate) struct All<P: Protocol> {
    pub(crate) tables: Vec<Tables<P>>,
    pub(crate) shared: Shared<P>,
}

impl<P: Protocol> All<P> {
    pub(crate) fn new(world: &Untimed<P>) -> All<P> {
        let tables = world.topology().ids().map(Tables::new).collect();
        All { tables, shared: Shared::new(world) }
    }

    /// What becomes of a process that starts for the first time.
    pub(crate) fn started(&mut self, world: &Untimed<P>, me: usize) -> Reacted {
        let local = Local::new(self.tables[me].me);
        let run = self.react(world, me, &local, &Input::Boot);
        self.shared.reactions[run.first as usize]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.tables.iter().map(Tables::bytes).sum::<usize>() + self.shared.bytes()
    }

    fn react(&mut self, world: &Untimed<P>, me: usize, local: &Local<P>, input: &Input<P>) -> Run {
        let reactions = local.react(&world.laws(), input);
        self.shared.runs += reactions.len() as u64;
        self.put(world, me, reactions)
    }

    /// Reactions become numbers.
    fn put(&mut self, world: &Untimed<P>, me: usize, reactions: Vec<Reaction<P>>) -> Run {
        let (first, count) = (self.shared.reactions.len() as u32, reactions.len() as u32);
        for Reaction { local, sends, sights, death } in reactions {
            let by = self.tables[me].me;
            let local = self.tables[me].local(world, local);
            let sent = self.shared.sends.len() as u32;
            for (to, message) in sends {
                let (letter, _) = self.tables[to.index()].letters.intern((by, message));
                self.shared.sends.push((to, letter));
            }
            let sends = Run { first: sent, count: self.shared.sends.len() as u32 - sent };
            let seen = (!sights.is_empty()).then_some((by, sights));
            let sights = self.shared.sights.intern(seen).0;
            self.shared.reactions.push(Reacted { local, sights, sends, death });
        }
        Run { first, count }
    }

    /// All reactions of a local state to a letter.
    fn on_letter(&mut self, world: &Untimed<P>, (me, local): (usize, u32), letter: u32) -> Run {
        let known = self.tables[me].local_rows[local as usize].letters.get(letter as usize);
        if let Some(run) = known.copied().filter(|run| run.is_known()) {
            if cfg!(debug_assertions) && letter % SAMPLE == local % SAMPLE {
                self.verify(world, (me, local), letter, run);
            }
            return run;
        }
        let (from, message) = self.tables[me].letters.get(letter).clone();
        let input = Input::Event(Event::Message { from, message });
        let run = self.react(world, me, &self.tables[me].locals.get(local).clone(), &input);
        let letters = &mut self.tables[me].local_rows[local as usize].letters;
        if letters.len() <= letter as usize {
            letters.resize(letter as usize + 1, Run::UNKNOWN);
        }
        letters[letter as usize] = run;
        run
    }

    /// Reacts again, and panics if what comes of it is not what was written down: a protocol that
    /// is no function of its state and its input, or a bug here.
    fn verify(&self, world: &Untimed<P>, (me, local): (usize, u32), letter: u32, run: Run) {
        let tables = &self.tables[me];
        let (from, message) = tables.letters.get(letter).clone();
        let input = Input::Event(Event::Message { from, message });
        let again = tables.locals.get(local).react(&world.laws(), &input);
        let known = &self.shared.reactions[run.range()];
        assert_eq!(again.len(), known.len(), "{input:?} had other outcomes before");
        for (again, known) in again.iter().zip(known) {
            let sent = self.shared.sends[known.sends.range()]
                .iter()
                .map(|(to, letter)| (*to, self.tables[to.index()].letters.get(*letter).1.clone()));
            assert_eq!(tables.locals.get(known.local), &again.local, "{input:?} led elsewhere");
            assert_eq!(sent.collect::<Vec<_>>(), again.sends, "{input:?} sent something else");
        }
    }

    /// All reactions of a local state to a request.
    pub(crate) fn on_request(
        &mut self,
        world: &Untimed<P>,
        (me, local): (usize, u32),
        request: usize,
    ) -> Run {
        let known = self.tables[me].local_rows[local as usize].requests[request];
        if known.is_known() {
            return known;
        }
        let state = self.tables[me].locals.get(local).clone();
        let run = self.react(world, me, &state, &world.request(request));
        self.tables[me].local_rows[local as usize].requests[request] = run;
        run
    }

    /// The ways of a local state to die at rest.
    pub(crate) fn on_death(&mut self, world: &Untimed<P>, me: usize, local: u32) -> Run {
        let known = self.tables[me].local_rows[local as usize].deaths;
        if known.is_known() {
            return known;
        }
        let deaths = self.tables[me].locals.get(local).deaths(&world.laws());
        let run = self.put(world, me, deaths);
        self.tables[me].local_rows[local as usize].deaths = run;
        run
    }

    /// All ways in which the residents of a host can die together, but for one: processes and
    /// reactions.
    pub(crate) fn deaths_on(
        &mut self,
        world: &Untimed<P>,
        situations: &[u32],
        host: usize,
        but: Option<usize>,
    ) -> Vec<Vec<(ProcessId, u32)>> {
        let mut deaths: Vec<Vec<(ProcessId, u32)>> = Vec::new();
        for &process in &world.residents[host] {
            let at = process.index();
            let situation = &self.tables[at].situations[situations[at] as usize];
            if Some(at) != but && !situation.down {
                let run = self.on_death(world, at, situation.local);
                let reactions = run.range().map(|reaction| (process, reaction as u32));
                deaths.push(reactions.collect());
            }
        }
        combinations(&deaths)
    }

    /// Finds out what follows from a situation.
    #[cold]
    pub(crate) fn know(&mut self, world: &Untimed<P>, me: usize, number: u32) {
        let mut steps = Steps::default();
        let (local, mail, idle, down) = {
            let situation = &self.tables[me].situations[number as usize];
            (situation.local, situation.mail, situation.idle, situation.down)
        };
        let state = self.tables[me].locals.get(local).clone();
        for (index, input) in state.own_inputs(&world.laws()).iter().enumerate() {
            let run = self.react(world, me, &state, input);
            steps.hurry |= !down;
            steps.take(Taken::Own(index as u32), None, (run, mail), None);
        }
        for letter in self.tables[me].mail_rows[mail as usize].next.clone() {
            let from = self.tables[me].letters.get(letter).0;
            let travels = !world.local(from, self.tables[me].me);
            let less =
                if world.consumes() { self.tables[me].without(world, mail, letter) } else { mail };
            if idle {
                steps.hurry = true;
                let run = self.on_letter(world, (me, local), letter);
                let copied = (travels && world.bounds.budgets.duplicates > 0).then_some(mail);
                steps.take(Taken::Letter(letter), Some(from), (run, less), copied);
            }
            if down && world.consumes() {
                steps.hurry = true;
                steps.lost.push((letter, from, less, Loss::Down));
            }
            if travels && world.bounds.budgets.drops > 0 {
                steps.lost.push((letter, from, less, Loss::Dropped));
            }
        }
        self.timers(world, me, (&state, mail), &mut steps);
        if world.bounds.budgets.crashes > 0 && !down {
            steps.crashes = self.on_death(world, me, local);
        }
        self.settle(world, me, number, steps);
    }

    fn timers(
        &mut self,
        world: &Untimed<P>,
        me: usize,
        (state, mail): (&Local<P>, u32),
        steps: &mut Steps,
    ) {
        let timers: Vec<(P::Timer, Nanos)> =
            state.timers().map(|(timer, left)| (timer.clone(), left)).collect();
        for (index, (timer, left)) in timers.into_iter().enumerate() {
            let mut waited = state.clone();
            waited.wait(left);
            let run = self.react(world, me, &waited, &Input::Event(Event::Timer(timer)));
            let taken = Taken::Timer(index as u32);
            match world.bounds.timers {
                Timers::Any => steps.take(taken, None, (run, mail), None),
                Timers::Quiescent => steps.clocked.push((left, taken, run, mail)),
            }
        }
    }

    /// Writes down what follows from a situation.
    fn settle(&mut self, world: &Untimed<P>, me: usize, number: u32, steps: Steps) {
        let mut lists: [Vec<(Move, Origin)>; 7] = Default::default();
        let [free, stutters, deaths, copies, copied_deaths, drops, crashes] = &mut lists;
        for &(taken, from, reaction, mail, copy) in &steps.taken {
            let made = self.step(world, me, (taken, from, copy), (reaction, mail));
            let dies = self.shared.reactions[reaction as usize].death.is_some();
            let idles = made.0.situation == number && made.0.sends.count == 0 && made.0.sights == 0;
            match (dies, copy) {
                (false, false) if idles => stutters.push(made),
                (false, false) => free.push(made),
                (true, false) => deaths.push(made),
                (false, true) => copies.push(made),
                (true, true) => copied_deaths.push(made),
            }
        }
        for (letter, from, less, why) in steps.lost {
            let local = self.tables[me].situations[number as usize].local;
            let situation = self.tables[me].situation(local, less);
            let what = What::Lose { to: me as u16, letter, why };
            let made = Move { situation, sights: 0, sends: Run::default() };
            let lost = (made, Origin { what, from: Some(from) });
            if why == Loss::Dropped { drops.push(lost) } else { free.push(lost) }
        }
        for reaction in steps.crashes.range() {
            let mail = self.tables[me].situations[number as usize].mail;
            let taken = (Taken::Own(0), None, false);
            let made = self.step(world, me, taken, (reaction as u32, mail));
            let what = What::Crash(world.hosts[me].0);
            crashes.push((made.0, Origin { what, from: None }));
        }
        let mut clocked = Vec::new();
        for (left, taken, run, mail) in steps.clocked {
            let mut made = [Vec::new(), Vec::new()];
            for reaction in run.range() {
                let reaction = reaction as u32;
                let dies = self.shared.reactions[reaction as usize].death.is_some();
                let step = self.step(world, me, (taken, None, false), (reaction, mail));
                made[usize::from(dies)].push(step);
            }
            let [ends, dies] = made.map(|list| self.tables[me].list(list));
            clocked.push((left, ends, dies));
        }
        let runs = lists.map(|list| self.tables[me].list(list));
        self.tables[me].habits[number as usize] = self.habits(me, number, runs);
        let situation = &mut self.tables[me].situations[number as usize];
        situation.clocked = clocked;
        let [free, stutters, deaths, copies, copied_deaths, drops, crashes] = runs;
        (situation.stutters, situation.deaths) = (stutters, deaths);
        (situation.copies, situation.copied_deaths) = (copies, copied_deaths);
        (situation.drops, situation.crashes) = (drops, crashes);
        let (stutters, hurry) = (stutters.count, steps.hurry);
        let brief = Brief { free, stutters, seen: 0, hurry };
        self.tables[me].briefs[number as usize] = brief;
    }

    /// What the moves in these lists mean to others.
    fn habits(&self, me: usize, number: u32, lists: [Run; 7]) -> Habits {
        let tables = &self.tables[me];
        let Situation { mail, .. } = tables.situations[number as usize];
        let mut habits = Habits::default();
        for &letter in tables.mails.get(mail).letters() {
            habits.senders |= 1 << tables.letters.get(letter).0.index();
        }
        let [free, _, deaths, copies, copied_deaths, drops, crashes] = lists;
        let wrong = [deaths, copies, copied_deaths, drops, crashes];
        for (agent, lists) in [&[free][..], &wrong].into_iter().enumerate() {
            for index in lists.iter().flat_map(|list| list.range()) {
                let made = tables.moves[index];
                habits.loud[agent] |= made.sights != 0;
                if agent == 0 && made.sights != 0 && !habits.sights.contains(&made.sights) {
                    habits.sights.push(made.sights);
                }
                for (to, _) in &self.shared.sends[made.sends.range()] {
                    habits.receivers[agent] |= 1 << to.index();
                }
            }
        }
        let seen = self.shared.disturbed != 0;
        habits.loud[1] |= seen && wrong.iter().any(|list| list.count > 0);
        habits
    }

    /// A reaction as a move.
    pub(crate) fn step(
        &mut self,
        world: &Untimed<P>,
        me: usize,
        (input, from, copy): (Taken, Option<ProcessId>, bool),
        (reaction, mail): (u32, u32),
    ) -> (Move, Origin) {
        let Reacted { local, sights, sends, death } = self.shared.reactions[reaction as usize];
        let alone = world.residents[world.hosts[me].index()].len() == 1;
        let tables = &mut self.tables[me];
        let mail = if death.is_some() && alone { tables.buried(world, mail) } else { mail };
        let situation = tables.situation(local, mail);
        let what = What::React { process: me as u16, input, copy, reaction };
        (Move { situation, sights, sends }, Origin { what, from })
    }
}

/// What may follow from a situation, as it is found out.
#[derive(Default)]
struct Steps {
    hurry: bool,
    /// Input, sender, reaction, mail afterwards, whether the letter stays.
    taken: Vec<(Taken, Option<ProcessId>, u32, u32, bool)>,
    /// Letter, sender, mail afterwards.
    lost: Vec<(LetterId, ProcessId, u32, Loss)>,
    crashes: Run,
    /// What is left to run, the timer, reactions, mail.
    clocked: Vec<(Nanos, Taken, Run, u32)>,
}

impl Steps {
    fn take(
        &mut self,
        taken: Taken,
        from: Option<ProcessId>,
        (run, mail): (Run, u32),
        copied: Option<u32>,
    ) {
        let reactions = || run.range().map(|reaction| reaction as u32);
        self.taken.extend(reactions().map(|reaction| (taken, from, reaction, mail, false)));
        if let Some(kept) = copied {
            self.taken.extend(reactions().map(|reaction| (taken, from, reaction, kept, true)));
        }
    }
}

impl<P: Protocol> Tables<P> {
    fn list(&mut self, moves: Vec<(Move, Origin)>) -> Run {
        let (first, count) = (self.moves.len() as u32, moves.len() as u32);
        for (made, origin) in moves {
            self.moves.push(made);
            self.origins.push(origin);
        }
        Run { first, count }
    }
}
