//! A service that handles commands: it decides against the folded state, and appends if nothing was
//! appended meanwhile.

use dtxsim_core::Table;

use super::{Flaw, Kind, Record, Rules};
use crate::common::broker::receivers;
use crate::common::{Deed, Note, Ops, Outcome, TxId, Work};
use crate::messaging::service::{Out, Service};
use crate::messaging::source::decide;
use crate::messaging::{Here, Timer};

/// What is under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Handler {
    /// How many events there are.
    version: u32,
    /// Commands that are decided, and whose events are not appended.
    decided: Table<TxId, Decided>,
}

/// A decision.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Decided {
    work: Work,
    /// Against which version.
    version: u32,
    accepts: bool,
}

impl Handler {
    pub(in crate::messaging) fn at(version: u32) -> Handler {
        Handler { version, decided: Table::new() }
    }
}

impl Service {
    /// A command is decided against the state as it is now. To append takes some time.
    pub(in crate::messaging) fn decide(
        &mut self,
        here: Here<'_>,
        tx: TxId,
        work: Work,
        out: &mut Out,
    ) {
        let ops = &work.0.branches()[0].ops;
        let accepts = self.store.clone().execute(tx, ops, here.keys()).is_ok();
        let version = self.handler.version;
        self.handler.decided.insert(tx, Decided { work, version, accepts });
        out.set_timer(Timer::Commit { tx });
    }

    /// The time has come: its event is appended, expecting the version that it was decided against.
    /// If there is another by now, the command is decided again.
    pub(in crate::messaging) fn append_decided(
        &mut self,
        here: Here<'_>,
        rules: Rules,
        tx: TxId,
        out: &mut Out,
    ) {
        let Some(Decided { work, version, accepts }) = self.handler.decided.remove(&tx) else {
            return;
        };
        if version != self.handler.version && rules.broken != Some(Flaw::VersionUnchecked) {
            return self.decide(here, tx, work, out);
        }
        if !accepts {
            out.force(crate::messaging::Record::Aborted { tx });
            return decide(tx, Outcome::Abort, out);
        }
        let ops = work.0.branches()[0].ops.clone();
        let is_told = receivers(&work).next().is_some();
        let writes = self.store.add(&ops);
        let event = self.event(tx, ops, Kind::Command(is_told.then(|| work.clone())));
        out.force(event.into());
        out.note(Note::Did { tx, deed: Deed::Action, changed: true });
        for &(key, value) in &writes {
            out.note(Note::Changed { key, value });
        }
        decide(tx, Outcome::Commit, out);
        if is_told {
            self.hand_over(here, tx, work, out);
        }
        self.fold(rules, out);
    }

    /// The next event of the stream.
    pub(in crate::messaging) fn event(&mut self, tx: TxId, ops: Ops, kind: Kind) -> Record {
        self.handler.version += 1;
        Record::Appended { tx, version: self.handler.version, ops, kind }
    }

    /// Notes the state, if it is time to. That is lazy: without it there is more to fold.
    pub(in crate::messaging) fn fold(&self, rules: Rules, out: &mut Out) {
        let version = self.handler.version;
        let Some(every) = rules.snapshots else { return };
        if !version.is_multiple_of(every.into()) {
            return;
        }
        let values = self.store.values().into();
        if rules.broken == Some(Flaw::SnapshotApart) {
            out.append(Record::Folded { values, version: None }.into());
            out.append(Record::FoldedAt(version).into());
        } else {
            out.append(Record::Folded { values, version: Some(version) }.into());
        }
    }
}
