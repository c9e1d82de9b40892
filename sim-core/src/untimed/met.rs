//! States that a deepening search has met, and how near to the start.

use crate::untimed::visited::{hash, same};

/// A table of states that forgets some when it may not grow: they are met anew then, which takes
/// time and is no mistake. Open addressing.
pub(crate) struct Met {
    stride: usize,
    /// By slot.
    states: Vec<u64>,
    /// Steps from the start to each, at the fewest.
    depths: Vec<u32>,
    len: usize,
    /// Whether it has become as large as it may.
    is_largest: bool,
    /// States that were new, those that had been forgotten included.
    pub(crate) fresh: u64,
    /// States that were forgotten.
    pub(crate) forgotten: u64,
}

const FREE: u32 = u32::MAX;
const SLOTS_MIN: usize = 1 << 12;

/// Of so many slots one is given away when none is free: as in the tables of chess programs, in
/// one half to who has more behind it, in the other to who comes last.
const REACH: usize = 16;

impl Met {
    /// None yet, of so many words each.
    pub(crate) fn new(stride: usize) -> Met {
        Met {
            stride,
            states: vec![0; SLOTS_MIN * stride],
            depths: vec![FREE; SLOTS_MIN],
            len: 0,
            is_largest: false,
            fresh: 0,
            forgotten: 0,
        }
    }

    /// None again.
    pub(crate) fn clear(&mut self) {
        self.depths.fill(FREE);
        (self.len, self.fresh, self.forgotten) = (0, 0, 0);
    }

    /// A state is met after so many steps. Whether it was never met as near to the start, as far
    /// as is remembered. `room` says whether it may take so many bytes.
    pub(crate) fn meet(&mut self, state: &[u64], depth: u32, room: impl Fn(usize) -> bool) -> bool {
        if !self.is_largest && self.len >= self.depths.len() / 4 * 3 {
            self.grow(room);
        }
        let mut deepest = None;
        for (n, at) in self.slots_for(state).enumerate() {
            if self.depths[at] == FREE {
                self.len += 1;
                self.fresh += 1;
                self.put(at, state, depth);
                return true;
            }
            if same(self.get(at), state) {
                let is_nearer = depth < self.depths[at];
                self.depths[at] = self.depths[at].min(depth);
                return is_nearer;
            }
            deepest = deepest.max((n < REACH / 2).then_some((self.depths[at], at)));
        }
        // One half is for those near the start, which have most behind them within the limit, the
        // other for the last, which are the likeliest to be met again: two orders of two steps lead
        // to one state.
        let last = REACH / 2 + self.fresh as usize % (REACH / 2);
        let place = match deepest.filter(|&(known, _)| depth < known) {
            Some((_, at)) => Some(at),
            None => self.slots_for(state).nth(last),
        };
        self.put(place.expect("there are so many"), state, depth);
        self.fresh += 1;
        self.forgotten += 1;
        true
    }

    /// Steps from the start to a state, if it is remembered.
    pub(crate) fn depth(&self, state: &[u64]) -> Option<u32> {
        for at in self.slots_for(state) {
            if self.depths[at] == FREE {
                return None;
            }
            if same(self.get(at), state) {
                return Some(self.depths[at]);
            }
        }
        None
    }

    /// Whether some state that is remembered is so many steps from the start.
    pub(crate) fn reaches(&self, depth: u32) -> bool {
        self.depths.contains(&depth)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.states.len() * size_of::<u64>() + self.depths.len() * size_of::<u32>()
    }

    /// Where a state can be.
    fn slots_for(&self, state: &[u64]) -> impl Iterator<Item = usize> + use<> {
        let mask = self.depths.len() - 1;
        let reach = if self.is_largest { REACH } else { self.depths.len() };
        let first = hash(state) as usize;
        (0..reach).map(move |n| first.wrapping_add(n) & mask)
    }

    fn get(&self, at: usize) -> &[u64] {
        &self.states[at * self.stride..][..self.stride]
    }

    fn put(&mut self, at: usize, state: &[u64], depth: u32) {
        self.states[at * self.stride..][..self.stride].copy_from_slice(state);
        self.depths[at] = depth;
    }

    /// Doubles it, if there is room for that.
    fn grow(&mut self, room: impl Fn(usize) -> bool) {
        // The old and the new; and as much again is left to others.
        if !room(5 * self.bytes()) {
            self.is_largest = true;
            return;
        }
        self.resize(2 * self.depths.len());
    }

    /// Makes it half as large, if it is not as small as can be; what it forgets for that, and
    /// whether it has, it counts and says.
    pub(crate) fn shrink(&mut self) -> bool {
        if self.depths.len() <= SLOTS_MIN {
            return false;
        }
        self.is_largest = true;
        self.resize(self.depths.len() / 2);
        true
    }

    fn resize(&mut self, slots: usize) {
        let states = std::mem::replace(&mut self.states, vec![0; slots * self.stride]);
        let depths = std::mem::replace(&mut self.depths, vec![FREE; slots]);
        for (state, depth) in states.chunks_exact(self.stride).zip(depths) {
            if depth != FREE {
                match self.slots_for(state).find(|&at| self.depths[at] == FREE) {
                    Some(free) => self.put(free, state, depth),
                    None => {
                        self.len -= 1;
                        self.forgotten += 1;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Meetings in no order: state, depth.
    fn meetings() -> impl Iterator<Item = ([u64; 2], u32)> {
        (0..60_000u64).map(|n| ([n * n % 20_011, 7], (n * 31 % 40) as u32))
    }

    #[test]
    fn with_room_nothing_is_forgotten() {
        let (mut met, mut model) = (Met::new(2), BTreeMap::new());
        for (state, depth) in meetings() {
            let is_nearer = model.get(&state).is_none_or(|&known| depth < known);
            assert_eq!(met.meet(&state, depth, |_| true), is_nearer);
            let known = model.entry(state).or_insert(depth);
            *known = depth.min(*known);
            assert_eq!(met.depth(&state), Some(*known));
        }
        assert_eq!((met.fresh, met.forgotten), (model.len() as u64, 0));
        assert!(met.reaches(0) && !met.reaches(40));
        met.clear();
        assert_eq!((met.depth(&[0, 7]), met.fresh), (None, 0));
    }

    #[test]
    fn without_room_it_forgets_and_never_claims_to_have_met_what_it_has_not() {
        let (mut met, mut model) = (Met::new(2), BTreeMap::new());
        for (state, depth) in meetings() {
            let is_nearer = model.get(&state).is_none_or(|&known| depth < known);
            let goes_on = met.meet(&state, depth, |bytes| bytes < 700_000);
            assert!(goes_on || !is_nearer, "{state:?} was never met so near");
            let known = model.entry(state).or_insert(depth);
            *known = depth.min(*known);
        }
        assert!(met.forgotten > 1_000 && met.bytes() < 700_000);
        let (bytes, forgotten) = (met.bytes(), met.forgotten);
        assert!(met.shrink() && met.bytes() * 2 == bytes && met.forgotten > forgotten);
        let mut kept = model.iter().filter(|(state, _)| met.depth(&state[..]).is_some());
        assert!(kept.all(|(state, &depth)| met.depth(&state[..]) >= Some(depth)));
        assert!(met.fresh >= model.len() as u64);
    }
}
