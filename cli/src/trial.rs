//! One scenario is run: a sweep, its conclusion, a recorded counterexample, a report.

use std::ops::Range;

use dtxsim_core::sweep::{Failure, Sweep, SweepPlan, sweep};
use dtxsim_core::verdict::conclude;
use dtxsim_reports::{Expectation, Form, Line, Meta, Report, Witness};

use crate::interrupt;
use crate::load::{Loaded, Recorded};
use crate::progress::Meter;

/// How to run a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Which seeds, if not the scenario's.
    pub(crate) seeds: Option<Range<u64>>,
    /// How many threads.
    pub(crate) jobs: usize,
    /// Whether to go on when enough is found.
    pub(crate) keep_going: bool,
}

/// What came out, and a recorded run that fails.
pub(crate) struct Trial {
    pub(crate) report: Report,
    recorded: Option<Recorded>,
}

impl Trial {
    /// The steps of the run that fails.
    pub(crate) fn steps(&self, form: Form) -> Vec<Line> {
        self.recorded.as_ref().map_or(Vec::new(), |recorded| recorded.steps(form))
    }
}

/// Runs a scenario and reports.
pub(crate) fn run(loaded: &Loaded, plan: &Plan) -> Trial {
    let seeds = plan.seeds.clone().unwrap_or_else(|| loaded.seeds.clone());
    let expected = &loaded.expected;
    let enough = |violated: &[&'static str]| !plan.keep_going && expected.enough(violated);
    let mut meter = Meter::new(&loaded.name, seeds.end - seeds.start);
    let experiment = &*loaded.experiment;
    let sweep = {
        let (seeds, jobs, interrupt) = (seeds.clone(), plan.jobs, interrupt::flag());
        let plan = SweepPlan { seeds, jobs, enough: &enough, interrupt };
        sweep(experiment, &plan, &mut |progress| meter.show(progress))
    };
    meter.end();
    let recorded = telling(&sweep, expected).map(|failure| loaded.record(failure.seed));
    let meta = Meta {
        name: loaded.name.clone(),
        file: loaded.file.clone(),
        protocol: loaded.protocol.clone(),
        seeds,
        expected: expected.clone(),
        script: loaded.script.clone(),
    };
    let witness = recorded.as_ref().map(|Recorded { outcome, trace, token }| Witness {
        outcome,
        trace,
        token,
    });
    let conclusion = conclude(experiment, &sweep);
    let report = Report::new(&meta, &experiment.names(), &sweep, &conclusion, witness);
    Trial { report, recorded }
}

/// The failing run that is shown: the shortest, but one that nobody expected before all others.
fn telling<'a>(sweep: &'a Sweep, expected: &Expectation) -> Option<&'a Failure> {
    let is_expected = |failure: &Failure| {
        failure.violations.iter().all(|violation| expected.names(violation.property))
    };
    sweep.failures.iter().min_by_key(|failure| (is_expected(failure), failure.steps, failure.seed))
}
