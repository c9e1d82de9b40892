//! The fingerprint of what a scenario means.
//!
//! Every type is taken apart by name and without `..`: what is added to one does not compile until
//! somebody has decided whether a run depends on it.

use std::hash::{Hash, Hasher};

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{FaultPlan, Swarm};
use dtxsim_core::fingerprint::Fingerprinter;
use dtxsim_core::latency::Latency;
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::Limits;
use dtxsim_core::untimed::{self, Bounds, Budgets, Timers};
use dtxsim_protocols::common::{Business, Generator, Pick, Transactions};
use dtxsim_protocols::{
    Choice, Setup, Surroundings, broker_transaction, choreography, cqrs, dual_write,
    event_sourcing, listen_to_yourself, local, local_message_table, messaging, mq_transaction,
    outbox, parallel_pipelines, polling_choreography, queue, retry, saga, seata_at, tcc,
    three_phase_commit, two_phase_commit, two_phase_tla,
};

use crate::explore::Explore;
use crate::scenario::Mode;

pub(crate) fn digest(setup: &Setup, mode: &Mode) -> u64 {
    // What is checked is seen by nobody in the run.
    let Setup { business, choice, placement, surroundings, check: _ } = setup;
    let mut hasher = Fingerprinter::default();
    let out = &mut hasher;
    of_business(business, out);
    of_choice(choice, out);
    placement.hash(out);
    match mode {
        // Which seeds are run is seen by none of their runs.
        Mode::Seeds(_) => of_surroundings(surroundings, out),
        // What a path may do its bounds say; there is no clock, and no fault plan. In which order
        // paths are found, by whom, and where the search gives up, is seen by none of them.
        Mode::Explore(Explore {
            bounds,
            order: _,
            fingerprints: _,
            caps: _,
            reductions: _,
            walk: _,
        }) => of_bounds(bounds, out),
    }
    hasher.finish()
}

fn of_surroundings(surroundings: &Surroundings, out: &mut Fingerprinter) {
    let Surroundings { arrival, network, sync, faults, limits } = surroundings;
    of_arrival(arrival, out);
    of_network(network, out);
    of_latency(sync, out);
    of_faults(faults, out);
    let Limits { steps, stall } = limits;
    (steps, stall).hash(out);
}

fn of_bounds(bounds: &Bounds, out: &mut Fingerprinter) {
    let Bounds { network, timers, budgets, restarts, split_sync, any_sends } = bounds;
    "explore".hash(out);
    match network {
        untimed::Network::Bag => 0u8.hash(out),
        untimed::Network::Fifo => 1u8.hash(out),
        untimed::Network::Set => 2u8.hash(out),
    }
    match timers {
        Timers::Any => 0u8.hash(out),
        Timers::Quiescent => 1u8.hash(out),
    }
    let Budgets { crashes, drops, duplicates, partitions } = budgets;
    (crashes, drops, duplicates, partitions).hash(out);
    (restarts, split_sync).hash(out);
    // Paths are older than this choice: what they take for granted goes without saying.
    if *any_sends {
        any_sends.hash(out);
    }
}

fn of_choice(choice: &Choice, out: &mut Fingerprinter) {
    match choice {
        Choice::TwoPhaseCommit(knobs) => of_two_phase_commit(knobs, out),
        Choice::ThreePhaseCommit(knobs) => of_three_phase_commit(choice.family(), knobs, out),
        Choice::Tcc(tcc::Knobs { fence, tries, expiry, retries, broken, timeouts }) => {
            let tcc::Timeouts { tries: wait, expiry: patience, resend, resend_most } = timeouts;
            (choice.family(), fence, tries, expiry, retries, broken).hash(out);
            (wait, patience, resend, resend_most).hash(out);
        }
        Choice::Outbox(knobs) => of_outbox(choice.family(), knobs, out),
        Choice::DualWrite(dual_write::Knobs { order, timeouts }) => {
            (choice.family(), order).hash(out);
            of_messaging(timeouts, out);
        }
        Choice::Local(local::Knobs) => choice.family().hash(out),
        Choice::MqTransaction(mq_transaction::Knobs { by, check_backs, broken, timeouts }) => {
            let mq_transaction::Timeouts { resend, resend_most, check, local } = timeouts;
            (choice.family(), by, check_backs, broken).hash(out);
            (resend, resend_most, check, local).hash(out);
        }
        Choice::BrokerTransaction(broker_transaction::Knobs { expiry, broken, timeouts }) => {
            let broker_transaction::Timeouts { resend, resend_most, expiry: expires } = timeouts;
            (choice.family(), expiry, broken, resend, resend_most, expires).hash(out);
        }
        Choice::Retry(retry::Knobs { tries, broken, timeouts }) => {
            let retry::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), tries, broken, resend, resend_most).hash(out);
        }
        Choice::LocalMessageTable(local_message_table::Knobs { alert_after, broken, timeouts }) => {
            let local_message_table::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), alert_after, broken, resend, resend_most).hash(out);
        }
        Choice::ListenToYourself(listen_to_yourself::Knobs { when, broken, timeouts }) => {
            let listen_to_yourself::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), when, broken, resend, resend_most).hash(out);
        }
        Choice::Cqrs(cqrs::Knobs { events, broken, timeouts }) => {
            let cqrs::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), events, broken, resend, resend_most).hash(out);
        }
        Choice::PollingChoreography(knobs) => of_polling(choice.family(), knobs, out),
        Choice::Queue(knobs) => of_queue(choice.family(), knobs, out),
        Choice::EventSourcing(knobs) => of_events(choice.family(), knobs, out),
        Choice::ParallelPipelines(parallel_pipelines::Knobs { broken, timeouts }) => {
            let parallel_pipelines::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), broken, resend, resend_most).hash(out);
        }
        Choice::Saga(knobs) => of_saga(choice.family(), knobs, out),
        Choice::SeataAt(knobs) => of_seata_at(choice.family(), knobs, out),
        Choice::Choreography(choreography::Knobs { broken, timeouts }) => {
            let choreography::Timeouts { resend, resend_most } = timeouts;
            (choice.family(), broken, resend, resend_most).hash(out);
        }
        Choice::TwoPhaseTla(two_phase_tla::Knobs { broken }) => {
            (choice.family(), broken).hash(out);
        }
    }
}

