//! Taking things away from a failing path.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{ShrinkPlan, Wrong};
use crate::monitor::{Ending, Finding};
use crate::node::Input;
use crate::protocol::{Event, Kinds, Protocol};
use crate::topology::ProcessId;
use crate::untimed::action::Action;
use crate::untimed::bounds::Budgets;
use crate::untimed::local::{Death, Local, Reaction};
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::settle::{End, settle, violated};
use crate::untimed::world::Untimed;

/// A path on which a property fails.
#[derive(Clone, Debug)]
pub(super) struct Failing<P: Protocol> {
    pub(super) path: Vec<Action<P>>,
    /// So many of its actions were chosen; what follows is how the world came to rest.
    pub(super) prefix: usize,
    pub(super) property: &'static str,
    /// If only its end is wrong: how it ends.
    pub(super) ending: Option<Ending>,
    pub(super) finding: Finding,
}

impl<P: Protocol> Failing<P> {
    /// The faults that it takes.
    pub(super) fn faults(&self, world: &Untimed<P>) -> Budgets {
        let mut plain = Plain::new(world);
        let (mut state, _) = plain.first();
        state.tally.asked = self.skipped(world);
        for action in &self.path {
            plain.advance(&mut state, action);
        }
        world.bounds.budgets.less(state.tally.left)
    }

    /// The requests that it does without.
    pub(super) fn skipped(&self, world: &Untimed<P>) -> u64 {
        skipped(world, &self.path)
    }
}

/// The requests that a path does without, a bit each.
fn skipped<P: Protocol>(world: &Untimed<P>, path: &[Action<P>]) -> u64 {
    let made = path.iter().filter_map(request).fold(0, |made, index| made | 1 << index);
    world.all_asked() & !made
}

/// The request that an action is about.
fn request<P: Protocol>(action: &Action<P>) -> Option<usize> {
    match action {
        Action::Step { input: Input::Event(Event::Request { id, .. }), .. } => Some(id.0 as usize),
        Action::Refuse { index } => Some(*index),
        Action::Step { .. }
        | Action::Lose { .. }
        | Action::Crash { .. }
        | Action::Part { .. }
        | Action::Mend => None,
    }
}

/// Takes things away.
pub(super) struct Reducer<'a, 'u, P: Protocol> {
    world: &'u Untimed<P>,
    plan: &'a ShrinkPlan<'a>,
    plain: Plain<'u, P>,
    first: (State<P>, Aftermath),
    /// The property's number, its name, and whether it speaks of worlds at rest.
    property: (usize, &'static str, bool),
    pub(super) replays: u64,
    pub(super) steps: u64,
}

/// A world that has not come to rest after so many steps is not judged.
const SETTLE_MAX: u32 = 10_000;

impl<'a, 'u, P: Protocol> Reducer<'a, 'u, P> {
    /// None if the world has no such property.
    pub(super) fn new(world: &'u Untimed<P>, plan: &'a ShrinkPlan<'a>) -> Option<Self> {
        let monitors = &world.watch.monitors;
        let property = monitors.iter().position(|monitor| monitor.name() == plan.property)?;
        let monitor = &monitors[property];
        let property = (property, monitor.name(), monitor.judges_rest());
        let mut plain = Plain::new(world);
        let first = plain.first();
        Some(Reducer { world, plan, plain, first, property, replays: 0, steps: 0 })
    }

    /// Replays a path as far as it is possible; what fails, if it does.
    pub(super) fn fails(&mut self, path: &[Action<P>]) -> Option<Failing<P>> {
        self.replays += 1;
        let (mut state, after) = self.first.clone();
        state.tally.asked = skipped(self.world, path);
        let mut kept = Vec::new();
        if let Some(finding) = self.found(after) {
            return Some(self.failing(kept, 0, (None, finding)));
        }
        for action in path {
            let Some(action) = self.fitting(&state, action) else { continue };
            self.steps += 1;
            let after = self.plain.advance(&mut state, &action);
            kept.push(action);
            if let Some(finding) = self.found(after) {
                let prefix = kept.len();
                return Some(self.failing(kept, prefix, (None, finding)));
            }
        }
        if self.property.2 { self.fails_at_rest(state, kept) } else { None }
    }

