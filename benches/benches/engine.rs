//! Wall time: `cargo bench -p dtxsim-benches --bench engine`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dtxsim_benches::worlds::Extras;
use dtxsim_benches::{bare, same_job, worlds};
use dtxsim_core::timed::Simulation;

const TRANSACTIONS: u32 = 2_000;

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("messages");
    group.throughput(Throughput::Elements(u64::from(TRANSACTIONS) * 20)).sample_size(20);
    group.bench_function("bare loop", |b| b.iter(|| bare::run(5, TRANSACTIONS, 7)));
    let same = same_job::world(5, TRANSACTIONS);
    group.bench_function("engine, the same job", |b| b.iter(|| Simulation::new(&same).run(7)));
    for (name, monitors) in [("two-phase commit", false), ("two-phase commit, properties", true)] {
        let world = worlds::sequential(5, TRANSACTIONS, Extras { monitors, disk: true });
        group.bench_function(name, |b| b.iter(|| Simulation::new(&world).run(7)));
    }
    group.finish();
}

fn runs(criterion: &mut Criterion) {
    let world = worlds::short();
    let mut simulation = Simulation::new(&world);
    let mut seed = 0;
    let mut group = criterion.benchmark_group("runs");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    group.bench_function("three participants, one transaction, swarm", |b| {
        b.iter(|| {
            seed += 1;
            simulation.run(seed)
        });
    });
    group.finish();
}

criterion_group!(benches, messages, runs);
criterion_main!(benches);
