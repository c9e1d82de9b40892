//! Three-phase commit, every interleaving, beside two-phase commit: what blocks, what disagrees,
//! and how little it takes.
//!
//! A fault-injection tool has a published table of such verdicts (Alvaro, Rosen & Hellerstein,
//! *Lineage-driven Fault Injection*, SIGMOD 2015), for three agents and a coordinator and for
//! crashes without recovery: its rows are the tests whose names begin with `row`.

mod bank;

use std::sync::atomic::AtomicBool;

use dtxsim_core::Topology;
use dtxsim_core::monitor::{Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::untimed::{
    self, Bounds, Budgets, Caps, Counterexample, CutShort, Exploration, Order, Plan, Reductions,
    Representation, Timers,
};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, KeySpec, Note, Op};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::three_phase_commit::{Flaw, Knobs};
use dtxsim_protocols::two_phase_commit::{self, Termination};
use dtxsim_protocols::{Choice, Setup};

/// Whether there is time for large scopes.
const LARGE: bool = !cfg!(debug_assertions);

const NONE: Budgets = Budgets { crashes: 0, drops: 0, duplicates: 0, partitions: 0 };

/// A world in which silence means failure, whatever else goes wrong in it.
fn synchronous(budgets: Budgets, restarts: bool) -> Bounds {
    Bounds { timers: Timers::Quiescent, budgets, restarts, ..Bounds::default() }
}

fn crashes(crashes: u8, restarts: bool) -> Bounds {
    synchronous(Budgets { crashes, ..NONE }, restarts)
}

fn losses(drops: u8, crashes: u8) -> Bounds {
    synchronous(Budgets { crashes, drops, ..NONE }, false)
}

/// One transaction.
#[derive(Clone, Copy)]
struct Deal {
    participants: usize,
    /// The last participant votes NO.
    refused: bool,
    /// Messages go to the participant with the highest number first.
    downwards: bool,
}

/// All vote YES.
fn deal(participants: usize) -> Deal {
    Deal { participants, refused: false, downwards: false }
}

fn setup(deal: Deal, choice: Choice) -> Setup {
    let key = KeySpec { name: "a".into(), initial: 1, min: Some(0), max: None };
    let amount = |n: usize| if deal.refused && n + 1 == deal.participants { -2 } else { 1 };
    let branch = |n: usize| (n, vec![Op::Add(Key(0), amount(n))]);
    let mut branches: Vec<_> = (0..deal.participants).map(branch).collect();
    if deal.downwards {
        branches.reverse();
    }
    bank::setup(deal.participants, &[key], vec![Listed { name: "t".into(), branches }], choice)
}

fn three_phase(deal: Deal, knobs: Knobs) -> Setup {
    setup(deal, Choice::ThreePhaseCommit(knobs))
}

fn broken(deal: Deal, flaw: Flaw) -> Setup {
    three_phase(deal, Knobs { broken: Some(flaw), ..Knobs::default() })
}

fn two_phase(participants: usize, termination: Termination) -> Setup {
    let knobs = two_phase_commit::Knobs::default();
    let knobs = two_phase_commit::Knobs { one_phase: false, termination, ..knobs };
    setup(deal(participants), Choice::TwoPhaseCommit(knobs))
}

/// Explores until everything is seen, or a counterexample to agreement is.
fn plan(bounds: Bounds) -> Plan<'static> {
    static GO_ON: AtomicBool = AtomicBool::new(false);
    Plan {
        bounds,
        order: Order::Breadth,
        representation: Representation::Collapsed,
        reductions: Reductions::default(),
        caps: Caps { states: 50_000_000, memory: 4 << 30 },
        traces: true,
        enough: &|violated| violated.contains(&Property::Agreement.name()),
        interrupt: &GO_ON,
    }
}

fn explore(setup: Setup, bounds: Bounds) -> Exploration {
    let world = setup.build().expect("it is expressible");
    world.explore(&plan(bounds), &mut |_| {})
}

fn told(explored: &Exploration) -> String {
    let told = |found: &Counterexample| format!("{:?}\n{}", found.violation, found.trace);
    explored.violations.iter().map(told).collect()
}

/// Everything is seen, every property holds, and nobody is ever past help. What was wanted to go
/// wrong has. Gives back how many states there are.
fn holds(setup: Setup, bounds: Bounds) -> u64 {
    let label = format!("{}, {bounds}", setup.choice.label());
    let explored = explore(setup, bounds);
    assert_eq!(explored.violated, [""; 0], "{label}\n{}", told(&explored));
    assert_eq!(explored.cut_short, None, "{label}");
    let settling = explored.liveness.expect("everything was seen");
    assert_eq!(settling.doomed, 0, "{label}");
    assert!(settling.settled > 0, "{label}");
    let (felt, budgets) = (explored.faults, bounds.budgets);
    for (budget, felt) in [
        (budgets.crashes, felt.crashes),
        (budgets.drops, felt.drops),
        (budgets.duplicates, felt.duplicates),
    ] {
        assert_eq!(budget > 0, felt > 0, "{label}: {felt}");
    }
    explored.distinct
}

