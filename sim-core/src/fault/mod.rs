//! Faults: what goes wrong, and when.

mod swarm;

pub use swarm::Swarm;

use serde::Serialize;

use crate::ratio::Ratio;
use crate::time::Nanos;
use crate::topology::{HostId, ProcessId};

/// The kinds of faults that evidence is counted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FaultKind {
    /// A host dies.
    Crash,
    /// A host stands still for a while.
    Pause,
    /// Links are cut.
    Partition,
    /// A message is lost.
    Loss,
    /// A message arrives twice.
    Duplication,
    /// A message is held back.
    Delay,
    /// A host's timers run fast or slow.
    Skew,
}

impl FaultKind {
    /// All kinds, in order.
    pub const ALL: [FaultKind; 7] = [
        FaultKind::Crash,
        FaultKind::Pause,
        FaultKind::Partition,
        FaultKind::Loss,
        FaultKind::Duplication,
        FaultKind::Delay,
        FaultKind::Skew,
    ];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::Crash => "crash",
            FaultKind::Pause => "pause",
            FaultKind::Partition => "partition",
            FaultKind::Loss => "loss",
            FaultKind::Duplication => "duplication",
            FaultKind::Delay => "delay",
            FaultKind::Skew => "skew",
        }
    }
}

/// What a crash keeps of the records that were appended since the last sync.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Keep {
    /// None of them.
    Nothing,
    /// All of them.
    Everything,
    /// The first so many, or all if there are fewer.
    First(u32),
    /// A prefix whose length the seed draws.
    Any,
}

/// When a crashed host comes back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Restart {
    /// So long after the crash, or at the healing if that is earlier.
    After(Nanos),
    /// When the safety phase ends.
    AtHealing,
    /// Never: this fault is not repaired.
    Never,
}

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// A host crashes, with every process on it.
    Crash {
        /// Which.
        host: HostId,
        /// When it comes back.
        restart: Restart,
        /// What survives of the unsynced records.
        keep: Keep,
    },
    /// A host stands still: it handles nothing, and messages, timers and syncs pile up.
    Pause {
        /// Which.
        host: HostId,
        /// For how long.
        span: Nanos,
    },
    /// Messages from any of `from` to any of `to` no longer pass.
    Partition {
        /// The senders that are cut off.
        from: Vec<HostId>,
        /// From whom.
        to: Vec<HostId>,
        /// Whether the other direction is cut as well.
        both_ways: bool,
        /// For how long; until the healing if it is not said.
        span: Option<Nanos>,
    },
    /// The message that pulled the trigger is lost.
    Drop,
    /// The message that pulled the trigger arrives a second time, so much later.
    Duplicate {
        /// After the first.
        after: Nanos,
    },
    /// The message that pulled the trigger takes so much longer.
    Delay {
        /// On top of its latency.
        by: Nanos,
    },
    /// From now on the timers of a host take `stretch` times as long as they should.
    Skew {
        /// Whose.
        host: HostId,
        /// More than one: slow. Less than one: fast.
        stretch: Ratio,
    },
}

impl Fault {
    /// The kind that evidence is counted by.
    pub const fn kind(&self) -> FaultKind {
        match self {
            Fault::Crash { .. } => FaultKind::Crash,
            Fault::Pause { .. } => FaultKind::Pause,
            Fault::Partition { .. } => FaultKind::Partition,
            Fault::Drop => FaultKind::Loss,
            Fault::Duplicate { .. } => FaultKind::Duplication,
            Fault::Delay { .. } => FaultKind::Delay,
            Fault::Skew { .. } => FaultKind::Skew,
        }
    }

    /// Whether it is about the message that pulled its trigger, and so needs a trigger
    /// [`On::Sent`].
    pub const fn is_about_a_message(&self) -> bool {
        matches!(self, Fault::Drop | Fault::Duplicate { .. } | Fault::Delay { .. })
    }
}

/// What a trigger waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum On {
    /// A message of this kind was sent over the network, and nothing else happened yet.
    Sent {
        /// Index into the message kinds.
        kind: usize,
        /// Only from this process.
        from: Option<ProcessId>,
        /// Only to this process.
        to: Option<ProcessId>,
    },
    /// A message of this kind was delivered, and its receiver has done all that it can.
    Delivered {
        /// Index into the message kinds.
        kind: usize,
        /// Only from this process.
        from: Option<ProcessId>,
        /// Only to this process.
        to: Option<ProcessId>,
    },
    /// A record of this kind was appended and is not durable.
    Appended {
        /// Index into the record kinds.
        kind: usize,
        /// Only by this process.
        by: Option<ProcessId>,
    },
    /// A record of this kind became durable, and nothing else happened yet.
    Synced {
        /// Index into the record kinds.
        kind: usize,
        /// Only by this process.
        by: Option<ProcessId>,
    },
    /// A note of this kind was made.
    Noted {
        /// Index into the note kinds.
        kind: usize,
        /// Only by this process.
        by: Option<ProcessId>,
    },
    /// Any effect of this process that leaves a trace outside its memory: a record appended or made
    /// durable, a message to another host, a note.
    Effect {
        /// Whose.
        by: ProcessId,
    },
}

/// When something goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum When {
    /// At this time.
    At(Nanos),
    /// The `nth` time that this happens, counted from one; with `every`, each time from then on.
    Nth {
        /// What happens.
        on: On,
        /// The how manieth time; not zero.
        nth: u32,
        /// Whether the fault repeats from then on.
        every: bool,
    },
}

/// One fault of a script.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Scripted {
    /// When.
    pub when: When,
    /// What.
    pub fault: Fault,
}

/// All that may go wrong in a world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultPlan {
    /// What is written down.
    pub script: Vec<Scripted>,
    /// What seeds draw.
    pub swarm: Swarm,
    /// When the safety phase ends: the network heals and all hosts restart, but those that never
    /// do. Then the liveness phase begins.
    pub healing: Nanos,
}

impl FaultPlan {
    /// Nothing goes wrong.
    pub const NONE: FaultPlan =
        FaultPlan { script: Vec::new(), swarm: Swarm::NONE, healing: Nanos::from_secs(1) };

    /// Whether nothing of it can go wrong.
    pub fn is_empty(&self) -> bool {
        self.script.is_empty() && self.swarm.kinds().next().is_none()
    }
}

/// How often faults were attempted, and how often they took effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FaultCount {
    /// How often the fault was injected.
    pub attempted: u64,
    /// How often it changed what happened: a crash that lost something or kept someone waiting, a
    /// partition that stopped a message, a pause that held something up.
    pub effective: u64,
}
