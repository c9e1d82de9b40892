use std::sync::Arc;

use dtxsim_core::client::Workload;
use dtxsim_core::random::Stream;
use dtxsim_core::ratio::Ratio;
use dtxsim_core::{ProcessId, RequestId};

use smallvec::SmallVec;

use super::transaction::{Branch, Key, Op, Transaction, Work};
use crate::properties::PROCESSES;

/// One datum of a service: an integer with constraints.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeySpec {
    /// Its name.
    pub name: String,
    /// Its value at first.
    pub initial: i64,
    /// It must never be less.
    pub min: Option<i64>,
    /// It must never be more.
    pub max: Option<i64>,
}

/// A service: a process with data of its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    /// Its name, which is its process' as well.
    pub name: String,
    /// Its data, by [`Key`].
    pub keys: Vec<KeySpec>,
}

/// What the scenario is about, whatever the protocol: services, and transactions over them.
///
/// Branches name a service by its place in `services`; [`Business::work`] says which process that
/// is.
#[derive(Clone, Debug)]
pub struct Business {
    /// The services.
    pub services: Vec<Service>,
    /// What clients ask for.
    pub transactions: Transactions,
}

/// What clients ask for.
#[derive(Clone, Debug)]
pub enum Transactions {
    /// These, in this order.
    Listed(Vec<Listed>),
    /// Transfers that the seed draws.
    Generated(Generator),
}

/// A transaction that is written down.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// Service and what it does there; each service once.
    pub branches: Vec<(usize, Vec<Op>)>,
}

/// Transfers between `spread` different services each: one gives a unit to every other that does
/// not only read, so that the sum over all data never changes.
#[derive(Clone, PartialEq, Debug)]
pub struct Generator {
    /// How many.
    pub count: u32,
    /// How many services each touches: at least two.
    pub spread: usize,
    /// Which key of a service.
    pub pick: Pick,
    /// How often a branch other than the giver's only reads.
    pub reads: Ratio,
}

/// How a key is picked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pick {
    /// Each equally likely.
    Uniform,
    /// The first key with that chance, else any.
    Hot(Ratio),
}

impl Business {
    /// The most services: with a coordinator, they are all that properties can tell apart.
    pub const SERVICES: usize = PROCESSES - 1;

    /// The workload, where service `n` is process `processes[n]`.
    pub fn work(&self, processes: &[ProcessId]) -> Box<dyn Workload<Work>> {
        match &self.transactions {
            Transactions::Listed(listed) => {
                let work = |listed: &Listed| {
                    let branch = |(service, ops): &(usize, Vec<Op>)| Branch {
                        process: processes[*service],
                        ops: ops.iter().copied().collect(),
                    };
                    let branches = listed.branches.iter().map(branch);
                    Transaction::new(&listed.name, branches)
                };
                Box::new(Written(listed.iter().map(work).collect()))
            }
            Transactions::Generated(generator) => Box::new(Generated {
                generator: generator.clone(),
                services: self
                    .services
                    .iter()
                    .zip(processes)
                    .map(|(service, &process)| (process, service.keys.len() as u64))
                    .collect(),
            }),
        }
    }
}

struct Written(Vec<Transaction>);

impl Workload<Work> for Written {
    fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// A copy for every run: threads that count references to one would wait for each other.
    fn request(&self, id: RequestId, _: &mut Stream) -> Work {
        Work(Arc::new(self.0[id.0 as usize].clone()))
    }
}

struct Generated {
    generator: Generator,
    /// Process and number of keys.
    services: Vec<(ProcessId, u64)>,
}

impl Workload<Work> for Generated {
    fn len(&self) -> u32 {
        self.generator.count
    }

    fn request(&self, _: RequestId, stream: &mut Stream) -> Work {
        let Generator { spread, pick, reads, .. } = self.generator;
        // A partial shuffle of service numbers: the first `spread` are a uniform sample in order.
        let mut order: SmallVec<[u8; 64]> = (0..self.services.len() as u8).collect();
        for n in 0..spread {
            let other = stream.between(n as u64, order.len() as u64 - 1) as usize;
            order.swap(n, other);
        }
        let mut given = 0;
        let mut branches: SmallVec<[Branch; 8]> = SmallVec::new();
        for (n, &service) in order[..spread].iter().enumerate() {
            let (process, keys) = self.services[usize::from(service)];
            let key = match pick {
                Pick::Hot(chance) if stream.chance(chance) => 0,
                Pick::Uniform | Pick::Hot(_) => stream.below(keys),
            };
            let key = Key(key as u16);
            let op = if n > 0 && stream.chance(reads) {
                Op::Read(key)
            } else {
                given += i64::from(n > 0);
                Op::Add(key, 1)
            };
            branches.push(Branch { process, ops: std::iter::once(op).collect() });
        }
        // The first gives what the others take.
        branches[0].ops[0] = Op::Add(branches[0].ops[0].key(), -given);
        Work(Arc::new(Transaction::new("transfer", branches)))
    }
}
