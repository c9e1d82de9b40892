use std::marker::PhantomData;

use dtxsim_core::monitor::{Aside, Finding, Monitor, Seen};
use dtxsim_core::symmetry::{Renamed, Renaming};
use dtxsim_core::{Data, ProcessId, Topology};

use super::Property;
use super::recent::Recent;
use crate::common::{Deed, Note, TxId, Work};

/// A deed that was just noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Did {
    pub(super) by: ProcessId,
    pub(super) deed: Deed,
    pub(super) changed: bool,
}

/// What a rule says of one deed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ruling {
    /// It has nothing to say.
    Moot,
    /// It was observed.
    Observed,
    /// It was broken, and how.
    Broken(String),
}

/// A property that can be judged deed by deed, given what was done of the transaction before.
pub(super) trait Rule: Data {
    /// Which.
    const PROPERTY: Property;
    /// Whether it must know the branches, and their order, which makes all processes different.
    const MINDS_BRANCHES: bool;
    /// What it remembers of a transaction.
    type Known: Data + Default + Renamed;

    /// A transaction has begun; only if the rule minds branches.
    fn begin(known: &mut Self::Known, work: &Work);

    /// Judges a deed.
    fn judge(known: &mut Self::Known, did: Did, topology: &Topology) -> Ruling;

    /// A process has found a deed in its log, carried out so often.
    fn recall(known: &mut Self::Known, found: (ProcessId, Deed, u8), topology: &Topology)
    -> Ruling;
}

/// The monitor of such a property. Premise: a deed on which its rule is not moot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Deeds<R: Rule> {
    known: Recent<R::Known>,
    premises: Aside<u64>,
    rule: PhantomData<R>,
}

impl<R: Rule> Default for Deeds<R> {
    fn default() -> Self {
        Deeds { known: Recent::default(), premises: Aside(0), rule: PhantomData }
    }
}

impl<R: Rule> Deeds<R> {
    fn note(&mut self, by: ProcessId, note: &Note, topology: &Topology) -> Option<(TxId, Ruling)> {
        match note {
            Note::Began { tx, work } => {
                self.known.begin(*tx, work, |_, _| true);
                if R::MINDS_BRANCHES {
                    R::begin(self.known.entry(*tx)?, work);
                }
                None
            }
            Note::Did { tx, deed, changed } => {
                let did = Did { by, deed: *deed, changed: *changed };
                Some((*tx, R::judge(self.known.entry(*tx)?, did, topology)))
            }
            Note::Recalled { tx, deed, times } => {
                let found = (by, *deed, *times);
                Some((*tx, R::recall(self.known.entry(*tx)?, found, topology)))
            }
            Note::Voted { .. }
            | Note::Decided { .. }
            | Note::Answered { .. }
            | Note::Locked { .. }
            | Note::Changed { .. }
            | Note::Restored { .. }
            | Note::Balance { .. }
            | Note::Waiting { .. }
            | Note::Holding { .. }
            | Note::Published { .. }
            | Note::NeedsPerson { .. }
            | Note::Reserved { .. }
            | Note::Read { .. } => None,
        }
    }
}

impl<R: Rule> Monitor<Note> for Deeds<R> {
    fn name(&self) -> &'static str {
        R::PROPERTY.name()
    }

    fn interest(&self) -> u64 {
        Note::BEGAN | Note::DID | Note::RECALLED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note } = *seen else { return None };
        let (tx, ruling) = self.note(by, note, topology)?;
        self.premises.0 += u64::from(ruling != Ruling::Moot);
        match ruling {
            Ruling::Moot | Ruling::Observed => None,
            Ruling::Broken(how) => Some(Finding::new(format!("{}: {how}", self.known.called(tx)))),
        }
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let known = || self.known.renamed(by);
        (!R::MINDS_BRANCHES).then(|| -> Box<dyn Monitor<Note>> {
            Box::new(Deeds { known: known(), ..self.clone() })
        })
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        *self = Deeds::default();
    }
}
