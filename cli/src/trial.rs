//! One scenario is run: a sweep and a recorded counterexample, an exploration, or walks; its
//! conclusion, a report.

pub(crate) mod short;
mod walk;

use std::ops::Range;

use dtxsim_core::sweep::{Failure, Sweep, SweepPlan, sweep};
use dtxsim_core::trace::Trace;
use dtxsim_core::untimed::{self, Exploration, Order, Representation};
use dtxsim_core::verdict::{conclude, conclude_required};
use dtxsim_reports::{
    Expectation, Form, Line, Meta, Report, Search, Witness, steps, telling as telling_path,
};
use dtxsim_scenarios::{Explore, Mode};

use crate::interrupt;
use crate::load::{Loaded, Recorded};
use crate::progress::{Kind, Meter, Spinner};

use short::{Shrink, Source, shorten};

/// How to run a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Which seeds, if not the scenario's.
    pub(crate) seeds: Option<Range<u64>>,
    /// How many threads.
    pub(crate) jobs: usize,
    /// Whether to go on when enough is found.
    pub(crate) keep_going: bool,
    /// Which counterexamples are made short.
    pub(crate) shrink: Shrink,
}

/// What came out, and a path that violates something.
pub(crate) struct Trial {
    pub(crate) report: Report,
    /// The path, and the step that violates.
    path: Option<(Trace, Option<u64>)>,
}

impl Trial {
    /// The steps of the path.
    pub(crate) fn steps(&self, form: Form) -> Vec<Line> {
        let path = self.path.as_ref();
        path.map_or(Vec::new(), |(trace, violation)| steps(trace, *violation, form))
    }
}

/// Runs a scenario in its mode and reports.
pub(crate) fn run(loaded: &Loaded, plan: &Plan) -> Trial {
    match (&loaded.mode, &plan.seeds) {
        (Mode::Explore(within), None) => explore(loaded, within, plan),
        (Mode::Explore(_), Some(seeds)) => sample(loaded, seeds.clone(), plan),
        (Mode::Seeds(own), seeds) => sample(loaded, seeds.as_ref().unwrap_or(own).clone(), plan),
    }
}

fn sample(loaded: &Loaded, seeds: Range<u64>, plan: &Plan) -> Trial {
    let expected = &loaded.expected;
    let enough = |violated: &[&'static str]| !plan.keep_going && expected.enough(violated);
    let mut meter = Meter::new(&loaded.name, Kind::Runs, seeds.end - seeds.start);
    let experiment = &*loaded.experiment;
    let sweep = {
        let (seeds, jobs, interrupt) = (seeds.clone(), plan.jobs, interrupt::flag());
        let plan = SweepPlan { seeds, jobs, enough: &enough, interrupt };
        sweep(experiment, &plan, &mut |progress| meter.show(progress))
    };
    meter.end();
    let recorded = telling(&sweep, expected).map(|failure| loaded.record(failure.seed));
    let meta = meta(loaded, seeds);
    let witness = recorded.as_ref().map(|Recorded { outcome, trace, token }| Witness {
        outcome,
        trace,
        token,
    });
    let conclusion = conclude(experiment, &sweep);
    let mut report = Report::new(&meta, &experiment.names(), &sweep, &conclusion, witness);
    let seed = recorded.as_ref().map(|recorded| recorded.outcome.seed);
    let path = recorded.map(|Recorded { outcome, trace, .. }| {
        let violation = outcome.violations.first().map(|violation| violation.step);
        (trace, violation)
    });
    let short = seed.filter(|_| plan.shrink.wants(&report));
    let short = short.and_then(|seed| shorten(loaded, &mut report, Source::Run(seed)));
    Trial { report, path: short.or(path) }
}

/// Explores a scenario until that is enough.
pub(crate) fn exploration(
    loaded: &Loaded,
    within: &Explore,
    enough: &dyn Fn(&[&'static str]) -> bool,
) -> Exploration {
    let Explore { bounds, order, fingerprints, caps, reductions, walk: _ } = *within;
    let representation =
        if fingerprints { Representation::Fingerprints } else { Representation::Collapsed };
    let plan = untimed::Plan {
        bounds,
        order,
        representation,
        reductions,
        caps,
        traces: true,
        enough,
        interrupt: interrupt::flag(),
    };
    let mut spinner = Spinner::new(&loaded.name);
    let explored = loaded.experiment.explore(&plan, &mut |progress| spinner.show(progress));
    spinner.end();
    explored
}

/// Explores a scenario, or takes the walks that it asks for, and reports.
pub(crate) fn explore(loaded: &Loaded, within: &Explore, asked: &Plan) -> Trial {
    if let Some(walk) = within.walk {
        return walk::walk(loaded, within, walk, asked);
    }
    // Whether something is exercised only all of it shows.
    let keep_going = asked.keep_going || !loaded.required.is_empty();
    let enough = |violated: &[&'static str]| !keep_going && loaded.expected.enough(violated);
    let explored = exploration(loaded, within, &enough);
    let (experiment, Explore { order, caps, .. }) = (&*loaded.experiment, *within);
    let (ignored, options) = (loaded.ignored.clone(), loaded.options.clone());
    let required = loaded.required.clone();
    let search = Search { order, caps, ignored, options, required };
    let costs = (&experiment.names(), &experiment.ledger());
    let conclusion = conclude_required(&explored, &loaded.required);
    let meta = meta(loaded, 0..0);
    let mut report = Report::explored(&meta, &search, costs, &explored, &conclusion);
    let Some(found) = telling_path(&explored, &loaded.expected) else {
        return Trial { report, path: None };
    };
    if let Some(example) = &mut report.counterexample {
        example.token = loaded.path_token(&found.schedule, &found.trace, found.violation.property);
    }
    // What breadth finds is short, and how it is stuck only a search knows.
    let is_long = order == Order::Depth && found.stuck.is_none();
    let short = (is_long && asked.shrink.wants(&report))
        .then(|| shorten(loaded, &mut report, Source::Path(&found.schedule)));
    let path = short.flatten().unwrap_or((found.trace.clone(), Some(found.violation.step)));
    Trial { report, path: Some(path) }
}

fn meta(loaded: &Loaded, seeds: Range<u64>) -> Meta {
    Meta {
        name: loaded.name.clone(),
        file: loaded.file.clone(),
        protocol: loaded.protocol.clone(),
        seeds,
        expected: loaded.expected.clone(),
        script: loaded.script.clone(),
    }
}

/// The failing run that is shown: the shortest, but one that nobody expected before all others.
fn telling<'a>(sweep: &'a Sweep, expected: &Expectation) -> Option<&'a Failure> {
    let is_expected = |failure: &Failure| {
        failure.violations.iter().all(|violation| expected.names(violation.property))
    };
    sweep.failures.iter().min_by_key(|failure| (is_expected(failure), failure.steps, failure.seed))
}
