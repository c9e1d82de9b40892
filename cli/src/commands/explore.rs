use std::path::Path;

use dtxsim_reports::human::coverage;
use dtxsim_reports::printable;
use dtxsim_scenarios::{Explore, Mode, Objection};

use super::{form_of, jobs, shrink_all};
use crate::args;
use crate::args::{Format, Walks, Within};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::{Loaded, read};
use crate::screen::{HUMAN, Screen, say};
use crate::trial::{self, Plan};

/// Explores scenarios one after the other, whatever their mode. All are read before the first is
/// explored.
pub(crate) fn explore(args: &args::Explore) -> Result<ExitCode, Failure> {
    let form = form_of(&args.common)?;
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in &args.files {
        let loaded = load(file, &args.within, &args.walks);
        match loaded.and_then(|(loaded, explore)| {
            no_walk(&loaded, &explore, args.coverage)?;
            Ok((loaded, explore))
        }) {
            Ok(loaded) => all.push(loaded),
            Err(Failure::Usage(text)) => wrong.push(text),
            Err(other) => return Err(other),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Usage(wrong.join("\n\n")));
    }
    interrupt::watch();
    let (jobs, shrink) = (jobs(args.common.jobs), shrink_all(&args.common));
    let plan = Plan { seeds: None, jobs, keep_going: args.keep_going, shrink };
    let (mut screen, mut code) = (Screen::new(), ExitCode::Fine);
    for (index, (loaded, explore)) in all.iter().enumerate() {
        // Of the first there is a report, however early it was interrupted.
        if index > 0 && interrupt::happened() {
            say("interrupted: the other files were not explored");
            return Ok(code.and(ExitCode::Open));
        }
        if index > 0 && args.common.format == Format::Human {
            screen.print("\n")?;
        }
        let trial = trial::explore(loaded, explore, &plan);
        screen.report(&trial, args.common.format, form)?;
        if args.coverage && args.common.format == Format::Human {
            screen.print(&coverage(&trial.report, HUMAN.colour))?;
        }
        code = code.and(ExitCode::of(&trial.report));
    }
    Ok(code)
}

/// A scenario to be explored, with what the command line says of it.
pub(super) fn load(
    path: &Path,
    within: &Within,
    walks: &Walks,
) -> Result<(Loaded, Explore), Failure> {
    let scenario = read(path)?;
    let mut explore = match &scenario.mode {
        Mode::Explore(explore) => *explore,
        Mode::Seeds(_) => Explore::default(),
    };
    within.apply(&mut explore);
    let wrong = |text: String| Failure::Usage(format!("error: {text}"));
    walks.apply(&mut explore, within).map_err(wrong)?;
    let setup = scenario.setup();
    let objections = explore.objections(&setup.choice, &setup.business, &setup.placement);
    refuse(path, &objections)?;
    let scenario = scenario.in_mode(Mode::Explore(explore));
    let setup = scenario.setup();
    refuse(path, explore.asymmetry(&setup).as_slice())?;
    let loaded = Loaded::new(Some(path.display().to_string()), &scenario, setup)?;
    let mut options = within.options();
    options.extend(walks.options());
    Ok((Loaded { options, ..loaded }, explore))
}

/// Refuses walks where somebody wants to know what is exercised.
fn no_walk(loaded: &Loaded, explore: &Explore, coverage: bool) -> Result<(), Failure> {
    if explore.walk.is_none() {
        return Ok(());
    }
    let help = "explore instead: without `--walk`, or with `--no-walk`";
    let wrong = |text: &str| Failure::Usage(format!("error: {text}\nhelp: {help}"));
    if coverage {
        return Err(wrong("random walks do not tell what was exercised, as `--coverage` asks"));
    }
    if !loaded.required.is_empty() {
        let text = "the scenario requires that things are exercised, and random walks do not \
                    tell whether they were";
        return Err(wrong(text));
    }
    Ok(())
}

/// Refuses to explore what is objected to.
fn refuse(path: &Path, objections: &[Objection]) -> Result<(), Failure> {
    if !objections.is_empty() {
        let name = printable(&path.display().to_string());
        let text = |Objection { field, message, help }: &Objection| {
            format!("error: {name}: {field}: {message}\nhelp: {help}")
        };
        let texts: Vec<String> = objections.iter().map(text).collect();
        return Err(Failure::Usage(texts.join("\n\n")));
    }
    Ok(())
}
