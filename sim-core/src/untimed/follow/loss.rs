//! What is lost on the way: messages, and all that waited for a host that crashes.

use super::outlook::Key;
use super::{Following, Logs};
use crate::protocol::Protocol;
use crate::topology::{HostId, ProcessId};
use crate::trace::{Done, Fated};
use crate::untimed::action::{Action, Loss};
use crate::untimed::mail::LetterId;

impl<P: Protocol> Following<'_, '_, P> {
    /// What the network lost of what was just sent is dropped.
    pub(super) fn losses(&mut self, from: ProcessId, effects: &[&Done]) {
        for done in effects {
            if let Done::Sent { to, message, fate: Fated::Lost | Fated::Cut } = done {
                self.lose((from.index(), *to, message), Some(self.at));
            }
        }
    }

    /// A message is lost, unless a copy of it has yet to arrive. If the bounds do not allow for
    /// that, it stays in flight for ever: nobody can tell.
    pub(super) fn lose(&mut self, key: Key<'_>, cause: Option<u64>) {
        let letter = self.meant(key, cause).next();
        if let Some(letter) = letter {
            self.lose_letter(ProcessId(key.1 as u16), letter);
        }
    }

    fn lose_letter(&mut self, to: ProcessId, letter: LetterId) {
        let (from, message) = self.plain.letters[to.index()].get(letter).clone();
        let text = message.to_string();
        let key = (from.index(), to.index(), text.as_str());
        let wanted = |sent| self.outlook.is_wanted(key, sent, self.at);
        if self.sent.get(&(to, letter)).is_some_and(wanted) {
            return;
        }
        let why = if self.world.parted(self.state.tally.cut, from, to) {
            Loss::Cut
        } else if self.state.locals[to.index()].is_down() {
            Loss::Down
        } else {
            Loss::Dropped
        };
        let action = Action::Lose { from, to, message, why };
        if self.plain.can(&self.state, &action) {
            self.state = self.plain.apply(&self.state, &action).0;
            self.path.push(action);
        }
    }

    /// A host crashes at rest.
    pub(super) fn crash(&mut self, host: usize, logs: &Logs) -> Result<(), String> {
        if self.world.residents[host].iter().all(|p| self.state.locals[p.index()].is_down()) {
            return Ok(());
        }
        let deaths = self.deaths(host, logs);
        self.go(Action::Crash { host: HostId(host as u16), deaths })?;
        self.bury(host)
    }

    /// What waited for a process that has died is gone, in the run without a word: messages that
    /// never arrive, and requests.
    pub(super) fn bury(&mut self, host: usize) -> Result<(), String> {
        let at = self.at;
        for &process in &self.world.residents[host] {
            let to = process.index();
            for letter in self.state.mail[to].letters().to_vec() {
                self.lose_letter(process, letter);
            }
            let next = self.outlook.next_request(to, at);
            while let Some(index) = self.world.due(self.state.tally.asked).find(|&n| {
                let (door, request) = &self.world.requests[n];
                *door == process && next.is_some_and(|next| request.to_string() != next)
            }) {
                self.go(Action::Refuse { index })?;
            }
        }
        Ok(())
    }

    /// Links are cut: all between two groups of all hosts, or else nothing but what is stopped.
    pub(super) fn part(&mut self, from: &[usize], to: &[usize], both_ways: bool) {
        let cuts = &self.world.cuts;
        let all = from.len() + to.len() == self.world.residents.len();
        let is_it = |&cut: &u16| {
            let group: Vec<usize> = cuts.group(cut).collect();
            let is = |hosts: &[usize]| {
                hosts.len() == group.len() && group.iter().all(|host| hosts.contains(host))
            };
            is(from) || is(to)
        };
        let cut = (0..cuts.len()).find(is_it).filter(|_| all && both_ways);
        if let Some(cut) = cut {
            // With another partition in force, or none left, its losses are drops as well.
            let _ = self.go(Action::Part { cut });
        }
    }
}
