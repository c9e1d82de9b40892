//! The termination protocol: who gives up on a coordinator elects another, which finds out how
//! those stand that are up, and decides for them.
//!
//! 1. Who gives up on its coordinator believes it down, for good. Of those that it believes up, the
//!    one with the lowest number is the new coordinator: it sends UR-ELECTED there, or takes office
//!    if it is the one.
//! 2. Who is told UR-ELECTED takes office: it sends STATE-REQ to all that it believes up, and waits
//!    for their states, or for its time-out.
//! 3. It decides by the [termination rule](rule), or sends PRE-COMMIT to those that are uncertain,
//!    waits for their acknowledgements, or for its time-out, and commits.
//! 4. It sends its decision to all.
//!
//! If no failure is suspected that has not happened, the coordinator with the lowest number that is
//! up is the only one, and those below it have failed. What comes from a coordinator that a process
//! has given up on is ignored, but for its decision.

use dtxsim_core::{Outbox, ProcessId, Table};

use super::ThreePhaseCommit;
use super::knobs::Flaw;
use super::message::{Message, Status, Timer};
use super::participant::{Duty, Entry, Participant};
use super::record::Record;
use crate::common::{Outcome, TxId};

type Out = Outbox<ThreePhaseCommit>;

/// What a new coordinator does about the states of all that are up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ruling {
    Decide(Outcome),
    /// Those that are uncertain must become committable; then commit.
    PreCommit,
}

/// The termination rule (TR1 to TR4).
fn rule(states: &Table<ProcessId, Status>, broken: Option<Flaw>) -> Ruling {
    let any = |status| states.iter().any(|(_, &found)| found == status);
    if any(Status::Aborted) {
        Ruling::Decide(Outcome::Abort)
    } else if any(Status::Committed) {
        Ruling::Decide(Outcome::Commit)
    } else if broken == Some(Flaw::AnyUncertainMeansAbort) && any(Status::Uncertain) {
        Ruling::Decide(Outcome::Abort)
    } else if !any(Status::Committable) {
        // All are uncertain: nobody has committed, not even among those that have failed.
        Ruling::Decide(Outcome::Abort)
    } else {
        Ruling::PreCommit
    }
}

impl Entry {
    /// It gives up on the coordinator that it follows, if it follows one. That it has outlived the
    /// original one may help after a total failure; if a crash takes the record, it does not.
    fn leave(&self, protocol: &ThreePhaseCommit, tx: TxId, out: &mut Out) {
        let Duty::Following(coordinator) = self.duty else { return };
        out.cancel_timer(protocol.patience(coordinator, tx));
        if coordinator == protocol.coordinator {
            out.append(Record::CoordinatorDown { tx });
        }
    }

    fn follow(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        coordinator: ProcessId,
        out: &mut Out,
    ) {
        self.leave(protocol, tx, out);
        self.duty = Duty::Following(coordinator);
        out.set_timer(protocol.patience(coordinator, tx));
    }
}

impl Participant {
    /// No word has come from the coordinator that it follows.
    pub(super) fn coordinator_failed(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get_mut(&tx) else { return };
        // Whoever follows nobody has no such timer.
        let Duty::Following(failed) = entry.duty else { return };
        if protocol.knobs.broken == Some(Flaw::NaiveTimeouts) {
            let outcome = if entry.committable { Outcome::Commit } else { Outcome::Abort };
            return self.decide(protocol, tx, outcome, out);
        }
        let up = entry.prepared.participants.above(failed);
        let elected = up.first().expect("it is up itself");
        if elected == me {
            return self.take_office(protocol, (me, tx), out);
        }
        entry.follow(protocol, tx, elected, out);
        out.send(elected, Message::UrElected { tx });
    }

    /// UR-ELECTED.
    pub(super) fn elected(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        from: ProcessId,
        out: &mut Out,
    ) {
        match self.open.get(&tx).map(|entry| &entry.duty) {
            Some(Duty::Following(_)) => self.take_office(protocol, (me, tx), out),
            // It is in office.
            Some(Duty::Collecting { .. } | Duty::PreCommitting { .. }) => {}
            // It has failed, and will be found out.
            Some(Duty::Recovering(_)) => {}
            // It need not ask how the others stand.
            None => {
                if let Some(outcome) = self.decided_without_voting(tx, out) {
                    out.send(from, Message::Decision { tx, outcome });
                }
            }
        }
    }

    fn take_office(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get_mut(&tx) else { return };
        entry.leave(protocol, tx, out);
        let awaited = entry.prepared.participants.above(me);
        let mut states = Table::new();
        states.insert(me, entry.status());
        entry.duty = Duty::Collecting { awaited, states };
        for participant in awaited.iter() {
            out.send(participant, Message::StateReq { tx });
        }
        if awaited.is_empty() {
            self.terminate(protocol, (me, tx), out);
        } else {
            out.set_timer(Timer::States { tx });
        }
    }

