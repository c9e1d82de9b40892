//! From what was done in each local state to coverage by name.
//!
//! Every local transition that was taken is taken once more, to see what it sends, sets and
//! writes: as often as it was computed for the search, however many states the search found.

use std::collections::BTreeSet;

use super::seen::{Row, Witness, input};
use super::{Change, Coverage, Handled, InputCoverage, MessageCoverage, RecordCoverage, Standing};
use crate::node::{Environment, Flow, Input, SyncAnswer};
use crate::protocol::{Event, Kinds, Outbox, Protocol};
use crate::topology::ProcessId;
use crate::untimed::local::{Laws, Local};
use crate::untimed::world::Untimed;

/// What a search of a world exercised.
pub(crate) fn coverage<P: Protocol>(space: &impl Witness<P>, world: &Untimed<P>) -> Coverage {
    let roles = world.topology().roles();
    let mut sum = Sum::new(world, roles);
    for process in 0..world.hosts.len() {
        for (number, row) in space.rows(process).iter().enumerate() {
            sum.row(space, (process, number), row);
        }
    }
    sum.coverage()
}

struct Sum<'w, P: Protocol> {
    world: &'w Untimed<P>,
    roles: Vec<&'static str>,
    /// The role of each process, by its place among them.
    role: Vec<usize>,
    /// By role.
    by_role: Vec<OfRole>,
    messages: Vec<MessageCoverage>,
    sent: Vec<bool>,
    changes: BTreeSet<Change>,
}

/// What one role did, and what there was for it to do: inputs by kind.
struct OfRole {
    messages: Vec<Count>,
    timers: Vec<Count>,
    requests: Vec<Count>,
    own: [Count; OWN.len()],
    records: Vec<RecordCoverage>,
}

/// Inputs that come of a process itself.
const OWN: [Handled; 4] = [Handled::Start, Handled::Recovery, Handled::Sync, Handled::Choice];
const RECOVERY: usize = 1;
const SYNC: usize = 2;
const CHOICE: usize = 3;

/// One kind of input to one role.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Whether there was one to handle.
    is_there: bool,
    transitions: u64,
    cut_short: u64,
}

