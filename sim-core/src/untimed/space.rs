//! What a search sees of a world: states as words, and what follows from each.

use crate::protocol::Protocol;
use crate::untimed::action::Action;
use crate::untimed::asleep::Asleep;
use crate::untimed::layout::{Layout, Rewrite, TooNarrow};
use crate::untimed::local::Local;
use crate::untimed::tally::Tally;
use crate::untimed::watch::Watch;

/// A way to represent the states of a world.
pub(crate) trait Space {
    type Protocol: Protocol;
    /// What is enough to say later which action it was.
    type Step: Copy;

    /// How states are packed now.
    fn layout(&self) -> &Layout;

    /// The first state, to `sink`.
    ///
    /// # Errors
    /// See [`Halt`].
    fn first(&mut self, sink: &mut impl Sink<Self::Step>) -> Result<(), Halt>;

    /// All that follows from a state, to `sink`, always in the same order; where states stand for
    /// others, those that do.
    ///
    /// # Errors
    /// See [`Halt`].
    fn expand<K: Sink<Self::Step>>(&mut self, state: &[u64], sink: &mut K) -> Result<(), Halt>;

    /// Puts the state that stands for one in its place: itself, if none does.
    ///
    /// # Errors
    /// See [`Halt`].
    fn represent(&mut self, state: &mut [u64]) -> Result<(), Halt> {
        let _ = state;
        Ok(())
    }

    /// All that follows from a state of the world itself, which may be one that another stands for.
    ///
    /// # Errors
    /// See [`Halt`].
    fn successors(&mut self, state: &[u64], sink: &mut impl Sink<Self::Step>) -> Result<(), Halt> {
        self.expand(state, sink)
    }

    /// From here on states are packed otherwise; gives back how to write old ones anew.
    fn widen(&mut self) -> Rewrite;

    /// How often a protocol's code was run.
    fn runs(&self) -> u64;

    /// Bytes that it takes, states aside.
    fn bytes(&self) -> usize;

    /// Whether nobody has anything to do but wait: everything is asked, nothing is in flight, all
    /// that are up are idle, and all that may come back have.
    fn is_at_rest(&self, state: &[u64], scratch: &mut Vec<u32>) -> bool;

    /// A state, to be judged.
    fn scene(&self, state: &[u64]) -> Scene<'_, Self::Protocol>;

    /// The action of a step out of `state`.
    fn action(&mut self, state: &[u64], step: Self::Step) -> Action<Self::Protocol>;
}

/// Where successors go.
pub(crate) trait Sink<S> {
    /// Whether steps that change nothing are wanted one by one; else they are only counted.
    const STUTTERS: bool;
    /// Whether faults are wanted.
    const FAULTS: bool;
    /// Whether agents sleep; else all are awake.
    const REDUCED: bool = false;

    /// Who sleeps in the state that is being expanded.
    fn asleep(&self) -> Asleep {
        0
    }

    /// A state follows.
    ///
    /// # Errors
    /// [`Halt::Enough`], if no more are wanted.
    fn put(&mut self, successor: Successor<'_, S>) -> Result<(), Halt>;

    /// So many steps change nothing.
    fn stutter(&mut self, count: u32);
}

/// Why an expansion ends before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Halt {
    /// A number needs a wider field: see [`Space::widen`]. What went to the sink is void.
    TooNarrow,
    /// The sink has seen enough.
    Enough,
}

impl From<TooNarrow> for Halt {
    #[inline]
    fn from(TooNarrow: TooNarrow) -> Halt {
        Halt::TooNarrow
    }
}

/// A sink that takes every step by itself, until it has enough; faults only if `FAULTS`.
pub(crate) struct Each<const FAULTS: bool, F>(pub(crate) F);

impl<const FAULTS: bool, S, F> Sink<S> for Each<FAULTS, F>
where
    F: FnMut(Successor<'_, S>) -> Result<(), Halt>,
{
    const STUTTERS: bool = true;
    const FAULTS: bool = FAULTS;

    #[inline]
    fn put(&mut self, successor: Successor<'_, S>) -> Result<(), Halt> {
        if !FAULTS && successor.nature.is_fault() {
            return Ok(());
        }
        (self.0)(successor)
    }

    fn stutter(&mut self, _: u32) {}
}

/// A state that follows from another.
pub(crate) struct Successor<'a, S> {
    pub(crate) words: &'a [u64],
    pub(crate) step: S,
    /// What kind of step it is.
    pub(crate) nature: Nature,
    /// The properties that are violated on the way, a bit each.
    pub(crate) violated: u64,
    /// The properties whose premise came true on the way, a bit each.
    pub(crate) premises: u64,
    /// Who sleeps in it after this step.
    pub(crate) asleep: Asleep,
}

/// What a step has to do with faults, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Nature(u8);

impl Nature {
    pub(crate) const CRASH: Nature = Nature(1);
    pub(crate) const DROP: Nature = Nature(2);
    pub(crate) const DUPLICATE: Nature = Nature(4);
    pub(crate) const PARTITION: Nature = Nature(8);
    /// A partition stops a message.
    pub(crate) const CUT: Nature = Nature(16);
    /// How many there are.
    pub(crate) const COUNT: usize = 5;

    #[inline]
    pub(crate) fn and(self, other: Nature) -> Nature {
        Nature(self.0 | other.0)
    }

    pub(crate) fn when(self, condition: bool) -> Nature {
        if condition { self } else { Nature::default() }
    }

    /// Whether it takes something of a budget.
    pub(crate) fn is_fault(self) -> bool {
        self.0 & (Nature::CUT.0 - 1) != 0
    }

    pub(crate) fn has(self, other: Nature) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds it to counts, one for each bit.
    #[inline]
    pub(crate) fn count(self, counts: &mut [u64; Nature::COUNT]) {
        if self.0 != 0 {
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += u64::from(self.0 >> bit & 1);
            }
        }
    }
}

/// A state as far as it matters to whether the world may stay in it.
pub(crate) struct Scene<'a, P: Protocol> {
    pub(crate) locals: Vec<&'a Local<P>>,
    pub(crate) tally: Tally,
    pub(crate) watch: &'a Watch<P>,
}
