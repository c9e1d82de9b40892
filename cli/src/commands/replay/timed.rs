//! Paths of a world without time as timed runs.

use std::path::Path;

use dtxsim_core::token::PathToken;
use dtxsim_core::untimed::{DrivenRun, Kept, Undriven};
use dtxsim_reports::{Circumstances, DrivenReport, Form, ScenarioName, steps};

use super::{find, judged, then_and_now};
use crate::args::Format;
use crate::exit::{ExitCode, Failure};
use crate::load::Loaded;
use crate::screen::{HUMAN, Screen};

/// Makes a timed run of a path.
pub(super) fn in_time(
    token: &PathToken,
    scenario: Option<&Path>,
    format: Format,
    form: Form,
) -> Result<ExitCode, Failure> {
    let loaded = find(&token.scenario, scenario)?.of_paths(token)?;
    let driven = loaded.experiment.drive(&token.schedule);
    let again = loaded.experiment.drive(&token.schedule);
    let mut screen = Screen::new();
    let code = match &driven {
        _ if driven != again => ExitCode::Nondeterministic,
        Ok(run) if run.violates(&token.property) => ExitCode::Fine,
        Ok(_) | Err(_) => ExitCode::Usage,
    };
    match format {
        Format::Human => {
            told(&mut screen, &loaded, token, (&driven, form))?;
            if code == ExitCode::Nondeterministic {
                screen.print("nondeterministic: the same run was made again, and was another\n")?;
            }
        }
        Format::Json => {
            let name = ScenarioName { name: loaded.name.clone(), file: loaded.file.clone() };
            let circumstances = Circumstances {
                deterministic: code != ExitCode::Nondeterministic,
                scenario_changed: token.digest != loaded.digest,
            };
            let driven = driven.as_ref();
            let report = DrivenReport::new(name, &loaded.protocol, token, driven, circumstances);
            screen.print(&report.json())?;
        }
    }
    Ok(code)
}

fn told(
    screen: &mut Screen,
    loaded: &Loaded,
    token: &PathToken,
    (driven, form): (&Result<DrivenRun, Undriven>, Form),
) -> Result<(), Failure> {
    screen.print(&then_and_now(&token.engine, token.digest, loaded))?;
    let events = token.schedule.choices.len();
    let head = format!("{}, a path of {events} events as a timed run", loaded.protocol);
    screen.print(&HUMAN.heading(&head))?;
    screen.print(&format!("within: {}\n", token.schedule.bounds))?;
    match driven {
        Ok(run) => realised(screen, run, &token.property, form),
        Err(Undriven::Drift(drift)) => screen.print(&format!("drifted: {drift}\n")),
        Err(why) => {
            // Steps are named by their numbers on the path.
            if let Ok((path, _)) = loaded.experiment.replay(&token.schedule) {
                lines(screen, &HUMAN.lines(&steps(&path, None, form)))?;
            }
            screen.print(&format!("not realised: {why}\n"))
        }
    }
}

fn realised(
    screen: &mut Screen,
    run: &DrivenRun,
    property: &str,
    form: Form,
) -> Result<(), Failure> {
    let outcome = &run.outcome;
    let violation = outcome.violations.first().map(|violation| violation.step);
    lines(screen, &HUMAN.lines(&steps(&run.trace, violation, form)))?;
    judged(screen, outcome)?;
    if run.reordered {
        let why = match run.kept {
            Kept::Whole => "",
            Kept::Partial => ": no times were found that keep all of it",
        };
        screen.print(&format!(
            "steps that do not depend on each other come in another order than on the path{why}\n"
        ))?;
    }
    let (steps, end) = (outcome.steps, outcome.end);
    if run.violates(property) {
        return screen.print(&format!("realised: {steps} steps, the last at {end}\n"));
    }
    let is_open = outcome.unknown.iter().any(|(open, _)| *open == property);
    let is = if is_open { "is open" } else { "is not violated" };
    screen.print(&format!("realised, {steps} steps, but {property} {is}\n"))
}

fn lines(screen: &mut Screen, lines: &str) -> Result<(), Failure> {
    if lines.is_empty() { Ok(()) } else { screen.print(&format!("{lines}\n")) }
}
