//! Parallel pipelines.

use dtxsim_protocols::Choice;
use dtxsim_protocols::parallel_pipelines::{Flaw, Knobs};

use crate::decode::reader::Reader;
use crate::decode::shapes::Fields;
use crate::syntax::Node;

use super::retry::timeouts;

const KNOBS: Fields = Fields { what: "`parallel_pipelines`", names: &["broken"] };

pub(super) fn choice(reader: &mut Reader, protocol: &Node<'_>, waits: Option<&Node<'_>>) -> Choice {
    let timeouts = waits.and_then(|node| timeouts(reader, node)).unwrap_or_default();
    let knobs = knobs(reader, protocol).unwrap_or_default();
    Choice::ParallelPipelines(Knobs { timeouts, ..knobs })
}

fn knobs(reader: &mut Reader, node: &Node<'_>) -> Option<Knobs> {
    let record = reader.record(node, KNOBS)?;
    let broken = match record.get("broken") {
        None => Some(None),
        Some(node) => {
            let flaws = [(Flaw::TwoPublishes.name(), Flaw::TwoPublishes)];
            reader.choice(node, "broken variant", &flaws).map(Some)
        }
    };
    Some(Knobs { broken: broken?, ..Knobs::default() })
}
