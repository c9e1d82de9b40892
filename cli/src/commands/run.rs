use std::ops::Range;

use dtxsim_reports::{Form, printable};
use dtxsim_scenarios::Mode;

use super::{form_of, jobs, shrink_all};
use crate::args::{Format, Run};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::Loaded;
use crate::screen::{HUMAN, Screen, say};
use crate::trial::{self, Plan, Trial};

/// Runs scenarios one after the other. All are read before the first is run.
pub(crate) fn run(args: &Run) -> Result<ExitCode, Failure> {
    let loaded = load(args)?;
    let seeds = args.seed.map(|seed| seed..seed + 1).or(args.seeds.clone());
    if seeds.is_some() {
        loaded.iter().try_for_each(|loaded| has_seeds(loaded).map(drop))?;
    }
    let form = form_of(&args.common)?;
    interrupt::watch();
    let (mut screen, mut code) = (Screen::new(), ExitCode::Fine);
    let (jobs, shrink) = (jobs(args.common.jobs), shrink_all(&args.common));
    let plan = Plan { seeds, jobs, keep_going: args.keep_going, shrink };
    for (index, loaded) in loaded.iter().enumerate() {
        // Of the first there is a report, however early it was interrupted.
        if index > 0 && interrupt::happened() {
            say("interrupted: the other files were not run");
            return Ok(code.and(ExitCode::Open));
        }
        if index > 0 && args.common.format == Format::Human {
            screen.print("\n")?;
        }
        let trial = trial::run(loaded, &plan);
        if args.common.trace.is_some() {
            screen.print(&single(loaded, &plan, &trial, form))?;
        }
        screen.report(&trial, args.common.format, form)?;
        code = code.and(ExitCode::of(&trial.report));
    }
    Ok(code)
}

/// The seeds of a scenario that is not explored.
pub(super) fn has_seeds(loaded: &Loaded) -> Result<Range<u64>, Failure> {
    match &loaded.mode {
        Mode::Seeds(seeds) => Ok(seeds.clone()),
        Mode::Explore(_) => {
            let name = printable(loaded.file.as_deref().unwrap_or(&loaded.name));
            let text =
                format!("error: {name} is explored, and has no seeds: `dtxsim explore {name}`");
            Err(Failure::Usage(text))
        }
    }
}

/// The steps of a single run that was asked for, unless its report shows them.
fn single(loaded: &Loaded, plan: &Plan, trial: &Trial, form: Form) -> String {
    let Mode::Seeds(seeds) = &loaded.mode else { return String::new() };
    let seeds = plan.seeds.as_ref().unwrap_or(seeds);
    if seeds.end - seeds.start != 1 || trial.report.counterexample.is_some() {
        return String::new();
    }
    let lines = loaded.record(seeds.start).steps(form);
    if lines.is_empty() { String::new() } else { HUMAN.lines(&lines) + "\n" }
}

/// Reads all files, or says all that is wrong with all of them.
fn load(args: &Run) -> Result<Vec<Loaded>, Failure> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in &args.files {
        match Loaded::read(file) {
            Ok(loaded) => all.push(loaded),
            Err(Failure::Usage(text)) => wrong.push(text),
            Err(other) => return Err(other),
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(Failure::Usage(wrong.join("\n\n"))) }
}
