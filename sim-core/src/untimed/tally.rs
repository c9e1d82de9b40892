//! What is nobody's: what may still go wrong, which links are cut, what clients have yet to ask.

use crate::topology::{HostId, Topology};
use crate::untimed::bounds::Budgets;

/// The part of a state that belongs to no process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Tally {
    /// What may still go wrong.
    pub(crate) left: Budgets,
    /// The partition that holds: an index into [`Cuts`].
    pub(crate) cut: Option<u16>,
    /// The requests that have been made, a bit each.
    pub(crate) asked: u64,
}

/// All ways to part the hosts into two groups: of each, the group without the first host.
pub(crate) struct Cuts {
    groups: Vec<u64>,
}

impl Cuts {
    /// With more hosts there are too many to number, and there is none here: who explores refuses.
    pub(crate) const HOSTS_MAX: usize = 16;

    pub(crate) fn new(topology: &Topology, budgets: &Budgets) -> Cuts {
        let hosts = topology.hosts.len();
        let groups = if budgets.partitions == 0 || !(2..=Cuts::HOSTS_MAX).contains(&hosts) {
            Vec::new()
        } else {
            (1..1u64 << (hosts - 1)).map(|others| others << 1).collect()
        };
        Cuts { groups }
    }

    pub(crate) fn len(&self) -> u16 {
        self.groups.len() as u16
    }

    /// The hosts of a partition's second group.
    pub(crate) fn group(&self, cut: u16) -> impl Iterator<Item = usize> + use<> {
        let group = self.groups[usize::from(cut)];
        (0..64).filter(move |host| group >> host & 1 != 0)
    }

    /// The partition that stands between the same hosts when they are called otherwise.
    pub(crate) fn renamed(&self, cut: u16, hosts: usize, name: impl Fn(usize) -> usize) -> u16 {
        let group = self.group(cut).fold(0, |group, host| group | 1u64 << name(host));
        let others = u64::MAX.checked_shr(64 - hosts as u32).unwrap_or(0) & !group;
        let same = |other: &u64| *other == group || *other == others;
        let found = self.groups.iter().position(same);
        found.expect("if hosts can be parted, they can when they are called otherwise") as u16
    }

    /// Whether a message between these hosts cannot get through.
    pub(crate) fn parts(&self, cut: Option<u16>, from: HostId, to: HostId) -> bool {
        cut.is_some_and(|cut| {
            let group = self.groups[usize::from(cut)];
            group >> from.0 & 1 != group >> to.0 & 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_of_a_few_hosts_is_there_once() {
        let mut topology = Topology::default();
        for name in ["a", "b", "c", "d"] {
            topology.add(name, "any");
        }
        let budgets = Budgets { partitions: 1, ..Budgets::default() };
        let cuts = Cuts::new(&topology, &budgets);
        assert_eq!(cuts.len(), 7);
        let parted = |cut| cuts.parts(Some(cut), HostId(0), HostId(1));
        assert_eq!((0..7).filter(|&cut| parted(cut)).count(), 4);
        assert!(!cuts.parts(None, HostId(0), HostId(1)));
        assert_eq!(Cuts::new(&topology, &Budgets::default()).len(), 0);
    }

    #[test]
    fn a_partition_of_renamed_hosts_is_one_as_well() {
        let mut topology = Topology::default();
        for name in ["a", "b", "c"] {
            topology.add(name, "any");
        }
        let cuts = Cuts::new(&topology, &Budgets { partitions: 1, ..Budgets::default() });
        let find = |wanted: &[usize]| (0..3).find(|&cut| cuts.group(cut).eq(wanted.to_vec()));
        let [b, c, both] = [&[1][..], &[2], &[1, 2]].map(|group| find(group).expect("it is there"));
        let swap = |x: usize, y: usize| {
            move |host| {
                if host == x {
                    y
                } else if host == y {
                    x
                } else {
                    host
                }
            }
        };
        assert_eq!([b, c, both].map(|cut| cuts.renamed(cut, 3, swap(1, 2))), [c, b, both]);
        assert_eq!([b, c, both].map(|cut| cuts.renamed(cut, 3, swap(0, 1))), [both, c, b]);
    }
}
