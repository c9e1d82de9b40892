//! A world's runs, one seed after the other, with the determinism self-check.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Divergence, Experiment, Names, RECHECK_EVERY, Sweep, Worker};
use crate::fault::FaultPlan;
use crate::ledger::Ledger;
use crate::monitor::{Ending, Violation};
use crate::network::Network;
use crate::protocol::{Kinds, Protocol};
use crate::timed::{Outcome, Simulation, World};
use crate::topology::ProcessId;
use crate::trace::Trace;
use crate::untimed::{
    self, Asymmetry, Bounds, Exploration, Schedule, ShrinkPlan, Shrunk, Unshrunk,
};

/// How often a recorded run is repeated in the hope of showing how it differs.
const DIVERGENCE_TRIES: u32 = 16;

impl<P: Protocol + Sync> Experiment for World<P> {
    fn worker<'w>(&'w self, interrupt: &'w AtomicBool) -> Box<dyn Worker + 'w> {
        let mut simulation = Simulation::new(self);
        simulation.interrupted_by(interrupt);
        Box::new(Running { simulation, interrupt })
    }

    fn record(&self, seed: u64) -> (Outcome, Trace) {
        Simulation::new(self).record(seed)
    }

    fn explore(
        &self,
        plan: &untimed::Plan<'_>,
        progress: &mut dyn FnMut(untimed::Progress),
    ) -> Exploration {
        untimed::explore(self, plan, progress)
    }

    fn alike(&self, bounds: Bounds) -> Result<Vec<Vec<ProcessId>>, Asymmetry> {
        untimed::alike(self, bounds)
    }

    fn replay(&self, schedule: &Schedule) -> Result<(Trace, Vec<Violation>), untimed::Drift> {
        untimed::replay(self, schedule)
    }

    fn drive(&self, schedule: &Schedule) -> Result<untimed::DrivenRun, untimed::Undriven> {
        untimed::drive(self, schedule).map(|driven| driven.run)
    }

    fn walk(
        &self,
        plan: &untimed::WalkPlan<'_>,
        progress: &mut dyn FnMut(untimed::WalkProgress),
    ) -> untimed::Walks {
        untimed::walk(self, plan, progress)
    }

    fn shrink(&self, seed: u64, plan: &ShrinkPlan<'_>) -> Result<Shrunk, Unshrunk> {
        untimed::shrink_run(self, seed, plan)
    }

    fn shrink_schedule(
        &self,
        schedule: &Schedule,
        plan: &ShrinkPlan<'_>,
    ) -> Result<Shrunk, Unshrunk> {
        untimed::shrink_schedule(self, schedule, plan)
    }

    fn ledger(&self) -> Ledger {
        Ledger::new(&self.protocol, self.faults.script.len())
    }

    fn names(&self) -> Names {
        let monitors = (self.monitors)(&self.protocol);
        Names {
            messages: P::Message::KINDS,
            roles: self.protocol.topology().roles(),
            intervals: P::INTERVALS,
            properties: monitors.iter().map(|monitor| monitor.name()).collect(),
        }
    }

    fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    fn network(&self) -> &Network {
        &self.network
    }
}

/// A simulation at work on seeds.
struct Running<'w, P: Protocol> {
    simulation: Simulation<'w, P>,
    interrupt: &'w AtomicBool,
}

impl<P: Protocol> Worker for Running<'_, P> {
    fn chunk(&mut self, seeds: Range<u64>, enough: &dyn Fn(&[&'static str]) -> bool) -> Sweep {
        self.simulation.forget();
        let properties = self.simulation.premises().len();
        let mut sweep = Sweep::new(self.simulation.ledger().clone(), properties);
        for seed in seeds {
            if self.interrupt.load(Ordering::Relaxed) {
                sweep.interrupted = true;
                break;
            }
            let outcome = self.simulation.run(seed);
            let failed = !outcome.violations.is_empty();
            if outcome.ending == Ending::Interrupted && !failed {
                sweep.interrupted = true;
                break;
            }
            if (failed || seed % RECHECK_EVERY == 0) && outcome.ending != Ending::Interrupted {
                sweep.rechecked += 1;
                // The costs of running it again are nobody's.
                self.settle(&mut sweep);
                sweep.divergence = self.recheck(&outcome);
                self.simulation.forget();
            }
            sweep.count(outcome);
            if sweep.divergence.is_some() || enough(&sweep.violated_names()) {
                sweep.stopped = true;
                break;
            }
        }
        self.settle(&mut sweep);
        sweep
    }
}

impl<P: Protocol> Running<'_, P> {
    /// Moves the costs counted so far into the sweep.
    fn settle(&mut self, sweep: &mut Sweep) {
        sweep.ledger.merge(self.simulation.ledger());
        let premises = sweep.premises.iter_mut().zip(self.simulation.premises());
        premises.for_each(|(sum, more)| *sum += more);
        self.simulation.forget();
    }

    /// Runs a seed again; the two runs must be the same, step for step.
    fn recheck(&mut self, first: &Outcome) -> Option<Divergence> {
        let chains = self.simulation.take_chains();
        let second = self.simulation.run(first.seed);
        if second.ending == Ending::Interrupted {
            return None;
        }
        let differs = chains.iter().zip(self.simulation.chains()).position(|(a, b)| a != b);
        let shorter = chains.len().min(self.simulation.chains().len());
        let step = match differs {
            Some(step) => step,
            None if chains.len() != self.simulation.chains().len() => shorter,
            // Beyond the steps that are kept, or in what was found at rest.
            None if second != *first => shorter,
            None => return None,
        };
        Some(self.explain(first.seed, step))
    }

    /// Records the run until two records differ, and names the first step that does.
    fn explain(&mut self, seed: u64, step: usize) -> Divergence {
        let text = |trace: &Trace, step: usize| match trace.steps.get(step) {
            None => "the run is over".to_owned(),
            Some(step) => {
                let effects = step.effects.iter().map(|done| trace.effect_text(done));
                let action = trace.action_text(&step.action);
                std::iter::once(action).chain(effects).collect::<Vec<_>>().join("; ")
            }
        };
        let (_, first) = self.simulation.record(seed);
        for _ in 0..DIVERGENCE_TRIES {
            let (_, other) = self.simulation.record(seed);
            let longest = first.steps.len().max(other.steps.len());
            let differs = (0..longest).find(|&n| first.steps.get(n) != other.steps.get(n));
            if let Some(at) = differs {
                let texts = [text(&first, at), text(&other, at)];
                return Divergence { seed, step: at as u64, texts };
            }
        }
        let texts = [text(&first, step), text(&first, step)];
        Divergence { seed, step: step as u64, texts }
    }
}
