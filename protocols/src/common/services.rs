use std::sync::Arc;

use dtxsim_core::{ProcessId, Topology};

use super::business::{Business, KeySpec};

/// The name of the coordinator's process, where there is one; services have their own.
pub const COORDINATOR: &str = "coordinator";

/// The name of the process that shows what the others have, where there is one.
pub const VIEW: &str = "view";

/// A process of that name, which leads, and each service, every one on a host of its own but for
/// those placed together: (process, with whom). `roles` are those of the process that leads, which
/// is process 0, and of the services. Unknown names in `placement` are ignored: they are for the
/// caller to refuse.
pub fn led(
    business: &Business,
    leader: &str,
    roles: (&'static str, &'static str),
    placement: &[(String, String)],
) -> Topology {
    led_by(business, &[(leader, roles.0)], roles.1, placement)
}

/// The same with several that lead, each with its role: they are the first processes.
pub fn led_by(
    business: &Business,
    leaders: &[(&str, &'static str)],
    role: &'static str,
    placement: &[(String, String)],
) -> Topology {
    let mut topology = Topology::default();
    for (leader, role) in leaders {
        topology.add(leader, role);
    }
    with_services(topology, business, role, placement)
}

/// Services and nobody else, placed in the same way.
pub fn peers(business: &Business, role: &'static str, placement: &[(String, String)]) -> Topology {
    with_services(Topology::default(), business, role, placement)
}

fn with_services(
    mut topology: Topology,
    business: &Business,
    role: &'static str,
    placement: &[(String, String)],
) -> Topology {
    for service in &business.services {
        topology.add(&service.name, role);
    }
    for (guest, host) in placement {
        if let (Some(guest), Some(host)) = (topology.find(guest), topology.find(host)) {
            let host = topology.host(host);
            topology.processes[guest.index()].host = host;
        }
    }
    topology.drop_empty_hosts();
    topology
}

/// A coordinator and participants.
pub fn coordinated(business: &Business, placement: &[(String, String)]) -> Topology {
    led(business, COORDINATOR, ("coordinator", "participant"), placement)
}

/// The data of each process, by [`ProcessId`]; none for those that are no service.
pub fn keys(business: &Business, topology: &Topology) -> Arc<[Vec<KeySpec>]> {
    let keys = topology.processes.iter().map(|process| {
        let service = business.services.iter().find(|service| service.name == process.name);
        service.map(|service| service.keys.clone()).unwrap_or_default()
    });
    keys.collect()
}

/// Those of these processes whose data are alike but for their names, group by group.
pub fn alike(
    processes: impl Iterator<Item = ProcessId>,
    keys: &[Vec<KeySpec>],
) -> Vec<Vec<ProcessId>> {
    let nameless = |process: ProcessId| {
        let keys = keys[process.index()].iter();
        keys.map(|KeySpec { name: _, initial, min, max }| (*initial, *min, *max))
    };
    let mut groups: Vec<Vec<ProcessId>> = Vec::new();
    for process in processes {
        match groups.iter_mut().find(|group| nameless(group[0]).eq(nameless(process))) {
            Some(group) => group.push(process),
            None => groups.push(vec![process]),
        }
    }
    groups
}

/// The process of each service, in their order.
///
/// # Panics
/// If a service has none.
pub fn processes(business: &Business, topology: &Topology) -> Vec<ProcessId> {
    let find = |name: &str| topology.find(name).expect("every service is a process");
    business.services.iter().map(|service| find(&service.name)).collect()
}