/// Two processes decide otherwise; the shortest way there.
fn disagrees(setup: Setup, bounds: Bounds) -> Counterexample {
    let label = format!("{}, {bounds}", setup.choice.label());
    let explored = explore(setup, bounds);
    assert_eq!(explored.cut_short, Some(CutShort::Found), "{label}");
    let agreement = |found: &Counterexample| found.violation.property == "agreement";
    let found = explored.violations.into_iter().find(agreement);
    let found = found.unwrap_or_else(|| panic!("{label}: no counterexample"));
    assert!(found.violation.finding.summary.contains("decided abort"), "{label}");
    assert_eq!(found.stuck, None, "{label}");
    assert_eq!(found.trace.steps.len() as u64, found.violation.step + 1, "{label}");
    found
}

/// Everything is seen, and participants block, on the coordinator alone, with their locks held.
fn blocks(setup: Setup, bounds: Bounds) -> Exploration {
    let label = format!("{}, {bounds}", setup.choice.label());
    let explored = explore(setup, bounds);
    assert_eq!(explored.cut_short, None, "{label}");
    assert_eq!(explored.violated, ["termination", "no-lock-left"], "{label}");
    let settling = explored.liveness.expect("everything was seen");
    assert!(settling.doomed > 0, "{label}");
    let found = &explored.violations[0];
    let stuck = found.stuck.expect("nothing is wrong on the way");
    assert_eq!(stuck.doomed, settling.doomed, "{label}");
    let Finding { summary, waits } = &found.violation.finding;
    assert!(summary.contains("is blocked on coordinator, which is down for good"), "{summary}");
    assert!(waits.iter().any(|wait| wait.waits_for == "coordinator"), "{label}");
    for wait in waits {
        assert_eq!(wait.down, wait.waits_for == "coordinator", "{label}: {wait:?}");
        assert!(wait.process.starts_with('s') && wait.subject == "tx0", "{label}: {wait:?}");
        assert_eq!(wait.holding, ["a"], "{label}: {wait:?}");
    }
    explored
}

#[test]
fn nothing_goes_wrong_and_nobody_blocks_while_silence_means_failure() {
    for participants in [1, 2, 3] {
        for most in 0..=2 {
            for restarts in [false, true] {
                if participants == 3 && most == 2 && restarts && !LARGE {
                    continue;
                }
                let setup = three_phase(deal(participants), Knobs::default());
                holds(setup, crashes(most, restarts));
            }
        }
    }
}

#[test]
fn nor_without_final_acks_nor_with_a_refusal_nor_with_messages_that_come_twice() {
    for participants in [2, 3] {
        let deal = deal(participants);
        let two = crashes(2, participants == 2);
        holds(three_phase(deal, Knobs { final_acks: false, ..Knobs::default() }), two);
        holds(three_phase(Deal { refused: true, ..deal }, Knobs::default()), two);
        holds(three_phase(Deal { downwards: true, ..deal }, Knobs::default()), two);
        let twice = Budgets { crashes: 1, duplicates: 2, ..NONE };
        holds(three_phase(deal, Knobs::default()), synchronous(twice, participants == 2));
    }
}

/// However many others crash, and nobody comes back: who is up decides.
#[test]
fn whoever_stays_up_decides() {
    for participants in [1, 2, 3, 4] {
        let setup = three_phase(deal(participants), Knobs::default());
        holds(setup, crashes(participants as u8 + 1, false));
    }
    // All may crash, and come back: at last they find out together.
    let deal = deal(if LARGE { 2 } else { 1 });
    holds(three_phase(deal, Knobs::default()), crashes(deal.participants as u8 + 1, true));
}

/// The coordinator goes on to commit without participants whose PRE-COMMITs are lost. It takes one
/// loss for each of them, and a crash before it can tell the decision again.
#[test]
fn loss_with_a_crash_breaks_agreement() {
    for participants in [1u8, 2, 3] {
        let setup = || three_phase(deal(participants.into()), Knobs::default());
        disagrees(setup(), losses(participants, 1));
        holds(setup(), losses(participants - 1, 1));
        holds(setup(), losses(participants, 0));
    }
    // Loss alone is enough, if it goes on: the PRE-COMMIT and all copies of the decision.
    let setup = || three_phase(deal(1), Knobs::default());
    disagrees(setup(), losses(3, 0));
    holds(setup(), losses(2, 0));
}

#[test]
fn a_partition_breaks_agreement() {
    for participants in [1, 2, 3] {
        let bounds = synchronous(Budgets { partitions: 1, ..NONE }, false);
        disagrees(three_phase(deal(participants), Knobs::default()), bounds);
    }
}

