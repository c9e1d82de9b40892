use super::{Fault, FaultKind, Keep, On, Restart, Scripted, When};
use crate::random::Stream;
use crate::ratio::Ratio;
use crate::time::Nanos;
use crate::topology::{HostId, ProcessId, Topology};

/// Upper bounds of what a seed may draw. Which kinds are on, how many and how hard, and when, is
/// drawn anew for every seed, so that runs differ in kind and not only in timing.
///
/// Source: TigerBeetle's swarm options; Groce et al., *Swarm Testing*, ISSTA 2012.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swarm {
    /// At most so many crashes, each at some effect of some process or at some time.
    pub crashes: u32,
    /// At most so many pauses.
    pub pauses: u32,
    /// At most so many partitions.
    pub partitions: u32,
    /// At most this chance of loss for every message.
    pub loss: Ratio,
    /// At most this chance of duplication.
    pub duplication: Ratio,
    /// At most this chance of being held back.
    pub reorder: Ratio,
    /// How far timers may be off: each stretch lies between 1/(1+skew) and 1+skew.
    pub skew: Ratio,
    /// Faults that last, last up to so long; messages are held back up to so long.
    pub span: Nanos,
}

impl Swarm {
    /// No fault at all.
    pub const NONE: Swarm = Swarm {
        crashes: 0,
        pauses: 0,
        partitions: 0,
        loss: Ratio::ZERO,
        duplication: Ratio::ZERO,
        reorder: Ratio::ZERO,
        skew: Ratio::ZERO,
        span: Nanos::from_millis(50),
    };

    /// The kinds that a seed may draw.
    pub fn kinds(&self) -> impl Iterator<Item = FaultKind> + use<> {
        let swarm = *self;
        FaultKind::ALL.into_iter().filter(move |kind| match kind {
            FaultKind::Crash => swarm.crashes > 0,
            FaultKind::Pause => swarm.pauses > 0,
            FaultKind::Partition => swarm.partitions > 0,
            FaultKind::Loss => !swarm.loss.is_zero(),
            FaultKind::Duplication => !swarm.duplication.is_zero(),
            FaultKind::Delay => !swarm.reorder.is_zero(),
            FaultKind::Skew => !swarm.skew.is_zero(),
        })
    }

    /// Draws a script for a world that heals at `healing`, appended to `script`; and the chances
    /// of loss, duplication and being held back.
    pub(crate) fn draw(
        &self,
        topology: &Topology,
        healing: Nanos,
        stream: &mut Stream,
        script: &mut Vec<Scripted>,
    ) -> [Ratio; 3] {
        let toss = Ratio { num: 1, den: 2 };
        for _ in 0..some(self.crashes, stream) {
            script.push(self.crash(topology, healing, stream));
        }
        for _ in 0..some(self.pauses, stream) {
            let host = any_host(topology, stream);
            let span = Nanos(stream.between(1, self.span.0.max(1)));
            script.push(Scripted { when: at(healing, stream), fault: Fault::Pause { host, span } });
        }
        for _ in 0..some(self.partitions, stream) {
            script.push(self.partition(topology, healing, stream));
        }
        if !self.skew.is_zero() && stream.chance(toss) {
            let (num, den) = (u64::from(self.skew.num), u64::from(self.skew.den));
            let off = stream.between(1, num);
            let (slow, even) = (narrow(den + off), narrow(den));
            let stretch = if stream.chance(toss) { (slow, even) } else { (even, slow) };
            let fault = Fault::Skew {
                host: any_host(topology, stream),
                stretch: Ratio { num: stretch.0, den: stretch.1 },
            };
            script.push(Scripted { when: When::At(Nanos::ZERO), fault });
        }
        [self.loss, self.duplication, self.reorder].map(|most| {
            if most.is_zero() || !stream.chance(toss) {
                return Ratio::ZERO;
            }
            // A light or a heavy drizzle: every power of two of the bound down to 1/16 of it.
            let lighter = 1 << stream.below(5);
            Ratio { num: most.num, den: most.den.saturating_mul(lighter) }
        })
    }

