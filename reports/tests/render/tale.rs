//! Traces written by hand.

use dtxsim_core::trace::{Action, Done, Fated, Step, Trace};
use dtxsim_core::{HostId, Nanos, Topology};

/// A trace that grows by a step a millisecond.
pub(crate) struct Tale {
    pub(crate) trace: Trace,
}

impl Tale {
    /// All of them start, each on a host of its own.
    pub(crate) fn of(names: &[&str]) -> Tale {
        let mut topology = Topology::default();
        for name in names {
            topology.add(name, "role");
        }
        Tale::on(&topology)
    }

    pub(crate) fn on(topology: &Topology) -> Tale {
        let mut tale = Tale { trace: Trace::of(topology) };
        for process in 0..topology.processes.len() {
            tale.happens(Action::Boot { process, again: false, records: 0 }, vec![]);
        }
        for step in &mut tale.trace.steps {
            step.at = Nanos::ZERO;
        }
        tale
    }

    /// The next step.
    pub(crate) fn happens(&mut self, action: Action, effects: Vec<Done>) -> u64 {
        let index = self.trace.steps.len() as u64;
        let at = Nanos::from_millis(index);
        let step = Step { index, at, cause: None, action, effects, chain: 0, mark: 0 };
        self.trace.steps.push(step);
        index
    }

    /// A message arrives that was sent by that step.
    pub(crate) fn arrives(
        &mut self,
        cause: u64,
        (from, to): (usize, usize),
        message: &str,
        effects: Vec<Done>,
    ) -> u64 {
        let index = self.happens(Action::Deliver { from, to, message: message.into() }, effects);
        self.trace.steps[index as usize].cause = Some(cause);
        index
    }

    pub(crate) fn asks(&mut self, process: usize, request: &str, effects: Vec<Done>) -> u64 {
        self.happens(Action::Request { process, request: request.into() }, effects)
    }
}

/// A message leaves and will arrive.
pub(crate) fn sent(to: usize, message: &str) -> Done {
    Done::Sent { to, message: message.into(), fate: Fated::Arrives(Nanos::ZERO) }
}

pub(crate) fn fated(to: usize, message: &str, fate: Fated) -> Done {
    Done::Sent { to, message: message.into(), fate }
}

pub(crate) fn log(record: &str) -> Done {
    Done::Appended(record.into())
}

pub(crate) fn note(text: &str) -> Done {
    Done::Noted(text.into())
}

/// A commit among one coordinator and the others, with nothing that goes wrong.
pub(crate) fn commit(names: &[&str]) -> Trace {
    let mut tale = Tale::of(names);
    let others = 1..names.len();
    let to_all = |message: &str| others.clone().map(|to| sent(to, message)).collect::<Vec<_>>();
    let begun = tale.asks(0, "transfer", to_all("prepare tx0"));
    let mut votes = Vec::new();
    for other in others.clone() {
        let effects = vec![note("holds locks"), log("prepared tx0"), Done::Syncing];
        tale.arrives(begun, (0, other), "prepare tx0", effects);
        let effects = vec![Done::Durable(1), sent(0, "yes to tx0")];
        votes.push(tale.happens(Action::Synced { process: other }, effects));
    }
    for (other, vote) in others.clone().zip(votes) {
        let last = other + 1 == names.len();
        let effects = if last { vec![log("commit tx0"), Done::Syncing] } else { vec![] };
        tale.arrives(vote, (other, 0), "yes to tx0", effects);
    }
    let mut effects = vec![Done::Durable(1), note("decided commit of tx0")];
    effects.extend(to_all("commit tx0"));
    let decided = tale.happens(Action::Synced { process: 0 }, effects);
    for other in others {
        tale.arrives(decided, (0, other), "commit tx0", vec![log("committed tx0")]);
    }
    tale.happens(Action::Heal, vec![]);
    tale.trace
}

/// A host with two processes, another with one of another name.
pub(crate) fn shared() -> Topology {
    let mut topology = Topology { hosts: vec!["left".into(), "right".into()], ..<_>::default() };
    topology.add_on(HostId(0), "seller", "role");
    topology.add_on(HostId(0), "stock", "role");
    topology.add_on(HostId(1), "payer", "role");
    topology
}
