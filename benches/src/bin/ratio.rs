//! The engine beside the bare loop, in one run:
//! `cargo run --release -p dtxsim-benches --bin ratio`.
//!
//! Each job is timed several times in turn; the fastest of each is compared, for noise only ever
//! adds.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this measures wall time")]

use std::time::{Duration, Instant};

use dtxsim_benches::worlds::Extras;
use dtxsim_benches::{bare, same_job, worlds};
use dtxsim_core::timed::Simulation;

/// Does it once; how many messages or runs that was.
type Job = Box<dyn Fn() -> u64>;

const ROUNDS: usize = 7;
const TRANSACTIONS: u32 = 20_000;
const SEEDS: u64 = 20_000;

fn main() {
    let quiet = Extras { monitors: false, disk: false };
    let jobs: [(&str, Job); 7] = [
        ("bare loop", Box::new(|| bare::run(5, TRANSACTIONS, 7).0)),
        ("engine, the same job", Box::new(same_job)),
        ("two-phase commit", Box::new(move || sequential(quiet))),
        ("  and properties", Box::new(move || sequential(Extras { monitors: true, ..quiet }))),
        ("  and disk", Box::new(move || sequential(Extras { disk: true, ..quiet }))),
        ("  and both", Box::new(|| sequential(Extras { monitors: true, disk: true }))),
        ("short runs under swarm", Box::new(short)),
    ];
    let mut best = [Duration::MAX; 7];
    let mut count = [0; 7];
    for _ in 0..ROUNDS {
        for (n, (_, job)) in jobs.iter().enumerate() {
            let start = Instant::now();
            count[n] = job();
            best[n] = best[n].min(start.elapsed());
        }
    }
    let rate = |n: usize| count[n] as f64 / best[n].as_secs_f64();
    for (n, (name, _)) in jobs.iter().enumerate().take(6) {
        let (millions, ratio) = (rate(n) / 1e6, rate(n) / rate(0));
        println!("{name:<26} {millions:>6.2} million messages/s  {ratio:.2} of the bare loop");
    }
    println!("{:<26} {:>6.1} thousand runs/s", jobs[6].0, rate(6) / 1e3);
}

/// Messages delivered.
fn same_job() -> u64 {
    let world = same_job::world(5, TRANSACTIONS);
    let mut simulation = Simulation::new(&world);
    simulation.run(7);
    assert_eq!(simulation.ledger().delivered, u64::from(TRANSACTIONS) * 20);
    simulation.ledger().delivered
}

/// Messages delivered.
fn sequential(extras: Extras) -> u64 {
    let world = worlds::sequential(5, TRANSACTIONS, extras);
    let mut simulation = Simulation::new(&world);
    let outcome = simulation.run(7);
    assert_eq!(outcome.violations, []);
    let all_commit = u64::from(TRANSACTIONS) * 20;
    assert!(simulation.ledger().delivered > all_commit * 95 / 100, "few transactions conflict");
    simulation.ledger().delivered
}

/// Runs.
fn short() -> u64 {
    let world = worlds::short();
    let mut simulation = Simulation::new(&world);
    for seed in 0..SEEDS {
        let outcome = simulation.run(seed);
        assert_eq!(outcome.violations, []);
    }
    SEEDS
}
