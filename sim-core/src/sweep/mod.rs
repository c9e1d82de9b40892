//! Many seeds of one world, on one thread or several, with the same result to the byte.
//!
//! Seeds are cut into chunks of [`CHUNK`], whatever the number of threads; chunks are merged in
//! the order of their seeds, and nothing is merged that a sequential sweep would not have run.

mod worker;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::fault::FaultPlan;
use crate::fingerprint::{Prints, mix};
use crate::ledger::Ledger;
use crate::monitor::{Ending, Violation};
use crate::network::Network;
use crate::timed::Outcome;
use crate::topology::ProcessId;
use crate::trace::Trace;
use crate::untimed::{
    self, Asymmetry, Bounds, Exploration, Schedule, ShrinkPlan, Shrunk, Unshrunk,
};

/// Seeds a chunk. A constant of the result: sweeps that stop early stop at its multiples.
pub const CHUNK: u64 = 64;

/// Of a hundred runs that pass, one is run twice; so is every run that fails.
pub const RECHECK_EVERY: u64 = 100;

/// At most so many failing runs of each property are kept with their evidence.
const KEPT_FAILURES: usize = 10;

/// A world with its protocol's types hidden: what can be run, whatever it is.
pub trait Experiment: Sync {
    /// Runs seeds, one after the other.
    fn worker<'w>(&'w self, interrupt: &'w AtomicBool) -> Box<dyn Worker + 'w>;

    /// Runs one seed and records it.
    fn record(&self, seed: u64) -> (Outcome, Trace);

    /// Explores every interleaving within bounds, instead of running seeds.
    fn explore(
        &self,
        plan: &untimed::Plan<'_>,
        progress: &mut dyn FnMut(untimed::Progress),
    ) -> Exploration;

    /// The groups of processes that can change places: what an exploration up to symmetry makes
    /// use of.
    ///
    /// # Errors
    /// If there are none, or what is to be explored is not symmetric.
    fn alike(&self, bounds: Bounds) -> Result<Vec<Vec<ProcessId>>, Asymmetry>;

    /// Walks along a schedule of an exploration.
    ///
    /// # Errors
    /// If the world is no longer the one that the schedule was made in.
    fn replay(&self, schedule: &Schedule) -> Result<(Trace, Vec<Violation>), untimed::Drift>;

    /// Makes a timed run of a schedule.
    ///
    /// # Errors
    /// If it is another world's, or no timed run makes its steps in their order.
    fn drive(&self, schedule: &Schedule) -> Result<untimed::DrivenRun, untimed::Undriven>;

    /// Takes random walks through it, within bounds.
    fn walk(
        &self,
        plan: &untimed::WalkPlan<'_>,
        progress: &mut dyn FnMut(untimed::WalkProgress),
    ) -> untimed::Walks;

    /// Makes the failure of a seed's run short.
    ///
    /// # Errors
    /// If it has no counterpart without a clock, or does not fail there.
    fn shrink(&self, seed: u64, plan: &ShrinkPlan<'_>) -> Result<Shrunk, Unshrunk>;

    /// Makes a failing schedule short.
    ///
    /// # Errors
    /// If it is another world's, or does not fail.
    fn shrink_schedule(
        &self,
        schedule: &Schedule,
        plan: &ShrinkPlan<'_>,
    ) -> Result<Shrunk, Unshrunk>;

    /// An empty ledger.
    fn ledger(&self) -> Ledger;

    /// The names behind the numbers.
    fn names(&self) -> Names;

    /// What goes wrong in it.
    fn faults(&self) -> &FaultPlan;

    /// Between its hosts.
    fn network(&self) -> &Network;
}

/// The names behind a ledger's numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names {
    /// Message kinds.
    pub messages: &'static [&'static str],
    /// Roles.
    pub roles: Vec<&'static str>,
    /// Intervals.
    pub intervals: &'static [&'static str],
    /// Properties that are checked.
    pub properties: Vec<&'static str>,
}

/// Runs seeds on one thread.
pub trait Worker {
    /// Runs `seeds` in order until `enough` says of the properties violated so far that it is.
    fn chunk(&mut self, seeds: Range<u64>, enough: &dyn Fn(&[&'static str]) -> bool) -> Sweep;
}

/// A run that violated something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// Its length.
    pub steps: u64,
    /// Its fingerprint.
    pub fingerprint: u64,
    /// What it violated.
    pub violations: Vec<Violation>,
}

/// Why a property could not be judged in some runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// The property.
    pub property: &'static str,
    /// The first such run.
    pub seed: u64,
    /// Why, there.
    pub why: String,
    /// How many runs.
    pub runs: u64,
}

/// A seed that gave two different runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// The seed.
    pub seed: u64,
    /// The first step that differs.
    pub step: u64,
    /// That step in one run and in another, as text; equal if repeating the run did not show the
    /// difference again.
    pub texts: [String; 2],
}

