//! The faults of a run, and the triggers that some of them wait for.

use crate::fault::{Fault, On, Scripted, When};
use crate::node::Flow;
use crate::time::Nanos;
use crate::topology::{HostId, ProcessId};

/// A fault that waits for its moment.
#[derive(Clone, Copy, Debug)]
struct Armed {
    index: usize,
    on: On,
    left: u32,
    every: bool,
}

/// The faults of one run: those of the plan, then those that the seed drew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) faults: Vec<Scripted>,
    /// How many of them are the plan's.
    pub(crate) written: usize,
    armed: Vec<Armed>,
    /// The partitions in force.
    pub(crate) cuts: Vec<Cut>,
    /// Injected when the step under way is over.
    pub(crate) pending: Vec<usize>,
    /// The crash that the acting node suffers in the midst of its step.
    pub(crate) dying: Option<usize>,
    pub(crate) meddling: Meddling,
    /// Whether any fault took effect in this run.
    pub(crate) disturbed: bool,
    pub(crate) healed: bool,
}

/// What a script does to the message that is being sent; each with the fault's place in the script.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Meddling {
    pub(crate) drop: Option<usize>,
    pub(crate) delay: Option<(usize, Nanos)>,
    pub(crate) double: Option<(usize, Nanos)>,
}

/// A partition that is in force.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// The fault's place in the script.
    pub(crate) index: usize,
    /// The links that it cuts.
    pub(crate) links: Vec<(HostId, HostId)>,
    /// When it ends; the healing ends it in any case.
    pub(crate) until: Nanos,
    /// Whether it has stopped a message.
    pub(crate) effective: bool,
}

impl Script {
    pub(crate) fn reset(&mut self, plan: &[Scripted]) {
        let mut faults = std::mem::take(&mut self.faults);
        faults.clear();
        faults.extend_from_slice(plan);
        let (mut armed, mut pending) =
            (std::mem::take(&mut self.armed), std::mem::take(&mut self.pending));
        armed.clear();
        pending.clear();
        *self = Script { faults, written: plan.len(), armed, pending, ..Script::default() };
    }

    /// Arms every fault that waits for something to happen.
    pub(crate) fn arm(&mut self) {
        for (index, scripted) in self.faults.iter().enumerate() {
            if let When::Nth { on, nth, every } = scripted.when {
                self.armed.push(Armed { index, on, left: nth.max(1), every });
            }
        }
    }

    pub(crate) fn heal(&mut self) {
        self.healed = true;
        self.armed.clear();
        self.pending.clear();
        self.cuts.clear();
    }

    /// Counts an event of the process `me` on `host` towards the armed triggers that match it, and
    /// says whether `me` dies of it. Effects are events that every [`On::Effect`] matches.
    #[inline]
    pub(crate) fn trigger(
        &mut self,
        (me, host): (ProcessId, HostId),
        matches: impl Fn(&On) -> bool,
    ) -> Flow {
        if self.armed.is_empty() { Flow::Continue } else { self.fire(me, host, matches) }
    }

    #[cold]
    fn fire(&mut self, me: ProcessId, host: HostId, matches: impl Fn(&On) -> bool) -> Flow {
        let mut fired = Vec::new();
        self.armed.retain_mut(|armed| {
            let any_effect = matches!(armed.on, On::Effect { by } if by == me);
            if !any_effect && !matches(&armed.on) {
                return true;
            }
            armed.left = armed.left.saturating_sub(1);
            if armed.left == 0 {
                fired.push(armed.index);
            }
            armed.left > 0 || armed.every
        });
        let mut flow = Flow::Continue;
        for index in fired {
            match self.faults[index].fault {
                Fault::Drop => self.meddling.drop = Some(index),
                Fault::Delay { by } => self.meddling.delay = Some((index, by)),
                Fault::Duplicate { after } => self.meddling.double = Some((index, after)),
                Fault::Crash { host: dying, .. } if dying == host && self.dying.is_none() => {
                    self.dying = Some(index);
                    flow = Flow::Crash;
                }
                Fault::Crash { .. }
                | Fault::Pause { .. }
                | Fault::Partition { .. }
                | Fault::Skew { .. } => self.pending.push(index),
            }
        }
        flow
    }

    /// The fault's place in the plan, for those that are written there.
    pub(crate) fn plan_index(&self, index: usize) -> Option<usize> {
        (index < self.written).then_some(index)
    }
}
