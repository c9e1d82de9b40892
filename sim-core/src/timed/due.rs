use crate::ledger::Depth;
use crate::protocol::{Protocol, RequestId};
use crate::time::Nanos;
use crate::topology::{HostId, ProcessId};

/// An event that waits for its time, or for its process to take it.
#[derive(Clone, Debug)]
pub(crate) enum Due<P: Protocol> {
    Message(Letter<P>),
    Timer {
        process: ProcessId,
        timer: P::Timer,
    },
    /// What a process waits for, if it is still the same incarnation.
    Completed {
        process: ProcessId,
        incarnation: u32,
        what: Completion,
    },
    /// A request that has been made but not handled.
    Request {
        process: ProcessId,
        id: RequestId,
        request: P::Request,
    },
    /// The client makes its next request.
    NextRequest,
    Fault {
        index: usize,
    },
    Restart {
        host: HostId,
    },
    Resume {
        host: HostId,
        until: Nanos,
    },
    Mend {
        index: usize,
    },
    Heal,
}

/// What a process may wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Completion {
    /// Its log is durable.
    Synced,
    /// Its choice is made.
    Chosen(u32),
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Letter<P: Protocol> {
    pub(crate) from: ProcessId,
    pub(crate) to: ProcessId,
    pub(crate) message: P::Message,
    /// Fingerprint of sender, receiver and message.
    pub(crate) content: u64,
    pub(crate) depth: Depth,
    /// The causal era of the depth.
    pub(crate) era: u32,
    /// The step that sent it.
    pub(crate) cause: u64,
    pub(crate) route: Route,
}

/// How a message travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Route {
    /// Between hosts.
    Wire,
    /// Within a host, and only within that incarnation of it.
    Local { incarnation: u32 },
}
