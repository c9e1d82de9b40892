use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dtxsim_core::untimed::{self, Plan};

use super::{Common, Walks};

#[derive(Args, Debug)]
pub(crate) struct Explore {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Go on after the first violation, until everything is seen
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// List all that was exercised and all that never was
    #[arg(long)]
    pub(crate) coverage: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    // What follows has headings of its own.
    #[command(flatten)]
    pub(crate) within: Within,
    #[command(flatten)]
    pub(crate) walks: Walks,
}

/// What takes precedence over the scenario.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Bounds, in the place of the scenario's")]
pub(crate) struct Within {
    /// Hosts that crash along any one path, at most
    #[arg(long, value_name = "N")]
    pub(crate) crashes: Option<u8>,
    /// Messages that are lost, at most
    #[arg(long, value_name = "N")]
    pub(crate) drops: Option<u8>,
    /// Messages that arrive and stay in flight, at most
    #[arg(long, value_name = "N")]
    pub(crate) duplicates: Option<u8>,
    /// Partitions into two groups of hosts, one at a time, at most
    #[arg(long, value_name = "N")]
    pub(crate) partitions: Option<u8>,
    /// Who crashes stays down
    #[arg(long)]
    pub(crate) no_restarts: bool,
    /// When timers run out
    #[arg(long, value_enum)]
    pub(crate) timers: Option<Timers>,
    /// How messages travel
    #[arg(long, value_enum)]
    pub(crate) network: Option<Network>,
    /// Whether others act while a forced write is under way
    #[arg(long, value_enum)]
    pub(crate) disk: Option<Disk>,
    /// What of several messages sent in a row has got out when their sender crashes amid them
    #[arg(long, value_enum)]
    pub(crate) sends: Option<Sends>,
    /// Leave out what would tell nothing new; several with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub(crate) reduce: Vec<Reduction>,
    /// Leave out nothing, whatever the scenario says
    #[arg(long, conflicts_with = "reduce")]
    pub(crate) no_reduce: bool,
    /// Which states are expanded first
    #[arg(long, value_enum)]
    pub(crate) order: Option<Order>,
    /// Keep 64 bits of each state only: less memory, and odds that something is missed
    #[arg(long)]
    pub(crate) fingerprints: bool,
    /// Give up after so many states
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=Plan::STATES_MAX))]
    pub(crate) states: Option<u64>,
    /// Give up at so much memory, such as 512MB or 2GiB [default: 4GB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Timers {
    /// At any step: a time-out proves nothing
    Any,
    /// Only when nothing else can happen: who is silent has failed, or waits itself
    Quiescent,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Network {
    /// Any message in flight may be the next, and is gone then
    Bag,
    /// The same, but in order between any two processes
    Fifo,
    /// Once sent, a message may arrive again and again
    Set,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Disk {
    /// They do, and may crash
    Split,
    /// A forced write takes no time
    Instant,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sends {
    /// The first of them
    Ordered,
    /// Any of them
    Unordered,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reduction {
    /// Of states that differ only by which of some processes that are alike is which, all but one
    Symmetry,
    /// Of orders of steps that do not depend on each other, some
    PartialOrder,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// Those found first: the first counterexample is a shortest one
    Breadth,
    /// Those found last: counterexamples are long
    Depth,
    /// Depth first up to a limit that grows: memory lasts longer, and all is done many times
    Deepening,
}

impl Within {
    /// Changes what it speaks of.
    pub(crate) fn apply(&self, explore: &mut dtxsim_scenarios::Explore) {
        let bounds = &mut explore.bounds;
        let budgets = &mut bounds.budgets;
        budgets.crashes = self.crashes.unwrap_or(budgets.crashes);
        budgets.drops = self.drops.unwrap_or(budgets.drops);
        budgets.duplicates = self.duplicates.unwrap_or(budgets.duplicates);
        budgets.partitions = self.partitions.unwrap_or(budgets.partitions);
        bounds.restarts &= !self.no_restarts;
        if self.no_reduce {
            explore.reductions = untimed::Reductions::default();
        }
        if let Some(timers) = self.timers {
            bounds.timers = match timers {
                Timers::Any => untimed::Timers::Any,
                Timers::Quiescent => untimed::Timers::Quiescent,
            };
        }
        if let Some(network) = self.network {
            bounds.network = match network {
                Network::Bag => untimed::Network::Bag,
                Network::Fifo => untimed::Network::Fifo,
                Network::Set => untimed::Network::Set,
            };
        }
        if let Some(disk) = self.disk {
            bounds.split_sync = disk == Disk::Split;
        }
        if let Some(sends) = self.sends {
            bounds.any_sends = sends == Sends::Unordered;
        }
        if !self.reduce.is_empty() {
            let none = untimed::Reductions::default();
            let one = |reduction: &Reduction| match reduction {
                Reduction::Symmetry => untimed::Reductions { symmetry: true, ..none },
                Reduction::PartialOrder => untimed::Reductions { partial_order: true, ..none },
            };
            let all = self.reduce.iter().map(one);
            explore.reductions = all.fold(none, untimed::Reductions::and);
        }
        if let Some(order) = self.order {
            explore.order = match order {
                Order::Breadth => untimed::Order::Breadth,
                Order::Depth => untimed::Order::Depth,
                Order::Deepening => untimed::Order::Deepening,
            };
        }
        explore.fingerprints |= self.fingerprints;
        explore.caps.states = self.states.unwrap_or(explore.caps.states);
        explore.caps.memory = self.memory.unwrap_or(explore.caps.memory);
    }

    /// The same as options, each as it could have been typed.
    pub(crate) fn options(&self) -> Vec<String> {
        let number =
            |name: &str, value: Option<u64>| value.map(|value| format!("--{name} {value}"));
        let count = |name, value: Option<u8>| number(name, value.map(u64::from));
        let reduce = self.reduce.iter().filter_map(ValueEnum::to_possible_value);
        let reduce: Vec<String> = reduce.map(|value| value.get_name().to_owned()).collect();
        fn word<T: ValueEnum>(name: &str, value: Option<T>) -> Option<String> {
            let value = value?.to_possible_value()?;
            Some(format!("--{name} {}", value.get_name()))
        }
        let all = [
            count("crashes", self.crashes),
            count("drops", self.drops),
            count("duplicates", self.duplicates),
            count("partitions", self.partitions),
            self.no_restarts.then(|| "--no-restarts".to_owned()),
            word("timers", self.timers),
            word("network", self.network),
            word("disk", self.disk),
            word("sends", self.sends),
            self.no_reduce.then(|| "--no-reduce".to_owned()),
            (!reduce.is_empty()).then(|| format!("--reduce {}", reduce.join(","))),
            word("order", self.order),
            self.fingerprints.then(|| "--fingerprints".to_owned()),
            number("states", self.states),
            self.memory.map(|bytes| format!("--memory {bytes}B")),
        ];
        all.into_iter().flatten().collect()
    }
}

/// Units of memory, in bytes.
const UNITS: [(&str, u64); 9] = [
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

fn size(text: &str) -> Result<u64, String> {
    let form = || "expected a size with its unit, such as 512MB or 2GiB".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(form)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| form())?;
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(form)?;
    if number == 0 {
        return Err("without memory nothing can be explored".to_owned());
    }
    number.checked_mul(unit).ok_or_else(|| "no machine has so much memory".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("64MB"), Ok(64_000_000));
        assert_eq!(size("2 gib"), Ok(2 << 30));
        assert_eq!(size("1b"), Ok(1));
        for wrong in ["", "64", "MB", "-1MB", "1.5GB", "64XB", "0MB", "99999999999999TB", "1 2MB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_asked_for_takes_precedence_and_can_be_typed_again() {
        let within = Within {
            crashes: Some(2),
            no_restarts: true,
            timers: Some(Timers::Quiescent),
            memory: Some(64),
            ..Within::default()
        };
        let mut explore = dtxsim_scenarios::Explore::default();
        explore.bounds.budgets.drops = 7;
        within.apply(&mut explore);
        let text = "bag network, timers quiescent, 2 crashes, 7 drops, no restarts";
        assert_eq!((explore.bounds.to_string().as_str(), explore.caps.memory), (text, 64));
        let options = ["--crashes 2", "--no-restarts", "--timers quiescent", "--memory 64B"];
        assert_eq!(within.options(), options);
    }
}
