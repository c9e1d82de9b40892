//! The plain world as a space: whole states by number. The cross-check of the collapsed space.

use crate::protocol::Protocol;
use crate::untimed::action::Action;
use crate::untimed::intern::Interner;
use crate::untimed::layout::Rewrite;
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::space::{Halt, Nature, Scene, Sink, Space, Successor};
use crate::untimed::world::Untimed;

/// The plain space of a world.
pub(crate) struct Whole<'u, P: Protocol> {
    plain: Plain<'u, P>,
    states: Interner<State<P>>,
}

impl<'u, P: Protocol> Whole<'u, P> {
    pub(crate) fn new(world: &'u Untimed<P>) -> Whole<'u, P> {
        Whole { plain: Plain::new(world), states: Interner::default() }
    }

    fn put(
        &mut self,
        (state, after): (State<P>, Aftermath),
        (step, nature): (u32, Nature),
        sink: &mut impl Sink<u32>,
    ) -> Result<(), Halt> {
        let number = self.states.intern(state).0;
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

    fn words(&self) -> usize {
        1
    }

    fn first(&mut self, sink: &mut impl Sink<u32>) -> Result<(), Halt> {
        let first = self.plain.first();
        self.put(first, (0, Nature::default()), sink)
    }

    fn expand(&mut self, state: &[u64], sink: &mut impl Sink<u32>) -> Result<(), Halt> {
        let state = self.states.get(state[0] as u32).clone();
        for (step, action) in self.plain.actions(&state).iter().enumerate() {
            let next = self.plain.apply(&state, action);
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
