//! One job, for a profiler: `cargo run --release -p dtxsim-benches --bin one -- same`, or `short`,
//! or two-phase commit with `monitors`, `disk`, both or neither. `explore 8` explores the reference
//! model with eight resource managers, as the bench `beside` does.

use dtxsim_benches::same_job;
use dtxsim_benches::worlds::{self, Extras};
use dtxsim_core::timed::Simulation;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    if has("explore") {
        let managers = words.iter().find_map(|word| word.parse().ok()).unwrap_or(7);
        println!("{}", worlds::explored(managers, true).distinct);
    } else if has("short") {
        let world = worlds::short();
        let mut simulation = Simulation::new(&world);
        for seed in 0..500_000 {
            simulation.run(seed);
        }
    } else if has("same") {
        let world = same_job::world(5, 20_000);
        println!("{:?}", Simulation::new(&world).run(7));
    } else {
        let extras = Extras { monitors: has("monitors"), disk: has("disk") };
        let world = worlds::sequential(5, 20_000, extras);
        println!("{:?}", Simulation::new(&world).run(7));
    }
}