/// The oldest family goes without its name: tokens are older than the second.
fn of_two_phase_commit(knobs: &two_phase_commit::Knobs, out: &mut Fingerprinter) {
    let two_phase_commit::Knobs {
        presumption,
        termination,
        read_only_votes,
        reads,
        one_phase,
        sessions,
        broken,
        timeouts,
    } = knobs;
    let two_phase_commit::Timeouts { votes, resend, resend_most, inquiry } = timeouts;
    (presumption, termination).hash(out);
    (read_only_votes, one_phase, sessions, broken).hash(out);
    (votes, resend, resend_most, inquiry).hash(out);
    // Tokens are older than this knob: that reading locks goes without saying.
    if *reads != two_phase_commit::Reads::default() {
        reads.hash(out);
    }
}

fn of_three_phase_commit(family: &str, knobs: &three_phase_commit::Knobs, out: &mut Fingerprinter) {
    let three_phase_commit::Knobs { final_acks, broken, timeouts } = knobs;
    let three_phase_commit::Timeouts {
        votes,
        acks,
        coordinator,
        states,
        elected,
        inquiry,
        resend,
        resend_most,
    } = timeouts;
    (family, final_acks, broken).hash(out);
    (votes, acks, coordinator, states, elected).hash(out);
    (inquiry, resend, resend_most).hash(out);
}

fn of_saga(family: &str, knobs: &saga::Knobs, out: &mut Fingerprinter) {
    let saga::Knobs {
        pivot,
        after,
        failed_step,
        retries,
        gives_up,
        countermeasure,
        workers,
        broken,
        timeouts,
    } = knobs;
    let saga::Timeouts { resend, resend_most, handling } = timeouts;
    (family, pivot, failed_step, retries, gives_up, broken).hash(out);
    (resend, resend_most).hash(out);
    // Tokens are older than these knobs: what sagas did before goes without saying.
    if *countermeasure != saga::Countermeasure::default() {
        countermeasure.hash(out);
    }
    if *workers != saga::Workers::One {
        (workers, handling).hash(out);
    }
    if let Some(graph) = after {
        ("after", graph).hash(out);
    }
}

fn of_seata_at(family: &str, knobs: &seata_at::Knobs, out: &mut Fingerprinter) {
    let seata_at::Knobs { reads, local, retries, broken, timeouts } = knobs;
    let seata_at::Timeouts { resend, resend_most } = timeouts;
    (family, reads, local, retries, broken, resend, resend_most).hash(out);
}

fn of_polling(family: &str, knobs: &polling_choreography::Knobs, out: &mut Fingerprinter) {
    let polling_choreography::Knobs { broken, timeouts } = knobs;
    let polling_choreography::Timeouts { poll, handling } = timeouts;
    (family, broken, poll, handling).hash(out);
}

fn of_outbox(family: &str, knobs: &outbox::Knobs, out: &mut Fingerprinter) {
    let outbox::Knobs { relay, relays, dead_letters, consumer, deduplicating, broken, timeouts } =
        knobs;
    (family, relay, consumer, deduplicating, broken).hash(out);
    of_messaging(timeouts, out);
    // Tokens are older than these knobs: what an outbox did before goes without saying.
    if *relays != outbox::Relays::One {
        relays.hash(out);
    }
    if let Some(deliveries) = dead_letters {
        ("dead_letters", deliveries).hash(out);
    }
}

fn of_events(family: &str, knobs: &event_sourcing::Knobs, out: &mut Fingerprinter) {
    let event_sourcing::Knobs { snapshots, broken, timeouts } = knobs;
    let polling_choreography::Timeouts { poll, handling } = timeouts;
    (family, snapshots, broken, poll, handling).hash(out);
}

