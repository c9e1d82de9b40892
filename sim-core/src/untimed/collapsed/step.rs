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
    /// A move of a process, by its number.
    Made {
        process: u16,
        index: u32,
    },
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
    Own(u32),
    Letter(LetterId),
    Request(u32),
    Timer(u32),
}

impl<P: Protocol> Collapsed<'_, P> {
    /// The action that a step out of the state with these numbers is.
    pub(crate) fn explain(&mut self, numbers: &[u32], step: Step) -> Action<P> {
        match step.what {
            What::Made { process, index } => {
                let what = self.all.tables[usize::from(process)].origins[index as usize].what;
                self.explain(numbers, Step { what, ..step })
            }
            What::React { process, input, copy, reaction } => {
                let at = usize::from(process);
                let death = self.all.shared.reactions[reaction as usize].death;
                let host = self.world.hosts[at].index();
                let neighbours = match death {
                    None => Vec::new(),
                    Some(_) => self.way(numbers, (host, Some(at)), step.together),
                };
                let input = self.taken(numbers, at, input);
                Action::Step { process: ProcessId(process), input, copy, death, neighbours }
            }
            What::Lose { to, letter, why } => {
                let (from, message) = self.all.tables[usize::from(to)].letters.get(letter).clone();
                Action::Lose { from, to: ProcessId(to), message, why }
            }
            What::Refuse(index) => Action::Refuse { index: index as usize },
            What::Crash(host) => {
                let deaths = self.way(numbers, (usize::from(host), None), step.together);
                Action::Crash { host: HostId(host), deaths }
            }
            What::Part(cut) => Action::Part { cut },
            What::Mend => Action::Mend,
            What::Start => unreachable!("nobody asks how it all began"),
        }
    }

    /// One of the ways of the residents of a host to die together.
    fn way(
        &mut self,
        numbers: &[u32],
        (host, but): (usize, Option<usize>),
        together: u32,
    ) -> Vec<(ProcessId, Death)> {
        let mut ways = self.all.deaths_on(self.world, &numbers[..self.count], host, but);
        let death = |reaction: u32| self.all.shared.reactions[reaction as usize].death;
        let way = ways.swap_remove(together as usize).into_iter();
        way.filter_map(|(process, reaction)| death(reaction).map(|death| (process, death)))
            .collect()
    }

    fn taken(&self, numbers: &[u32], process: usize, taken: Taken) -> Input<P> {
        let tables = &self.all.tables[process];
        match taken {
            Taken::Own(index) => {
                let situation = &tables.situations[numbers[process] as usize];
                let local = tables.locals.get(situation.local);
                local.own_inputs(&self.world.laws()).swap_remove(index as usize)
            }
            Taken::Letter(letter) => {
                let (from, message) = tables.letters.get(letter).clone();
                Input::Event(Event::Message { from, message })
            }
            Taken::Request(index) => self.world.request(index as usize),
            Taken::Timer(index) => {
                let situation = &tables.situations[numbers[process] as usize];
                let mut timers = tables.locals.get(situation.local).timers();
                let (timer, _) = timers.nth(index as usize).expect("it was numbered there");
                Input::Event(Event::Timer(timer.clone()))
            }
        }
    }
}