    /// STATE-REQ.
    pub(super) fn state_requested(
        &mut self,
        protocol: &ThreePhaseCommit,
        tx: TxId,
        from: ProcessId,
        out: &mut Out,
    ) {
        let status = match self.open.get_mut(&tx) {
            Some(entry) => match entry.duty {
                Duty::Following(coordinator) if from >= coordinator => {
                    entry.follow(protocol, tx, from, out);
                    entry.status()
                }
                // From a coordinator that it has given up on.
                Duty::Following(_) | Duty::Collecting { .. } | Duty::PreCommitting { .. } => {
                    return;
                }
                // It has failed, and will be found out.
                Duty::Recovering(_) => return,
            },
            None => match self.decided_without_voting(tx, out) {
                Some(outcome) => outcome.into(),
                // A late copy: all have finished.
                None => return,
            },
        };
        out.send(from, Message::State { tx, status });
    }

    /// The answer to STATE-REQ.
    pub(super) fn state_told(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        (from, status): (ProcessId, Status),
        out: &mut Out,
    ) {
        // Else it has decided.
        let Some(entry) = self.open.get_mut(&tx) else { return };
        match &mut entry.duty {
            Duty::Collecting { awaited, states } => {
                if awaited.remove(from) {
                    states.insert(from, status);
                }
                if awaited.is_empty() {
                    self.terminate(protocol, (me, tx), out);
                }
            }
            // Too late: it has been taken for failed; or it has asked nobody, in this life.
            Duty::PreCommitting { .. } | Duty::Following(_) | Duty::Recovering(_) => {}
        }
    }

    /// All states are there that will come.
    pub(super) fn terminate(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get_mut(&tx) else { return };
        let Duty::Collecting { states, .. } = &entry.duty else { return };
        let broken = protocol.knobs.broken;
        match rule(states, broken) {
            Ruling::Decide(outcome) => self.decide_for_all(protocol, (me, tx), outcome, out),
            Ruling::PreCommit => {
                out.cancel_timer(Timer::States { tx });
                let uncertain = states.iter().filter(|(_, s)| **s == Status::Uncertain);
                let awaited = uncertain.map(|(&p, _)| p).filter(|&p| p != me).collect();
                // It may be uncertain itself.
                if !entry.committable && broken != Some(Flaw::PrecommitNotLogged) {
                    out.force(Record::PreCommitted { tx });
                }
                entry.committable = true;
                entry.duty = Duty::PreCommitting { awaited };
                for participant in awaited.iter() {
                    out.send(participant, Message::PreCommit { tx });
                }
                if awaited.is_empty() {
                    self.pre_committed(protocol, (me, tx), out);
                } else {
                    out.set_timer(Timer::Acks { tx });
                }
            }
        }
    }

    /// The answer to PRE-COMMIT.
    pub(super) fn acknowledged(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        from: ProcessId,
        out: &mut Out,
    ) {
        // Else it has decided.
        let Some(entry) = self.open.get_mut(&tx) else { return };
        match &mut entry.duty {
            Duty::PreCommitting { awaited } => {
                awaited.remove(from);
                if awaited.is_empty() {
                    self.pre_committed(protocol, (me, tx), out);
                }
            }
            // It has sent no PRE-COMMIT, in this life.
            Duty::Collecting { .. } | Duty::Following(_) | Duty::Recovering(_) => {}
        }
    }

    /// All acknowledgements are there that will come: all that are up are committable.
    pub(super) fn pre_committed(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get(&tx) else { return };
        if let Duty::PreCommitting { .. } = entry.duty {
            self.decide_for_all(protocol, (me, tx), Outcome::Commit, out);
        }
    }

    /// The new coordinator's decision.
    pub(super) fn decide_for_all(
        &mut self,
        protocol: &ThreePhaseCommit,
        (me, tx): (ProcessId, TxId),
        outcome: Outcome,
        out: &mut Out,
    ) {
        let Some(entry) = self.open.get(&tx) else { return };
        let others = entry.prepared.participants.above(me);
        self.decide(protocol, tx, outcome, out);
        for participant in others.iter() {
            out.send(participant, Message::Decision { tx, outcome });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 4] =
        [Status::Aborted, Status::Uncertain, Status::Committable, Status::Committed];

    fn ruling(states: &[Status], broken: Option<Flaw>) -> Ruling {
        let mut table = Table::new();
        for (n, &status) in states.iter().enumerate() {
            table.insert(ProcessId(n as u16), status);
        }
        rule(&table, broken)
    }

    /// Two processes that are up are never committed and uncertain, nor aborted and committable.
    #[test]
    fn the_termination_rule_of_two_states() {
        let (abort, commit) = (Ruling::Decide(Outcome::Abort), Ruling::Decide(Outcome::Commit));
        let pre_commit = Ruling::PreCommit;
        let table = [
            [abort, abort, abort, abort],
            [abort, abort, pre_commit, commit],
            [abort, pre_commit, pre_commit, commit],
            [abort, commit, commit, commit],
        ];
        for (row, &one) in table.iter().zip(&ALL) {
            for (&wanted, &other) in row.iter().zip(&ALL) {
                assert_eq!(ruling(&[one, other], None), wanted, "{one}, {other}");
            }
            assert_eq!(ruling(&[one], None), ruling(&[one, one], None), "{one}");
        }
    }

    #[test]
    fn the_broken_rule_differs_where_some_are_uncertain_and_some_are_not() {
        let broken = Some(Flaw::AnyUncertainMeansAbort);
        let mixed = [Status::Uncertain, Status::Committable];
        assert_eq!(ruling(&mixed, broken), Ruling::Decide(Outcome::Abort));
        assert_eq!(ruling(&[Status::Committable; 2], broken), Ruling::PreCommit);
    }
}
