//! The parts of what surrounds the nodes: each small, each with one concern.

use crate::fingerprint::mix;
use crate::ledger::Depth;
use crate::monitor::{CRASHES, NOTE_KINDS, Violation};
use crate::protocol::{Kinds, Protocol, RequestId};
use crate::queue::Ticket;
use crate::ratio::Ratio;
use crate::table::Table;
use crate::time::Nanos;
use crate::timed::world::Monitors;
use crate::topology::ProcessId;

/// A host during a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) up: bool,
    pub(crate) incarnation: u32,
    /// Stands still until then.
    pub(crate) paused_until: Option<Nanos>,
    pub(crate) stretch: Ratio,
    pub(crate) comes_back: bool,
    /// The faults to credit when they are seen to take effect, by place in the script.
    pub(crate) crashed_by: Option<usize>,
    pub(crate) paused_by: Option<usize>,
    pub(crate) skewed_by: Option<usize>,
}

impl Host {
    pub(crate) const FRESH: Host = Host {
        up: true,
        incarnation: 0,
        paused_until: None,
        stretch: Ratio::ONE,
        comes_back: true,
        crashed_by: None,
        paused_by: None,
        skewed_by: None,
    };
}

/// Causal depths, counted anew from every request that finds the world idle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Causality {
    pub(crate) depth: Vec<Depth>,
    pub(crate) era: u32,
    pub(crate) deepest: Depth,
}

impl Causality {
    /// A new chain of causes begins.
    pub(crate) fn restart(&mut self) {
        self.depth.fill(Depth::default());
        self.deepest = Depth::default();
        self.era += 1;
    }

    #[inline]
    pub(crate) fn join(&mut self, process: ProcessId, depth: Depth, era: u32) {
        if era == self.era {
            let mine = &mut self.depth[process.index()];
            *mine = mine.join(depth);
            self.deepest = self.deepest.join(*mine);
        }
    }
}

/// The fingerprints of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prints {
    /// Everything, times included.
    pub(crate) chain: u64,
    /// The order of events alone.
    pub(crate) behaviour: u64,
    /// The chain after each of the first [`Prints::KEPT`] steps.
    pub(crate) chains: Vec<u64>,
}

impl Prints {
    pub(crate) const KEPT: usize = 1 << 16;

    #[inline]
    pub(crate) fn action(&mut self, now: Nanos, content: u64) {
        self.chain = mix(self.chain, now.0 ^ content.rotate_left(32));
        self.behaviour = mix(self.behaviour, content);
    }

    /// A record or a note, by its kind: what it says shows in messages and verdicts.
    #[inline]
    pub(crate) fn effect(&mut self, kind: usize) {
        self.chain = mix(self.chain, kind as u64);
    }

    #[inline]
    pub(crate) fn end_step(&mut self) {
        if self.chains.len() < Prints::KEPT {
            self.chains.push(self.chain);
        }
    }
}

/// The monitors of a run and what they have found.
pub(crate) struct Watch<P: Protocol> {
    pub(crate) monitors: Monitors<P>,
    /// A bit for each monitor that wants a note kind.
    pub(crate) by_kind: Vec<u64>,
    pub(crate) crashes: u64,
    /// A bit for each monitor that has not found its property violated.
    pub(crate) active: u64,
    pub(crate) violations: Vec<Violation>,
    /// The last step that made a note, or in which a host crashed or came back.
    pub(crate) last_news: u64,
}

impl<P: Protocol> Watch<P> {
    pub(crate) fn new(monitors: Monitors<P>) -> Self {
        assert!(monitors.len() <= 64, "at most 64 properties in one world");
        assert!(P::Note::KINDS.len() <= NOTE_KINDS, "at most {NOTE_KINDS} kinds of notes");
        let wanting = |bit: u64| {
            let bits = monitors.iter().enumerate();
            bits.filter(|(_, m)| m.interest() & bit != 0).fold(0, |set, (n, _)| set | 1 << n)
        };
        let by_kind = (0..P::Note::KINDS.len()).map(|kind| wanting(1 << kind)).collect();
        let crashes = wanting(CRASHES);
        Watch { monitors, by_kind, crashes, active: 0, violations: Vec::new(), last_news: 0 }
    }

    pub(crate) fn reset(&mut self) {
        self.monitors.iter_mut().for_each(|monitor| monitor.reset());
        self.active = match self.monitors.len() {
            64 => u64::MAX,
            count => (1 << count) - 1,
        };
        self.violations.clear();
        self.last_news = 0;
    }
}

/// What clients wait for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) next: u32,
    /// Requests under way: since when, and whom they asked.
    pub(crate) open: Table<RequestId, (Nanos, ProcessId)>,
    /// Whether two requests were under way at once since the causal clock was restarted.
    pub(crate) overlap: bool,
    /// Of a sequential client: the request that it waits for, and the event that ends its patience.
    pub(crate) patience: Option<(RequestId, Ticket)>,
}
