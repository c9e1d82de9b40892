//! Those who listen to themselves.

use dtxsim_protocols::Choice;
use dtxsim_protocols::listen_to_yourself::{Flaw, Knobs, When};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::retry::timeouts;

const KNOBS: Fields = Fields { what: "`listen_to_yourself`", names: &["when", "broken"] };

const WHENS: [(&str, When); 2] = [("accepted", When::Accepted), ("consumed", When::Consumed)];

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::ListenToYourself(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let standard = Knobs::default();
    let when = match record.get("when") {
        None => Some(standard.when),
        Some(node) => reader.choice(node, "time to answer", &WHENS),
    };
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = Flaw::ALL.map(|flaw| (flaw.name(), flaw));
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs { when: when?, broken: broken?, timeouts: standard.timeouts })
}
