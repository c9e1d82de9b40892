//! A view: a process that shows what the services have, as their events tell it. What
//! [`crate::cqrs`] adds to messaging, and where it is explained.
//!
//! Every transaction that writes has a branch of the view's, with all that it adds ([`Shown`]). To
//! a view that adds it, an event is what it is to any consumer (`consumer.rs`). To one that takes
//! over values the event also says what its source has made of its data.

use std::sync::Arc;

use dtxsim_core::client::Workload;
use dtxsim_core::random::Stream;
use dtxsim_core::{ProcessId, RequestId, Topology};
use serde::{Deserialize, Serialize};

use super::service::{Out, Service};
use super::settings::{Consumer, Flaw as Wrong};
use super::{Here, Received, Record};
use crate::common::services::VIEW;
use crate::common::transaction::Branch;
use crate::common::{Deed, Key, KeySpec, Note, Op, Ops, Transaction, TxId, Work, Writes};

/// What events say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Events {
    /// What is added. The view adds it, and a row for the event makes it once.
    #[default]
    Changes,
    /// What the data are now. The view takes over what is newer than what it has.
    States,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The view does not keep how far it is, and adds again what it gets again.
    NoPosition,
    /// How far it is is a record of its own, after that of what it shows.
    PositionApart,
    /// The view takes over whatever comes last.
    Unversioned,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] = [Flaw::NoPosition, Flaw::PositionApart, Flaw::Unversioned];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NoPosition => "no_position",
            Flaw::PositionApart => "position_apart",
            Flaw::Unversioned => "unversioned",
        }
    }

    /// The events that it goes wrong with.
    pub const fn events(self) -> Events {
        match self {
            Flaw::NoPosition | Flaw::PositionApart => Events::Changes,
            Flaw::Unversioned => Events::States,
        }
    }
}

/// How a view is kept up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// What events say.
    pub events: Events,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

/// A view's process, and where it has which datum.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct View {
    process: ProcessId,
    rules: Rules,
    /// Where the data of each process begin among those of the view.
    begins: Arc<[u16]>,
}

impl View {
    /// The view of a topology whose other processes have these data.
    ///
    /// # Panics
    /// If it has none.
    pub(super) fn new(rules: Rules, topology: &Topology, keys: &[Vec<KeySpec>]) -> View {
        let process = topology.find(VIEW).expect("there is a view");
        let mut next = 0;
        let begins = keys.iter().map(|keys| {
            let begin = next;
            next += keys.len();
            begin as u16
        });
        View { process, rules, begins: begins.collect() }
    }

    /// All data, those of the view included. It has no constraints: what it is told has happened.
    pub(super) fn with_copies(
        &self,
        topology: &Topology,
        keys: &[Vec<KeySpec>],
    ) -> Arc<[Vec<KeySpec>]> {
        let named = topology.processes.iter().zip(keys).flat_map(|(process, keys)| {
            keys.iter().map(|key| KeySpec {
                name: format!("{}.{}", process.name, key.name),
                initial: key.initial,
                min: None,
                max: None,
            })
        });
        let copies: Vec<KeySpec> = named.collect();
        let mut all = keys.to_vec();
        all[self.process.index()] = copies;
        all.into()
    }

    /// Where it has a datum of a process.
    fn copy(&self, process: ProcessId, key: Key) -> Key {
        Key(self.begins[process.index()] + key.0)
    }
}

/// The work of a business, as a view makes it: who only reads asks the view, and who writes tells
/// it.
pub struct Shown {
    work: Box<dyn Workload<Work>>,
    view: View,
}

impl Shown {
    /// That work, with a view.
    pub(crate) fn new(work: Box<dyn Workload<Work>>, view: View) -> Shown {
        Shown { work, view }
    }

    /// All of a transaction that it shows.
    fn branch(&self, whole: &Transaction, is_shown: fn(&Op) -> bool) -> Branch {
        let ops = whole.branches().iter().flat_map(|branch| {
            let ops = branch.ops.iter().filter(move |op| is_shown(op));
            ops.map(|op| op.of(self.view.copy(branch.process, op.key())))
        });
        Branch { process: self.view.process, ops: ops.collect::<Ops>() }
    }
}

impl Workload<Work> for Shown {
    fn len(&self) -> u32 {
        self.work.len()
    }

    fn request(&self, id: RequestId, stream: &mut Stream) -> Work {
        let Work(whole) = self.work.request(id, stream);
        let transaction = if whole.updaters().is_empty() {
            Transaction::new(whole.name(), [self.branch(&whole, |_| true)])
        } else {
            let told = self.branch(&whole, |op| op.writes());
            Transaction::new(whole.name(), whole.branches().iter().cloned().chain([told]))
        };
        Work(Arc::new(transaction))
    }
}

impl Service {
    /// Takes over what an event says the data are now.
    pub(super) fn take_over(
        &mut self,
        here: Here<'_>,
        rules: Rules,
        (from, tx): (ProcessId, TxId),
        now: &[(Key, i64)],
        out: &mut Out,
    ) {
        let is_versioned = rules.broken != Some(Flaw::Unversioned);
        let is_new = |&(key, value): &(Key, i64)| {
            if is_versioned {
                self.versions.get(&key) < Some(&tx)
            } else {
                self.store.values()[usize::from(key.0)] != value
            }
        };
        let writes: Writes = now.iter().copied().filter(is_new).collect();
        if writes.is_empty() {
            out.note(Note::Did { tx, deed: Deed::Action, changed: false });
        } else {
            self.store.apply(&writes);
            for &(key, _) in writes.iter().filter(|_| is_versioned) {
                self.versions.insert(key, tx);
            }
            let (inbox, own) = (false, false);
            out.force(Record::Effect { tx, writes: writes.clone(), inbox, own });
            out.note(Note::Did { tx, deed: Deed::Action, changed: true });
            for &(key, value) in &writes {
                out.note(Note::Changed { key, value });
            }
        }
        out.send(from, here.consumed(tx, Received::Done));
    }
}

impl Here<'_> {
    /// The rules of the view, for itself.
    pub(super) fn showing(&self) -> Option<Rules> {
        let view = self.protocol.view.as_ref().filter(|view| view.process == self.me);
        view.map(|view| view.rules)
    }

    /// What this process does about events that come twice.
    pub(super) fn consumer(&self) -> Consumer {
        match self.showing() {
            None => self.protocol.settings.consumer,
            Some(Rules { broken: Some(Flaw::NoPosition), .. }) => Consumer::Naive,
            Some(Rules {
                broken: Some(Flaw::PositionApart | Flaw::Unversioned) | None, ..
            }) => Consumer::Inbox,
        }
    }

    /// Whether its inbox row is a record of its own.
    pub(super) fn has_inbox_apart(&self) -> bool {
        let of_view = self.showing().and_then(|rules| rules.broken);
        self.flawed(Wrong::InboxRowApart) || of_view == Some(Flaw::PositionApart)
    }

    /// Whether it keeps which event each datum is of.
    pub(super) fn keeps_versions(&self) -> bool {
        self.showing() == Some(Rules { events: Events::States, broken: None })
    }

    /// The event of a transaction, whose source has made this of its data.
    pub(super) fn event(&self, work: Work, writes: &Writes) -> Work {
        match &self.protocol.view {
            Some(view) if view.rules.events == Events::States => {
                let now = writes.iter().map(|&(key, value)| (view.copy(self.me, key), value));
                Work(Arc::new(work.0.saying(now.collect())))
            }
            Some(_) | None => work,
        }
    }
}
