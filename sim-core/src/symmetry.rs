//! Processes that can change places: renaming them in everything that a protocol is made of.
//!
//! A protocol that treats some of its processes alike can say so ([`Protocol::symmetry`]), and how
//! its states, messages and so on look when they have changed places ([`Renamed`]). An exploration
//! may then take states that differ by that alone for one.

use std::collections::VecDeque;

use crate::protocol::{Effect, Protocol};
use crate::table::Table;
use crate::topology::ProcessId;

/// A permutation of processes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renaming {
    /// The new name of each; who is not in it keeps its own.
    names: Vec<ProcessId>,
}

impl Renaming {
    /// Two change places.
    pub fn swap(a: ProcessId, b: ProcessId) -> Renaming {
        let mut names: Vec<ProcessId> = (0..=a.0.max(b.0)).map(ProcessId).collect();
        names.swap(a.index(), b.index());
        Renaming { names }
    }

    /// What a process is called afterwards.
    pub fn of(&self, process: ProcessId) -> ProcessId {
        self.names.get(process.index()).copied().unwrap_or(process)
    }
}

/// Something that names processes, and so is something else when they are renamed.
///
/// What is kept in an order of processes is to be put into that order again: the result must be
/// equal to what the renamed processes would have made of it themselves.
pub trait Renamed {
    /// The same with every process called by its new name.
    #[must_use]
    fn renamed(&self, by: &Renaming) -> Self;
}

impl Renamed for ProcessId {
    fn renamed(&self, by: &Renaming) -> ProcessId {
        by.of(*self)
    }
}

/// What names nobody.
macro_rules! nameless {
    ($($of:ty),*) => {
        $(impl Renamed for $of {
            fn renamed(&self, _: &Renaming) -> $of {
                *self
            }
        })*
    };
}

nameless!((), bool, u8, u16, u32, u64, i64, i128);

impl<A: Renamed, B: Renamed> Renamed for (A, B) {
    fn renamed(&self, by: &Renaming) -> (A, B) {
        (self.0.renamed(by), self.1.renamed(by))
    }
}

impl<T: Renamed> Renamed for Vec<T> {
    fn renamed(&self, by: &Renaming) -> Vec<T> {
        self.iter().map(|item| item.renamed(by)).collect()
    }
}

impl<K: Renamed + Ord, V: Renamed> Renamed for Table<K, V> {
    fn renamed(&self, by: &Renaming) -> Table<K, V> {
        let mut renamed = Table::new();
        for (key, value) in self.iter() {
            renamed.insert(key.renamed(by), value.renamed(by));
        }
        renamed
    }
}

type Rename<T> = fn(&T, &Renaming) -> T;

/// How the processes of a protocol can change places.
pub struct Symmetry<P: Protocol> {
    pub(crate) alike: Vec<Vec<ProcessId>>,
    pub(crate) state: Rename<P::State>,
    pub(crate) message: Rename<P::Message>,
    pub(crate) timer: Rename<P::Timer>,
    pub(crate) record: Rename<P::Record>,
    pub(crate) request: Rename<P::Request>,
    pub(crate) note: Rename<P::Note>,
}

impl<P: Protocol> Symmetry<P>
where
    P::State: Renamed,
    P::Message: Renamed,
    P::Timer: Renamed,
    P::Record: Renamed,
    P::Request: Renamed,
    P::Note: Renamed,
{
    /// The processes of each of these groups are alike in all that the protocol knows of them:
    /// whatever one does in a state, another does in the renamed state, with renamed effects, but
    /// for the order of messages that are sent in a row. Whether they are asked the same is not
    /// the protocol's business.
    pub fn among(alike: Vec<Vec<ProcessId>>) -> Symmetry<P> {
        Symmetry {
            alike,
            state: Renamed::renamed,
            message: Renamed::renamed,
            timer: Renamed::renamed,
            record: Renamed::renamed,
            request: Renamed::renamed,
            note: Renamed::renamed,
        }
    }
}

impl<P: Protocol> Symmetry<P> {
    /// Effects that wait, renamed; messages that are sent in a row, in the order of receivers.
    pub(crate) fn effects(&self, all: &VecDeque<Effect<P>>, by: &Renaming) -> VecDeque<Effect<P>> {
        let mut renamed: Vec<Effect<P>> =
            all.iter().map(|effect| self.effect(effect, by)).collect();
        let receiver = |effect: &Effect<P>| match effect {
            Effect::Send { to, .. } => Some(*to),
            Effect::Append(_)
            | Effect::Sync
            | Effect::SetTimer(_)
            | Effect::CancelTimer(_)
            | Effect::Choose(_)
            | Effect::Note(_) => None,
        };
        let both_send =
            |a: &Effect<P>, b: &Effect<P>| receiver(a).is_some() && receiver(b).is_some();
        for row in renamed.chunk_by_mut(both_send) {
            row.sort_by_key(receiver);
        }
        renamed.into()
    }

    fn effect(&self, effect: &Effect<P>, by: &Renaming) -> Effect<P> {
        match effect {
            Effect::Append(record) => Effect::Append((self.record)(record, by)),
            Effect::Sync => Effect::Sync,
            Effect::Send { to, message } => {
                Effect::Send { to: by.of(*to), message: (self.message)(message, by) }
            }
            Effect::SetTimer(timer) => Effect::SetTimer((self.timer)(timer, by)),
            Effect::CancelTimer(timer) => Effect::CancelTimer((self.timer)(timer, by)),
            Effect::Choose(options) => Effect::Choose(*options),
            Effect::Note(note) => Effect::Note((self.note)(note, by)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_changes_places_is_called_by_the_others_name() {
        let swap = Renaming::swap(ProcessId(1), ProcessId(3));
        let all: Vec<ProcessId> = [0, 1, 2, 3, 63].map(ProcessId).into();
        assert_eq!(all.renamed(&swap), [0, 3, 2, 1, 63].map(ProcessId));
        assert_eq!(all.renamed(&swap).renamed(&swap), all);
    }

    #[test]
    fn a_table_keeps_its_order() {
        let mut table = Table::new();
        table.insert(ProcessId(1), ProcessId(2));
        table.insert(ProcessId(2), ProcessId(7));
        let renamed = table.renamed(&Renaming::swap(ProcessId(1), ProcessId(2)));
        let rows: Vec<_> = renamed.iter().map(|(&k, &v)| (k.0, v.0)).collect();
        assert_eq!(rows, [(1, 7), (2, 1)]);
    }
}
