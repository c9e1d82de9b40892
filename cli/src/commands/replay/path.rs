//! Paths of a world without time.

use std::path::Path;

use dtxsim_core::token::PathToken;
use dtxsim_core::untimed::{Drift, Schedule};
use dtxsim_reports::{Form, steps};

use super::{find, then_and_now};
use crate::exit::{ExitCode, Failure};
use crate::load::Loaded;
use crate::screen::{HUMAN, Screen};

/// Walks along a path again, step by step.
pub(super) fn of_path(
    token: &PathToken,
    scenario: Option<&Path>,
    form: Form,
) -> Result<ExitCode, Failure> {
    let loaded = find(&token.scenario, scenario)?.of_paths(token)?;
    let mut screen = Screen::new();
    screen.print(&then_and_now(&token.engine, token.digest, &loaded))?;
    let events = token.schedule.choices.len();
    let within = token.schedule.bounds;
    screen.print(&HUMAN.heading(&format!("{}, a path of {events} events", loaded.protocol)))?;
    screen.print(&format!("within: {within}\n"))?;
    let replay = || loaded.experiment.replay(&token.schedule);
    let (trace, violations) = match replay() {
        Ok(walked) => walked,
        Err(drift) => return drifted(&mut screen, (&loaded, &token.schedule), &drift, form),
    };
    let lines = steps(&trace, violations.first().map(|violation| violation.step), form);
    if !lines.is_empty() {
        screen.print(&format!("{}\n", HUMAN.lines(&lines)))?;
    }
    for violation in &violations {
        screen.print(&HUMAN.violation(violation, false))?;
    }
    if violations.is_empty() {
        screen.print("no property is violated\n")?;
    }
    if replay().is_ok_and(|(again, _)| again != trace) {
        screen.print("nondeterministic: the same path was walked again, and was another\n")?;
        return Ok(ExitCode::Nondeterministic);
    }
    let fingerprint = trace.steps.last().map_or(0, |step| step.chain);
    let property = &token.property;
    let text = if fingerprint != token.fingerprint {
        "drifted: every choice fits, but the fingerprint does not\n".to_owned()
    } else if violations.iter().all(|violation| violation.property != *property) {
        format!("drifted: every choice fits, but {property} is not violated any more\n")
    } else {
        let steps = trace.steps.len();
        screen.print(&format!("reproduced: {steps} steps, fingerprint {fingerprint:016x}\n"))?;
        return Ok(ExitCode::Fine);
    };
    screen.print(&text)?;
    Ok(ExitCode::Usage)
}

/// Shows how far the path still goes.
fn drifted(
    screen: &mut Screen,
    (loaded, schedule): (&Loaded, &Schedule),
    drift: &Drift,
    form: Form,
) -> Result<ExitCode, Failure> {
    let fitting = usize::try_from(drift.fitting()).unwrap_or(usize::MAX);
    let choices = schedule.choices.iter().take(fitting).copied().collect();
    let beginning = Schedule { ending: None, choices, ..schedule.clone() };
    if let Ok((trace, _)) = loaded.experiment.replay(&beginning) {
        let lines = steps(&trace, None, form);
        if !lines.is_empty() {
            screen.print(&format!("{}\n", HUMAN.lines(&lines)))?;
        }
    }
    screen.print(&format!("drifted: {drift}\n"))?;
    Ok(ExitCode::Usage)
}
