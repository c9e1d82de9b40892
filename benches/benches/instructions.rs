//! Instruction counts, the same on a loaded machine as on an idle one:
//! `cargo bench -p dtxsim-benches --bench instructions`. Needs valgrind and `gungraun-runner` of
//! the version in Cargo.lock.

#![expect(missing_docs, unused_qualifications, reason = "the macros of gungraun make such items")]

use std::hint::black_box;

use dtxsim_benches::worlds::Extras;
use dtxsim_benches::{same_job, worlds};
use dtxsim_core::timed::Simulation;
use gungraun::{library_benchmark, library_benchmark_group, main};

#[library_benchmark]
fn same_job_as_the_bare_loop() -> u64 {
    let world = same_job::world(5, 500);
    black_box(Simulation::new(&world).run(7)).fingerprint
}

#[library_benchmark]
fn sequential_two_phase_commit() -> u64 {
    let world = worlds::sequential(5, 500, Extras { monitors: true, disk: true });
    black_box(Simulation::new(&world).run(7)).fingerprint
}

#[library_benchmark]
fn a_thousand_short_runs_under_swarm() -> u64 {
    let world = worlds::short();
    let mut simulation = Simulation::new(&world);
    (0..1000).map(|seed| black_box(simulation.run(seed)).fingerprint).fold(0, u64::wrapping_add)
}

library_benchmark_group!(
    name = engine,
    benchmarks =
        [same_job_as_the_bare_loop, sequential_two_phase_commit, a_thousand_short_runs_under_swarm]
);

main!(library_benchmark_groups = engine);
