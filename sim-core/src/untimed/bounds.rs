//! What an exploration is bounded by: how much may go wrong, and when timers may run out.

use std::fmt;

use crate::latency::Latency;
use crate::protocol::Protocol;
use crate::timed::World;

/// How messages travel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Network {
    /// Any message in flight may arrive next, and is gone then. A copy of one that is still in
    /// flight merges with it.
    #[default]
    Bag,
    /// As `Bag`, but what one process sends another arrives in that order.
    Fifo,
    /// A message once sent can be received again and again for ever, as in specifications whose
    /// messages are a growing set (Lamport, *TwoPhase.tla*).
    Set,
}

/// When a timer that is set may run out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Timers {
    /// At any step: an asynchronous world, in which a time-out proves nothing.
    #[default]
    Any,
    /// Only when nothing else can happen, the one with the nearest deadline first: a synchronous
    /// world, in which messages and disks are infinitely faster than timers, and who is silent
    /// until its deadline has failed or waits itself.
    Quiescent,
}

/// How often each kind of fault may happen, along any one path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Budgets {
    /// Hosts that crash, before any effect of any step, with any part of their unsynced records
    /// kept.
    pub crashes: u8,
    /// Messages that are lost in flight.
    pub drops: u8,
    /// Messages that arrive and stay in flight.
    pub duplicates: u8,
    /// Partitions of the hosts into two groups, one at a time.
    pub partitions: u8,
}

/// Everything that an exploration is bounded by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Bounds {
    /// How messages travel.
    pub network: Network,
    /// When timers run out.
    pub timers: Timers,
    /// How much may go wrong.
    pub budgets: Budgets,
    /// Whether a process of a crashed host comes back, at any later step.
    pub restarts: bool,
    /// Whether a forced write takes a step of its own, so that others act and hosts crash while
    /// it is under way.
    pub split_sync: bool,
    /// Whether of several messages that are sent in a row, with nothing in between that outlives a
    /// crash, one amid them may have let any get out: who sends them in which order is then no
    /// matter. Else the first ones get out.
    pub any_sends: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            network: Network::default(),
            timers: Timers::default(),
            budgets: Budgets::default(),
            restarts: true,
            split_sync: true,
            any_sends: false,
        }
    }
}

impl Budgets {
    /// As much of everything as can be counted.
    pub const PLENTY: Budgets =
        Budgets { crashes: u8::MAX, drops: u8::MAX, duplicates: u8::MAX, partitions: u8::MAX };

    /// What of these is gone if `left` is left.
    pub(crate) fn less(self, left: Budgets) -> Budgets {
        Budgets {
            crashes: self.crashes - left.crashes,
            drops: self.drops - left.drops,
            duplicates: self.duplicates - left.duplicates,
            partitions: self.partitions - left.partitions,
        }
    }
}

impl Bounds {
    /// The most messages in a row of which any may get out ([`Bounds::any_sends`]): there are
    /// 65,536 ways. A row may say something of every request to every process, so whoever plans an
    /// exploration with crashes of more than so many pairs of both refuses it.
    pub const ROW_MAX: usize = 16;

    /// Bounds that allow for all that a timed run of `world` may do.
    pub fn for_runs_of<P: Protocol>(world: &World<P>) -> Bounds {
        let split_sync = world.sync != Latency::ZERO;
        Bounds { budgets: Budgets::PLENTY, split_sync, ..Bounds::default() }
    }

    /// Why these bounds make no sense; `None` if they do.
    pub fn contradiction(&self) -> Option<&'static str> {
        let Budgets { drops, duplicates, .. } = self.budgets;
        if self.network == Network::Set && (drops > 0 || duplicates > 0) {
            return Some(
                "with messages as a set, none need ever be received and each can be received \
                 again: a budget of drops or duplicates adds nothing",
            );
        }
        None
    }
}

impl Network {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Bag => "bag",
            Network::Fifo => "fifo",
            Network::Set => "set",
        }
    }
}

impl Timers {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Timers::Any => "any",
            Timers::Quiescent => "quiescent",
        }
    }
}

impl Budgets {
    /// Names and amounts, those of nothing included.
    pub fn named(&self) -> [(&'static str, u8); 4] {
        [
            ("crashes", self.crashes),
            ("drops", self.drops),
            ("duplicates", self.duplicates),
            ("partitions", self.partitions),
        ]
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} network, timers {}", self.network.name(), self.timers.name())?;
        for (name, amount) in self.budgets.named() {
            match amount {
                0 => {}
                1 => write!(f, ", 1 {}", singular(name))?,
                _ => write!(f, ", {amount} {name}")?,
            }
        }
        if self.budgets == Budgets::default() {
            f.write_str(", no faults")?;
        }
        if self.budgets.crashes > 0 && !self.restarts {
            f.write_str(", no restarts")?;
        }
        if !self.split_sync {
            f.write_str(", instant disk")?;
        }
        if self.any_sends {
            f.write_str(", sends unordered")?;
        }
        Ok(())
    }
}

fn singular(name: &str) -> &str {
    match name {
        "crashes" => "crash",
        _ => name.trim_end_matches('s'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_say_what_they_allow() {
        let mut bounds = Bounds::default();
        assert_eq!(bounds.to_string(), "bag network, timers any, no faults");
        bounds.budgets = Budgets { crashes: 1, drops: 2, ..Budgets::default() };
        bounds.restarts = false;
        bounds.timers = Timers::Quiescent;
        bounds.split_sync = false;
        bounds.any_sends = true;
        let text = "bag network, timers quiescent, 1 crash, 2 drops, no restarts, instant disk, \
                    sends unordered";
        assert_eq!(bounds.to_string(), text);
    }

    #[test]
    fn a_set_of_messages_needs_no_drops() {
        let mut bounds = Bounds { network: Network::Set, ..Bounds::default() };
        assert_eq!(bounds.contradiction(), None);
        bounds.budgets.drops = 1;
        assert!(bounds.contradiction().is_some());
    }
}
