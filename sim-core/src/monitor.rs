//! Monitors: small automata that watch a run and say when a property is violated.
//!
//! A monitor is a value: an executor that goes through all runs makes the state of the monitors a
//! part of its own, and so clones, compares and hashes them.

use std::any::Any;
use std::hash::{Hash, Hasher};

use serde::Serialize;

use crate::symmetry::Renaming;
use crate::time::Nanos;
use crate::topology::{ProcessId, Topology};

/// Something that a monitor sees.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a, N> {
    /// A process made a note.
    Note {
        /// Who.
        by: ProcessId,
        /// What.
        note: &'a N,
    },
    /// A process lost its volatile state.
    Crashed {
        /// Who.
        by: ProcessId,
    },
    /// A process has recovered; the notes of its recovery were seen before.
    Recovered {
        /// Who.
        by: ProcessId,
    },
    /// A timer ran out in an untimed run with [`Timers::Any`](crate::untimed::Timers::Any), where
    /// nothing says that what it waited for was not still to come: the time-out may have been
    /// false. Elsewhere a clock decides which comes first, and this is not seen.
    TimedOut {
        /// Whose.
        by: ProcessId,
    },
    /// A fault took effect. Seen in untimed runs only; what a timed run felt of its faults is known
    /// at its end: [`Rest::disturbed`].
    Disturbed,
}

/// One edge of who waits for whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Wait {
    /// Who waits.
    pub process: String,
    /// For whom.
    pub waits_for: String,
    /// Whether that one is down for good.
    pub down: bool,
    /// What it is about, such as a transaction.
    pub subject: String,
    /// What the waiting one holds meanwhile.
    pub holding: Vec<String>,
}

/// What a monitor found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What is wrong, in one sentence that names processes and transactions.
    pub summary: String,
    /// Who waits for whom, if that is what is wrong.
    pub waits: Vec<Wait>,
}

impl Finding {
    /// A finding without waits.
    pub fn new(summary: impl Into<String>) -> Finding {
        Finding { summary: summary.into(), waits: Vec::new() }
    }
}

/// A property that was violated, where and how.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Violation {
    /// The property's name.
    pub property: &'static str,
    /// The number of the step that violated it.
    pub step: u64,
    /// When that was.
    pub at: Nanos,
    /// The evidence.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How a run came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Nothing is left to happen.
    Quiet,
    /// Things still happen, but nothing new: so many steps without a note, a crash or a restart,
    /// and all that is under way was begun since the last of them.
    Stalled,
    /// A limit was reached: of steps, or of events that wait at once.
    OutOfSteps,
    /// Somebody wanted it to end.
    Interrupted,
}

/// What a monitor is shown when a run is over.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a, N> {
    /// What every process that is up reports of itself ([`crate::Protocol::report`]).
    pub reports: &'a [(ProcessId, N)],
    /// Which processes are down for good, by [`ProcessId`].
    pub down: &'a [bool],
    /// How the run ended.
    pub ending: Ending,
    /// Whether any fault took effect.
    pub disturbed: bool,
    /// Names, for evidence.
    pub topology: &'a Topology,
}

impl<N> Rest<'_, N> {
    /// What is to be said of a run that was not watched to its end; nothing of one that was.
    pub fn cut_off(&self) -> Option<Judgement> {
        match self.ending {
            Ending::Quiet | Ending::Stalled => None,
            Ending::OutOfSteps => Some(Judgement::Unknown("a limit was hit".to_owned())),
            Ending::Interrupted => Some(Judgement::Unknown("the run was interrupted".to_owned())),
        }
    }
}

/// A monitor's last word on a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// Nothing is wrong.
    Fine,
    /// The property is violated.
    Violated(Finding),
    /// The run was cut off before this could be told, and why.
    Unknown(String),
}

/// A property as a deterministic automaton over what is seen.
///
/// Its state is what it compares by. The less it remembers, the fewer states has a world that is
/// explored: what cannot matter to any future verdict is forgotten, or kept [`Aside`].
pub trait Monitor<N>: Value<N> {
    /// The property's name in scenarios and reports.
    fn name(&self) -> &'static str;

    /// What [`Monitor::observe`] wants: note kinds, a bit each; [`CRASHES`] for crashes and
    /// recoveries; [`TIMEOUTS`]; [`FAULTS`].
    fn interest(&self) -> u64;

