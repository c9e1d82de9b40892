//! From steps to what there is to draw.

use std::collections::BTreeSet;

use dtxsim_core::trace::{Action, Done, Fated, Step, Trace};

use super::scene::{Item, Life, Mark, Said, Who};
use super::text::shown;

/// Goes through a trace and knows what came before.
pub(super) struct Director<'a> {
    trace: &'a Trace,
    ascii: bool,
    /// Records that a crash would take, by process.
    unsynced: Vec<Vec<&'a str>>,
    /// Doubled messages of which one has come in.
    doubles: BTreeSet<(u64, usize, &'a str)>,
    chosen: &'a BTreeSet<usize>,
    items: Vec<Item>,
}

impl<'a> Director<'a> {
    pub(super) fn new(trace: &'a Trace, chosen: &'a BTreeSet<usize>, ascii: bool) -> Director<'a> {
        let unsynced = vec![Vec::new(); trace.processes.len()];
        Director { trace, ascii, unsynced, doubles: BTreeSet::new(), chosen, items: Vec::new() }
    }

    /// The parts of the next step.
    pub(super) fn direct(&mut self, index: usize) -> Vec<Item> {
        let step = &self.trace.steps[index];
        let who = step.action.actor();
        if let Some(process) = who {
            self.items.push(Item::Turn(vec![Who::Process(process)], Life::Up));
        }
        self.act(step);
        for nth in 0..step.effects.len() {
            match who {
                Some(process) => self.effect(index, nth, process),
                None => self.aside(&step.effects[nth]),
            }
        }
        std::mem::take(&mut self.items)
    }

    fn act(&mut self, step: &'a Step) {
        let trace = self.trace;
        match &step.action {
            Action::Boot { process, again: false, .. } => {
                self.items.push(Item::Starts(vec![Who::Process(*process)]));
            }
            Action::Boot { process, again: true, records } => {
                let s = if *records == 1 { "" } else { "s" };
                let text = format!("recovers; its log holds {records} record{s}");
                self.note(*process, Mark::Start, &text);
            }
            Action::Deliver { from, to, message } => {
                self.arrival(step, (*from, *to), message, None);
            }
            Action::Undelivered { from, to, message, why } => {
                self.arrival(step, (*from, *to), message, Some(why));
            }
            Action::Timer { process, timer } => {
                self.note(*process, Mark::Timer, &format!("timer {timer}"));
            }
            Action::Synced { process } => {
                if !matches!(step.effects.first(), Some(Done::Durable(_))) {
                    self.note(*process, Mark::Durable, "log is durable");
                }
            }
            Action::Chosen { process, answer } => {
                self.note(*process, Mark::Choice, &format!("choice {answer}"));
            }
            Action::Request { process, request } => {
                self.arrow(Who::Client, Who::Process(*process), request, true);
            }
            Action::Refused { process, request } => {
                let label = format!("{request} (down)");
                self.arrow(Who::Client, Who::Process(*process), &label, false);
            }
            Action::Crash { host, logs } => self.crash(*host, logs, &step.action),
            Action::Restart { host } => self.befalls(*host, None, "restarts", &step.action),
            Action::Pause { host, span } => {
                let text = format!("stands still for {span}");
                self.befalls(*host, Some(Life::Still), &text, &step.action);
            }
            Action::Resume { host } => {
                self.befalls(*host, Some(Life::Up), "goes on", &step.action);
            }
            Action::Skew { host, stretch } => {
                let text = format!("timers take {stretch} times as long");
                self.befalls(*host, None, &text, &step.action);
            }
            Action::Partition { .. } | Action::Mend | Action::Heal => {
                let text = self.shown(&trace.action_text(&step.action));
                self.items.push(Item::Band(text));
            }
        }
    }

    /// A message comes in, or does not: then it is said why.
    fn arrival(
        &mut self,
        step: &Step,
        (from, to): (usize, usize),
        message: &'a str,
        why: Option<&str>,
    ) {
        let mut label = message.to_owned();
        if let Some(why) = why {
            label += &format!(" ({why})");
        }
        if let Some(cause) = step.cause {
            if self.doubled(cause, to, message) && !self.doubles.insert((cause, to, message)) {
                label += " (copy)";
            }
            if step.index.checked_sub(1) != Some(cause) {
                label += &format!(" [{cause}]");
            }
        }
        if from == to {
            self.note(to, Mark::Says, &format!("takes its own {label}"));
        } else {
            self.arrow(Who::Process(from), Who::Process(to), &label, why.is_none());
        }
    }

    fn doubled(&self, cause: u64, receiver: usize, text: &str) -> bool {
        let index = usize::try_from(cause).unwrap_or(usize::MAX);
        let effects = self.trace.steps.get(index).map_or(&[][..], |step| &step.effects);
        effects.iter().any(|done| {
            matches!(done, Done::Sent { to, message, fate: Fated::Doubled(..) }
                if *to == receiver && message == text)
        })
    }

    fn crash(&mut self, host: usize, logs: &[(usize, usize, usize)], action: &Action) {
        self.befalls(host, Some(Life::Down), "crashes", action);
        for &(process, unsynced, kept) in logs {
            let records = std::mem::take(&mut self.unsynced[process]);
            let lost = records.get(kept..).unwrap_or_default();
            if lost.len() == unsynced.saturating_sub(kept) && !lost.is_empty() {
                self.note(process, Mark::Lives, &format!("loses {}", lost.join(", ")));
            } else if unsynced > kept {
                let text = format!("loses {} of {unsynced} unsynced records", unsynced - kept);
                self.note(process, Mark::Lives, &text);
            }
        }
    }

    /// Something happens to all that runs on a host.
    fn befalls(&mut self, host: usize, life: Option<Life>, text: &str, action: &Action) {
        let all: Vec<Who> = self.trace.on(host).map(Who::Process).collect();
        if all.is_empty() {
            let text = self.shown(&self.trace.action_text(action));
            self.items.push(Item::Text(text));
            return;
        }
        if let Some(life) = life {
            self.items.push(Item::Turn(all.clone(), life));
        }
        let mark = if life == Some(Life::Down) { Mark::Crash } else { Mark::Lives };
        let text = self.shown(text);
        self.items.push(Item::Notes { at: all, said: vec![Said { mark, text }] });
    }

    fn effect(&mut self, index: usize, nth: usize, process: usize) {
        let trace = self.trace;
        let effects = &trace.steps[index].effects;
        let syncs = |done: &Done| matches!(done, Done::Syncing | Done::Durable(_));
        match &effects[nth] {
            Done::Appended(record) => {
                self.unsynced[process].push(record);
                if effects[nth..].iter().any(syncs) {
                    self.note(process, Mark::Forces, &format!("force {record}"));
                } else {
                    self.note(process, Mark::Logs, &format!("log {record}"));
                }
            }
            Done::Syncing => {
                if !effects[..nth].iter().any(|done| matches!(done, Done::Appended(_))) {
                    self.note(process, Mark::Forces, "sync");
                }
            }
            Done::Durable(count) => {
                let waiting = &mut self.unsynced[process];
                let records: Vec<&str> = waiting.drain(..(*count).min(waiting.len())).collect();
                if records.len() == *count && !records.is_empty() {
                    self.note(process, Mark::Durable, &format!("{} durable", records.join(", ")));
                } else {
                    self.note(process, Mark::Durable, &trace.effect_text(&effects[nth]));
                }
            }
            Done::Sent { to, message, fate } => {
                let (from, to) = (Who::Process(process), Who::Process(*to));
                match fate {
                    Fated::Lost if from != to => {
                        self.arrow(from, to, &format!("{message} (lost)"), false);
                    }
                    Fated::Cut if from != to => {
                        self.arrow(from, to, &format!("{message} (cut)"), false);
                    }
                    Fated::Lost
                    | Fated::Cut
                    | Fated::Local
                    | Fated::InFlight
                    | Fated::Arrives(_)
                    | Fated::Doubled(..) => self.departure(index, nth, process),
                }
            }
            Done::Noted(note) => self.note(process, Mark::Says, note),
            Done::Asked(_) | Done::CutShort => {
                self.note(process, Mark::Says, &trace.effect_text(&effects[nth]));
            }
            Done::Armed { .. } | Done::Violated(..) => self.aside(&effects[nth]),
        }
    }

    /// A message leaves that arrives later. If that is the very next step, the arrow says it all.
    fn departure(&mut self, index: usize, nth: usize, process: usize) {
        let trace = self.trace;
        let effects = &trace.steps[index].effects;
        let sends = effects.iter().filter(|done| matches!(done, Done::Sent { .. })).count();
        let Done::Sent { to, message, fate } = &effects[nth] else { return };
        let lands = trace.steps.get(index + 1).is_some_and(|next| {
            let caused = next.cause == Some(trace.steps[index].index);
            let comes_in = matches!(&next.action,
                Action::Deliver { to: receiver, .. } | Action::Undelivered { to: receiver, .. }
                    if receiver == to);
            caused && comes_in
        });
        let doubled = matches!(fate, Fated::Doubled(..));
        if sends == 1 && lands && !doubled && self.chosen.contains(&(index + 1)) {
            return;
        }
        let times = if doubled { " (twice)" } else { "" };
        let name = self.shown(&trace.processes[*to]);
        let same = |done: &Done| {
            matches!(done, Done::Sent { message: other, fate, .. }
                if other == message && !matches!(fate, Fated::Lost | Fated::Cut))
        };
        if nth > 0
            && same(&effects[nth - 1])
            && let Some(Item::Notes { said, .. }) = self.items.last_mut()
            && let Some(last) = said.last_mut()
        {
            last.text += &format!(", {name}{times}");
            return;
        }
        self.note(process, Mark::Sends, &format!("{message} to {name}{times}"));
    }

    /// What has no lifeline of its own.
    fn aside(&mut self, done: &Done) {
        let text = self.shown(&self.trace.effect_text(done));
        match done {
            Done::Violated(..) => self.items.push(Item::Violation(text)),
            Done::Armed { .. } => {}
            Done::Appended(_)
            | Done::Syncing
            | Done::Durable(_)
            | Done::Sent { .. }
            | Done::Asked(_)
            | Done::Noted(_)
            | Done::CutShort => self.items.push(Item::Text(text)),
        }
    }

    fn arrow(&mut self, from: Who, to: Who, label: &str, arrives: bool) {
        let label = self.shown(label);
        self.items.push(Item::Arrow { from, to, label, arrives });
    }

    /// Says something at a process, after what has just been said there.
    fn note(&mut self, process: usize, mark: Mark, text: &str) {
        let new = Said { mark, text: self.shown(text) };
        let here = [Who::Process(process)];
        match self.items.last_mut() {
            Some(Item::Notes { at, said }) if *at == here => said.push(new),
            _ => self.items.push(Item::Notes { at: here.to_vec(), said: vec![new] }),
        }
    }

    fn shown(&self, text: &str) -> String {
        shown(text, self.ascii)
    }
}