    /// Goes on without faults until the world rests.
    fn fails_at_rest(&mut self, mut state: State<P>, kept: Vec<Action<P>>) -> Option<Failing<P>> {
        let (property, prefix) = (self.property.0, kept.len());
        let mut path = kept;
        let mut finding = None;
        let see = &mut |action: &Action<P>, after: &Aftermath| {
            path.push(action.clone());
            let found = after.findings.iter().find(|(monitor, _)| *monitor == property);
            finding = found.map(|(_, finding)| finding.clone());
            finding.is_some()
        };
        let end = settle(&mut self.plain, &mut state, SETTLE_MAX, see);
        self.steps += (path.len() - prefix) as u64;
        let wrong = match end {
            End::Watched => (None, finding?),
            End::Stays(ending) => {
                let wrong = violated(self.world, &state, ending);
                let (_, finding) = wrong.into_iter().find(|(monitor, _)| *monitor == property)?;
                (Some(ending), finding)
            }
            End::Settled | End::TooLong => return None,
        };
        Some(self.failing(path, prefix, wrong))
    }

    fn failing(&self, path: Vec<Action<P>>, prefix: usize, wrong: Wrong) -> Failing<P> {
        let (ending, finding) = wrong;
        Failing { path, prefix, property: self.property.1, ending, finding }
    }

    fn found(&self, after: Aftermath) -> Option<Finding> {
        let mut findings = after.findings.into_iter();
        findings.find(|(monitor, _)| *monitor == self.property.0).map(|(_, finding)| finding)
    }

    /// The action as it is possible here: a message says the same in other words, a crash finds
    /// another log, a copy is the last.
    fn fitting(&self, state: &State<P>, action: &Action<P>) -> Option<Action<P>> {
        if self.plain.can(state, action) {
            return Some(action.clone());
        }
        let mut fit = action.clone();
        match &mut fit {
            Action::Step {
                process, input: Input::Event(Event::Message { from, message }), ..
            } => {
                *message = self.like(state, (*from, *process), message)?;
            }
            Action::Lose { from, to, message, .. } => {
                *message = self.like(state, (*from, *to), message)?;
            }
            Action::Step { .. }
            | Action::Refuse { .. }
            | Action::Crash { .. }
            | Action::Part { .. }
            | Action::Mend => {}
        }
        match &mut fit {
            Action::Crash { deaths, .. } => {
                deaths.retain(|(process, _)| !state.locals[process.index()].is_down());
                deaths.iter_mut().for_each(|death| shorten(state, death));
            }
            Action::Step { process, input, copy, death, neighbours } => {
                if !self.plain.takes(state, *process, input) {
                    return None;
                }
                *copy = false;
                if let Some(death) = death {
                    *death = self.dying(&state.locals[process.index()], input, *death)?;
                    neighbours.retain(|(other, _)| !state.locals[other.index()].is_down());
                    neighbours.iter_mut().for_each(|death| shorten(state, death));
                }
            }
            Action::Lose { .. } | Action::Refuse { .. } | Action::Part { .. } | Action::Mend => {}
        }
        self.plain.can(state, &fit).then_some(fit)
    }

    /// A death after as many effects, with no more records kept, by the name that it goes by.
    fn dying(&self, local: &Local<P>, input: &Input<P>, death: Death) -> Option<Death> {
        let laws = self.world.laws();
        let kept = |r: &Reaction<P>| r.death.is_some_and(|other| other.kept <= death.kept);
        let wanted =
            local.dying(&laws, input, (death.after, death.unsent)).into_iter().rfind(kept)?;
        let all = local.react(&laws, input);
        all.iter().find(|r| r.death.is_some() && r.is_like(&wanted))?.death
    }

    /// The message in flight that reads the same or, failing that, is of the same kind.
    fn like(
        &self,
        state: &State<P>,
        (from, to): (ProcessId, ProcessId),
        message: &P::Message,
    ) -> Option<P::Message> {
        let text = message.to_string();
        let letters = state.mail[to.index()].letters().iter();
        let said = letters.map(|&letter| self.plain.letters[to.index()].get(letter));
        let said = said.filter(|(sender, said)| *sender == from && said.kind() == message.kind());
        said.map(|(_, said)| said).min_by_key(|said| said.to_string() != text).cloned()
    }

    /// Takes away all that can be.
    pub(super) fn reduce(&mut self, mut failing: Failing<P>) -> Failing<P> {
        for index in 0..self.world.requests.len() {
            let without = |action: &&Action<P>| request(*action) != Some(index);
            let path: Vec<_> = failing.chosen().iter().filter(without).cloned().collect();
            if path.len() < failing.prefix {
                self.attempt(&mut failing, &path);
            }
        }
        loop {
            let before = (failing.prefix, self.weight(&failing), failing.kept());
            self.fewer_faults(&mut failing);
            self.fewer_actions(&mut failing);
            let after = (failing.prefix, self.weight(&failing), failing.kept());
            if after == before || self.is_tired() {
                return failing;
            }
        }
    }

