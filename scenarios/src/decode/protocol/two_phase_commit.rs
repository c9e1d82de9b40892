//! Two-phase commit.

use dtxsim_protocols::Choice;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Reads, Termination, Timeouts};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::{repetition, switch, timeout};

const KNOBS: Fields = Fields {
    what: "`two_phase_commit`",
    names: &[
        "presumption",
        "termination",
        "read_only_votes",
        "reads",
        "one_phase",
        "sessions",
        "broken",
    ],
};

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["votes", "resend", "resend_most", "inquiry"] };

const PRESUMPTIONS: [(&str, Presumption); 3] = [
    ("nothing", Presumption::Nothing),
    ("abort", Presumption::Abort),
    ("commit", Presumption::Commit),
];

const TERMINATIONS: [(&str, Termination); 2] =
    [("none", Termination::None), ("cooperative", Termination::Cooperative)];

const READS: [(&str, Reads); 2] =
    [("locking", Reads::Locking), ("read_committed", Reads::ReadCommitted)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::TwoPhaseCommit(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let presumption = match record.get("presumption") {
        None => Some(standard.presumption),
        Some(node) => reader.choice(node, "presumption", &PRESUMPTIONS),
    };
    let termination = match record.get("termination") {
        None => Some(standard.termination),
        Some(node) => reader.choice(node, "termination protocol", &TERMINATIONS),
    };
    let reads = match record.get("reads") {
        None => Some(standard.reads),
        Some(node) => reader.choice(node, "way to read", &READS),
    };
    let one_phase = switch(reader, &record, "one_phase", standard.one_phase);
    let sessions = switch(reader, &record, "sessions", standard.sessions);
    let read_only_votes = read_only_votes(reader, &record, presumption);
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => flaw(reader, node, presumption).map(Some),
    };
    Some(Knobs {
        presumption: presumption?,
        termination: termination?,
        read_only_votes: read_only_votes?,
        reads: reads?,
        one_phase: one_phase?,
        sessions: sessions?,
        broken: broken?,
        timeouts: standard.timeouts,
    })
}

fn read_only_votes(
    reader: &mut Reader,
    record: &Record<'_, '_>,
    presumption: Option<Presumption>,
) -> Option<bool> {
    let possible = presumption != Some(Presumption::Nothing);
    let Some(node) = record.get("read_only_votes") else { return Some(possible) };
    let wanted = reader.boolean(node)?;
    if wanted && !possible {
        let message = "`presumption: nothing` has no vote for those that only read";
        let help = "leave `read_only_votes` out, or presume `abort` or `commit`";
        reader.report(Diagnostic::at(&node.span, message).help(help));
        return None;
    }
    Some(wanted)
}

fn flaw(reader: &mut Reader, node: &Node<'_>, presumption: Option<Presumption>) -> Option<Flaw> {
    let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
    let flaw = reader.choice(node, "broken variant", &flaws)?;
    if let Some(wrong) = out_of_place(flaw, presumption?) {
        reader.report(Diagnostic::at(&node.span, wrong));
        return None;
    }
    Some(flaw)
}

/// Why a presumption leaves nothing for a flaw to break.
fn out_of_place(flaw: Flaw, presumption: Presumption) -> Option<&'static str> {
    let commits_are_acknowledged = match presumption {
        Presumption::Nothing | Presumption::Abort => true,
        Presumption::Commit => false,
    };
    match flaw {
        Flaw::AckBeforeForce | Flaw::ForgetsBeforeAcks if !commits_are_acknowledged => {
            Some("with `presumption: commit` nobody acknowledges a commit")
        }
        Flaw::UnforcedCollecting if presumption != Presumption::Commit => {
            Some("only `presumption: commit` has a collecting record")
        }
        Flaw::AckBeforeForce
        | Flaw::ForgetsBeforeAcks
        | Flaw::UnforcedCollecting
        | Flaw::VoteBeforePrepare
        | Flaw::UnforcedDecision
        | Flaw::LocksLostAtRestart => None,
    }
}

fn timeouts(reader: &mut Reader, node: &Node<'_>) -> Option<Timeouts> {
    let record = reader.anonymous(node, TIMEOUTS)?;
    let standard = Timeouts::default();
    let mut timeout = |name, standard| timeout(reader, &record, name, standard);
    let votes = timeout("votes", standard.votes);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let inquiry = timeout("inquiry", standard.inquiry);
    let timeouts =
        Timeouts { votes: votes?, resend: resend?, resend_most: resend_most?, inquiry: inquiry? };
    repetition(reader, &record, ("resend", timeouts.resend), timeouts.resend_most);
    Some(timeouts)
}
