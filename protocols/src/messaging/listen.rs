//! Sources that listen to themselves: what [`crate::listen_to_yourself`] adds to messaging, and
//! where it is explained.
//!
//! To a source its own event is what it is to every other consumer (`consumer.rs`). Before that it
//! has nothing but the request, in memory.

use serde::{Deserialize, Serialize};

use super::service::{Out, Service};
use super::settings::Telling;
use super::{Here, Record};
use crate::common::{Note, Outcome, TxId, Work};

/// When a source answers its client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// When the broker has accepted the event.
    #[default]
    Accepted,
    /// When it has consumed the event itself.
    Consumed,
}

/// One thing that is done wrong on purpose, beside what consumers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The client is answered before the broker has the event.
    AnswersBeforeAccepted,
}

/// How a source goes about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// When it answers.
    pub when: When,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
}

impl Flaw {
    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::AnswersBeforeAccepted => "answers_before_accepted",
        }
    }
}

impl Service {
    /// The event is published, unless it could not be applied to what the source has consumed so
    /// far: then all ends here. Whether it can be when its turn comes nobody knows yet.
    pub(super) fn propose(
        &mut self,
        here: Here<'_>,
        rules: Rules,
        (tx, work): (TxId, Work),
        out: &mut Out,
    ) {
        let ops = &work.0.branches()[0].ops;
        if self.store.clone().execute(tx, ops, here.keys()).is_err() {
            out.force(Record::Aborted { tx });
            out.note(Note::Decided { tx, outcome: Outcome::Abort, forced: true });
            return out.note(Note::Answered { tx, outcome: Outcome::Abort });
        }
        match (rules.broken, rules.when) {
            (Some(Flaw::AnswersBeforeAccepted), _) => commit(tx, out),
            (None, When::Accepted) => {}
            (None, When::Consumed) => drop(self.asked.insert(tx, ())),
        }
        self.hand_over(here, tx, work, out);
    }

    /// The broker has the event: it will come to everybody, and back.
    pub(super) fn is_proposed(&self, rules: Rules, tx: TxId, out: &mut Out) {
        match (rules.broken, rules.when) {
            (None, When::Accepted) => commit(tx, out),
            (Some(Flaw::AnswersBeforeAccepted), _) | (None, When::Consumed) => {}
        }
    }

    /// Its own event has had its effect.
    pub(super) fn heard_itself(&mut self, tx: TxId, out: &mut Out) {
        out.note(Note::Decided { tx, outcome: Outcome::Commit, forced: true });
        if self.asked.remove(&tx).is_some() {
            commit(tx, out);
        }
    }
}

/// The client is told.
fn commit(tx: TxId, out: &mut Out) {
    out.note(Note::Answered { tx, outcome: Outcome::Commit });
}

impl Here<'_> {
    /// The rules of those who listen to themselves, if they do.
    pub(super) fn listening(&self) -> Option<Rules> {
        let Telling::Listen(rules) = self.telling() else { return None };
        Some(rules)
    }
}