impl<'w, P: Protocol> Sum<'w, P> {
    fn new(world: &'w Untimed<P>, roles: Vec<&'static str>) -> Self {
        let place = |role| roles.iter().position(|known| *known == role).unwrap_or(0);
        let role = world.topology().processes.iter().map(|process| place(process.role)).collect();
        let none = |kinds: &[&str]| vec![Count::default(); kinds.len()];
        let record =
            |role, kind| RecordCoverage { role, kind, written: 0, lost: 0, kept: 0, after: 0 };
        let of_role = |&role: &&'static str| OfRole {
            messages: none(P::Message::KINDS),
            timers: none(P::Timer::KINDS),
            requests: none(P::Request::KINDS),
            own: Default::default(),
            records: P::Record::KINDS.iter().map(|kind| record(role, kind)).collect(),
        };
        let message = |&kind: &&'static str| MessageCoverage {
            kind,
            travels: false,
            delivered: 0,
            dropped: 0,
            duplicated: 0,
            cut: 0,
        };
        Sum {
            world,
            by_role: roles.iter().map(of_role).collect(),
            role,
            roles,
            messages: P::Message::KINDS.iter().map(message).collect(),
            sent: vec![false; P::Message::KINDS.len()],
            changes: BTreeSet::new(),
        }
    }

    /// What was done in one local state.
    fn row(&mut self, space: &impl Witness<P>, at: (usize, usize), row: &Row) {
        let (process, number) = at;
        let (laws, local) = (self.world.laws(), space.local(process, number));
        for taking in row.taken.iter() {
            let input = input(space, at, taking, self.world);
            let dies = row.died.contains(taking);
            self.handled(process, (local, &input), dies);
            let fates = self.performed(process, (local, &input), &laws);
            if dies {
                self.fates(process, &fates);
            }
        }
        if row.crashed {
            let fates = Tail::of(local).fates(P::Record::KINDS.len());
            self.fates(process, &fates);
        }
        let kind = |letter: usize| space.letter(process, letter).1.kind();
        let messages = &mut self.messages;
        row.dropped.iter().for_each(|letter| messages[kind(letter)].dropped += 1);
        row.copied.iter().for_each(|letter| messages[kind(letter)].duplicated += 1);
        row.cut.iter().for_each(|letter| messages[kind(letter)].cut += 1);
        row.stopped.iter().for_each(|kind| messages[kind].cut += 1);
    }

    /// An input was taken to the end, and perhaps cut short as well.
    fn handled(&mut self, process: usize, (local, input): (&Local<P>, &Input<P>), dies: bool) {
        let of_role = &mut self.by_role[self.role[process]];
        let count = match input {
            Input::Boot => &mut of_role.own[usize::from(local.dead) * RECOVERY],
            Input::Synced => &mut of_role.own[SYNC],
            Input::Event(Event::Chosen(_)) => &mut of_role.own[CHOICE],
            Input::Event(Event::Request { request, .. }) => &mut of_role.requests[request.kind()],
            Input::Event(Event::Timer(timer)) => &mut of_role.timers[timer.kind()],
            Input::Event(Event::Message { message, .. }) => {
                self.messages[message.kind()].delivered += 1;
                &mut of_role.messages[message.kind()]
            }
        };
        count.is_there = true;
        count.transitions += 1;
        count.cut_short += u64::from(dies);
    }

    /// Takes an input once more: what it brings is there to be exercised. Gives back what crashes
    /// amid it do to records.
    fn performed(
        &mut self,
        process: usize,
        (local, input): (&Local<P>, &Input<P>),
        laws: &Laws<'_, P>,
    ) -> Vec<Fate> {
        let mut effects = Effects::new(laws, Tail::of(local));
        let mut node = local.node.clone();
        let flow = node.step(laws.protocol, input.clone(), &mut Outbox::default(), &mut effects);
        debug_assert_eq!(flow, Flow::Continue, "nobody has it crash");
        let me = self.role[process];
        self.changes.insert(Change {
            role: self.roles[me],
            from: Standing::of(&local.node),
            input: handled(local, input),
            to: Standing::of(&node),
            sends: named::<P::Message>(effects.sends.iter().map(|&(_, kind)| kind)),
        });
        for &(to, kind) in &effects.sends {
            self.sent[kind] = true;
            self.messages[kind].travels |= !self.world.local(node.id(), to);
            self.by_role[self.role[to.index()]].messages[kind].is_there = true;
        }
        let of_role = &mut self.by_role[me];
        effects.timers.iter().for_each(|&kind| of_role.timers[kind].is_there = true);
        effects.records.iter().for_each(|&kind| of_role.records[kind].written += 1);
        of_role.own[SYNC].is_there |= effects.syncs;
        of_role.own[CHOICE].is_there |= effects.asks;
        // A crash after the last effect is one at rest.
        effects.points.pop();
        let mut fates = vec![Fate::default(); P::Record::KINDS.len()];
        effects.points.iter().for_each(|tail| tail.add_to(&mut fates));
        fates
    }

    fn fates(&mut self, process: usize, fates: &[Fate]) {
        let records = &mut self.by_role[self.role[process]].records;
        for (record, fate) in records.iter_mut().zip(fates) {
            record.lost += u64::from(fate.unsynced);
            record.kept += u64::from(fate.unsynced);
            record.after += u64::from(fate.after);
        }
    }

    fn coverage(self) -> Coverage {
        let Sum { world, roles, role, mut by_role, messages, sent, changes } = self;
        let budgets = world.bounds.budgets;
        for (process, request) in &world.requests {
            by_role[role[process.index()]].requests[request.kind()].is_there = true;
        }
        // Whoever crashes is to recover.
        let recovers = budgets.crashes > 0 && world.bounds.restarts;
        by_role.iter_mut().for_each(|of_role| of_role.own[RECOVERY].is_there |= recovers);
        let inputs = roles.iter().zip(&by_role).flat_map(|(role, of_role)| {
            of_role.inputs::<P>().filter(|(_, count)| count.is_there).map(|(input, count)| {
                let Count { transitions, cut_short, .. } = count;
                InputCoverage { role, input, transitions, cut_short }
            })
        });
        let inputs = inputs.collect();
        let is_set = |kind: usize| by_role.iter().any(|of_role| of_role.timers[kind].is_there);
        let is_written =
            |kind: usize| by_role.iter().any(|of_role| of_role.records[kind].written > 0);
        let unset = never(P::Timer::KINDS, is_set);
        let unwritten = never(P::Record::KINDS, is_written);
        let records = by_role.into_iter().flat_map(|of_role| of_role.records);
        let seen = messages.into_iter().zip(&sent).filter(|(_, sent)| **sent);
        Coverage {
            budgets,
            inputs,
            messages: seen.map(|(message, _)| message).collect(),
            records: records.filter(|record| record.written > 0).collect(),
            changes: changes.into_iter().collect(),
            unsent: never(P::Message::KINDS, |kind| sent[kind]),
            unset,
            unwritten,
        }
    }
}

impl OfRole {
    /// All inputs, those that there were and the others.
    fn inputs<P: Protocol>(&self) -> impl Iterator<Item = (Handled, Count)> + '_ {
        let named = |kinds: &'static [&'static str], of: fn(&'static str) -> Handled| {
            kinds.iter().map(move |kind| of(kind))
        };
        let requests = named(P::Request::KINDS, Handled::Request).zip(&self.requests);
        let messages = named(P::Message::KINDS, Handled::Message).zip(&self.messages);
        let timers = named(P::Timer::KINDS, Handled::Timer).zip(&self.timers);
        let all = OWN.into_iter().zip(&self.own).chain(requests).chain(messages).chain(timers);
        all.map(|(input, count)| (input, *count))
    }
}

