//! The monitors as a part of the state.

use crate::monitor::Finding;
use crate::protocol::Protocol;
use crate::symmetry::Renaming;
use crate::timed::Monitors;
use crate::topology::{ProcessId, Topology};
use crate::untimed::local::Sight;

/// All monitors, and which of them have seen enough.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Watch<P: Protocol> {
    pub(crate) monitors: Monitors<P>,
    /// The properties that this path has violated, a bit each: their monitors watch no more.
    pub(crate) violated: u64,
}

/// What came of showing something to the monitors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The properties that it violates, and how.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// Monitors whose premise came true, a bit each.
    pub(crate) premises: u64,
}

impl<P: Protocol> Watch<P> {
    /// # Panics
    /// With more than 64 monitors.
    pub(crate) fn new(monitors: Monitors<P>) -> Watch<P> {
        assert!(monitors.len() <= 64, "at most 64 properties");
        Watch { monitors, violated: 0 }
    }

    /// What the monitors are interested in, all taken together.
    pub(crate) fn interest(&self) -> u64 {
        self.monitors.iter().fold(0, |all, monitor| all | monitor.interest())
    }

    /// The same when processes are called otherwise; the index of a monitor that cannot say.
    pub(crate) fn renamed(&self, by: &Renaming) -> Result<Watch<P>, usize> {
        let all = self.monitors.iter().enumerate();
        let monitors: Result<Monitors<P>, usize> =
            all.map(|(index, monitor)| monitor.renamed(by).ok_or(index)).collect();
        Ok(Watch { monitors: monitors?, violated: self.violated })
    }

    /// Shows them what `by` did.
    pub(crate) fn show(
        &mut self,
        by: ProcessId,
        sights: &[Sight<P::Note>],
        topology: &Topology,
    ) -> Watched {
        let mut watched = Watched::default();
        for (index, monitor) in self.monitors.iter_mut().enumerate() {
            let before = monitor.premises();
            for sight in sights {
                if self.violated & 1 << index != 0 || monitor.interest() & sight.interest() == 0 {
                    continue;
                }
                if let Some(finding) = monitor.observe(&sight.seen(by), topology) {
                    self.violated |= 1 << index;
                    watched.findings.push((index, finding));
                }
            }
            if monitor.premises() > before {
                watched.premises |= 1 << index;
            }
        }
        watched
    }
}
