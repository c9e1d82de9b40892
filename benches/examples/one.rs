//! One sequential run, for a profiler: `[monitors] [disk]`.
use dtxsim_benches::worlds::{self, Extras};
use dtxsim_core::timed::Simulation;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    if has("short") {
        let world = worlds::short();
        let mut simulation = Simulation::new(&world);
        for seed in 0..500_000 {
            simulation.run(seed);
        }
        return;
    }
    let extras = Extras { monitors: has("monitors"), disk: has("disk") };
    let world = worlds::sequential(5, 20_000, extras);
    let mut simulation = Simulation::new(&world);
    println!("{:?}", simulation.run(7));
}