/// What a sweep over seeds brought, in the order of the seeds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sweep {
    /// Runs.
    pub runs: u64,
    /// Steps of all runs.
    pub steps: u64,
    /// Fingerprint of all runs.
    pub fingerprint: u64,
    /// What each run did, in which order: [`Outcome::behaviour`]; emptied when merged.
    pub behaviours: Vec<u64>,
    /// How many different ones there were.
    pub distinct: u64,
    /// Costs.
    pub ledger: Ledger,
    /// How often each property had something to judge.
    pub premises: Vec<u64>,
    /// How many runs violated each property, in order of first appearance.
    pub violated: Vec<(&'static str, u64)>,
    /// Failing runs: the first few of each property.
    pub failures: Vec<Failure>,
    /// Properties that some run was too short to judge.
    pub unknown: Vec<Unknown>,
    /// Runs by how they ended: quiet, stalled, out of steps.
    pub endings: [u64; 3],
    /// How many runs were run twice and compared.
    pub rechecked: u64,
    /// The first seed that gave two different runs.
    pub divergence: Option<Divergence>,
    /// Whether it stopped because enough was found.
    pub stopped: bool,
    /// Whether it was interrupted before all seeds were run.
    pub interrupted: bool,
}

impl Sweep {
    fn new(ledger: Ledger, properties: usize) -> Sweep {
        Sweep {
            runs: 0,
            steps: 0,
            fingerprint: 0,
            behaviours: Vec::new(),
            distinct: 0,
            ledger,
            premises: vec![0; properties],
            violated: Vec::new(),
            failures: Vec::new(),
            unknown: Vec::new(),
            endings: [0; 3],
            rechecked: 0,
            divergence: None,
            stopped: false,
            interrupted: false,
        }
    }

    /// The names of the properties that were violated.
    pub fn violated_names(&self) -> Vec<&'static str> {
        self.violated.iter().map(|(name, _)| *name).collect()
    }

    /// Whether some run, or the sweep, was not watched to its end.
    pub fn cut_off(&self) -> bool {
        let [_, _, out_of_steps] = self.endings;
        self.interrupted || out_of_steps > 0
    }

    fn count(&mut self, outcome: Outcome) {
        self.runs += 1;
        self.steps += outcome.steps;
        self.fingerprint = mix(self.fingerprint, outcome.fingerprint);
        self.behaviours.push(outcome.behaviour);
        match outcome.ending {
            Ending::Quiet => self.endings[0] += 1,
            Ending::Stalled => self.endings[1] += 1,
            Ending::OutOfSteps => self.endings[2] += 1,
            Ending::Interrupted => self.interrupted = true,
        }
        for (property, why) in outcome.unknown {
            self.unknown(Unknown { property, seed: outcome.seed, why, runs: 1 });
        }
        if !outcome.violations.is_empty() {
            for violation in &outcome.violations {
                self.violated(violation.property, 1);
            }
            let Outcome { seed, steps, fingerprint, violations, .. } = outcome;
            self.keep(Failure { seed, steps, fingerprint, violations });
        }
    }

    fn violated(&mut self, property: &'static str, runs: u64) {
        match self.violated.iter_mut().find(|(name, _)| *name == property) {
            Some((_, count)) => *count += runs,
            None => self.violated.push((property, runs)),
        }
    }

    fn unknown(&mut self, other: Unknown) {
        match self.unknown.iter_mut().find(|unknown| unknown.property == other.property) {
            Some(unknown) => unknown.runs += other.runs,
            None => self.unknown.push(other),
        }
    }

    /// Keeps a failure if it is among the first few of a property that it violates.
    fn keep(&mut self, failure: Failure) {
        let is_new = |violation: &Violation| {
            let property = violation.property;
            let has = |f: &&Failure| f.violations.iter().any(|v| v.property == property);
            self.failures.iter().filter(has).count() < KEPT_FAILURES
        };
        if failure.violations.iter().any(is_new) {
            self.failures.push(failure);
        }
    }

    /// Adds what the next seeds brought.
    fn merge(&mut self, next: Sweep, known: &mut Prints) {
        self.runs += next.runs;
        self.steps += next.steps;
        self.fingerprint = mix(self.fingerprint, next.fingerprint);
        let fresh = next.behaviours.iter().filter(|&&behaviour| known.insert(behaviour)).count();
        self.distinct += fresh as u64;
        self.ledger.merge(&next.ledger);
        self.premises.iter_mut().zip(&next.premises).for_each(|(mine, theirs)| *mine += theirs);
        next.violated.into_iter().for_each(|(property, runs)| self.violated(property, runs));
        next.failures.into_iter().for_each(|failure| self.keep(failure));
        next.unknown.into_iter().for_each(|unknown| self.unknown(unknown));
        self.endings.iter_mut().zip(next.endings).for_each(|(mine, theirs)| *mine += theirs);
        self.rechecked += next.rechecked;
        self.divergence = self.divergence.take().or(next.divergence);
        self.stopped |= next.stopped;
        self.interrupted |= next.interrupted;
    }
}

