use std::collections::BTreeSet;

use super::Ledger;
use crate::protocol::Interval;
use crate::time::Nanos;
use crate::topology::ProcessId;

/// How long the intervals of one name lasted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lasting {
    /// How many were closed.
    pub count: u64,
    /// Their sum.
    pub total: Nanos,
    /// The longest.
    pub longest: Nanos,
    /// How many were open when a run ended: what several processes say of one subject is one.
    pub open: u64,
}

/// Intervals that are open.
#[derive(Clone, Debug)]
pub(crate) struct OpenIntervals {
    /// By process: name, subject, since when. Few are open at a time.
    since: Vec<Vec<(usize, u64, Nanos)>>,
}

impl OpenIntervals {
    pub(crate) fn new(processes: usize) -> OpenIntervals {
        OpenIntervals { since: vec![Vec::new(); processes] }
    }

    pub(crate) fn clear(&mut self) {
        self.since.iter_mut().for_each(Vec::clear);
    }

    /// A run is over.
    pub(crate) fn end(&self, ledger: &mut Ledger) {
        let open = self.since.iter().flatten().map(|&(name, subject, _)| (name, subject));
        for (name, _) in open.collect::<BTreeSet<_>>() {
            ledger.intervals[name].open += 1;
        }
    }

    pub(crate) fn take(&mut self, ledger: &mut Ledger, now: Nanos, by: ProcessId, edge: Interval) {
        let open = &mut self.since[by.index()];
        let is_this = |&(name, subject, _): &(usize, u64, Nanos)| {
            (name, subject) == (edge.name, edge.subject)
        };
        let found = open.iter().position(is_this);
        if edge.opens {
            // Opened again after a recovery, it has lasted all the time.
            if found.is_none() {
                open.push((edge.name, edge.subject, now));
            }
        } else if let Some(at) = found {
            let (_, _, since) = open.swap_remove(at);
            let lasting = &mut ledger.intervals[edge.name];
            lasting.count += 1;
            lasting.total = lasting.total + now.since(since);
            lasting.longest = lasting.longest.max(now.since(since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_spans_a_crash_and_closes_once() {
        let (mut open, mut ledger) = (OpenIntervals::new(2), Ledger::default());
        ledger.intervals.push(Lasting::default());
        let edge = |opens| Interval { name: 0, subject: 7, opens };
        open.take(&mut ledger, Nanos(10), ProcessId(1), edge(true));
        open.take(&mut ledger, Nanos(20), ProcessId(1), edge(true));
        open.take(&mut ledger, Nanos(30), ProcessId(1), edge(false));
        open.take(&mut ledger, Nanos(40), ProcessId(1), edge(false));
        let twenty = Lasting { count: 1, total: Nanos(20), longest: Nanos(20), open: 0 };
        assert_eq!(ledger.intervals, [twenty]);
    }

    #[test]
    fn what_is_open_at_the_end_counts_once_whoever_says_it() {
        let (mut open, mut ledger) = (OpenIntervals::new(2), Ledger::default());
        ledger.intervals.push(Lasting::default());
        let edge = |subject, opens| Interval { name: 0, subject, opens };
        for (process, edge) in
            [(0, edge(7, true)), (1, edge(7, true)), (0, edge(8, true)), (0, edge(8, false))]
        {
            open.take(&mut ledger, Nanos(10), ProcessId(process), edge);
        }
        open.end(&mut ledger);
        assert_eq!((ledger.intervals[0].count, ledger.intervals[0].open), (1, 1));
    }
}