#[test]
fn a_false_time_out_breaks_agreement() {
    for participants in [1, 2, 3] {
        let bounds = Bounds { timers: Timers::Any, ..crashes(0, false) };
        disagrees(three_phase(deal(participants), Knobs::default()), bounds);
    }
}

/// Each with the fewest participants and crashes; neither can be less.
#[test]
fn every_broken_variant_disagrees_in_its_smallest_scope() {
    let down = |participants| Deal { downwards: true, ..deal(participants) };
    for (flaw, deal, most, restarts) in [
        (Flaw::NaiveTimeouts, deal(2), 1, false),
        (Flaw::AnyUncertainMeansAbort, down(2), 2, false),
        (Flaw::PrecommitNotLogged, deal(2), 3, true),
    ] {
        disagrees(broken(deal, flaw), crashes(most, restarts));
        for restarts in [false, true] {
            holds(broken(deal, flaw), crashes(most - 1, restarts));
            let alone = Deal { participants: deal.participants - 1, ..deal };
            holds(broken(alone, flaw), crashes(most, restarts));
        }
    }
    // Without restarts nobody ever reads what was not logged.
    holds(broken(deal(2), Flaw::PrecommitNotLogged), crashes(3, false));
    // If the coordinator goes upwards, the one that is elected knows as much as anybody.
    holds(broken(deal(2), Flaw::AnyUncertainMeansAbort), crashes(2, true));
}

#[test]
fn row_two_phase_commit_blocks_with_one_crash() {
    for participants in [1, 2, 3] {
        let setup = || two_phase(participants, Termination::None);
        blocks(setup(), crashes(1, false));
        blocks(setup(), crashes(2, false));
        holds(setup(), crashes(0, false));
        holds(setup(), crashes(2, true));
    }
}

#[test]
fn row_two_phase_commit_blocks_with_cooperative_termination_as_well() {
    for participants in [1, 2, 3] {
        let setup = || two_phase(participants, Termination::Cooperative);
        let explored = blocks(setup(), crashes(1, false));
        // All participants are up, all are uncertain, and each waits for all others.
        let waits = &explored.violations[0].violation.finding.waits;
        assert_eq!(waits.len(), participants * participants);
    }
}

/// Has the last word only where the coordinator is up.
#[derive(Clone)]
struct WhileTheCoordinatorLives(Box<dyn Monitor<Note>>);

impl PartialEq for WhileTheCoordinatorLives {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for WhileTheCoordinatorLives {}

impl std::hash::Hash for WhileTheCoordinatorLives {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Monitor<Note> for WhileTheCoordinatorLives {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn interest(&self) -> u64 {
        self.0.interest()
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        self.0.observe(seen, topology)
    }

    fn judges_rest(&self) -> bool {
        self.0.judges_rest()
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        let coordinator = rest.topology.find("coordinator").expect("there is one");
        if rest.down[coordinator.index()] { Judgement::Fine } else { self.0.at_rest(rest) }
    }

    fn premises(&self) -> u64 {
        self.0.premises()
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// The worlds are the same as in the two rows before this, with the coordinator's crashes in them;
/// only the verdict on who is stuck is withheld where it is down. So of all those that were doomed
/// there, none had its coordinator up.
#[test]
fn row_two_phase_commit_judged_where_the_coordinator_survives_does_not_block() {
    for termination in [Termination::None, Termination::Cooperative] {
        for (participants, most) in [(1, 1), (2, 1), (3, 1), (3, 2)] {
            let setup = two_phase(participants, termination);
            let bounds = crashes(most, false);
            let blocking = blocks(setup.clone(), bounds);
            let mut world = two_phase_commit::world(setup).expect("the knobs fit");
            let all = world.monitors;
            world.monitors = Box::new(move |protocol| {
                let wrap = |monitor| -> Box<dyn Monitor<Note>> {
                    Box::new(WhileTheCoordinatorLives(monitor))
                };
                all(protocol).into_iter().map(wrap).collect()
            });
            let explored = untimed::explore(&world, &plan(bounds), &mut |_| {});
            assert_eq!(explored.violated, [""; 0], "{}", told(&explored));
            assert_eq!(explored.cut_short, None);
            assert_eq!(explored.liveness.map(|settling| settling.doomed), Some(0));
            assert_eq!(explored.distinct, blocking.distinct, "the same world");
        }
    }
}

#[test]
fn row_three_phase_commit_survives_two_crashes_without_loss() {
    for most in [1, 2] {
        holds(three_phase(deal(3), Knobs::default()), crashes(most, false));
    }
}

/// With three participants: one crash, and three losses.
#[test]
fn row_three_phase_commit_disagrees_with_loss_and_one_crash() {
    let found = disagrees(three_phase(deal(3), Knobs::default()), losses(3, 1));
    let summary = &found.violation.finding.summary;
    assert_eq!(summary, "tx0: s0 decided abort, but before that coordinator decided commit");
}
