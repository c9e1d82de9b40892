//! The reference model.

use dtxsim_protocols::Choice;
use dtxsim_protocols::two_phase_tla::{Flaw, Knobs};

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

const KNOBS: Fields = Fields { what: "`two_phase_tla`", names: &["broken"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, file: &Record<'_, '_>) -> Choice {
    without_clients(reader, file);
    Choice::TwoPhaseTla(knobs(reader, protocol).unwrap_or_default())
}

/// Reports what it has no use for.
fn without_clients(reader: &mut Reader, file: &Record<'_, '_>) {
    for field in ["transactions", "generate", "arrival", "timeouts"] {
        if let Some(place) = file.get(field).and(file.word(field)) {
            let message = format!("`two_phase_tla` has no use for `{field}`");
            let note = "there are no clients, and whatever may happen may happen at any time";
            reader.report(Diagnostic::at(place, message).note(note));
        }
    }
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let Some(node) = record.get("broken") else { return Some(Knobs::default()) };
    let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
    let broken = Some(reader.choice(node, "broken variant", &flaws)?);
    Some(Knobs { broken })
}
