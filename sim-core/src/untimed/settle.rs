//! Faults stop, and the world goes on, fairly, until it rests.

use crate::monitor::{Ending, Finding, Judgement};
use crate::protocol::Protocol;
use crate::untimed::action::Action;
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::rest::judge;
use crate::untimed::world::Untimed;

/// How a world ends in which nothing goes wrong any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// Everybody rests and nothing is wrong.
    Settled,
    /// It stays like this, and is not settled: nothing can happen, or all that does was before.
    Stays(Ending),
    /// Who watched has seen enough.
    Watched,
    /// This was not seen within so many steps.
    TooLong,
}

/// Sees what happens; whether it is enough.
pub(crate) type Seer<'s, P> = dyn FnMut(&Action<P>, &Aftermath) -> bool + 's;

/// Goes on for so many steps at most. Timers run out only when nothing else can happen, and then
/// all that are set, one after the other: a round. A round that begins as an earlier one did goes
/// round for ever.
pub(crate) fn settle<P: Protocol>(
    plain: &mut Plain<'_, P>,
    state: &mut State<P>,
    steps: u32,
    see: &mut Seer<'_, P>,
) -> End {
    let mut going = Going { plain, state, left: steps, see };
    let mut rounds: Vec<State<P>> = Vec::new();
    loop {
        if let Err(end) = going.drain() {
            return end;
        }
        let world = going.plain.world;
        if going.state.is_at_rest(world)
            && judge(world, &going.state.scene(), Ending::Quiet).are_fine()
        {
            return End::Settled;
        }
        let timers = going.plain.timers_of(going.state);
        if timers.is_empty() {
            return End::Stays(Ending::Quiet);
        }
        if rounds.contains(going.state) {
            return End::Stays(Ending::Stalled);
        }
        rounds.push(going.state.clone());
        for timer in &timers {
            if going.plain.can(going.state, timer)
                && let Err(end) = going.go(timer).and_then(|()| going.drain())
            {
                return end;
            }
        }
    }
}

/// What a property has to say of a world that stays like this, if it is violated.
pub(crate) fn violated<P: Protocol>(
    world: &Untimed<P>,
    state: &State<P>,
    ending: Ending,
) -> Vec<(usize, Finding)> {
    let words = judge(world, &state.scene(), ending).judgements.into_iter();
    let wrong = words.filter_map(|(monitor, judgement)| match judgement {
        Judgement::Violated(finding) => Some((monitor, finding)),
        Judgement::Fine | Judgement::Unknown(_) => None,
    });
    wrong.collect()
}

struct Going<'a, 'u, 's, P: Protocol> {
    plain: &'a mut Plain<'u, P>,
    state: &'a mut State<P>,
    left: u32,
    see: &'a mut Seer<'s, P>,
}

impl<P: Protocol> Going<'_, '_, '_, P> {
    fn go(&mut self, action: &Action<P>) -> Result<(), End> {
        if self.left == 0 {
            return Err(End::TooLong);
        }
        self.left -= 1;
        let after = self.plain.advance(self.state, action);
        if (self.see)(action, &after) { Err(End::Watched) } else { Ok(()) }
    }

    /// All happens that can but faults and timers; nobody is always the last.
    fn drain(&mut self) -> Result<(), End> {
        let mut turn = 0;
        loop {
            let mut free = self.plain.free(self.state);
            if !self.plain.world.consumes() {
                // What can be received again and again matters only if it changes something.
                free.retain(|action| self.plain.apply(self.state, action).0 != *self.state);
            }
            if free.is_empty() {
                return Ok(());
            }
            self.go(&free[turn % free.len()])?;
            turn += 1;
        }
    }
}
