//! Wall time: `cargo bench -p dtxsim-benches --bench engine`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dtxsim_benches::worlds::Extras;
use dtxsim_benches::{bare, same_job, worlds};
use dtxsim_core::timed::Simulation;
use dtxsim_core::untimed::{ShrinkPlan, shrink_run};
use dtxsim_protocols::properties::Property;

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

/// A failure that shows after more than 500 steps is made short.
fn shrinking(criterion: &mut Criterion) {
    let (world, property) = (worlds::failing_late(), Property::Agreement.name());
    let mut simulation = Simulation::new(&world);
    let late = |seed: &u64| {
        let violations = simulation.run(*seed).violations;
        violations.iter().any(|found| found.property == property && found.step > 500)
    };
    let seed = (0..5_000).find(late).expect("some run fails late");
    let mut group = criterion.benchmark_group("shrinking");
    group.sample_size(10);
    group.bench_function("more than 500 events", |b| {
        b.iter(|| {
            let shrunk = shrink_run(&world, seed, &ShrinkPlan::new(property));
            let shrunk = shrunk.expect("it fails without a clock as well");
            assert!(shrunk.before > 400 && shrunk.schedule.choices.len() < 30);
            shrunk
        });
    });
    group.finish();
}

criterion_group!(benches, messages, runs, shrinking);
criterion_main!(benches);
