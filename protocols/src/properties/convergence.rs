use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::catalog::Catalog;
use crate::common::services::VIEW;
use crate::common::{Key, Note};

/// At rest a view has of every datum the value that its service has: it converges (Vogels,
/// *Eventually Consistent*, CACM 52(1), 2009: if no new updates are made, all accesses return the
/// last updated value).
///
/// Judged only where nobody waits any more, and nothing needs a person. Premise: at rest, a datum
/// was compared that is not what it was at first, here or there.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Convergence {
    catalog: Catalog,
    premises: Aside<u64>,
}

impl Convergence {
    pub(super) fn new(catalog: Catalog) -> Convergence {
        Convergence { catalog, premises: Aside(0) }
    }
}

fn balance(rest: &Rest<'_, Note>, wanted: (ProcessId, Key)) -> Option<i64> {
    rest.reports.iter().find_map(|(process, note)| match note {
        Note::Balance { key, value } if (*process, *key) == wanted => Some(*value),
        Note::Balance { .. }
        | Note::Began { .. }
        | Note::Voted { .. }
        | Note::Decided { .. }
        | Note::Answered { .. }
        | Note::Locked { .. }
        | Note::Changed { .. }
        | Note::Restored { .. }
        | Note::Waiting { .. }
        | Note::Holding { .. }
        | Note::Did { .. }
        | Note::Recalled { .. }
        | Note::Published { .. }
        | Note::NeedsPerson { .. }
        | Note::Reserved { .. }
        | Note::Read { .. } => None,
    })
}

impl Monitor<Note> for Convergence {
    fn name(&self) -> &'static str {
        Property::Convergence.name()
    }

    fn interest(&self) -> u64 {
        0
    }

    fn observe(&mut self, _: &Seen<'_, Note>, _: &Topology) -> Option<Finding> {
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        if let Some(judgement) = rest.cut_off() {
            return judgement;
        }
        let is_open = |(_, note): &(ProcessId, Note)| {
            matches!(note, Note::Waiting { .. } | Note::NeedsPerson { .. })
        };
        let Some(view) = rest.topology.find(VIEW) else { return Judgement::Fine };
        if rest.reports.iter().any(is_open) {
            return Judgement::Fine;
        }
        self.premises = Aside(0);
        for (n, original) in self.catalog.all_but(view).enumerate() {
            let copy = (view, Key(n as u16));
            let values = (balance(rest, original), balance(rest, copy));
            let (Some(value), Some(shown)) = values else { continue };
            let initial = self.catalog.spec(original.0, original.1).initial;
            self.premises.0 += u64::from((value, shown) != (initial, initial));
            if value != shown {
                let name = rest.topology.name(original.0);
                let datum = self.catalog.name(original.0, original.1);
                return Judgement::Violated(Finding::new(format!(
                    "{name}/{datum} is {value} at rest, and the view shows {shown}"
                )));
            }
        }
        Judgement::Fine
    }

    /// A view has its data in the order of the processes that they are of.
    fn renamed(&self, _: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        None
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.premises = Aside(0);
    }
}

#[cfg(test)]
mod tests {
    use dtxsim_core::monitor::Ending;

    use super::super::testing::{person_at_rest, waits};
    use super::*;

    /// p0 has a and b, of which p1, the view, has copies.
    fn judged(reports: &[(ProcessId, Note)]) -> (Judgement, u64) {
        let mut topology = Topology::default();
        topology.add("p0", "service");
        topology.add(VIEW, VIEW);
        let catalog = Catalog::of(&[&[("a", 1), ("b", 2)], &[("p0.a", 1), ("p0.b", 2)]]);
        let mut monitor = Convergence::new(catalog);
        let (down, ending) = ([false; 2], Ending::Quiet);
        let rest = Rest { reports, down: &down, ending, disturbed: false, topology: &topology };
        (monitor.at_rest(&rest), monitor.premises())
    }

    fn balances(values: [[i64; 2]; 2]) -> Vec<(ProcessId, Note)> {
        let of = |process: usize| {
            let value = move |key: usize| {
                let balance = Note::Balance { key: Key(key as u16), value: values[process][key] };
                (ProcessId(process as u16), balance)
            };
            (0..2).map(value)
        };
        (0..2).flat_map(of).collect()
    }

    #[test]
    fn a_view_that_shows_something_else_is_caught() {
        let (judgement, premises) = judged(&balances([[1, 7], [1, 2]]));
        let Judgement::Violated(finding) = judgement else { panic!("{judgement:?}") };
        assert_eq!(finding.summary, "p0/b is 7 at rest, and the view shows 2");
        assert_eq!(premises, 1);
    }

    #[test]
    fn a_view_that_shows_the_same_is_fine_and_proves_nothing_if_nothing_changed() {
        assert_eq!(judged(&balances([[1, 7], [1, 7]])), (Judgement::Fine, 1));
        assert_eq!(judged(&balances([[1, 2], [1, 2]])), (Judgement::Fine, 0));
    }

    #[test]
    fn what_is_down_or_under_way_or_with_a_person_is_not_judged() {
        let differs = || balances([[1, 7], [1, 2]]);
        assert_eq!(judged(&differs()[..2]), (Judgement::Fine, 0));
        for open in [waits(0, 0), person_at_rest(0, 0)] {
            let reports: Vec<_> = differs().into_iter().chain([open]).collect();
            assert_eq!(judged(&reports), (Judgement::Fine, 0));
        }
    }
}
