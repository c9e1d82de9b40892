use std::ops::Range;

use dtxsim_reports::{full, printable};
use dtxsim_scenarios::Mode;

use super::jobs;
use crate::args::{Format, Run};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::Loaded;
use crate::screen::{HUMAN, Screen, say};
use crate::trial::{self, Plan};

/// Runs scenarios one after the other. All are read before the first is run.
pub(crate) fn run(args: &Run) -> Result<ExitCode, Failure> {
    let loaded = load(args)?;
    let seeds = args.seed.map(|seed| seed..seed + 1).or(args.seeds.clone());
    if seeds.is_some() || args.trace {
        loaded.iter().try_for_each(|loaded| has_seeds(loaded).map(drop))?;
    }
    if args.trace {
        let is_single = |loaded: &Loaded| {
            let seeds = seeds.clone().or_else(|| has_seeds(loaded).ok());
            seeds.is_some_and(|seeds| seeds.end - seeds.start == 1)
        };
        if !loaded.iter().all(is_single) {
            let text = "error: `--trace` shows one run: say which one with `--seed N`";
            return Err(Failure::Usage(text.to_owned()));
        }
        if args.common.format == Format::Json {
            let text = "error: `--trace` is for people: leave out `--format json`";
            return Err(Failure::Usage(text.to_owned()));
        }
    }
    interrupt::watch();
    let (mut screen, mut code) = (Screen::new(), ExitCode::Fine);
    let plan = Plan { seeds, jobs: jobs(&args.common), keep_going: args.keep_going };
    for (index, loaded) in loaded.iter().enumerate() {
        if interrupt::happened() {
            say("interrupted: the other files were not run");
            return Ok(code.and(ExitCode::Open));
        }
        if index > 0 && args.common.format == Format::Human {
            screen.print("\n")?;
        }
        if args.trace {
            let seeds = plan.seeds.clone().map_or_else(|| has_seeds(loaded), Ok)?;
            let recorded = loaded.record(seeds.start);
            let step = recorded.outcome.violations.first().map(|violation| violation.step);
            screen.print(&HUMAN.lines(&full(&recorded.trace, step)))?;
            screen.print("\n")?;
        }
        let report = trial::run(loaded, &plan);
        screen.report(&report, args.common.format)?;
        code = code.and(ExitCode::of(&report));
    }
    Ok(code)
}

/// The seeds of a scenario that is not explored.
pub(super) fn has_seeds(loaded: &Loaded) -> Result<Range<u64>, Failure> {
    match &loaded.mode {
        Mode::Seeds(seeds) => Ok(seeds.clone()),
        Mode::Explore(_) => {
            let name = printable(loaded.file.as_deref().unwrap_or(&loaded.name));
            let text = format!("error: {name} is explored, and has no seeds: `dtxsim explore {name}`");
            Err(Failure::Usage(text))
        }
    }
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
