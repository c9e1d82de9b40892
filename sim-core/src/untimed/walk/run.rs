//! One walk after the other.

use super::event::event;
use super::{Strategy, View, Walks};
use crate::fingerprint::{self, Prints, mix};
use crate::monitor::{Ending, Finding};
use crate::protocol::{Kinds, Protocol};
use crate::random::{Concern, Stream};
use crate::ratio::Ratio;
use crate::untimed::action::Action;
use crate::untimed::findings::{Counterexample, Felt};
use crate::untimed::plain::{Aftermath, Plain, State};
use crate::untimed::replay::Walk;
use crate::untimed::rest::judge;
use crate::untimed::schedule::schedule;
use crate::untimed::settle::{End, settle, violated};
use crate::untimed::space::Nature;
use crate::untimed::world::Untimed;

/// A path that violates a property.
pub(super) struct Failure<P: Protocol> {
    pub(super) property: usize,
    path: Vec<Action<P>>,
    /// If only its end is wrong: how it ends, and what is wrong.
    end: Option<(Ending, Finding)>,
}

/// Takes walks, and knows what all of them have seen.
pub(super) struct Runner<'u, P: Protocol> {
    world: &'u Untimed<P>,
    plain: Plain<'u, P>,
    steps_max: u32,
    pub(super) states: Prints,
    /// Local transitions, and faults by kind, that some walk has had.
    known: Prints,
    premises: Vec<u64>,
    natures: [u64; Nature::COUNT],
    walks: u64,
    steps: u64,
    restless: u64,
}

/// A walk that is under way.
struct Under<P: Protocol> {
    state: State<P>,
    path: Vec<Action<P>>,
    /// The steps on which faults strike, and of which nature.
    faults: Vec<(u32, Nature)>,
    violated: Vec<usize>,
}

/// After so many steps without faults a walk is given up.
const SETTLE_MAX: u32 = 2_000;

/// Every so many steps, debug builds compare two ways to say what can happen.
const RECHECK: usize = 16;

/// Walks are taken to be so long until some have been taken.
const TYPICAL: u32 = 30;