/// What is handled, by name.
fn handled<P: Protocol>(local: &Local<P>, input: &Input<P>) -> Handled {
    match input {
        Input::Boot => OWN[usize::from(local.dead) * RECOVERY],
        Input::Synced => OWN[SYNC],
        Input::Event(Event::Chosen(_)) => OWN[CHOICE],
        Input::Event(Event::Request { request, .. }) => {
            Handled::Request(P::Request::KINDS[request.kind()])
        }
        Input::Event(Event::Timer(timer)) => Handled::Timer(P::Timer::KINDS[timer.kind()]),
        Input::Event(Event::Message { message, .. }) => {
            Handled::Message(P::Message::KINDS[message.kind()])
        }
    }
}

/// The names of these kinds, each once, in the order of the kinds.
fn named<K: Kinds>(kinds: impl Iterator<Item = usize>) -> Vec<&'static str> {
    let kinds: BTreeSet<usize> = kinds.collect();
    kinds.into_iter().map(|kind| K::KINDS[kind]).collect()
}

/// The kinds of which that is not so.
fn never(kinds: &'static [&'static str], is_done: impl Fn(usize) -> bool) -> Vec<&'static str> {
    let never = kinds.iter().enumerate().filter(|(kind, _)| !is_done(*kind));
    never.map(|(_, name)| *name).collect()
}

/// What crashes did to records of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    /// One was not durable: any part of what is not survives, so it was both lost and kept.
    unsynced: bool,
    after: bool,
}

/// The end of a log: kinds of records.
#[derive(Clone, Debug)]
struct Tail {
    unsynced: Vec<usize>,
    /// The last one that is durable.
    durable: Option<usize>,
}

impl Tail {
    fn of<P: Protocol>(local: &Local<P>) -> Tail {
        let log = local.node.log();
        let (durable, unsynced) = log.records().split_at(log.durable());
        let unsynced = unsynced.iter().map(Kinds::kind).collect();
        Tail { unsynced, durable: durable.last().map(Kinds::kind) }
    }

    /// What a crash here does.
    fn add_to(&self, fates: &mut [Fate]) {
        self.unsynced.iter().for_each(|&kind| fates[kind].unsynced = true);
        if let (true, Some(kind)) = (self.unsynced.is_empty(), self.durable) {
            fates[kind].after = true;
        }
    }

    fn fates(&self, kinds: usize) -> Vec<Fate> {
        let mut fates = vec![Fate::default(); kinds];
        self.add_to(&mut fates);
        fates
    }
}

/// Watches one step.
struct Effects<'a, P: Protocol> {
    laws: &'a Laws<'a, P>,
    tail: Tail,
    /// The log after each effect that a crash can come after.
    points: Vec<Tail>,
    sends: Vec<(ProcessId, usize)>,
    timers: Vec<usize>,
    records: Vec<usize>,
    syncs: bool,
    asks: bool,
}

impl<'a, P: Protocol> Effects<'a, P> {
    fn new(laws: &'a Laws<'a, P>, tail: Tail) -> Self {
        Effects {
            laws,
            tail,
            points: Vec::new(),
            sends: Vec::new(),
            timers: Vec::new(),
            records: Vec::new(),
            syncs: false,
            asks: false,
        }
    }

    fn happened(&mut self) -> Flow {
        if self.laws.bounds.budgets.crashes > 0 {
            self.points.push(self.tail.clone());
        }
        Flow::Continue
    }
}

impl<P: Protocol> Environment<P> for Effects<'_, P> {
    fn appended(&mut self, record: &P::Record) -> Flow {
        self.records.push(record.kind());
        self.tail.unsynced.push(record.kind());
        self.happened()
    }

    fn sync(&mut self) -> SyncAnswer {
        self.syncs |= self.laws.bounds.split_sync;
        if self.laws.bounds.split_sync { SyncAnswer::Later } else { SyncAnswer::Done }
    }

    fn durable(&mut self, records: &[P::Record]) -> Flow {
        self.tail.unsynced.clear();
        self.tail.durable = records.last().map(Kinds::kind).or(self.tail.durable);
        Flow::Continue
    }

    fn send(&mut self, to: ProcessId, message: P::Message) -> Flow {
        self.sends.push((to, message.kind()));
        self.happened()
    }

    fn arm(&mut self, timer: &P::Timer) -> u32 {
        self.timers.push(timer.kind());
        0
    }

    fn disarm(&mut self, _: u32) {}

    fn choose(&mut self, _: u32) {
        self.asks = true;
    }

    fn note(&mut self, note: P::Note) -> Flow {
        if self.laws.interest & 1 << note.kind() == 0 {
            return Flow::Continue;
        }
        self.happened()
    }
}
