//! A failing path is made short before it is shown.

use dtxsim_core::trace::Trace;
use dtxsim_core::untimed::{Schedule, ShrinkPlan, Shrunk};
use dtxsim_core::verdict::Verdict;
use dtxsim_reports::{Report, ShrunkReport};

use crate::interrupt;
use crate::load::Loaded;

/// Which counterexamples are made short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shrink {
    /// None.
    Never,
    /// Those that nobody expected: no others are shown.
    Surprises,
    /// All.
    Always,
}

impl Shrink {
    pub(super) fn wants(self, report: &Report) -> bool {
        match self {
            Shrink::Never => false,
            Shrink::Surprises => !report.as_expected,
            Shrink::Always => true,
        }
    }
}

/// What fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The run of a seed.
    Run(u64),
    /// A path of a world without time.
    Path(&'a Schedule),
}

/// Makes a counterexample short, so that the same property is violated still; or says why not.
pub(crate) fn shrunk(
    loaded: &Loaded,
    source: Source<'_>,
    property: &str,
) -> Result<(Shrunk, ShrunkReport), String> {
    if interrupt::happened() {
        return Err("interrupted".to_owned());
    }
    let plan = ShrinkPlan { interrupt: Some(interrupt::flag()), ..ShrinkPlan::new(property) };
    let shrunk = match source {
        Source::Run(seed) => loaded.experiment.shrink(seed, &plan),
        Source::Path(schedule) => loaded.experiment.shrink_schedule(schedule, &plan),
    };
    let shrunk = shrunk.map_err(|why| why.to_string())?;
    let token = loaded.path_token(&shrunk.schedule, &shrunk.trace, property);
    let report = ShrunkReport::new(&shrunk, token);
    Ok((shrunk, report))
}

/// Makes the counterexample of a report short. Gives back what is to be shown in its place.
pub(super) fn shorten(
    loaded: &Loaded,
    report: &mut Report,
    source: Source<'_>,
) -> Option<(Trace, Option<u64>)> {
    // Whoever runs otherwise each time cannot be followed.
    let certain = report.verdict != Verdict::Nondeterministic;
    let property = report.counterexample.as_ref().filter(|_| certain)?.property;
    match shrunk(loaded, source, property) {
        Ok((shrunk, short)) => {
            report.shrink(Ok(short));
            Some((shrunk.trace, Some(shrunk.violation.step)))
        }
        Err(why) => {
            report.shrink(Err(why));
            None
        }
    }
}
