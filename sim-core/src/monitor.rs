//! Monitors: small automata that watch a run and say when a property is violated.

use serde::Serialize;

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
pub trait Monitor<N> {
    /// The property's name in scenarios and reports.
    fn name(&self) -> &'static str;

    /// The note kinds that [`Monitor::observe`] wants, a bit each; [`CRASHES`] for crashes and
    /// recoveries.
    fn interest(&self) -> u64;

    /// Takes one observation; says what is wrong as soon as it is. Called no more after that.
    fn observe(&mut self, seen: &Seen<'_, N>, topology: &Topology) -> Option<Finding>;

    /// Judges the end of a run. Not called if the run was already found to violate the property.
    fn at_rest(&mut self, rest: &Rest<'_, N>) -> Judgement {
        let _ = rest;
        Judgement::Fine
    }

    /// How often in this run the property had something to judge; if never, in any run, the
    /// property holds only vacuously.
    fn premises(&self) -> u64;

    /// Forgets the run.
    fn reset(&mut self);
}

/// The bit of [`Monitor::interest`] for crashes and recoveries.
pub const CRASHES: u64 = 1 << 63;