    /// Takes one observation; says what is wrong as soon as it is. Called no more after that.
    fn observe(&mut self, seen: &Seen<'_, N>, topology: &Topology) -> Option<Finding>;

    /// Whether [`Monitor::at_rest`] ever says anything but that nothing is wrong.
    fn judges_rest(&self) -> bool {
        false
    }

    /// Judges the end of a run. Not called if the run was already found to violate the property.
    fn at_rest(&mut self, rest: &Rest<'_, N>) -> Judgement {
        let _ = rest;
        Judgement::Fine
    }

    /// The monitor as it would be had all that it saw been done by the processes' new names;
    /// `None` if it tells processes apart, or cannot say. What is kept [`Aside`] may stay.
    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<N>>> {
        let _ = by;
        None
    }

    /// How often in this run the property had something to judge; if never, in any run, the
    /// property holds only vacuously.
    fn premises(&self) -> u64;

    /// Forgets the run.
    fn reset(&mut self);
}

/// The bit of [`Monitor::interest`] for crashes and recoveries.
pub const CRASHES: u64 = 1 << 63;

/// The bit of [`Monitor::interest`] for time-outs that may have been false.
pub const TIMEOUTS: u64 = 1 << 62;

/// The bit of [`Monitor::interest`] for faults that took effect.
pub const FAULTS: u64 = 1 << 61;

/// The most kinds of notes that leave [`Monitor::interest`] its other bits.
pub const NOTE_KINDS: usize = 61;

/// What makes a boxed monitor a value. Every monitor that is `Clone`, `Eq` and `Hash` has it; it
/// is not to be implemented by hand.
pub trait Value<N>: Any {
    /// A monitor in the same state.
    fn boxed_clone(&self) -> Box<dyn Monitor<N>>;

    /// Whether the other is of the same type and in the same state.
    fn equals(&self, other: &dyn Monitor<N>) -> bool;

    /// Hashes the state.
    fn hash_into(&self, hasher: &mut dyn Hasher);
}

impl<N, M: Monitor<N> + Clone + Eq + Hash> Value<N> for M {
    fn boxed_clone(&self) -> Box<dyn Monitor<N>> {
        Box::new(self.clone())
    }

    fn equals(&self, other: &dyn Monitor<N>) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<M>().is_some_and(|other| self == other)
    }

    fn hash_into(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }
}

impl<N: 'static> Clone for Box<dyn Monitor<N>> {
    fn clone(&self) -> Self {
        (**self).boxed_clone()
    }
}

impl<N: 'static> PartialEq for dyn Monitor<N> {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

impl<N: 'static> Eq for dyn Monitor<N> {}

impl<N: 'static> Hash for dyn Monitor<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash_into(state);
    }
}

/// What a monitor keeps beside its state: counts of premises, evidence for findings. It is equal
/// whatever it is, and hashes as nothing, for two histories that differ only in how often a premise
/// came true, or in who was the first, are judged alike from here on: they are the same state.
///
/// Of such states an executor may keep any one. Evidence is then that of some history that leads
/// there; to have that of a certain one, show it to a fresh monitor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aside<T>(pub T);

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Aside<T> {}

impl<T> Hash for Aside<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint;

    /// Adds notes up, modulo a number: a state that different histories may share.
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Sum<const MODULO: u64> {
        sum: u64,
        premises: Aside<u64>,
    }

    impl<const MODULO: u64> Monitor<u64> for Sum<MODULO> {
        fn name(&self) -> &'static str {
            "sum"
        }

        fn interest(&self) -> u64 {
            1
        }

        fn observe(&mut self, seen: &Seen<'_, u64>, _: &Topology) -> Option<Finding> {
            let Seen::Note { note, .. } = seen else { return None };
            self.premises.0 += 1;
            self.sum = (self.sum + **note) % MODULO;
            None
        }

        fn premises(&self) -> u64 {
            self.premises.0
        }

        fn reset(&mut self) {
            *self = Sum { sum: 0, premises: Aside(0) };
        }
    }

    fn after<const MODULO: u64>(notes: &[u64]) -> Box<dyn Monitor<u64>> {
        let mut monitor: Box<dyn Monitor<u64>> =
            Box::new(Sum::<MODULO> { sum: 0, premises: Aside(0) });
        notes.iter().for_each(|note| show(&mut *monitor, *note));
        monitor
    }

    fn show(monitor: &mut dyn Monitor<u64>, note: u64) {
        let seen = Seen::Note { by: ProcessId(0), note: &note };
        assert_eq!(monitor.observe(&seen, &Topology::default()), None);
    }

    #[test]
    fn histories_that_lead_to_one_state_are_one_state() {
        let (one, other) = (after::<5>(&[3, 4]), after::<5>(&[2]));
        assert!(*one == *other && fingerprint::of(&one) == fingerprint::of(&other));
        assert_ne!(one.premises(), other.premises(), "what is kept aside does not count");
        assert!(vec![one] == vec![other], "many at once compare as well");
    }

    #[test]
    fn histories_that_lead_to_different_states_differ() {
        let (one, other) = (after::<5>(&[3]), after::<5>(&[2]));
        assert!(*one != *other && fingerprint::of(&one) != fingerprint::of(&other));
        assert!(after::<5>(&[3]) != after::<7>(&[3]), "monitors of different types differ");
    }

    #[test]
    fn a_clone_goes_its_own_way() {
        let original = after::<5>(&[3]);
        let mut clone = original.clone();
        assert!(*clone == *original && clone.premises() == 1);
        show(&mut *clone, 1);
        assert!(*clone != *original && *original == *after::<5>(&[3]));
    }

    #[test]
    fn no_note_kind_takes_the_bit_of_something_else() {
        let others = CRASHES | TIMEOUTS | FAULTS;
        assert_eq!(others & ((1 << NOTE_KINDS) - 1), 0);
        assert_eq!(others.trailing_zeros() as usize, NOTE_KINDS);
    }
}
