//! The collapsed space up to symmetry: of all states that differ only by who is who, one stands for
//! all.
//!
//! Those who are alike are put in the order of their [signatures](super::signature). As those do
//! not depend on who is who, every state of an orbit comes to the same order, but for those whose
//! signatures are equal. Of these all orders are gone through, and the least state is taken: what
//! stands for an orbit is exact, however weak the signatures, which only save work.

use std::collections::BTreeSet;

use crate::protocol::Protocol;
use crate::topology::ProcessId;
use crate::untimed::action::Action;
use crate::untimed::asleep::Asleep;
use crate::untimed::collapsed::Collapsed;
use crate::untimed::collapsed::renamed::Names;
use crate::untimed::collapsed::signature::Signatures;
use crate::untimed::collapsed::step::Step;
use crate::untimed::coverage::{Row, Witness};
use crate::untimed::layout::{Layout, Rewrite};
use crate::untimed::local::Local;
use crate::untimed::space::{Halt, Nature, Scene, Sink, Space, Successor};
use crate::untimed::symmetry::Group;
use crate::untimed::world::Untimed;

/// The collapsed space of a world, up to symmetry.
pub(crate) struct Quotient<'u, P: Protocol> {
    inner: Collapsed<'u, P>,
    names: Names<P>,
    signatures: Signatures,
    /// The successors of the state that is being expanded.
    gathered: Gathered,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    numbers: Vec<u32>,
    next: Vec<u32>,
    signatures: Vec<u64>,
    tied: Vec<usize>,
    words: Vec<u64>,
}

/// Successors, as they are before others stand for them.
#[derive(Default)]
struct Gathered {
    words: Vec<u64>,
    steps: Vec<Gone>,
    stutters: u32,
}

/// A successor, but for its words.
#[derive(Clone, Copy)]
struct Gone {
    step: Step,
    nature: Nature,
    violated: u64,
    premises: u64,
    asleep: Asleep,
}

/// Gathers what another sink wants.
struct Gathering<'a, K> {
    into: &'a mut Gathered,
    asleep: Asleep,
    of: std::marker::PhantomData<K>,
}

impl<K: Sink<Step>> Sink<Step> for Gathering<'_, K> {
    const STUTTERS: bool = K::STUTTERS;
    const FAULTS: bool = K::FAULTS;
    const REDUCED: bool = K::REDUCED;

    fn asleep(&self) -> Asleep {
        self.asleep
    }

    fn put(&mut self, successor: Successor<'_, Step>) -> Result<(), Halt> {
        let Successor { words, step, nature, violated, premises, asleep } = successor;
        if K::FAULTS || !nature.is_fault() {
            self.into.words.extend_from_slice(words);
            self.into.steps.push(Gone { step, nature, violated, premises, asleep });
        }
        Ok(())
    }

    fn stutter(&mut self, count: u32) {
        self.into.stutters += count;
    }
}

