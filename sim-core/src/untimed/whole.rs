//! The plain world as a space: whole states by number. The cross-check of the collapsed space.

use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::symmetry::Renaming;
use crate::topology::ProcessId;
use crate::untimed::action::{Action, Loss};
use crate::untimed::coverage::{Row, Taking, Witness};
use crate::untimed::intern::Interner;
use crate::untimed::layout::{Layout, Rewrite};
use crate::untimed::local::Local;
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::space::{Each, Halt, Nature, Scene, Sink, Space, Successor};
use crate::untimed::symmetry::Group;
use crate::untimed::world::Untimed;

/// The plain space of a world.
pub(crate) struct Whole<'u, P: Protocol> {
    plain: Plain<'u, P>,
    states: Interner<State<P>>,
    /// A word is the number of a state.
    layout: Layout,
    /// Permutations that change nothing, if use is to be made of them.
    group: Option<Group<P>>,
    /// With them, the state that stands for each: of its orbit the one that was found first.
    stands_for: Vec<u32>,
    /// By process: its local states, and what was done in each.
    locals: Vec<(Interner<Local<P>>, Vec<Row>)>,
}

impl<'u, P: Protocol> Whole<'u, P> {
    pub(crate) fn new(world: &'u Untimed<P>, group: Option<Group<P>>) -> Whole<'u, P> {
        let (plain, states, stands_for) = (Plain::new(world), Interner::default(), Vec::new());
        let locals = world.hosts.iter().map(|_| Default::default()).collect();
        let layout = Layout::new(&[u32::BITS]);
        Whole { plain, states, layout, group, stands_for, locals }
    }

    /// The number of a state. When it is new, so is its whole orbit, which is gone through.
    fn number(&mut self, state: State<P>) -> u32 {
        let (first, is_new) = self.states.intern(state);
        let Some(group) = self.group.as_ref().filter(|_| is_new) else { return first };
        let swaps = group.generators().into_iter().map(|(a, b)| Renaming::swap(a, b));
        let swaps: Vec<Renaming> = swaps.collect();
        self.stands_for.push(first);
        let mut at = first;
        while (at as usize) < self.states.len() {
            let state = self.states.get(at).clone();
            for swap in &swaps {
                let renamed = self.plain.renamed(&state, &group.symmetry, swap);
                if self.states.intern(renamed).1 {
                    self.stands_for.push(first);
                }
            }
            at += 1;
        }
        first
    }

    /// What was done in the present local state of a process.
    fn row(&mut self, process: ProcessId, local: &Local<P>) -> &mut Row {
        let (locals, rows) = &mut self.locals[process.index()];
        let (number, is_new) = locals.intern(local.clone());
        if is_new {
            rows.push(Row::default());
        }
        &mut rows[number as usize]
    }

    fn letter_number(&mut self, to: ProcessId, from: ProcessId, message: &P::Message) -> usize {
        self.plain.letters[to.index()].intern((from, message.clone())).0 as usize
    }

    /// An action was done.
    fn did(&mut self, state: &State<P>, action: &Action<P>, after: &Aftermath) {
        for &(process, kind) in &after.stopped {
            self.row(process, &state.locals[process.index()]).stopped.insert(kind);
        }
        match action {
            Action::Step { process, input, copy, death, neighbours } => {
                let local = &state.locals[process.index()];
                let taking = self.taking(*process, local, input);
                let row = self.row(*process, local);
                match death {
                    None => row.taken.insert(taking),
                    Some(_) => row.died.insert(taking),
                }
                if let (true, Taking::Letter(letter)) = (*copy, taking) {
                    row.copied.insert(letter);
                }
                for (process, _) in neighbours {
                    self.row(*process, &state.locals[process.index()]).crashed = true;
                }
            }
            Action::Lose { from, to, message, why } => {
                let letter = self.letter_number(*to, *from, message);
                let row = self.row(*to, &state.locals[to.index()]);
                match why {
                    Loss::Dropped => row.dropped.insert(letter),
                    Loss::Cut => row.cut.insert(letter),
                    Loss::Down => {}
                }
            }
            Action::Crash { deaths, .. } => {
                for (process, _) in deaths {
                    self.row(*process, &state.locals[process.index()]).crashed = true;
                }
            }
            Action::Refuse { .. } | Action::Part { .. } | Action::Mend => {}
        }
    }

    /// An input by number.
    fn taking(&mut self, process: ProcessId, local: &Local<P>, input: &Input<P>) -> Taking {
        match input {
            Input::Boot | Input::Synced => Taking::Own(0),
            Input::Event(Event::Chosen(answer)) => Taking::Own(*answer as usize),
            Input::Event(Event::Message { from, message }) => {
                Taking::Letter(self.letter_number(process, *from, message))
            }
            Input::Event(Event::Request { id, .. }) => Taking::Request(id.0 as usize),
            Input::Event(Event::Timer(timer)) => {
                let place = local.timers().position(|(known, _)| known == timer);
                Taking::Timer(place.expect("a timer that runs out is set"))
            }
        }
    }

    fn put(
        &mut self,
        (state, after): (State<P>, Aftermath),
        (step, nature): (u32, Nature),
        sink: &mut impl Sink<u32>,
    ) -> Result<(), Halt> {
        let number = self.number(state);
        let violated = after.findings.iter().fold(0, |all, (monitor, _)| all | 1 << monitor);
        let words = &[u64::from(number)];
        let premises = after.premises;
        let nature = nature.and(Nature::CUT.when(after.cut));
        sink.put(Successor { words, step, nature, violated, premises, asleep: 0 })
    }
}

impl<P: Protocol> Space for Whole<'_, P> {
    type Protocol = P;
    /// The place of the action among all that can happen.
    type Step = u32;

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn first(&mut self, sink: &mut impl Sink<u32>) -> Result<(), Halt> {
        for process in self.plain.world.topology().ids() {
            self.row(process, &Local::new(process)).taken.insert(Taking::Own(0));
        }
        let first = self.plain.first();
        self.put(first, (0, Nature::default()), sink)
    }

