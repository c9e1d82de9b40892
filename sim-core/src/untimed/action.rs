//! What can happen in a world without time.

use crate::node::Input;
use crate::protocol::Protocol;
use crate::topology::{HostId, ProcessId};
use crate::untimed::local::Death;
use crate::untimed::space::Nature;

/// One step of the world.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Action<P: Protocol> {
    /// A process takes an input, to the end or until it dies on the way.
    Step {
        process: ProcessId,
        input: Input<P>,
        /// A message arrives and stays in flight.
        copy: bool,
        death: Option<Death>,
        /// If it dies: how its neighbours on the host die with it.
        neighbours: Vec<(ProcessId, Death)>,
    },
    /// The next letter of `from` to `to` with this message is lost.
    Lose { from: ProcessId, to: ProcessId, message: P::Message, why: Loss },
    /// A request finds its process down.
    Refuse { index: usize },
    /// A host crashes at rest.
    Crash { host: HostId, deaths: Vec<(ProcessId, Death)> },
    /// The network falls into two parts.
    Part { cut: u16 },
    /// It is whole again.
    Mend,
}

/// Why a message is lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Loss {
    /// The network loses it: a fault.
    Dropped,
    /// It finds its process down.
    Down,
    /// It runs into a partition.
    Cut,
}

/// Whether an action is one for which timers wait with [`Timers::Quiescent`].
pub(crate) fn hurries<P: Protocol>(action: &Action<P>) -> bool {
    match action {
        Action::Step { input, .. } => *input != Input::Boot,
        Action::Lose { .. } | Action::Refuse { .. } => true,
        Action::Crash { .. } | Action::Part { .. } | Action::Mend => false,
    }
}

impl<P: Protocol> Action<P> {
    /// What it takes of the budgets.
    pub(crate) fn nature(&self) -> Nature {
        match self {
            Action::Step { copy, death, .. } => {
                Nature::DUPLICATE.when(*copy).and(Nature::CRASH.when(death.is_some()))
            }
            Action::Lose { why, .. } => Nature::DROP.when(*why == Loss::Dropped),
            Action::Crash { .. } => Nature::CRASH,
            Action::Part { .. } => Nature::PARTITION,
            Action::Refuse { .. } | Action::Mend => Nature::default(),
        }
    }
}

/// All ways to pick one of each list, the last list varying fastest.
pub(crate) fn combinations<T: Clone>(lists: &[Vec<T>]) -> Vec<Vec<T>> {
    let mut combinations = vec![Vec::new()];
    for list in lists {
        let extend = |head: &Vec<T>| {
            let head = head.clone();
            list.iter().map(move |item| {
                let mut longer = head.clone();
                longer.push(item.clone());
                longer
            })
        };
        combinations = combinations.iter().flat_map(extend).collect::<Vec<_>>();
    }
    combinations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_pick_one_of_each() {
        assert_eq!(combinations::<u8>(&[]), [vec![]]);
        assert_eq!(
            combinations(&[vec![1, 2], vec![3], vec![4, 5]]),
            [vec![1, 3, 4], vec![1, 3, 5], vec![2, 3, 4], vec![2, 3, 5]]
        );
        assert!(combinations(&[vec![1], vec![]]).is_empty());
    }
}