impl<'u, P: Protocol> Quotient<'u, P> {
    pub(crate) fn new(world: &'u Untimed<P>, group: Group<P>) -> Quotient<'u, P> {
        let indices = |group: &Vec<ProcessId>| group.iter().map(|member| member.index()).collect();
        let groups: Vec<Vec<usize>> = group.alike.iter().map(indices).collect();
        let mut inner = Collapsed::new(world);
        inner.sleep.forget_names(&groups);
        Quotient {
            inner,
            signatures: Signatures::new(world.topology().processes.len(), &groups),
            names: Names::new(world, group),
            gathered: Gathered::default(),
            scratch: Scratch::default(),
        }
    }

    /// Hands on what was gathered, with what stands for it.
    fn hand_on<K: Sink<Step>>(&mut self, sink: &mut K) -> Result<(), Halt> {
        let gathered = std::mem::take(&mut self.gathered);
        let handed_on = self.hand_over(&gathered, sink);
        self.gathered = gathered;
        handed_on
    }

    fn hand_over<K: Sink<Step>>(&mut self, all: &Gathered, sink: &mut K) -> Result<(), Halt> {
        if all.stutters > 0 {
            sink.stutter(all.stutters);
        }
        let states = all.words.chunks_exact(self.inner.layout.words());
        for (state, &Gone { step, nature, violated, premises, asleep }) in states.zip(&all.steps) {
            let asleep = self.inner.sleep.unnamed(asleep);
            let mut words = std::mem::take(&mut self.scratch.words);
            words.clear();
            words.extend_from_slice(state);
            let put = self.represent(&mut words).and_then(|()| {
                sink.put(Successor { words: &words, step, nature, violated, premises, asleep })
            });
            self.scratch.words = words;
            put?;
        }
        Ok(())
    }

    /// The state in `scratch.numbers`, with two processes in each other's place, in
    /// `scratch.next`; whether it is another one.
    #[inline]
    fn swap(&mut self, swap: usize) -> bool {
        let Quotient { inner: Collapsed { world, all, count, .. }, names, scratch, .. } = self;
        let Scratch { numbers, next, .. } = scratch;
        next.resize(numbers.len(), 0);
        for process in 0..*count {
            let number = names.situation((world, all), (process, numbers[process]), swap);
            next[names.process(process, swap)] = number;
        }
        next[*count] = names.tally((world, all), numbers[*count], swap);
        next[*count + 1] = names.watch(all, numbers[*count + 1], swap);
        next != numbers
    }

    /// Puts the numbers of the state that stands for it in the place of those in
    /// `scratch.numbers`.
    fn represent_numbers(&mut self) {
        let mut signatures = std::mem::take(&mut self.scratch.signatures);
        {
            let Collapsed { world, all, .. } = &mut self.inner;
            let numbers = &self.scratch.numbers;
            self.signatures.of((world, all), &mut self.names, numbers, &mut signatures);
        }
        // Neighbours change places until all are in order.
        let count = self.signatures.swaps.len();
        let mut settled = false;
        while !settled {
            settled = true;
            for swap in 0..count {
                let left = self.signatures.swaps[swap];
                if signatures[left] > signatures[left + 1] {
                    signatures.swap(left, left + 1);
                    self.swap(swap);
                    std::mem::swap(&mut self.scratch.numbers, &mut self.scratch.next);
                    settled = false;
                }
            }
        }
        let Quotient { signatures: Signatures { swaps, .. }, .. } = self;
        let mut tied = std::mem::take(&mut self.scratch.tied);
        tied.clear();
        tied.extend((0..count).filter(|&swap| {
            let left = swaps[swap];
            signatures[left] == signatures[left + 1]
        }));
        self.scratch.signatures = signatures;
        if tied.iter().any(|&swap| self.swap(swap)) {
            self.least(&tied);
        }
        self.scratch.tied = tied;
    }

    /// Takes the least of all states that these swaps make of one.
    #[cold]
    fn least(&mut self, swaps: &[usize]) {
        let mut seen = BTreeSet::from([self.scratch.numbers.clone()]);
        let mut todo = vec![self.scratch.numbers.clone()];
        while let Some(numbers) = todo.pop() {
            self.scratch.numbers = numbers;
            for &swap in swaps {
                if self.swap(swap) && !seen.contains(&self.scratch.next) {
                    seen.insert(self.scratch.next.clone());
                    todo.push(self.scratch.next.clone());
                }
            }
        }
        self.scratch.numbers.clone_from(seen.first().expect("it is one of them"));
    }
}

impl<P: Protocol> Space for Quotient<'_, P> {
    type Protocol = P;
    type Step = Step;

    fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    fn first(&mut self, sink: &mut impl Sink<Step>) -> Result<(), Halt> {
        self.inner.first(sink)
    }

    fn expand<K: Sink<Step>>(&mut self, state: &[u64], sink: &mut K) -> Result<(), Halt> {
        self.gathered.words.clear();
        self.gathered.steps.clear();
        self.gathered.stutters = 0;
        let into = &mut self.gathered;
        let (asleep, of) = (sink.asleep(), std::marker::PhantomData);
        let mut gathering: Gathering<'_, K> = Gathering { into, asleep, of };
        self.inner.expand(state, &mut gathering)?;
        self.hand_on(sink)
    }

    fn represent(&mut self, state: &mut [u64]) -> Result<(), Halt> {
        self.scratch.numbers.resize(self.inner.numbers.len(), 0);
        self.inner.layout.unpack(state, &mut self.scratch.numbers);
        self.represent_numbers();
        state.fill(0);
        for (slot, &number) in self.scratch.numbers.iter().enumerate() {
            self.inner.layout.replace(state, slot, (0, number))?;
        }
        Ok(())
    }

    fn successors(&mut self, state: &[u64], sink: &mut impl Sink<Step>) -> Result<(), Halt> {
        self.inner.expand(state, sink)
    }

    fn widen(&mut self) -> Rewrite {
        self.inner.widen()
    }

    fn runs(&self) -> u64 {
        self.inner.runs()
    }

    fn bytes(&self) -> usize {
        self.inner.bytes() + self.names.bytes() + self.signatures.bytes()
    }

    fn is_at_rest(&self, state: &[u64], scratch: &mut Vec<u32>) -> bool {
        self.inner.is_at_rest(state, scratch)
    }

    fn scene(&self, state: &[u64]) -> Scene<'_, P> {
        self.inner.scene(state)
    }

    fn action(&mut self, state: &[u64], step: Step) -> Action<P> {
        self.inner.action(state, step)
    }
}

/// What was done with those that stand for others: with the others it is the same but for names.
impl<P: Protocol> Witness<P> for Quotient<'_, P> {
    fn rows(&self, process: usize) -> Vec<Row> {
        self.inner.rows(process)
    }

    fn local(&self, process: usize, number: usize) -> &Local<P> {
        self.inner.local(process, number)
    }

    fn letter(&self, process: usize, number: usize) -> &(ProcessId, P::Message) {
        self.inner.letter(process, number)
    }
}
