//! The explorer beside stateright 0.31 on one model, Lamport's TwoPhase.tla, in one run:
//! `cargo bench -p dtxsim-benches --bench beside -- 7 9`.
//!
//! Both keep what a counterexample needs, both search breadth first on one thread, and what is
//! compared is processor time, so that whatever else runs on the machine matters little.

use std::fs;
use std::hash::Hash;

use dtxsim_benches::worlds;
use stateright::{Checker, Model, Property};

/// What the TLA+ module calls `rmState`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

/// The module's variables. Messages are a set that only grows: who has sent Prepared, and whether
/// Commit and Abort were sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    managers: Vec<Manager>,
    decided: bool,
    prepared: Vec<bool>,
    sent_prepared: Vec<bool>,
    sent_commit: bool,
    sent_abort: bool,
}

/// The module's next-state actions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Step {
    Commit,
    Abort,
    RcvPrepared(usize),
    Prepare(usize),
    ChooseToAbort(usize),
    RcvCommit(usize),
    RcvAbort(usize),
}

/// The model for so many resource managers.
struct TwoPhase(usize);

impl Model for TwoPhase {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            managers: vec![Manager::Working; self.0],
            decided: false,
            prepared: vec![false; self.0],
            sent_prepared: vec![false; self.0],
            sent_commit: false,
            sent_abort: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Step>) {
        if !state.decided && state.prepared.iter().all(|&prepared| prepared) {
            actions.push(Step::Commit);
        }
        if !state.decided {
            actions.push(Step::Abort);
        }
        for rm in 0..self.0 {
            if !state.decided && state.sent_prepared[rm] {
                actions.push(Step::RcvPrepared(rm));
            }
            if state.managers[rm] == Manager::Working {
                actions.push(Step::Prepare(rm));
                actions.push(Step::ChooseToAbort(rm));
            }
            if state.sent_commit {
                actions.push(Step::RcvCommit(rm));
            }
            if state.sent_abort {
                actions.push(Step::RcvAbort(rm));
            }
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = state.clone();
        match step {
            Step::Commit => (next.decided, next.sent_commit) = (true, true),
            Step::Abort => (next.decided, next.sent_abort) = (true, true),
            Step::RcvPrepared(rm) => next.prepared[rm] = true,
            Step::Prepare(rm) => {
                next.managers[rm] = Manager::Prepared;
                next.sent_prepared[rm] = true;
            }
            Step::ChooseToAbort(rm) | Step::RcvAbort(rm) => next.managers[rm] = Manager::Aborted,
            Step::RcvCommit(rm) => next.managers[rm] = Manager::Committed,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let consistent = |_: &TwoPhase, state: &State| {
            !(state.managers.contains(&Manager::Committed)
                && state.managers.contains(&Manager::Aborted))
        };
        vec![Property::always("consistent", consistent)]
    }
}

/// Processor time of this process so far, in hundredths of a second.
fn ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("this bench needs Linux");
    let after = stat.rsplit(')').next().expect("the name ends there");
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |n: usize| fields[n].parse::<u64>().expect("a number");
    number(11) + number(12)
}

/// What a search cost: processor seconds, states, and bytes a state if it says.
struct Cost {
    seconds: f64,
    states: u64,
    bytes: Option<f64>,
}

fn theirs(managers: usize) -> Cost {
    let before = ticks();
    let checker = TwoPhase(managers).checker().threads(1).spawn_bfs().join();
    checker.assert_properties();
    let seconds = (ticks() - before) as f64 / 100.0;
    Cost { seconds, states: checker.unique_state_count() as u64, bytes: None }
}

fn ours(managers: usize, traces: bool) -> Cost {
    let before = ticks();
    let found = worlds::explored(managers, traces);
    let seconds = (ticks() - before) as f64 / 100.0;
    let bytes = Some(found.memory as f64 / found.distinct as f64);
    Cost { seconds, states: found.distinct, bytes }
}

fn main() {
    let wanted: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let wanted = if wanted.is_empty() { vec![7] } else { wanted };
    println!("rms  who                   states  cpu s  states/cpu s  bytes a state  times");
    for managers in wanted {
        let stateright = theirs(managers);
        let rows = [
            ("stateright 0.31", &stateright),
            ("dtxsim, traces", &ours(managers, true)),
            ("dtxsim, no traces", &ours(managers, false)),
        ];
        for (who, cost) in rows {
            assert_eq!(cost.states, stateright.states, "both count the same states");
            let rate = cost.states as f64 / cost.seconds.max(0.01);
            let times = stateright.seconds / cost.seconds.max(0.01);
            let bytes = cost.bytes.map_or("-".to_owned(), |bytes| format!("{bytes:.1}"));
            println!(
                "{managers:>3}  {who:<17} {:>10} {:>6.2} {rate:>13.0} {bytes:>14} {times:>6.1}",
                cost.states, cost.seconds
            );
        }
    }
}
