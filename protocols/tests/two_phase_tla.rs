//! The reference model in timed runs, which are a few of its behaviours.

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, Keep, Restart, Scripted, Swarm, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::monitor::Ending;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::ratio::Ratio;
use dtxsim_core::timed::{Limits, Simulation};
use dtxsim_core::{HostId, Nanos};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Business, Key, Op, Service, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::two_phase_tla::{Flaw, Knobs, ResourceManager, State, world};
use dtxsim_protocols::{Choice, Setup, Surroundings};

fn setup(managers: usize, faults: FaultPlan) -> Setup {
    let service = |n| Service { name: format!("rm{n}"), keys: Vec::new() };
    let latency = Latency::Uniform { low: Nanos::from_millis(1), high: Nanos::from_millis(9) };
    Setup {
        business: Business {
            services: (1..=managers).map(service).collect(),
            transactions: Transactions::Listed(Vec::new()),
        },
        choice: Choice::TwoPhaseTla(Knobs::default()),
        placement: Vec::new(),
        surroundings: Surroundings {
            arrival: Arrival::AtOnce,
            network: Network::uniform(Link::reliable(latency)),
            sync: Latency::ZERO,
            faults,
            limits: Limits::DEFAULT,
        },
        check: vec![Property::Consistent],
    }
}

#[test]
fn all_resource_managers_commit() {
    for managers in 1..=5 {
        let world = world(setup(managers, FaultPlan::NONE)).expect("it fits");
        let mut simulation = Simulation::new(&world);
        for seed in 0..20 {
            let outcome = simulation.run(seed);
            assert_eq!((outcome.ending, outcome.violations), (Ending::Quiet, Vec::new()));
            for node in &simulation.nodes()[1..] {
                let committed = State::ResourceManager(ResourceManager::Committed);
                assert_eq!(node.state(), Some(&committed), "{} of {managers}", node.id());
            }
        }
        assert_eq!(simulation.premises(), [20 * (managers as u64 - 1)]);
    }
}

#[test]
fn it_stays_consistent_whatever_is_lost() {
    let mut setup = setup(3, FaultPlan::NONE);
    setup.surroundings.network.default.loss = Ratio { num: 1, den: 2 };
    setup.surroundings.faults.healing = Nanos::from_secs(5);
    let world = world(setup).expect("it fits");
    let mut simulation = Simulation::new(&world);
    let outcomes: Vec<_> = (0..200).map(|seed| simulation.run(seed)).collect();
    assert!(outcomes.iter().all(|outcome| outcome.violations.is_empty()));
}

#[test]
fn what_the_model_does_not_know_is_refused() {
    let crash = Fault::Crash { host: HostId(0), restart: Restart::Never, keep: Keep::Any };
    let script = vec![Scripted { when: When::At(Nanos(1)), fault: crash }];
    let scripted = setup(2, FaultPlan { script, ..FaultPlan::NONE });
    let swarm = Swarm { crashes: 1, ..Swarm::NONE };
    let drawn = setup(2, FaultPlan { swarm, ..FaultPlan::NONE });
    let branches = vec![(0, vec![Op::Read(Key(0))])];
    let mut asked = setup(2, FaultPlan::NONE);
    asked.business.transactions = Transactions::Listed(vec![Listed { name: "t".into(), branches }]);
    for (setup, what) in [(scripted, "crashes"), (drawn, "crashes"), (asked, "transactions")] {
        let told = setup.build().map(drop).expect_err("the model has no such thing").0;
        assert!(told.contains(what), "{told}");
    }
}

#[test]
fn labels_say_what_is_broken() {
    let label = |broken| Choice::TwoPhaseTla(Knobs { broken }).label();
    assert_eq!(label(None), "two_phase_tla");
    let broken = label(Some(Flaw::CommitWhenOneIsMissing));
    assert_eq!(broken, "two_phase_tla(BROKEN: commit_when_one_is_missing)");
}
