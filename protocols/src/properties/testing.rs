//! Histories for the tests of properties: processes are `p0`, the coordinator, to `p3`.

use std::sync::Arc;

use dtxsim_core::monitor::{Ending, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::{ProcessId, Topology};

use crate::common::{
    Branch, Deed, Key, Note, Op, Outcome, Standing, Transaction, TxId, Vote, Work,
};

pub(super) const COMMIT: Outcome = Outcome::Commit;
pub(super) const ABORT: Outcome = Outcome::Abort;
pub(super) const YES: Vote = Vote::Yes;
pub(super) const NO: Vote = Vote::No;
pub(super) const READ: Vote = Vote::Read;

pub(super) enum SeenNote {
    Note(u16, Note),
    Crashed(u16),
    Recovered(u16),
    TimedOut(u16),
    Disturbed,
}

pub(super) fn began(tx: u32, participants: &[u16]) -> SeenNote {
    let adding: Vec<(u16, i64)> = participants.iter().map(|&p| (p, 0)).collect();
    began_adding(tx, &adding)
}

/// Each participant adds so much to its first key.
pub(super) fn began_adding(tx: u32, participants: &[(u16, i64)]) -> SeenNote {
    SeenNote::Note(0, Note::Began { tx: TxId(tx), work: Work(Arc::new(adding(participants))) })
}

/// Participants, and after whom each comes.
pub(super) fn began_in_order(tx: u32, participants: &[(u16, &[u16])]) -> SeenNote {
    let branches: Vec<(u16, i64)> = participants.iter().map(|&(p, _)| (p, 0)).collect();
    let ordered = adding(&branches).ordered(|process| {
        let found = participants.iter().filter(|(p, _)| ProcessId(*p) == process);
        found.flat_map(|(_, earlier)| earlier.iter().map(|&p| ProcessId(p))).collect()
    });
    SeenNote::Note(0, Note::Began { tx: TxId(tx), work: Work(Arc::new(ordered)) })
}

fn adding(participants: &[(u16, i64)]) -> Transaction {
    let branch = |&(p, amount): &(u16, i64)| Branch {
        process: ProcessId(p),
        ops: std::iter::once(Op::Add(Key(0), amount)).collect(),
    };
    Transaction::new("test", participants.iter().map(branch))
}

pub(super) fn voted(tx: u32, by: u16, vote: Vote) -> SeenNote {
    SeenNote::Note(by, Note::Voted { tx: TxId(tx), vote })
}

pub(super) fn decided(tx: u32, by: u16, outcome: Outcome) -> SeenNote {
    SeenNote::Note(by, Note::Decided { tx: TxId(tx), outcome, forced: true })
}

pub(super) fn unforced(tx: u32, by: u16, outcome: Outcome) -> SeenNote {
    SeenNote::Note(by, Note::Decided { tx: TxId(tx), outcome, forced: false })
}

pub(super) fn answered(tx: u32, outcome: Outcome) -> SeenNote {
    SeenNote::Note(0, Note::Answered { tx: TxId(tx), outcome })
}

pub(super) fn restored(tx: u32, by: u16, outcome: Outcome) -> SeenNote {
    let standing = Standing::Decided(outcome);
    SeenNote::Note(by, Note::Restored { tx: TxId(tx), standing })
}

pub(super) fn in_doubt(tx: u32, by: u16) -> SeenNote {
    SeenNote::Note(by, Note::Restored { tx: TxId(tx), standing: Standing::InDoubt })
}

pub(super) fn changed(by: u16, value: i64) -> SeenNote {
    SeenNote::Note(by, Note::Changed { key: Key(0), value })
}

pub(super) fn did(tx: u32, by: u16, deed: Deed) -> SeenNote {
    SeenNote::Note(by, Note::Did { tx: TxId(tx), deed, changed: true })
}

pub(super) fn found_nothing(tx: u32, by: u16, deed: Deed) -> SeenNote {
    SeenNote::Note(by, Note::Did { tx: TxId(tx), deed, changed: false })
}

pub(super) fn recalled(tx: u32, by: u16, deed: Deed, times: u8) -> SeenNote {
    SeenNote::Note(by, Note::Recalled { tx: TxId(tx), deed, times })
}

pub(super) fn published(tx: u32, by: u16, to: u16) -> SeenNote {
    SeenNote::Note(by, Note::Published { tx: TxId(tx), to: ProcessId(to) })
}

pub(super) fn read(tx: u32, by: u16) -> SeenNote {
    SeenNote::Note(by, Note::Read { tx: TxId(tx), key: Key(0) })
}

pub(super) fn needs_person(tx: u32, by: u16) -> SeenNote {
    SeenNote::Note(by, Note::NeedsPerson { tx: TxId(tx) })
}

pub(super) fn person_at_rest(tx: u32, by: u16) -> (ProcessId, Note) {
    (ProcessId(by), Note::NeedsPerson { tx: TxId(tx) })
}

/// Waits for p1, holding nothing.
pub(super) fn waits(tx: u32, by: u16) -> (ProcessId, Note) {
    let waits_for = [ProcessId(1)].into();
    (ProcessId(by), Note::Waiting { tx: TxId(tx), waits_for, holding: [].into() })
}

/// What a monitor says is wrong in a quiet world.
pub(super) fn found_at_rest(
    monitor: &mut dyn Monitor<Note>,
    reports: &[(ProcessId, Note)],
) -> Option<String> {
    match rest(monitor, reports, |_| {}) {
        Judgement::Violated(finding) => Some(finding.summary),
        Judgement::Fine => None,
        Judgement::Unknown(why) => panic!("{why}"),
    }
}

pub(super) fn crashed(by: u16) -> SeenNote {
    SeenNote::Crashed(by)
}

pub(super) fn recovered(by: u16) -> SeenNote {
    SeenNote::Recovered(by)
}

pub(super) fn timed_out(by: u16) -> SeenNote {
    SeenNote::TimedOut(by)
}

pub(super) fn disturbed() -> SeenNote {
    SeenNote::Disturbed
}

pub(super) fn balance(by: u16, value: i64) -> (ProcessId, Note) {
    (ProcessId(by), Note::Balance { key: Key(0), value })
}

fn topology() -> Topology {
    let mut topology = Topology::default();
    for name in ["p0", "p1", "p2", "p3"] {
        topology.add(name, "test");
    }
    topology
}

/// Shows a history to a monitor, as an executor does; the first finding ends it.
pub(super) fn watch(monitor: &mut dyn Monitor<Note>, history: &[SeenNote]) -> Option<Finding> {
    use dtxsim_core::Kinds;
    use dtxsim_core::monitor::{CRASHES, FAULTS, TIMEOUTS};
    let topology = topology();
    history.iter().find_map(|seen| {
        let (wanted, seen) = match seen {
            SeenNote::Note(by, note) => {
                (Note::bit(note.kind()), Seen::Note { by: ProcessId(*by), note })
            }
            SeenNote::Crashed(by) => (CRASHES, Seen::Crashed { by: ProcessId(*by) }),
            SeenNote::Recovered(by) => (CRASHES, Seen::Recovered { by: ProcessId(*by) }),
            SeenNote::TimedOut(by) => (TIMEOUTS, Seen::TimedOut { by: ProcessId(*by) }),
            SeenNote::Disturbed => (FAULTS, Seen::Disturbed),
        };
        let wanted = monitor.interest() & wanted != 0;
        wanted.then(|| monitor.observe(&seen, &topology)).flatten()
    })
}

/// What of the end of a run a test may change.
pub(super) struct RestParts {
    pub(super) ending: Ending,
    pub(super) down: Vec<bool>,
    pub(super) disturbed: bool,
}

/// Shows the end of a run to a monitor: quiet, all up, undisturbed, but for what `change` says.
pub(super) fn rest(
    monitor: &mut dyn Monitor<Note>,
    reports: &[(ProcessId, Note)],
    change: impl FnOnce(&mut RestParts),
) -> Judgement {
    let topology = topology();
    let mut parts = RestParts { ending: Ending::Quiet, down: vec![false; 4], disturbed: false };
    change(&mut parts);
    let RestParts { ending, down, disturbed } = parts;
    monitor.at_rest(&Rest { reports, down: &down, ending, disturbed, topology: &topology })
}