    fn crash(&self, topology: &Topology, healing: Nanos, stream: &mut Stream) -> Scripted {
        let by = ProcessId(stream.below(topology.processes.len() as u64) as u16);
        let when = if stream.chance(Ratio { num: 3, den: 4 }) {
            // An effect early in the run is as likely as all effects of ten times that number.
            let most = 8u64 << stream.below(4);
            When::Nth { on: On::Effect { by }, nth: 1 + stream.below(most) as u32, every: false }
        } else {
            at(healing, stream)
        };
        let restart = if stream.chance(Ratio { num: 1, den: 4 }) {
            Restart::AtHealing
        } else {
            Restart::After(Nanos(stream.between(1, self.span.0.max(1))))
        };
        let host = topology.host(by);
        Scripted { when, fault: Fault::Crash { host, restart, keep: Keep::Any } }
    }

    fn partition(&self, topology: &Topology, healing: Nanos, stream: &mut Stream) -> Scripted {
        let hosts = topology.hosts.len() as u16;
        // A random proper subset: one side of the cut.
        let lonely = any_host(topology, stream);
        let mut from = vec![lonely];
        let mut to = Vec::new();
        for host in (0..hosts).map(HostId).filter(|&host| host != lonely) {
            if stream.chance(Ratio { num: 1, den: 3 }) { from.push(host) } else { to.push(host) }
        }
        let fault = Fault::Partition {
            from,
            to,
            both_ways: stream.chance(Ratio { num: 2, den: 3 }),
            span: Some(Nanos(stream.between(1, self.span.0.max(1)))),
        };
        Scripted { when: at(healing, stream), fault }
    }
}

/// How many of at most `most`: none half of the time.
fn some(most: u32, stream: &mut Stream) -> u64 {
    if most == 0 || stream.chance(Ratio { num: 1, den: 2 }) {
        0
    } else {
        stream.between(1, u64::from(most))
    }
}

/// A time before the healing; early ones more often, for most runs are short.
fn at(healing: Nanos, stream: &mut Stream) -> When {
    let most = healing.0 >> stream.below(8);
    When::At(Nanos(stream.between(0, most)))
}

fn any_host(topology: &Topology, stream: &mut Stream) -> HostId {
    HostId(stream.below(topology.hosts.len() as u64) as u16)
}

fn narrow(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Concern;

    #[test]
    fn a_swarm_draws_every_kind_and_sometimes_none() {
        let mut topology = Topology::default();
        for name in ["a", "b", "c"] {
            topology.add(name, "node");
        }
        let tenth = Ratio { num: 1, den: 10 };
        let swarm = Swarm {
            crashes: 2,
            pauses: 1,
            partitions: 1,
            loss: tenth,
            duplication: tenth,
            reorder: tenth,
            skew: tenth,
            ..Swarm::NONE
        };
        assert_eq!(swarm.kinds().count(), FaultKind::ALL.len());
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut script = Vec::new();
            let mut stream = Stream::new(seed, Concern::Faults);
            let healing = Nanos::from_secs(1);
            let chances = swarm.draw(&topology, healing, &mut stream, &mut script);
            let scripted: Vec<_> = script.iter().map(|s| s.fault.kind()).collect();
            assert!(scripted.iter().filter(|&&k| k == FaultKind::Crash).count() <= 2);
            assert!(chances.iter().all(|c| u64::from(c.num) * 10 <= u64::from(c.den)));
            seen.insert((scripted.is_empty(), chances.map(Ratio::is_zero)));
            seen.extend(scripted.into_iter().map(|kind| (kind == FaultKind::Skew, [true; 3])));
        }
        assert!(seen.contains(&(true, [true; 3])), "some seeds draw nothing");
        assert!(seen.contains(&(false, [false; 3])), "some seeds draw a lot");
    }
}