impl<'u, P: Protocol> Runner<'u, P> {
    pub(super) fn new(world: &'u Untimed<P>, steps_max: u32) -> Runner<'u, P> {
        Runner {
            world,
            plain: Plain::new(world),
            steps_max,
            states: Prints::default(),
            known: Prints::default(),
            premises: vec![0; world.watch.monitors.len()],
            natures: [0; Nature::COUNT],
            walks: 0,
            steps: 0,
            restless: 0,
        }
    }

    /// One walk; what it violates.
    pub(super) fn run(&mut self, strategy: &mut dyn Strategy<P>, seed: u64) -> Vec<Failure<P>> {
        let mut stream = Stream::new(seed, Concern::Strategy);
        let typical = match self.walks {
            0 => TYPICAL,
            walks => (self.steps / walks) as u32 + 1,
        };
        let typical = typical.min(self.steps_max);
        let faults = self.faults(typical, &mut stream);
        // Numbers of letters, and so the order of actions, are to depend on this path alone.
        self.plain = Plain::new(self.world);
        let (state, after) = self.plain.first();
        let mut under = Under { state, path: Vec::new(), faults, violated: Vec::new() };
        self.saw(&mut under, &after);
        strategy.begin(&mut stream, typical);
        while under.violated.is_empty() && (under.path.len() as u32) < self.steps_max {
            if !self.step(&mut under, strategy, &mut stream) {
                break;
            }
        }
        strategy.end();
        self.walks += 1;
        self.steps += under.path.len() as u64;
        if under.violated.is_empty() { self.rest(under) } else { under.failures() }
    }

    /// When faults strike: of each budget none half of the time, or some, over the usual length.
    fn faults(&self, typical: u32, stream: &mut Stream) -> Vec<(u32, Nature)> {
        let budgets = self.world.bounds.budgets;
        let kinds = [
            (budgets.crashes, Nature::CRASH),
            (budgets.drops, Nature::DROP),
            (budgets.duplicates, Nature::DUPLICATE),
            (budgets.partitions, Nature::PARTITION),
        ];
        let mut faults = Vec::new();
        for (budget, nature) in kinds {
            if budget == 0 || stream.chance(Ratio { num: 1, den: 2 }) {
                continue;
            }
            for _ in 0..stream.between(1, u64::from(budget)) {
                faults.push((stream.below(u64::from(typical)) as u32, nature));
            }
        }
        faults.sort_by_key(|&(step, _)| step);
        faults
    }

    /// One step; none if there is nothing to do but wait.
    fn step(
        &mut self,
        under: &mut Under<P>,
        strategy: &mut dyn Strategy<P>,
        stream: &mut Stream,
    ) -> bool {
        let actions = self.plain.actions(&under.state);
        debug_assert!(
            !under.path.len().is_multiple_of(RECHECK) || self.agrees(&under.state, &actions),
            "what can happen is what is listed"
        );
        let events: Vec<u64> = actions.iter().map(event).collect();
        let rests = under.state.is_at_rest(self.world);
        let due =
            under.faults.iter().position(|&(step, _)| rests || step as usize <= under.path.len());
        let struck = due.and_then(|due| {
            let (_, wanted) = under.faults[due];
            let of_kind = |&n: &usize| actions[n].nature() == wanted;
            let open: Vec<usize> = (0..actions.len()).filter(of_kind).collect();
            (!open.is_empty()).then(|| (due, open[stream.below(open.len() as u64) as usize]))
        });
        let open: Vec<usize> =
            (0..actions.len()).filter(|&n| !actions[n].nature().is_fault()).collect();
        let everything: Vec<usize> = (0..actions.len()).collect();
        let forced_view = View { actions: &actions, open: &everything, events: &events };
        let view = View { actions: &actions, open: &open, events: &events };
        let number = match (strategy.forced(&forced_view), struck) {
            (Some(number), _) => number,
            (None, Some((due, number))) => {
                under.faults.remove(due);
                number
            }
            (None, None) if open.is_empty() => return false,
            (None, None) if rests && self.is_settled(&under.state) => return false,
            (None, None) => strategy.choose(&view, stream),
        };
        let action = &actions[number];
        let feature = self.feature(&under.state, action);
        let is_new = self.known.insert(feature);
        action.nature().count(&mut self.natures);
        let after = self.plain.advance(&mut under.state, action);
        self.natures[Nature::COUNT - 1] += u64::from(after.cut);
        under.path.push(action.clone());
        self.saw(under, &after);
        strategy.chosen(&view, number, is_new, stream);
        true
    }

    /// Whether actions that are looked at one by one are those that are listed.
    fn agrees(&self, state: &State<P>, actions: &[Action<P>]) -> bool {
        let timers = self.plain.timers_of(state);
        let free = |action: &&Action<P>| !action.nature().is_fault() && !timers.contains(action);
        actions.iter().all(|action| self.plain.can(state, action))
            && actions.iter().filter(free).count() == self.plain.free(state).len()
    }

    /// What is new about an action if it is: a local transition, and what goes wrong with what.
    fn feature(&self, state: &State<P>, action: &Action<P>) -> u64 {
        match action {
            Action::Step { process, input, copy, death, .. } => {
                let local = fingerprint::of(&state.locals[process.index()]);
                mix(local, fingerprint::of(&(input, copy, death)))
            }
            Action::Lose { from, to, message, why } => {
                fingerprint::of(&(1u8, from, to, message.kind(), why))
            }
            Action::Crash { host, .. } => {
                let residents = &self.world.residents[host.index()];
                let waiting = residents.iter().map(|p| state.locals[p.index()].node.waiting());
                fingerprint::of(&(2u8, host, waiting.collect::<Vec<_>>()))
            }
            Action::Refuse { .. } | Action::Part { .. } | Action::Mend => event(action),
        }
    }

    /// A state was reached.
    fn saw(&mut self, under: &mut Under<P>, after: &Aftermath) {
        self.states.insert(fingerprint::of(&under.state));
        for (index, count) in self.premises.iter_mut().enumerate() {
            *count += after.premises >> index & 1;
        }
        under.violated.extend(after.findings.iter().map(|(monitor, _)| *monitor));
    }

    fn is_settled(&self, state: &State<P>) -> bool {
        judge(self.world, &state.scene(), Ending::Quiet).are_fine()
    }

    /// Faults stop.
    fn rest(&mut self, mut under: Under<P>) -> Vec<Failure<P>> {
        let (path, found) = (&mut under.path, &mut under.violated);
        let premises = &mut self.premises;
        let see = &mut |action: &Action<P>, after: &Aftermath| {
            path.push(action.clone());
            found.extend(after.findings.iter().map(|(monitor, _)| *monitor));
            for (index, count) in premises.iter_mut().enumerate() {
                *count += after.premises >> index & 1;
            }
            !found.is_empty()
        };
        let end = settle(&mut self.plain, &mut under.state, SETTLE_MAX, see);
        let ending = match end {
            End::Watched => return under.failures(),
            End::Settled => Ending::Quiet,
            End::Stays(ending) => ending,
            End::TooLong => {
                self.restless += 1;
                return Vec::new();
            }
        };
        let words = judge(self.world, &under.state.scene(), ending);
        for (index, count) in self.premises.iter_mut().enumerate() {
            *count += words.premises >> index & 1;
        }
        let wrong = violated(self.world, &under.state, ending).into_iter();
        let fail = |(property, finding)| {
            let end = Some((ending, finding));
            Failure { property, path: under.path.clone(), end }
        };
        wrong.map(fail).collect()
    }

    /// A failure as a counterexample.
    pub(super) fn counterexample(&self, failure: Failure<P>) -> Counterexample {
        let Failure { property, path, end } = failure;
        let name = self.world.watch.monitors[property].name();
        let mut walk = Walk::new(self.world);
        path.iter().for_each(|action| walk.go(action));
        let ending = end.as_ref().map(|(ending, _)| *ending);
        if let Some((_, finding)) = end {
            walk.violated(name, finding);
        }
        let schedule = schedule(self.world, &path, ending);
        let (trace, violations) = walk.finish();
        let violation = violations.into_iter().find(|found| found.property == name);
        let violation = violation.expect("the same path violates the same");
        Counterexample { violation, trace, stuck: None, schedule }
    }

    /// Adds up.
    pub(super) fn tell(self, walks: &mut Walks) {
        let [crashes, drops, duplicates, partitions, cut] = self.natures;
        walks.faults = Felt { crashes, drops, duplicates, partitions, cut };
        walks.steps = self.steps;
        walks.distinct = self.states.len() as u64;
        walks.restless = self.restless;
        walks.premises = self.premises;
    }
}

impl<P: Protocol> Under<P> {
    fn failures(self) -> Vec<Failure<P>> {
        let Under { path, violated, .. } = self;
        let failure = |property| Failure { property, path: path.clone(), end: None };
        violated.into_iter().map(failure).collect()
    }
}
