//! Who waits for whom when a run is over.

use dtxsim_core::ProcessId;
use dtxsim_core::monitor::Rest;
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::{Dfs, Reversed};

use crate::common::{Key, Note, TxId};

/// The transactions of which somebody says that a person must act.
pub(super) fn needing_person(rest: &Rest<'_, Note>) -> Vec<TxId> {
    let needing = |(_, note): &(ProcessId, Note)| {
        let Note::NeedsPerson { tx } = note else { return None };
        Some(*tx)
    };
    rest.reports.iter().filter_map(needing).collect()
}

/// A process that cannot go on, as it said itself.
pub(super) struct Waiting<'a> {
    pub(super) who: ProcessId,
    pub(super) tx: TxId,
    pub(super) on: &'a [ProcessId],
    pub(super) holding: &'a [Key],
}

/// All who said so, but for transactions that need a person, on which nobody goes on.
pub(super) fn waiting<'a>(rest: &Rest<'a, Note>) -> Vec<Waiting<'a>> {
    let needing = needing_person(rest);
    let waiting = rest.reports.iter().filter_map(|(who, note)| match note {
        Note::Waiting { tx, waits_for, holding } => {
            Some(Waiting { who: *who, tx: *tx, on: waits_for, holding })
        }
        Note::Began { .. }
        | Note::Voted { .. }
        | Note::Decided { .. }
        | Note::Answered { .. }
        | Note::Locked { .. }
        | Note::Changed { .. }
        | Note::Restored { .. }
        | Note::Balance { .. }
        | Note::Holding { .. }
        | Note::Did { .. }
        | Note::Recalled { .. }
        | Note::Published { .. }
        | Note::NeedsPerson { .. }
        | Note::Reserved { .. }
        | Note::Read { .. } => None,
    });
    waiting.filter(|waiting| !needing.contains(&waiting.tx)).collect()
}

/// Those who cannot be helped although others still talk: one that waits is helped by any that it
/// waits for which is up and not itself past help. So they are all who reach one that is down for
/// good, and none that is up and waits for nobody.
///
/// A circle of the living is not among them: of those it cannot be told from a run that was cut
/// off whether one of their messages would have ended it.
pub(super) fn past_help<'a, 'n>(
    waiting: &'a [Waiting<'n>],
    rest: &Rest<'_, Note>,
) -> Vec<&'a Waiting<'n>> {
    let mut graph: DiGraphMap<u16, ()> = DiGraphMap::new();
    for process in rest.topology.ids() {
        graph.add_node(process.0);
    }
    for (w, on) in waiting.iter().flat_map(|w| w.on.iter().map(move |on| (w, on))) {
        graph.add_edge(w.who.0, on.0, ());
    }
    let reaching = |targets: &dyn Fn(ProcessId) -> bool| {
        let mut reached = vec![false; rest.down.len()];
        for target in rest.topology.ids().filter(|&p| targets(p)) {
            let mut search = Dfs::new(Reversed(&graph), target.0);
            while let Some(process) = search.next(Reversed(&graph)) {
                reached[usize::from(process)] = true;
            }
        }
        reached
    };
    let down = |p: ProcessId| rest.down[p.index()];
    let waits = |p: ProcessId| waiting.iter().any(|w| w.who == p);
    let (lost, helped) = (reaching(&down), reaching(&|p| !down(p) && !waits(p)));
    waiting.iter().filter(|w| lost[w.who.index()] && !helped[w.who.index()]).collect()
}
