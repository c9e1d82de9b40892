//! How the processes of a role change: their states, as far as anybody can tell from outside what
//! they remember and what they wait for.

use super::Handled;
use crate::node::Node;
use crate::protocol::{Kinds, Protocol};

/// Where a process stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Standing {
    /// The kind of the last record of its log.
    pub record: Option<&'static str>,
    /// The kinds of the timers that are set, each once, in their order; nothing if it is down.
    pub timers: Option<Vec<&'static str>>,
}

/// A process handles something to the end. Others that look the same from outside are one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// Its role.
    pub role: &'static str,
    /// Where it stands.
    pub from: Standing,
    /// What it handles.
    pub input: Handled,
    /// Where it stands then.
    pub to: Standing,
    /// The kinds of messages that it sends, each once, in their order.
    pub sends: Vec<&'static str>,
}

impl Standing {
    pub(super) fn of<P: Protocol>(node: &Node<P>) -> Standing {
        let record = node.log().records().last();
        let timers = node.state().map(|_| {
            let mut kinds: Vec<&'static str> = node.timers().keys().map(name).collect();
            kinds.dedup();
            kinds
        });
        Standing { record: record.map(name), timers }
    }
}

fn name<T: Kinds>(thing: &T) -> &'static str {
    T::KINDS[thing.kind()]
}