/// How far a sweep has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Runs done.
    pub done: u64,
    /// Runs to do at most.
    pub total: u64,
    /// Different behaviours seen.
    pub distinct: u64,
    /// Runs that violated something.
    pub failing: u64,
}

/// What to sweep over.
pub struct SweepPlan<'a> {
    /// The seeds.
    pub seeds: Range<u64>,
    /// How many threads; at least one.
    pub jobs: usize,
    /// Given the properties violated so far: whether that is enough to stop.
    pub enough: &'a (dyn Fn(&[&'static str]) -> bool + Sync),
    /// Set from outside to end the sweep early.
    pub interrupt: &'a AtomicBool,
}

/// Runs a world on all seeds of a plan. The result does not depend on the number of threads.
pub fn sweep(
    experiment: &dyn Experiment,
    plan: &SweepPlan<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Sweep {
    let total = plan.seeds.end.saturating_sub(plan.seeds.start);
    let chunks = total.div_ceil(CHUNK);
    let next = AtomicU64::new(0);
    let merger = Mutex::new(Merger {
        merged: Sweep::new(experiment.ledger(), experiment.names().properties.len()),
        known: Prints::default(),
        waiting: BTreeMap::new(),
        wanted: 0,
        total,
        progress,
    });
    let work = || {
        let mut worker = experiment.worker(plan.interrupt);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= chunks {
                return;
            }
            let start = plan.seeds.start + index * CHUNK;
            let end = plan.seeds.end.min(start.saturating_add(CHUNK));
            let chunk = worker.chunk(start..end, plan.enough);
            let mut merger = merger.lock().expect("a thread that panics ends the sweep");
            if merger.take(index, chunk, plan.enough) {
                return;
            }
        }
    };
    let jobs = u64::try_from(plan.jobs).unwrap_or(u64::MAX).clamp(1, chunks.max(1));
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(work);
        }
        work();
    });
    let mut merged = merger.into_inner().expect("no thread panicked").merged;
    merged.interrupted |= merged.runs < total && !merged.stopped;
    merged
}

/// Puts chunks together in the order of their seeds. Whichever thread has the next one merges it,
/// so that no thread only waits for others.
struct Merger<'a> {
    merged: Sweep,
    known: Prints,
    /// Chunks that came before their turn.
    waiting: BTreeMap<u64, Sweep>,
    wanted: u64,
    total: u64,
    progress: &'a mut (dyn FnMut(Progress) + Send),
}

impl Merger<'_> {
    /// Takes a chunk; says whether the sweep is over.
    fn take(&mut self, index: u64, chunk: Sweep, enough: &dyn Fn(&[&'static str]) -> bool) -> bool {
        self.waiting.insert(index, chunk);
        while let Some(chunk) = self.waiting.remove(&self.wanted) {
            if self.merged.stopped || self.merged.interrupted {
                return true;
            }
            self.wanted += 1;
            self.merged.merge(chunk, &mut self.known);
            self.merged.stopped |= enough(&self.merged.violated_names());
            let failing = self.merged.violated.iter().map(|(_, runs)| *runs).max().unwrap_or(0);
            let (done, distinct) = (self.merged.runs, self.merged.distinct);
            (self.progress)(Progress { done, total: self.total, distinct, failing });
        }
        self.merged.stopped || self.merged.interrupted
    }
}
