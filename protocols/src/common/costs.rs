use std::fmt;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::FaultPlan;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::{Limits, Simulation, World};
use dtxsim_core::{Nanos, Protocol};

use super::business::{Business, KeySpec, Listed, Service, Transactions};
use super::transaction::{Key, Op};
use crate::setup::{Choice, Setup, Surroundings};

/// How the participants of a transaction vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Votes {
    /// How many update and vote YES.
    pub yes: u64,
    /// How many only read.
    pub read: u64,
    /// How many vote NO.
    pub no: u64,
}

/// Costs of one transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Costs {
    /// Messages between hosts.
    pub messages: u64,
    /// Forced writes.
    pub forced: u64,
    /// All log records.
    pub writes: u64,
    /// Message delays until the client has its answer.
    pub answer: u64,
    /// Message delays until the last message has arrived.
    pub last: u64,
}

/// One line of a table of costs: what was measured in a case, and what the formula says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row<C> {
    /// What tells this line from the others.
    pub case: C,
    /// By running it.
    pub measured: Costs,
    /// By the formula.
    pub formula: Costs,
}

impl<C> Row<C> {
    /// Whether the measurement is what the formula says.
    pub fn agrees(&self) -> bool {
        self.measured == self.formula
    }
}

impl fmt::Display for Votes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (count, name) in [(self.yes, "yes"), (self.read, "read"), (self.no, "no")] {
            if count > 0 {
                parts.push(format!("{count} {name}"));
            }
        }
        f.write_str(&parts.join(", "))
    }
}

/// Runs the one transaction of a world without faults and counts.
pub(crate) fn count<P: Protocol>(world: &World<P>) -> Costs {
    let mut simulation = Simulation::new(world);
    let outcome = simulation.run(0);
    debug_assert_eq!(outcome.violations, []);
    let ledger = simulation.ledger();
    Costs {
        messages: ledger.messages(),
        forced: ledger.forced,
        writes: ledger.appended,
        answer: ledger.answer_depth.map_or(0, |depth| u64::from(depth.most)),
        last: ledger.last_depth.map_or(0, |depth| u64::from(depth.most)),
    }
}

/// One transaction without faults: a service a participant; a NO voter is asked for more than it
/// has.
pub(crate) fn setup(choice: Choice, votes: Votes) -> Setup {
    let key = KeySpec { name: "balance".to_owned(), initial: 10, min: Some(0), max: None };
    let count = (votes.yes + votes.read + votes.no) as usize;
    let name = |n| format!("service-{n}");
    let services = (0..count).map(|n| Service { name: name(n), keys: vec![key.clone()] }).collect();
    let op = |n: usize| {
        if (n as u64) < votes.yes {
            Op::Add(Key(0), 1)
        } else if (n as u64) < votes.yes + votes.read {
            Op::Read(Key(0))
        } else {
            Op::Add(Key(0), -11)
        }
    };
    let branches = (0..count).map(|n| (n, vec![op(n)])).collect();
    let listed = vec![Listed { name: "measured".to_owned(), branches }];
    Setup {
        business: Business { services, transactions: Transactions::Listed(listed) },
        choice,
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(Latency::Constant(Nanos::from_millis(1)))),
            sync: Latency::Constant(Nanos::from_micros(100)),
            faults: FaultPlan::NONE,
            limits: Limits::DEFAULT,
        },
        check: Vec::new(),
    }
}

/// Checks that every row of a table is what its formula says, and that no row is any more if a
/// protocol sends once more than it should.
#[cfg(test)]
pub(crate) fn sound<C: fmt::Debug>(table: fn(u64, bool) -> Vec<Row<C>>) {
    let (rows, wrong) = (table(8, false), table(4, true));
    assert!(!rows.is_empty() && !wrong.is_empty());
    for row in rows {
        assert!(row.agrees(), "{row:?}");
    }
    for row in wrong {
        assert!(!row.agrees(), "{row:?}");
    }
}
