use std::path::{Path, PathBuf};

use dtxsim_core::token::{ENGINE, Token, TokenError, drift};
use dtxsim_reports::{Form, printable};

use super::demo;
use crate::args::Replay;
use crate::exit::{ExitCode, Failure};
use crate::load::{Loaded, Recorded};
use crate::screen::{HUMAN, Screen, form};

/// Runs one seed again, step by step.
pub(crate) fn replay(args: &Replay) -> Result<ExitCode, Failure> {
    let form = form(args.trace, args.ascii);
    match (args.seed, args.what.parse::<Token>()) {
        (Some(seed), _) => of_file(Path::new(&args.what), seed, form),
        (None, Ok(token)) => of_token(&token, args.scenario.as_deref(), form),
        (None, Err(TokenError::NotAToken)) if Path::new(&args.what).exists() => {
            let what = printable(&args.what);
            let text = format!("error: say which seed of {what} to replay: `--seed N`");
            Err(Failure::Usage(text))
        }
        (None, Err(error)) => Err(Failure::Usage(format!("error: {error}"))),
    }
}

fn of_file(path: &Path, seed: u64, form: Form) -> Result<ExitCode, Failure> {
    let loaded = Loaded::read(path)?;
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
    let loaded = find(token, scenario)?;
    let mut screen = Screen::new();
    screen.print(&then_and_now(token, &loaded))?;
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

/// The scenario of a token.
fn find(token: &Token, scenario: Option<&Path>) -> Result<Loaded, Failure> {
    if let Some(path) = scenario {
        return Loaded::read(path);
    }
    if token.scenario == demo::PLACE {
        return demo::broken();
    }
    let path = PathBuf::from(&token.scenario);
    if path.is_file() {
        return Loaded::read(&path);
    }
    let place = if token.scenario.is_empty() { "of this token" } else { token.scenario.as_str() };
    Err(Failure::Usage(format!(
        "error: the scenario {place} is not here: say where it is with `--scenario FILE`"
    )))
}

/// What has changed since the token was made.
fn then_and_now(token: &Token, loaded: &Loaded) -> String {
    let mut text = if token.digest == loaded.digest {
        "the scenario is as it was when the token was made".to_owned()
    } else {
        "the scenario has changed since the token was made".to_owned()
    };
    if token.engine != ENGINE {
        text += &format!("; the token was made by version {}, this is {ENGINE}", token.engine);
    }
    text + "\n"
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
    for violation in &outcome.violations {
        screen.print(&HUMAN.violation(violation))?;
    }
    for (property, why) in &outcome.unknown {
        screen.print(&format!("{property} is open: {why}\n"))?;
    }
    if outcome.violations.is_empty() && outcome.unknown.is_empty() {
        screen.print("no property is violated\n")?;
    }
    let again = loaded.record(outcome.seed);
    Ok(match drift(token, &again.trace) {
        None => None,
        Some(drift) => {
            screen.print(&format!("nondeterministic: the same seed ran again, and {drift}\n"))?;
            Some(ExitCode::Nondeterministic)
        }
    })
}
