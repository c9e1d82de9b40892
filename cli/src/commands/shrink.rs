use std::path::Path;

use dtxsim_core::monitor::Violation;
use dtxsim_core::token::drift;
use dtxsim_reports::{Form, printable, steps};

use super::replay::{Named, find, named, then_and_now};
use super::run::has_seeds;
use crate::args::Shrink;
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::Loaded;
use crate::screen::{HUMAN, Screen, form};
use crate::trial::short::{Source, shrunk};

/// Makes a failing run or path short.
pub(crate) fn shrink(args: &Shrink) -> Result<ExitCode, Failure> {
    let form = form(args.trace, args.ascii);
    interrupt::watch();
    let (what, property) = (args.what.as_str(), args.property.as_deref());
    if let Some(seed) = args.seed {
        let loaded = Loaded::read(Path::new(what))?;
        has_seeds(&loaded)?;
        return of_run(&mut Screen::new(), &loaded, seed, (property, form));
    }
    let mut screen = Screen::new();
    match named(what)? {
        Named::Run(token) => {
            let loaded = find(&token.scenario, args.scenario.as_deref())?;
            screen.print(&then_and_now(&token.engine, token.digest, &loaded))?;
            if let Some(drift) = drift(&token, &loaded.record(token.seed).trace) {
                screen.print(&format!("drifted: {drift}\n"))?;
                return Ok(ExitCode::Usage);
            }
            of_run(&mut screen, &loaded, token.seed, (property, form))
        }
        Named::Path(token) => {
            let loaded = find(&token.scenario, args.scenario.as_deref())?.of_paths(&token)?;
            screen.print(&then_and_now(&token.engine, token.digest, &loaded))?;
            let violations = match loaded.experiment.replay(&token.schedule) {
                Ok((_, violations)) => violations,
                Err(drift) => {
                    screen.print(&format!("drifted: {drift}\n"))?;
                    return Ok(ExitCode::Usage);
                }
            };
            let property = property.or(Some(token.property.as_str()));
            let violation = chosen(&violations, property, "this path")?;
            let shrinking = Shrinking { loaded: &loaded, violation, timed: false, form };
            shrinking.show(&mut screen, Source::Path(&token.schedule))
        }
    }
}

fn of_run(
    screen: &mut Screen,
    loaded: &Loaded,
    seed: u64,
    (property, form): (Option<&str>, Form),
) -> Result<ExitCode, Failure> {
    let recorded = loaded.record(seed);
    let who = format!("seed {seed}");
    let violation = chosen(&recorded.outcome.violations, property, &who)?;
    screen.print(&HUMAN.heading(&format!("{}, {who}", loaded.protocol)))?;
    Shrinking { loaded, violation, timed: true, form }.show(screen, Source::Run(seed))
}

/// The violation that must stay: the first, or that of this property.
fn chosen<'v>(
    violations: &'v [Violation],
    property: Option<&str>,
    who: &str,
) -> Result<&'v Violation, Failure> {
    let is_it =
        |violation: &&Violation| property.is_none_or(|property| violation.property == property);
    violations.iter().find(is_it).ok_or_else(|| {
        let property = property.map_or("no property".to_owned(), printable);
        let names: Vec<&str> = violations.iter().map(|violation| violation.property).collect();
        let text = match names.as_slice() {
            [] => format!("error: {who} violates nothing: there is nothing to shrink"),
            names => format!("error: {who} does not violate {property}, but {}", names.join(", ")),
        };
        Failure::Usage(text)
    })
}

/// Something to make short.
struct Shrinking<'a> {
    loaded: &'a Loaded,
    violation: &'a Violation,
    timed: bool,
    form: Form,
}

impl Shrinking<'_> {
    fn show(&self, screen: &mut Screen, source: Source<'_>) -> Result<ExitCode, Failure> {
        let Shrinking { loaded, violation, timed, form } = *self;
        screen.print(&HUMAN.violation(violation, timed))?;
        let (shrunk, report) = match shrunk(loaded, source, violation.property) {
            Ok(both) => both,
            Err(why) => {
                screen.print(&format!("not shrunk: {}\n", printable(&why)))?;
                return Ok(ExitCode::Open);
            }
        };
        screen.print(&HUMAN.shrunk(&report, &violation.finding.summary, timed))?;
        let lines = steps(&shrunk.trace, Some(shrunk.violation.step), form);
        if !lines.is_empty() {
            screen.print(&format!("\n{}", HUMAN.lines(&lines)))?;
        }
        if let Some(token) = &report.token {
            let again = HUMAN.replay(loaded.file.as_deref(), token);
            screen.print(&format!("\n{}{again}", HUMAN.heading("to see it again")))?;
        }
        Ok(ExitCode::Fine)
    }
}
