//! Who there is and where they run.

use std::fmt;

/// A process: an index into [`Topology::processes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProcessId(pub u16);

/// A host, the unit of crashes, pauses, clocks and partitions: an index into [`Topology::hosts`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostId(pub u16);

impl ProcessId {
    /// Its place in [`Topology::processes`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl HostId {
    /// Its place in [`Topology::hosts`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a topology knows of one process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Process {
    /// Its name in scenarios and traces.
    pub name: String,
    /// Its role in the protocol, such as `participant`: costs are summed up by pairs of roles.
    pub role: &'static str,
    /// Where it runs.
    pub host: HostId,
}

/// Processes and their placement on hosts.
///
/// Messages between processes of one host are free, instant and reliable, and a crash takes the
/// whole host: the cost model of the literature (Gray & Lamport, *Consensus on Transaction
/// Commit*, 2006, section 5).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Topology {
    /// By [`ProcessId`].
    pub processes: Vec<Process>,
    /// Host names, by [`HostId`].
    pub hosts: Vec<String>,
}

impl Topology {
    /// Adds a process on a host of its own, both called `name`.
    ///
    /// # Panics
    /// Beyond 65,535 processes.
    pub fn add(&mut self, name: &str, role: &'static str) -> ProcessId {
        let host = HostId(u16::try_from(self.hosts.len()).expect("at most 65,535 hosts"));
        self.hosts.push(name.to_owned());
        self.add_on(host, name, role)
    }

    /// Adds a process called `name` on an existing host.
    ///
    /// # Panics
    /// Beyond 65,535 processes, or if there is no such host.
    pub fn add_on(&mut self, host: HostId, name: &str, role: &'static str) -> ProcessId {
        assert!(host.index() < self.hosts.len(), "a process needs a host");
        let id = u16::try_from(self.processes.len()).expect("at most 65,535 processes");
        self.processes.push(Process { name: name.to_owned(), role, host });
        ProcessId(id)
    }

    /// Removes hosts on which nothing runs and numbers the others anew.
    pub fn drop_empty_hosts(&mut self) {
        let used = |host: &HostId| self.processes.iter().any(|process| process.host == *host);
        let hosts: Vec<HostId> =
            (0..self.hosts.len() as u16).map(HostId).filter(|host| used(host)).collect();
        self.hosts = hosts.iter().map(|host| self.hosts[host.index()].clone()).collect();
        for process in &mut self.processes {
            let place = hosts.binary_search(&process.host).expect("its own host is used");
            process.host = HostId(place as u16);
        }
    }

    /// All processes, in order.
    pub fn ids(&self) -> impl Iterator<Item = ProcessId> + Clone + use<> {
        (0..self.processes.len() as u16).map(ProcessId)
    }

    /// The processes of one host, in order.
    pub fn on(&self, host: HostId) -> impl Iterator<Item = ProcessId> + '_ {
        self.ids().filter(move |&p| self.host(p) == host)
    }

    /// Where a process runs.
    pub fn host(&self, process: ProcessId) -> HostId {
        self.processes[process.index()].host
    }

    /// A process' name.
    pub fn name(&self, process: ProcessId) -> &str {
        &self.processes[process.index()].name
    }

    /// The process of that name.
    pub fn find(&self, name: &str) -> Option<ProcessId> {
        self.ids().find(|&p| self.name(p) == name)
    }

    /// The distinct roles, in order of first appearance.
    pub fn roles(&self) -> Vec<&'static str> {
        let mut roles = Vec::new();
        for process in &self.processes {
            if !roles.contains(&process.role) {
                roles.push(process.role);
            }
        }
        roles
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}
