//! What is still taken at rest.

use dtxsim_core::ProcessId;
use dtxsim_core::monitor::{Ending, Finding, Judgement, Rest};

use super::catalog::Catalog;
use super::waits::{Waiting, needing_person, past_help, waiting};
use crate::common::{Key, Note, TxId};

/// A way to take a datum for a transaction.
pub(super) struct Taking {
    /// What the datum is then, such as `locked`.
    pub(super) word: &'static str,
    /// What a report says is taken: by which transaction, which datum.
    pub(super) taken: fn(&Note) -> Option<(TxId, Key)>,
    /// Whether who waits would give up what a process has taken for a transaction, once it is
    /// helped.
    pub(super) gives_up: fn(&Waiting<'_>, ProcessId, TxId) -> bool,
}

/// Whether nothing is taken any more, but for transactions that need a person. In a run that was
/// cut off, who can still be helped would have given it up.
pub(super) fn nothing_left(taking: &Taking, catalog: &Catalog, rest: &Rest<'_, Note>) -> Judgement {
    if let Some(judgement) = rest.cut_off() {
        return judgement;
    }
    let (waiting, needing) = (waiting(rest), needing_person(rest));
    let lost = past_help(&waiting, rest);
    let excused = |process, tx| {
        let gives_up = |w: &Waiting<'_>| (taking.gives_up)(w, process, tx);
        rest.ending == Ending::Stalled
            && waiting.iter().any(gives_up)
            && !lost.iter().any(|w| gives_up(w))
    };
    let mut unknown = Judgement::Fine;
    let word = taking.word;
    for (process, note) in rest.reports {
        let Some((tx, key)) = (taking.taken)(note) else { continue };
        if needing.contains(&tx) {
            continue;
        }
        let name = rest.topology.name(*process);
        let datum = catalog.name(*process, key);
        if excused(*process, tx) {
            let why = format!("{name}/{datum} was still {word} when nothing new came");
            unknown = Judgement::Unknown(why);
            continue;
        }
        let finding = Finding::new(format!("{name}/{datum} is still {word} by {tx}"));
        return Judgement::Violated(finding);
    }
    unknown
}
