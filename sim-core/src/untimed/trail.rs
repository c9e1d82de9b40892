//! A path of states that may stand for others, walked in the world itself.
//!
//! What follows from a state that another stands for is stood for by what follows from that one.
//! So to every path of such states there is one of the world, step by step, and as long.

use crate::untimed::action::Action;
use crate::untimed::search::Search;
use crate::untimed::space::{Each, Halt, Space, Successor};

/// Where the path has come by, the start first.
pub(crate) struct Trail {
    places: Vec<Vec<u64>>,
}

/// A step out of a state: where it leads, what it is, whether it is a fault, what it violates.
type Way<S> = (Vec<u64>, S, bool, u64);

/// Whether a step is the one that is wanted.
type Wanted<'a, S> = dyn FnMut(&mut Search<S>, &Way<<S as Space>::Step>) -> Result<bool, Halt> + 'a;

impl Trail {
    /// At the first state, which nothing else stands for.
    pub(crate) fn new<S: Space>(search: &Search<S>) -> Trail {
        Trail { places: vec![search.visited.states.get(0).to_vec()] }
    }

    /// Where it is now.
    pub(crate) fn here(&self) -> &[u64] {
        self.places.last().expect("it begins somewhere")
    }

    /// How many rounds of so many steps ago it was here, at the nearest; `None` if at none of them.
    pub(crate) fn round(&self, steps: usize) -> Option<usize> {
        let ends = self.places.iter().rev().step_by(steps.max(1)).skip(1);
        Some(ends.take_while(|_| steps > 0).position(|place| place == self.here())? + 1)
    }

    /// All steps from the first state to one that this stands for.
    pub(crate) fn follow<S: Space>(
        &mut self,
        search: &mut Search<S>,
        state: u32,
    ) -> Vec<Action<S::Protocol>> {
        let mut states = vec![state];
        while let Some(&at) = states.last().filter(|&&at| at != 0) {
            states.push(search.visited.states.parent(at));
        }
        states.iter().rev().skip(1).map(|&to| self.go(search, (to, true))).collect()
    }

    /// The first step to a state that `to` stands for, of all or of those that are no fault.
    pub(crate) fn go<S: Space>(
        &mut self,
        search: &mut Search<S>,
        (to, faults): (u32, bool),
    ) -> Action<S::Protocol> {
        self.step(search, &mut |search, (next, _, is_fault, _)| {
            if *is_fault && !faults {
                return Ok(false);
            }
            let mut next = next.clone();
            search.space.represent(&mut next)?;
            Ok(search.visited.is(to, &next))
        })
    }

    /// The first step on which a property is violated.
    pub(crate) fn violate<S: Space>(
        &mut self,
        search: &mut Search<S>,
        property: usize,
    ) -> Action<S::Protocol> {
        self.step(search, &mut |_, (_, _, _, violated)| Ok(violated >> property & 1 != 0))
    }

    fn step<S: Space>(
        &mut self,
        search: &mut Search<S>,
        is_it: &mut Wanted<'_, S>,
    ) -> Action<S::Protocol> {
        loop {
            match self.try_step(search, is_it) {
                Ok((next, step)) => {
                    let action = search.space.action(self.here(), step);
                    self.places.push(next);
                    return action;
                }
                Err(Halt::Enough) => unreachable!("all that follows was seen, and it is among it"),
                // States of the world may take larger numbers than those that stand for them.
                Err(Halt::TooNarrow) => {
                    let mut rewrite = search.widen();
                    for place in &mut self.places {
                        let mut wider = vec![0; rewrite.words()];
                        rewrite.write(place, &mut wider);
                        *place = wider;
                    }
                }
            }
        }
    }

    fn try_step<S: Space>(
        &self,
        search: &mut Search<S>,
        is_it: &mut Wanted<'_, S>,
    ) -> Result<(Vec<u64>, S::Step), Halt> {
        let mut ways: Vec<Way<S::Step>> = Vec::new();
        let mut each = Each::<true, _>(|next: Successor<'_, S::Step>| {
            ways.push((next.words.to_vec(), next.step, next.nature.is_fault(), next.violated));
            Ok(())
        });
        search.space.successors(self.here(), &mut each)?;
        for way in ways {
            if is_it(search, &way)? {
                return Ok((way.0, way.1));
            }
        }
        Err(Halt::Enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(places: &[u64], steps: usize) -> Option<usize> {
        Trail { places: places.iter().map(|&place| vec![place]).collect() }.round(steps)
    }

    #[test]
    fn a_circle_is_closed_when_it_is_where_a_round_began() {
        assert_eq!(round(&[7, 1, 2, 1], 2), Some(1));
        assert_eq!(round(&[7, 1, 2, 3, 4, 1], 2), Some(2), "the names are those of before");
        assert_eq!(round(&[7, 1, 2, 3, 1], 2), None, "it was here, but not when a round began");
        assert_eq!(round(&[7, 7], 0), None, "nothing is no round");
    }
}
