//! The protocol, its knobs and its time-outs.

use dtxsim_core::Nanos;
use dtxsim_protocols::two_phase_commit::{Flaw, Knobs, Presumption, Termination, Timeouts};
use dtxsim_protocols::{Choice, two_phase_commit, two_phase_tla};

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

use super::reader::Reader;
use super::shapes::{Fields, Record};
use super::values::span;

const KNOBS: Fields = Fields {
    what: "`two_phase_commit`",
    names: &["presumption", "termination", "read_only_votes", "one_phase", "sessions", "broken"],
};

const TLA_KNOBS: Fields = Fields { what: "`two_phase_tla`", names: &["broken"] };

const TIMEOUTS: Fields =
    Fields { what: "`timeouts`", names: &["votes", "resend", "resend_most", "inquiry"] };

const PRESUMPTIONS: [(&str, Presumption); 3] = [
    ("nothing", Presumption::Nothing),
    ("abort", Presumption::Abort),
    ("commit", Presumption::Commit),
];

const TERMINATIONS: [(&str, Termination); 2] =
    [("none", Termination::None), ("cooperative", Termination::Cooperative)];

#[derive(Clone, Copy)]
enum Family {
    TwoPhaseCommit,
    TwoPhaseTla,
}

const FAMILIES: [(&str, Family); 2] = [
    (two_phase_commit::FAMILY.name, Family::TwoPhaseCommit),
    (two_phase_tla::FAMILY.name, Family::TwoPhaseTla),
];

/// The protocol of a file. If its family is known, what else is wrong with it does not matter to
/// the rest of the file.
pub(super) fn choice(reader: &mut Reader, file: &Record<'_, '_>) -> Option<Choice> {
    let timeouts = file
        .get("timeouts")
        .map_or_else(Timeouts::default, |node| timeouts(reader, node).unwrap_or_default());
    let node = file.require(reader, "protocol")?;
    match reader.variant(node, "protocol", &FAMILIES)? {
        Family::TwoPhaseCommit => {
            let knobs = knobs(reader, node).unwrap_or_default();
            Some(Choice::TwoPhaseCommit(Knobs { timeouts, ..knobs }))
        }
        Family::TwoPhaseTla => {
            without_clients(reader, file);
            let knobs = tla_knobs(reader, node).unwrap_or_default();
            Some(Choice::TwoPhaseTla(knobs))
        }
    }
}

/// Reports what the reference model has no use for.
fn without_clients(reader: &mut Reader, file: &Record<'_, '_>) {
    for field in ["transactions", "generate", "arrival", "timeouts"] {
        if let Some(place) = file.get(field).and(file.word(field)) {
            let message = format!("`two_phase_tla` has no use for `{field}`");
            let note = "there are no clients, and whatever may happen may happen at any time";
            reader.report(Diagnostic::at(place, message).note(note));
        }
    }
}

fn tla_knobs(reader: &mut Reader, node: &Node<'_>) -> Option<two_phase_tla::Knobs> {
    let record = reader.record(node, TLA_KNOBS)?;
    let Some(node) = record.get("broken") else { return Some(two_phase_tla::Knobs::default()) };
    let flaws = two_phase_tla::Flaw::ALL.map(|flaw| (flaw.name(), flaw));
    let broken = Some(reader.choice(node, "broken variant", &flaws)?);
    Some(two_phase_tla::Knobs { broken })
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
    let mut switch = |field: &str, standard: bool| match record.get(field) {
        None => Some(standard),
        Some(node) => reader.boolean(node),
    };
    let one_phase = switch("one_phase", standard.one_phase);
    let sessions = switch("sessions", standard.sessions);
    let read_only_votes = read_only_votes(reader, &record, presumption);
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => flaw(reader, node, presumption).map(Some),
    };
    Some(Knobs {
        presumption: presumption?,
        termination: termination?,
        read_only_votes: read_only_votes?,
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
    let mut timeout = |name: &str, standard: Nanos| match record.get(name) {
        None => Some(standard),
        Some(node) => span(reader, node, "a time-out"),
    };
    let votes = timeout("votes", standard.votes);
    let resend = timeout("resend", standard.resend);
    let resend_most = timeout("resend_most", standard.resend_most);
    let inquiry = timeout("inquiry", standard.inquiry);
    let timeouts =
        Timeouts { votes: votes?, resend: resend?, resend_most: resend_most?, inquiry: inquiry? };
    if timeouts.resend > timeouts.resend_most {
        let place = record.word("resend_most").or(record.word("resend")).unwrap_or(&node.head);
        let (least, most) = (timeouts.resend, timeouts.resend_most);
        let message = format!("`resend_most` ({most}) is less than `resend` ({least})");
        reader.report(Diagnostic::at(place, message));
    }
    Some(timeouts)
}
