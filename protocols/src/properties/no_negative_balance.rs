use dtxsim_core::monitor::{Aside, Finding, Judgement, Monitor, Rest, Seen};
use dtxsim_core::symmetry::Renaming;
use dtxsim_core::{ProcessId, Topology};

use super::Property;
use super::catalog::Catalog;
use crate::common::{Key, Note};

/// No committed value breaks its constraint, of which `balance >= 0` is the usual one.
///
/// Premise: a datum with a constraint changes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NoNegativeBalance {
    catalog: Catalog,
    premises: Aside<u64>,
}

impl NoNegativeBalance {
    pub(super) fn new(catalog: Catalog) -> NoNegativeBalance {
        NoNegativeBalance { catalog, premises: Aside(0) }
    }
}

impl Monitor<Note> for NoNegativeBalance {
    fn name(&self) -> &'static str {
        Property::NoNegativeBalance.name()
    }

    fn interest(&self) -> u64 {
        Note::CHANGED
    }

    fn observe(&mut self, seen: &Seen<'_, Note>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note: Note::Changed { key, value } } = *seen else { return None };
        let spec = self.catalog.spec(by, *key);
        self.premises.0 += u64::from(spec.min.is_some() || spec.max.is_some());
        self.judge(by, *key, *value, topology)
    }

    fn judges_rest(&self) -> bool {
        true
    }

    /// A crash may hide the note of a change, but not the datum.
    fn at_rest(&mut self, rest: &Rest<'_, Note>) -> Judgement {
        let broken = rest.reports.iter().find_map(|(process, note)| {
            let Note::Balance { key, value } = note else { return None };
            self.judge(*process, *key, *value, rest.topology)
        });
        broken.map_or(Judgement::Fine, Judgement::Violated)
    }

    fn renamed(&self, by: &Renaming) -> Option<Box<dyn Monitor<Note>>> {
        let _ = by;
        Some(Box::new(self.clone()))
    }

    fn premises(&self) -> u64 {
        self.premises.0
    }

    fn reset(&mut self) {
        self.premises = Aside(0);
    }
}

impl NoNegativeBalance {
    fn judge(&self, by: ProcessId, key: Key, value: i64, topology: &Topology) -> Option<Finding> {
        let spec = self.catalog.spec(by, key);
        let (name, datum) = (topology.name(by), &spec.name);
        if let Some(min) = spec.min.filter(|min| value < *min) {
            return Some(Finding::new(format!("{name}/{datum} is {value}, below {min}")));
        }
        if let Some(max) = spec.max.filter(|max| value > *max) {
            return Some(Finding::new(format!("{name}/{datum} is {value}, above {max}")));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn monitor(min: Option<i64>, max: Option<i64>) -> NoNegativeBalance {
        NoNegativeBalance::new(Catalog::of(&[&[], &[("a", 10)]]).constrained(min, max))
    }

    #[test]
    fn an_overdraft_is_caught() {
        let finding = watch(&mut monitor(Some(0), None), &[changed(1, 5), changed(1, -1)]);
        assert_eq!(finding.expect("-1 is below 0").summary, "p1/a is -1, below 0");
    }

    #[test]
    fn what_a_crash_hid_is_caught_at_rest() {
        let judgement = rest(&mut monitor(Some(0), None), &[balance(1, -1)], |_| {});
        assert_eq!(judgement, Judgement::Violated(Finding::new("p1/a is -1, below 0")));
    }

    #[test]
    fn so_is_what_overflows_the_shelf() {
        assert!(watch(&mut monitor(None, Some(20)), &[changed(1, 21)]).is_some());
    }

    #[test]
    fn without_a_constraint_there_is_no_premise() {
        let mut free = monitor(None, None);
        assert_eq!((watch(&mut free, &[changed(1, -5)]), free.premises()), (None, 0));
        let mut bound = monitor(Some(0), None);
        assert_eq!((watch(&mut bound, &[changed(1, 0)]), bound.premises()), (None, 1));
    }
}
