//! The monolith.

use dtxsim_protocols::Choice;
use dtxsim_protocols::local::Knobs;

use crate::decode::reader::Reader;
use crate::decode::shapes::{Fields, Record};
use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

const KNOBS: Fields = Fields { what: "`local`", names: &[] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, file: &Record<'_, '_>) -> Choice {
    if let Some(place) = file.get("timeouts").and(file.word("timeouts")) {
        let message = "`local` has no use for `timeouts`";
        let note = "one database waits for nobody";
        reader.report(Diagnostic::at(place, message).note(note));
    }
    reader.record(protocol, KNOBS);
    Choice::Local(Knobs)
}
