mod path;
mod timed;

use std::path::{Path, PathBuf};

use dtxsim_core::timed::Outcome;
use dtxsim_core::token::{ENGINE, PathToken, Token, TokenError, drift};
use dtxsim_reports::{Form, printable};

use super::demo;
use super::run::has_seeds;
use crate::args::{Format, Replay};
use crate::exit::{ExitCode, Failure};
use crate::load::{Loaded, Recorded};
use crate::screen::{HUMAN, Screen, form};

/// What a token names.
pub(super) enum Named {
    Run(Token),
    Path(PathToken),
}

/// Runs one seed, or walks along one path, again, step by step.
pub(crate) fn replay(args: &Replay) -> Result<ExitCode, Failure> {
    let form = form(args.trace, args.ascii);
    if let Some(seed) = args.seed {
        return of_file(Path::new(&args.what), seed, form);
    }
    match named(&args.what)? {
        Named::Run(_) if args.timed => {
            Err(Failure::Usage("error: a run has its times: `--timed` is for paths".to_owned()))
        }
        Named::Run(token) => of_token(&token, args.scenario.as_deref(), form),
        Named::Path(token) if args.timed => {
            let format = args.format.unwrap_or(Format::Human);
            timed::in_time(&token, args.scenario.as_deref(), format, form)
        }
        Named::Path(token) => path::of_path(&token, args.scenario.as_deref(), form),
    }
}

/// Reads a token of either kind.
pub(super) fn named(what: &str) -> Result<Named, Failure> {
    let named = match what.parse::<PathToken>() {
        Err(TokenError::NotAToken) => what.parse().map(Named::Run),
        other => other.map(Named::Path),
    };
    named.map_err(|error| match error {
        TokenError::NotAToken if Path::new(what).exists() => {
            Failure::Usage(format!("error: say which seed of {}: `--seed N`", printable(what)))
        }
        error => Failure::Usage(format!("error: {error}")),
    })
}

fn of_file(path: &Path, seed: u64, form: Form) -> Result<ExitCode, Failure> {
    let loaded = Loaded::read(path)?;
    has_seeds(&loaded)?;
    let recorded = loaded.record(seed);
    let mut screen = Screen::new();
    screen.print(&HUMAN.heading(&format!("{}, seed {seed}", loaded.protocol)))?;
    if let Some(code) = show(&mut screen, &loaded, &recorded, form)? {
        return Ok(code);
    }
    screen.print(&format!("to see it again: dtxsim replay {}\n", recorded.token))?;
    Ok(ExitCode::Fine)
}

fn of_token(token: &Token, scenario: Option<&Path>, form: Form) -> Result<ExitCode, Failure> {
    let loaded = find(&token.scenario, scenario)?;
    let mut screen = Screen::new();
    screen.print(&then_and_now(&token.engine, token.digest, &loaded))?;
    screen.print(&HUMAN.heading(&format!("{}, seed {}", loaded.protocol, token.seed)))?;
    let recorded = loaded.record(token.seed);
    if let Some(code) = show(&mut screen, &loaded, &recorded, form)? {
        return Ok(code);
    }
    match drift(token, &recorded.trace) {
        None => {
            let Token { steps, fingerprint, .. } = token;
            screen
                .print(&format!("reproduced: {steps} steps, fingerprint {fingerprint:016x}\n"))?;
            Ok(ExitCode::Fine)
        }
        Some(drift) => {
            screen.print(&format!("drifted: {drift}\n"))?;
            Ok(ExitCode::Usage)
        }
    }
}

/// The scenario of a token that was made of one in that place.
pub(super) fn find(place: &str, scenario: Option<&Path>) -> Result<Loaded, Failure> {
    if let Some(path) = scenario {
        return Loaded::read(path);
    }
    if place == demo::PLACE {
        return demo::broken();
    }
    let path = PathBuf::from(place);
    if path.is_file() {
        return Loaded::read(&path);
    }
    let place = if place.is_empty() { "of this token" } else { place };
    Err(Failure::Usage(format!(
        "error: the scenario {place} is not here: say where it is with `--scenario FILE`"
    )))
}

/// What has changed since a token was made by that version for that digest.
pub(super) fn then_and_now(engine: &str, digest: u64, loaded: &Loaded) -> String {
    let mut text = if digest == loaded.digest {
        "the scenario is as it was when the token was made".to_owned()
    } else {
        "the scenario has changed since the token was made".to_owned()
    };
    if engine != ENGINE {
        text += &format!("; the token was made by version {engine}, this is {ENGINE}");
    }
    text + "\n"
}

/// Prints what a run with a clock violates, and what it does not show.
fn judged(screen: &mut Screen, outcome: &Outcome) -> Result<(), Failure> {
    for violation in &outcome.violations {
        screen.print(&HUMAN.violation(violation, true))?;
    }
    for (property, why) in &outcome.unknown {
        screen.print(&format!("{property} is open: {why}\n"))?;
    }
    if outcome.violations.is_empty() && outcome.unknown.is_empty() {
        screen.print("no property is violated\n")?;
    }
    Ok(())
}

/// Prints a run and what it violates. If the same seed gives another run, that is the answer.
fn show(
    screen: &mut Screen,
    loaded: &Loaded,
    recorded: &Recorded,
    form: Form,
) -> Result<Option<ExitCode>, Failure> {
    let Recorded { outcome, token, .. } = recorded;
    let lines = recorded.steps(form);
    if !lines.is_empty() {
        screen.print(&format!("{}\n", HUMAN.lines(&lines)))?;
    }
    judged(screen, outcome)?;
    let again = loaded.record(outcome.seed);
    Ok(match drift(token, &again.trace) {
        None => None,
        Some(drift) => {
            screen.print(&format!("nondeterministic: the same seed ran again, and {drift}\n"))?;
            Some(ExitCode::Nondeterministic)
        }
    })
}
