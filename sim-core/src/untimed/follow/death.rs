//! A death amid a step, as the untimed world has it.

use super::{Following, Logs};
use crate::node::Input;
use crate::protocol::Protocol;
use crate::topology::{HostId, ProcessId};
use crate::trace::Done;
use crate::untimed::action::Action;
use crate::untimed::local::{Death, Reaction};

impl<P: Protocol> Following<'_, '_, P> {
    /// How the processes of a host that are up die at rest.
    pub(super) fn deaths(&self, host: usize, logs: &Logs) -> Vec<(ProcessId, Death)> {
        let up = self.world.residents[host].iter().filter_map(|&process| {
            let local = &self.state.locals[process.index()];
            let log = logs.iter().find(|log| log.0 == process.index())?;
            let death = Death::at_rest(log.2, local.node.log().unsynced());
            (!local.is_down()).then_some((process, death))
        });
        up.collect()
    }

    /// A process takes an input and dies after these of its effects. The untimed world knows a
    /// death only after an effect that makes a difference: a record, a message, a note that
    /// somebody watches for. Any other is the same as the one before it.
    pub(super) fn die(
        &mut self,
        (process, input, copy): (ProcessId, Input<P>, bool),
        effects: &[&Done],
        (host, logs): (usize, &Logs),
    ) -> Result<(), String> {
        let laws = self.world.laws();
        let local = &self.state.locals[process.index()];
        let kept = logs.iter().find(|log| log.0 == process.index()).map_or(0, |log| log.2);
        let mut last: Option<(Vec<Reaction<P>>, usize)> = None;
        for after in 1.. {
            let deaths = local.dying(&laws, &input, (after, 0));
            let death = Death { after, ..Death::at_rest(0, 0) };
            let covered = local.effects(&laws, &input, Some(death)).len() - 1;
            if deaths.is_empty() || covered > effects.len() {
                break;
            }
            last = Some((deaths, covered));
        }
        let covered = last.as_ref().map_or(0, |(_, covered)| *covered);
        let durable = effects[covered..].iter().any(|done| is_durable(done));
        let kept = |unsynced: usize| if durable { unsynced } else { kept };
        let Some((deaths, _)) = last else {
            // Nothing has happened. Who has not even started stays down.
            return match input {
                Input::Boot => Ok(()),
                Input::Synced | Input::Event(_) => {
                    let mut deaths = self.deaths(host, logs);
                    for (_, death) in deaths.iter_mut().filter(|death| death.0 == process) {
                        death.kept = kept(death.unsynced);
                    }
                    self.go(Action::Crash { host: HostId(host as u16), deaths })
                }
            };
        };
        let exact = deaths.into_iter().find(|reaction| {
            reaction.death.is_some_and(|death| death.kept == kept(death.unsynced))
        });
        let exact = exact.ok_or("more records survive than there are")?;
        let known = local.react(&laws, &input);
        let known = known.iter().find(|r| r.death.is_some() && r.is_like(&exact));
        let mut neighbours = self.deaths(host, logs);
        neighbours.retain(|(other, _)| *other != process);
        if let Some(death) = known.and_then(|reaction| reaction.death) {
            let death = Some(death);
            return self.go(Action::Step { process, input, copy, death, neighbours });
        }
        // After the last effect: it dies at rest.
        let (death, nobody) = (None, Vec::new());
        self.go(Action::Step { process, input, copy, death, neighbours: nobody })?;
        let all = self.plain.deaths_on(&self.state, HostId(host as u16), None);
        let dead = &self.state.locals[process.index()].deaths(&self.world.laws());
        let wanted = |deaths: &Vec<(ProcessId, Death)>| {
            deaths.iter().all(|(other, death)| {
                let is = |r: &&Reaction<P>| r.death == Some(*death) && r.local == exact.local;
                if *other == process {
                    dead.iter().any(|r| is(&r))
                } else {
                    neighbours.contains(&(*other, *death))
                }
            })
        };
        let deaths = all.into_iter().find(wanted).ok_or("no death leaves such a log")?;
        self.go(Action::Crash { host: HostId(host as u16), deaths })
    }
}

fn is_durable(done: &Done) -> bool {
    matches!(done, Done::Durable(_))
}
