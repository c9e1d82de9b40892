//! Who takes part, and what faults may name: processes, their hosts, and the protocol's words.

use std::collections::{BTreeMap, BTreeSet};

use dtxsim_core::topology::{HostId, ProcessId, Topology};
use dtxsim_protocols::common::Business;
use dtxsim_protocols::{Choice, Words};

use crate::diagnostic::Diagnostic;
use crate::names::quoted;
use crate::syntax::{Kind, Node};

use super::reader::Reader;
use super::shapes::Record;

/// A process that shares the host of another, by name.
pub(super) type Placement = Vec<(String, String)>;

/// All that faults and links can be about.
#[derive(Debug)]
pub(super) struct Cast {
    topology: Topology,
    pub(super) words: Words,
}

impl Cast {
    /// The processes that a protocol has for a business, placed as the file says.
    pub(super) fn read(
        reader: &mut Reader,
        file: &Record<'_, '_>,
        choice: &Choice,
        business: &Business,
    ) -> (Cast, Placement) {
        let mut cast = Cast { topology: choice.topology(business, &[]), words: choice.words() };
        cast.reserved(reader, file, choice);
        let placement = file.get("hosts").map_or_else(Vec::new, |node| cast.place(reader, node));
        cast.topology = choice.topology(business, &placement);
        (cast, placement)
    }

    /// Reports services that are called like a process of the protocol.
    fn reserved(&self, reader: &mut Reader, file: &Record<'_, '_>, choice: &Choice) {
        let Some(Kind::Map(services)) = file.get("services").map(|node| &node.kind) else { return };
        for (key, _) in services {
            let Kind::Text(name) = &key.kind else { continue };
            let same = self.topology.processes.iter().filter(|process| process.name == *name);
            if same.count() > 1 {
                let what = format!("{} has a process of that name", choice.family());
                let message = format!("a service cannot be called {}", quoted(name));
                reader.report(Diagnostic::at(&key.span, message).note(what));
            }
        }
    }

    /// Who shares a host with whom. Chains are resolved: every process is placed with one that is
    /// itself not placed with another.
    fn place(&self, reader: &mut Reader, node: &Node<'_>) -> Placement {
        let mut hosts = BTreeMap::new();
        let mut order = Vec::new();
        for (name, entry) in reader.entries(node) {
            let guest = self.find(reader, entry.key, name);
            let host = self.process(reader, entry.value);
            let (Some(guest), Some(host)) = (guest, host) else { continue };
            hosts.insert(guest, host);
            order.push((guest, entry));
        }
        let mut placement = Vec::new();
        let mut told = BTreeSet::new();
        for (guest, entry) in order {
            let mut way = BTreeSet::from([guest]);
            let mut host = guest;
            while let Some(&next) = hosts.get(&host) {
                host = next;
                if !way.insert(host) {
                    break;
                }
            }
            let name = |process| self.topology.name(process).to_owned();
            if !hosts.contains_key(&host) {
                placement.push((name(guest), name(host)));
            } else if way.is_disjoint(&told) {
                let message = match hosts.get(&guest) {
                    Some(&host) if host == guest => "a process cannot be placed with itself",
                    Some(_) | None => "these processes are placed with each other in a circle",
                };
                reader.report(Diagnostic::at(&entry.value.span, message));
                told.extend(way);
            }
        }
        placement
    }

    /// The process that a string names.
    pub(super) fn process(&self, reader: &mut Reader, node: &Node<'_>) -> Option<ProcessId> {
        let name = reader.text(node)?;
        self.find(reader, node, name)
    }

    fn find(&self, reader: &mut Reader, node: &Node<'_>, name: &str) -> Option<ProcessId> {
        let found = self.topology.find(name);
        if found.is_none() {
            let names = self.topology.processes.iter().map(|process| process.name.as_str());
            reader.unknown(&node.span, ("there is no process", name), names);
        }
        found
    }

    pub(super) fn host(&self, process: ProcessId) -> HostId {
        self.topology.host(process)
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.topology.hosts.len()).filter_map(|n| u16::try_from(n).ok()).map(HostId)
    }

    pub(super) fn name(&self, process: ProcessId) -> &str {
        self.topology.name(process)
    }
}
