//! What makes an action the same event as long as it waits to happen.

use crate::fingerprint;
use crate::protocol::Protocol;
use crate::topology::ProcessId;
use crate::untimed::action::Action;

/// What tells an action from others. The fates of one step, and of one message, are one event.
pub(crate) fn event<P: Protocol>(action: &Action<P>) -> u64 {
    match action {
        Action::Step { process, input, .. } => fingerprint::of(&(0u8, process, input)),
        Action::Lose { from, to, message, .. } => fingerprint::of(&(1u8, from, to, message)),
        Action::Refuse { index } => fingerprint::of(&(2u8, index)),
        Action::Crash { host, .. } => fingerprint::of(&(3u8, host)),
        Action::Part { cut } => fingerprint::of(&(4u8, cut)),
        Action::Mend => fingerprint::of(&5u8),
    }
}

/// At whom an action happens: two at one process race.
pub(crate) fn place<P: Protocol>(action: &Action<P>) -> Option<ProcessId> {
    match action {
        Action::Step { process, .. } => Some(*process),
        Action::Lose { to, .. } => Some(*to),
        Action::Refuse { .. } | Action::Crash { .. } | Action::Part { .. } | Action::Mend => None,
    }
}