    fn expand<K: Sink<u32>>(&mut self, state: &[u64], sink: &mut K) -> Result<(), Halt> {
        if self.group.is_none() {
            return self.successors(state, sink);
        }
        let mut all = Vec::new();
        let mut each = Each::<true, _>(|successor: Successor<'_, u32>| {
            all.push((successor.words[0], Successor { words: &[], ..successor }));
            Ok(())
        });
        self.successors(state, &mut each)?;
        for (number, successor) in all {
            let words = &mut [number];
            self.represent(words)?;
            sink.put(Successor { words, ..successor })?;
        }
        Ok(())
    }

    fn represent(&mut self, state: &mut [u64]) -> Result<(), Halt> {
        if self.group.is_some() {
            state[0] = u64::from(self.stands_for[state[0] as usize]);
        }
        Ok(())
    }

    fn successors(&mut self, state: &[u64], sink: &mut impl Sink<u32>) -> Result<(), Halt> {
        let state = self.states.get(state[0] as u32).clone();
        for (step, action) in self.plain.actions(&state).iter().enumerate() {
            let next = self.plain.apply(&state, action);
            self.did(&state, action, &next.1);
            self.put(next, (step as u32, action.nature()), sink)?;
        }
        Ok(())
    }

    fn widen(&mut self) -> Rewrite {
        unreachable!("a number of a state fits a word")
    }

    fn runs(&self) -> u64 {
        self.plain.runs
    }

    fn bytes(&self) -> usize {
        self.states.bytes()
    }

    fn is_at_rest(&self, state: &[u64], _: &mut Vec<u32>) -> bool {
        self.states.get(state[0] as u32).is_at_rest(self.plain.world)
    }

    fn scene(&self, state: &[u64]) -> Scene<'_, P> {
        self.states.get(state[0] as u32).scene()
    }

    fn action(&mut self, state: &[u64], step: u32) -> Action<P> {
        let state = self.states.get(state[0] as u32);
        self.plain.actions(state).swap_remove(step as usize)
    }
}

impl<P: Protocol> Witness<P> for Whole<'_, P> {
    fn rows(&self, process: usize) -> Vec<Row> {
        self.locals[process].1.clone()
    }

    fn local(&self, process: usize, number: usize) -> &Local<P> {
        self.locals[process].0.get(number as u32)
    }

    fn letter(&self, process: usize, number: usize) -> &(ProcessId, P::Message) {
        self.plain.letters[process].get(number as u32)
    }
}
