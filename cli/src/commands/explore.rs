use std::path::Path;

use dtxsim_reports::human::coverage;
use dtxsim_reports::printable;
use dtxsim_scenarios::{Explore, Mode, Objection};

use super::form_of;
use crate::args;
use crate::args::{Format, Within};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::{Loaded, read};
use crate::screen::{HUMAN, Screen, say};
use crate::trial;

/// Explores scenarios one after the other, whatever their mode. All are read before the first is
/// explored.
pub(crate) fn explore(args: &args::Explore) -> Result<ExitCode, Failure> {
    let form = form_of(&args.common)?;
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in &args.files {
        match load(file, &args.within) {
            Ok(loaded) => all.push(loaded),
            Err(Failure::Usage(text)) => wrong.push(text),
            Err(other) => return Err(other),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Usage(wrong.join("\n\n")));
    }
    interrupt::watch();
    let (mut screen, mut code) = (Screen::new(), ExitCode::Fine);
    for (index, (loaded, explore)) in all.iter().enumerate() {
        if interrupt::happened() {
            say("interrupted: the other files were not explored");
            return Ok(code.and(ExitCode::Open));
        }
        if index > 0 && args.common.format == Format::Human {
            screen.print("\n")?;
        }
        let trial = trial::explore(loaded, explore, args.keep_going);
        screen.report(&trial, args.common.format, form)?;
        if args.coverage && args.common.format == Format::Human {
            screen.print(&coverage(&trial.report, HUMAN.colour))?;
        }
        code = code.and(ExitCode::of(&trial.report));
    }
    Ok(code)
}

/// A scenario to be explored, with what the command line says of it.
fn load(path: &Path, within: &Within) -> Result<(Loaded, Explore), Failure> {
    let scenario = read(path)?;
    let mut explore = match &scenario.mode {
        Mode::Explore(explore) => *explore,
        Mode::Seeds(_) => Explore::default(),
    };
    within.apply(&mut explore);
    let setup = scenario.setup();
    let objections = explore.objections(&setup.choice, &setup.business, &setup.placement);
    refuse(path, &objections)?;
    let scenario = scenario.in_mode(Mode::Explore(explore));
    let setup = scenario.setup();
    refuse(path, explore.asymmetry(&setup).as_slice())?;
    let loaded = Loaded::new(Some(path.display().to_string()), &scenario, setup)?;
    Ok((Loaded { options: within.options(), ..loaded }, explore))
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