    /// Each fault is left out, or becomes the same step without it.
    fn fewer_faults(&mut self, failing: &mut Failing<P>) {
        let mut at = failing.prefix;
        while at > 0 {
            at = at.min(failing.prefix).saturating_sub(1);
            let Some(action) = failing.chosen().get(at).cloned() else { return };
            if !action.nature().is_fault() {
                continue;
            }
            let mut path = failing.chosen().to_vec();
            path.remove(at);
            if self.attempt(failing, &path) {
                continue;
            }
            for milder in milder(&action) {
                let mut path = failing.chosen().to_vec();
                path[at] = milder;
                if self.attempt(failing, &path) {
                    break;
                }
            }
        }
    }

    /// Runs of actions are left out, long ones first.
    fn fewer_actions(&mut self, failing: &mut Failing<P>) {
        let mut size = failing.prefix.div_ceil(2);
        while size > 0 && !self.is_tired() {
            let mut end = failing.prefix;
            while end > 0 && !self.is_tired() {
                end = end.min(failing.prefix);
                let start = end.saturating_sub(size);
                let mut path = failing.chosen().to_vec();
                path.drain(start..end);
                self.attempt(failing, &path);
                end = start;
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Replaces the path by another if that fails as well and is less.
    fn attempt(&mut self, failing: &mut Failing<P>, path: &[Action<P>]) -> bool {
        if self.is_tired() {
            return false;
        }
        let Some(other) = self.fails(path) else { return false };
        let less = |f: &Failing<P>| (self.weight(f), f.prefix, f.path.len(), f.kept());
        let better = less(&other) < less(failing) || other.prefix < failing.prefix;
        if better {
            *failing = other;
        }
        better
    }

    /// How many faults it takes.
    fn weight(&self, failing: &Failing<P>) -> u32 {
        let takes = |action: &&Action<P>| action.nature().is_fault();
        let two =
            |action: &Action<P>| matches!(action, Action::Step { copy: true, death: Some(_), .. });
        let faults = failing.path.iter().filter(takes);
        faults.map(|action| 1 + u32::from(two(action))).sum()
    }

    fn is_tired(&self) -> bool {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        self.steps >= self.plan.steps || self.plan.interrupt.is_some_and(is_set)
    }
}

impl<P: Protocol> Failing<P> {
    /// How many records survive crashes that need not.
    fn kept(&self) -> usize {
        let deaths = self.path.iter().flat_map(|action| match action {
            Action::Step { death, neighbours, .. } => {
                death.iter().chain(neighbours.iter().map(|(_, death)| death)).collect()
            }
            Action::Crash { deaths, .. } => deaths.iter().map(|(_, death)| death).collect(),
            Action::Lose { .. } | Action::Refuse { .. } | Action::Part { .. } | Action::Mend => {
                Vec::new()
            }
        });
        deaths.map(|death| death.kept).sum()
    }

    /// The actions that were chosen.
    fn chosen(&self) -> &[Action<P>] {
        &self.path[..self.prefix]
    }
}

/// A death at rest, as far as the log allows.
fn shorten<P: Protocol>(state: &State<P>, (process, death): &mut (ProcessId, Death)) {
    let unsynced = state.locals[process.index()].node.log().unsynced();
    *death = Death::at_rest(death.kept.min(unsynced), unsynced);
}

/// The same with less going wrong, or with less left of it.
fn milder<P: Protocol>(action: &Action<P>) -> Vec<Action<P>> {
    let nothing = |death: &Death| Death { kept: 0, ..*death };
    let all_nothing = |deaths: &[(ProcessId, Death)]| {
        deaths.iter().map(|(process, death)| (*process, nothing(death))).collect()
    };
    match action {
        Action::Step { process, input, copy, death, neighbours } => {
            let step = |copy, death: Option<Death>| {
                let neighbours = death.map_or_else(Vec::new, |_| all_nothing(neighbours));
                Action::Step { process: *process, input: input.clone(), copy, death, neighbours }
            };
            let least = death.as_ref().map(nothing);
            vec![step(false, None), step(false, least), step(true, None), step(*copy, least)]
        }
        Action::Crash { host, deaths } => {
            vec![Action::Crash { host: *host, deaths: all_nothing(deaths) }]
        }
        Action::Lose { .. } | Action::Refuse { .. } | Action::Part { .. } | Action::Mend => {
            Vec::new()
        }
    }
}