fn of_queue(family: &str, knobs: &queue::Knobs, out: &mut Fingerprinter) {
    let queue::Knobs { publish, workers, broken, timeouts } = knobs;
    (family, publish, workers, broken).hash(out);
    of_messaging(timeouts, out);
}

fn of_messaging(timeouts: &messaging::Timeouts, out: &mut Fingerprinter) {
    let messaging::Timeouts { resend, resend_most, handling } = timeouts;
    (resend, resend_most, handling).hash(out);
}

fn of_business(business: &Business, out: &mut Fingerprinter) {
    let Business { services, transactions } = business;
    services.hash(out);
    match transactions {
        Transactions::Listed(listed) => (0u8, listed).hash(out),
        Transactions::Generated(Generator { count, spread, pick, reads }) => {
            (1u8, count, spread, reads).hash(out);
            match pick {
                Pick::Uniform => 0u8.hash(out),
                Pick::Hot(chance) => (1u8, chance).hash(out),
            }
        }
    }
}

fn of_arrival(arrival: &Arrival, out: &mut Fingerprinter) {
    match arrival {
        Arrival::AtOnce => 0u8.hash(out),
        Arrival::Spaced(latency) => {
            1u8.hash(out);
            of_latency(latency, out);
        }
        Arrival::Sequential { patience } => (2u8, patience).hash(out),
    }
}

fn of_latency(latency: &Latency, out: &mut Fingerprinter) {
    match latency {
        Latency::Constant(span) => (0u8, span).hash(out),
        Latency::Uniform { low, high } => (1u8, low, high).hash(out),
        Latency::Exponential { min, mean } => (2u8, min, mean).hash(out),
        Latency::LogNormal { median, sigma_milli } => (3u8, median, sigma_milli).hash(out),
        Latency::Pareto { min, shape_milli } => (4u8, min, shape_milli).hash(out),
    }
}

fn of_network(network: &Network, out: &mut Fingerprinter) {
    let Network { default, links } = network;
    of_link(default, out);
    links.len().hash(out);
    for (from, to, link) in links {
        (from, to).hash(out);
        of_link(link, out);
    }
}

fn of_link(link: &Link, out: &mut Fingerprinter) {
    let Link { latency, loss, duplication, reorder, fifo } = link;
    of_latency(latency, out);
    (loss, duplication, fifo).hash(out);
    match reorder {
        None => 0u8.hash(out),
        Some((chance, hold)) => {
            (1u8, chance).hash(out);
            of_latency(hold, out);
        }
    }
}

fn of_faults(faults: &FaultPlan, out: &mut Fingerprinter) {
    let FaultPlan { script, swarm, healing } = faults;
    (script, healing).hash(out);
    let Swarm { crashes, pauses, partitions, loss, duplication, reorder, skew, span } = swarm;
    (crashes, pauses, partitions).hash(out);
    (loss, duplication, reorder, skew, span).hash(out);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::{Source, parse};

    fn with(after: &str) -> u64 {
        let text = r#"(
            services: {
                "a": (keys: {"k": (initial: 1)}),
                "b": (keys: {"k": (initial: 1)}),
                "c": (keys: {"k": (initial: 1)}),
            },
            transactions: [(name: "t", branches: {"a": [read("k")]})],
            protocol: saga(after: AFTER),
        )"#;
        let source = Source::new("graph.ron", text.replace("AFTER", after));
        parse(&source).expect("it is a scenario").digest
    }

    #[test]
    fn all_that_seata_at_may_be_told_counts() {
        let digest = |protocol: &str| {
            let text = r#"(
                services: {"a": (keys: {"k": (initial: 1)})},
                transactions: [(name: "t", branches: {"a": [read("k")]})],
                protocol: PROTOCOL,
            )"#;
            let source = Source::new("at.ron", text.replace("PROTOCOL", protocol));
            parse(&source).expect("it is a scenario").digest
        };
        let standard = "seata_at(reads: unlocked, local: unlocked, retries: 2),
            timeouts: (resend: ms(10), resend_most: ms(200))";
        assert_eq!(digest(standard), digest("seata_at"), "a default that is written down");
        let mut digests = BTreeSet::from([digest(standard), digest("saga")]);
        for (old, new) in [
            ("reads: unlocked", "reads: global_lock"),
            ("local: unlocked", "local: global_lock"),
            ("retries: 2", "retries: 3"),
            ("retries: 2", "retries: 2, broken: restores_blindly"),
            ("ms(10)", "ms(11)"),
            ("ms(200)", "ms(201)"),
        ] {
            assert!(digests.insert(digest(&standard.replacen(old, new, 1))), "{new}");
        }
    }

    #[test]
    fn the_graph_of_a_saga_counts_and_how_it_is_written_does_not() {
        let graphs = [r#"{}"#, r#"{"b": ["a"]}"#, r#"{"c": ["a"]}"#, r#"{"c": ["a", "b"]}"#];
        assert_eq!(BTreeSet::from(graphs.map(with)).len(), graphs.len());
        assert_eq!(with(r#"{"b": [], "c": ["b", "a"]}"#), with(graphs[3]));
    }
}
