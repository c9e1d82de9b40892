//! A long run's peak memory: `cargo run --release -p dtxsim-benches --bin peak -- 1000000`.

use dtxsim_benches::worlds::{self, Extras};
use dtxsim_core::timed::Simulation;

fn main() {
    let count = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(100_000);
    let world = worlds::sequential(5, count, Extras { monitors: true, disk: true });
    let mut simulation = Simulation::new(&world);
    let outcome = simulation.run(7);
    assert_eq!(outcome.violations, []);
    println!("{count} transactions, {} steps, peak {} kB", outcome.steps, peak_kb());
}

/// The most memory that this process has had, as Linux counts it.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}
