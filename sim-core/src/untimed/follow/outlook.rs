//! What a recorded run has yet to do.

use std::collections::{BTreeMap, BTreeSet};

use crate::trace::{Action, Trace};

/// A message: from, to, text.
pub(crate) type Key<'t> = (usize, usize, &'t str);

/// What comes of a message, and when.
#[derive(Clone, Copy, Debug)]
struct Use {
    step: u64,
    arrives: bool,
}

/// What comes of every message that was sent on some step, and the requests to every process.
pub(crate) struct Outlook<'t> {
    messages: BTreeMap<(u64, Key<'t>), Vec<Use>>,
    requests: BTreeMap<usize, Vec<(u64, &'t str)>>,
}

impl<'t> Outlook<'t> {
    pub(crate) fn new(trace: &'t Trace) -> Outlook<'t> {
        let mut outlook = Outlook { messages: BTreeMap::new(), requests: BTreeMap::new() };
        for step in &trace.steps {
            let mut comes = |key: Key<'t>, arrives| {
                let of = (step.cause.unwrap_or(0), key);
                let what = Use { step: step.index, arrives };
                outlook.messages.entry(of).or_default().push(what);
            };
            match &step.action {
                Action::Deliver { from, to, message } => comes((*from, *to, message), true),
                Action::Undelivered { from, to, message, .. } => {
                    comes((*from, *to, message), false);
                }
                Action::Request { process, request } | Action::Refused { process, request } => {
                    outlook.requests.entry(*process).or_default().push((step.index, request));
                }
                _ => {}
            }
        }
        outlook
    }

    /// Whether a message that was sent on these steps arrives after this one.
    pub(crate) fn arrives(&self, key: Key<'_>, sent: &BTreeSet<u64>, after: u64) -> bool {
        self.later(key, sent, after).any(|later| later.arrives)
    }

    /// Whether anything comes after this step of a message that was sent on these.
    pub(crate) fn is_wanted(&self, key: Key<'_>, sent: &BTreeSet<u64>, after: u64) -> bool {
        self.later(key, sent, after).next().is_some()
    }

    /// The next request after that step that a process is asked.
    pub(crate) fn next_request(&self, process: usize, after: u64) -> Option<&'t str> {
        let requests = self.requests.get(&process)?;
        let next = requests.partition_point(|&(at, _)| at <= after);
        requests.get(next).map(|&(_, text)| text)
    }

    fn later<'o>(
        &'o self,
        key: Key<'o>,
        sent: &'o BTreeSet<u64>,
        after: u64,
    ) -> impl Iterator<Item = &'o Use> {
        let uses = sent.iter().filter_map(move |&step| self.messages.get(&(step, key)));
        uses.flatten().filter(move |later| later.step > after)
    }
}
