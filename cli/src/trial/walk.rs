//! Random walks through a scenario.

use dtxsim_core::untimed::WalkPlan;
use dtxsim_core::verdict::conclude_walked;
use dtxsim_reports::{Report, Walking, telling_walk};
use dtxsim_scenarios::{Explore, Walk};

use super::short::{Source, shorten};
use super::{Plan, Trial, meta};
use crate::interrupt;
use crate::load::Loaded;
use crate::progress::{Kind, Meter, Progress};

/// Walks and reports.
pub(super) fn walk(loaded: &Loaded, within: &Explore, walk: Walk, plan: &Plan) -> Trial {
    let expected = &loaded.expected;
    let enough = |violated: &[&'static str]| !plan.keep_going && expected.enough(violated);
    let Walk { tactics, walks: asked, steps, seed } = walk;
    let walk_plan = WalkPlan {
        bounds: within.bounds,
        tactics: &tactics.list(),
        walks: asked,
        steps,
        seed,
        enough: &enough,
        interrupt: interrupt::flag(),
    };
    let mut meter = Meter::new(&loaded.name, Kind::Walks, asked);
    let experiment = &*loaded.experiment;
    let walks = experiment.walk(&walk_plan, &mut |so_far| {
        let (distinct, failing) = (so_far.distinct, so_far.failing);
        meter.show(Progress { done: so_far.walks, total: asked, distinct, failing });
    });
    meter.end();
    let (ignored, options) = (loaded.ignored.clone(), loaded.options.clone());
    let walking = Walking { asked, steps, seed, ignored, options };
    let costs = (&experiment.names(), &experiment.ledger());
    let conclusion = conclude_walked(&walks, asked);
    let mut report = Report::walked(&meta(loaded, 0..0), &walking, costs, &walks, &conclusion);
    let mut path = None;
    if let Some(found) = telling_walk(&walks, expected) {
        let found = &found.counterexample;
        path = Some((found.trace.clone(), Some(found.violation.step)));
        if let Some(example) = &mut report.counterexample {
            let property = found.violation.property;
            example.token = loaded.path_token(&found.schedule, &found.trace, property);
        }
        if plan.shrink.wants(&report) {
            path = shorten(loaded, &mut report, Source::Path(&found.schedule)).or(path);
        }
    }
    Trial { report, path }
}
