//! Steps in numbers, and back.

use crate::node::Input;
use crate::protocol::{Event, Protocol};
use crate::topology::{HostId, ProcessId};
use crate::untimed::action::{Action, Loss};
use crate::untimed::collapsed::Collapsed;
use crate::untimed::local::Death;
use crate::untimed::mail::LetterId;

/// An action, in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) what: What,
    /// Which of the ways of the others on the host to die with it, or by itself.
    pub(crate) together: u32,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// A process reacts.
    React {
        process: u16,
        input: Taken,
        copy: bool,
        reaction: u32,
    },
    /// A letter is lost.
    Lose {
        to: u16,
        letter: LetterId,
        why: Loss,
    },
    /// A request finds nobody.
    Refuse(u32),
    /// A host crashes at rest.
    Crash(u16),
    Part(u16),
    Mend,
    /// Everybody has started.
    Start,
}

/// What a process takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    /// That one of what it takes whatever else there is.
    Own(u16),
    Letter(LetterId),
    Request(u32),
    Timer(u16),
}

impl<P: Protocol> Collapsed<'_, P> {
    /// The action that a step out of the state with these numbers is.
    pub(crate) fn explain(&self, numbers: &[u32], step: Step) -> Action<P> {
        let ways = |host: usize, but| {
            let mut ways = self.all.deaths_on(self.world, &numbers[..self.count], host, but);
            let way = ways.swap_remove(step.together as usize).into_iter();
            way.map(|(process, reaction)| (process, self.death(reaction))).collect()
        };
        match step.what {
            What::React { process, input, copy, reaction } => {
                let at = usize::from(process);
                let death = self.all.shared.reactions[reaction as usize].death;
                let host = self.world.hosts[at].index();
                Action::Step {
                    process: ProcessId(process),
                    input: self.taken(numbers, at, input),
                    copy,
                    death,
                    neighbours: if death.is_some() { ways(host, Some(at)) } else { Vec::new() },
                }
            }
            What::Lose { to, letter, why } => {
                let (from, message) = self.all.tables[usize::from(to)].letters.get(letter).clone();
                Action::Lose { from, to: ProcessId(to), message, why }
            }
            What::Refuse(index) => Action::Refuse { index: index as usize },
            What::Crash(host) => {
                Action::Crash { host: HostId(host), deaths: ways(usize::from(host), None) }
            }
            What::Part(cut) => Action::Part { cut },
            What::Mend => Action::Mend,
            What::Start => unreachable!("nobody asks how it all began"),
        }
    }

    fn death(&self, reaction: u32) -> Death {
        let death = self.all.shared.reactions[reaction as usize].death;
        death.expect("it is one of the ways to die")
    }

    fn taken(&self, numbers: &[u32], process: usize, taken: Taken) -> Input<P> {
        let tables = &self.all.tables[process];
        match taken {
            Taken::Own(index) => {
                let local = tables.locals.get(numbers[process]);
                local.own_inputs(&self.world.laws()).swap_remove(usize::from(index))
            }
            Taken::Letter(letter) => {
                let (from, message) = tables.letters.get(letter).clone();
                Input::Event(Event::Message { from, message })
            }
            Taken::Request(index) => self.world.request(index as usize),
            Taken::Timer(index) => {
                let row = &tables.rows[numbers[process] as usize];
                Input::Event(Event::Timer(row.timers[usize::from(index)].timer.clone()))
            }
        }
    }
}
