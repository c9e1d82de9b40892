//! From a path to something that can be run.

use std::path::{Path, PathBuf};

use dtxsim_core::sweep::Experiment;
use dtxsim_core::timed::Outcome;
use dtxsim_core::token::{PathToken, Token};
use dtxsim_core::trace::Trace;
use dtxsim_core::untimed::Schedule;
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::{Setup, SetupError, Surroundings, Words as Kinds};
use dtxsim_reports::{Expectation, Form, Line, Words, printable, script_names, steps};
use dtxsim_scenarios::{Expect, Mode, Scenario, Source, parse};

use crate::exit::Failure;

/// A scenario, ready to run.
pub(crate) struct Loaded {
    /// Where it comes from: what the user called it.
    pub(crate) file: Option<String>,
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) digest: u64,
    pub(crate) mode: Mode,
    pub(crate) expected: Expectation,
    /// What an exploration of it must exercise, by name.
    pub(crate) required: Vec<String>,
    /// The faults of its script by name.
    pub(crate) script: Vec<String>,
    /// What of it an exploration does not use.
    pub(crate) ignored: Vec<String>,
    /// Options of the command line that change what it means.
    pub(crate) options: Vec<String>,
    pub(crate) scenario: Scenario,
    pub(crate) experiment: Box<dyn Experiment + Send>,
}

impl Loaded {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Loaded, Failure> {
        let scenario = read(path)?;
        let setup = scenario.setup();
        Loaded::new(Some(path.display().to_string()), &scenario, setup)
    }

    /// A scenario with a setup that may be its own or a variation of it.
    pub(crate) fn new(
        file: Option<String>,
        scenario: &Scenario,
        setup: Setup,
    ) -> Result<Loaded, Failure> {
        Loaded::build(file, scenario, setup).map_err(|(name, SetupError(why))| {
            Failure::Usage(format!("error: {name}: the protocol cannot run this: {why}"))
        })
    }

    /// The same; what goes by which name and cannot be run, and why, is left to the caller to tell.
    pub(crate) fn build(
        file: Option<String>,
        scenario: &Scenario,
        setup: Setup,
    ) -> Result<Loaded, (String, SetupError)> {
        let topology = setup.choice.topology(&setup.business, &setup.placement);
        let Kinds { messages, records, notes, .. } = setup.choice.words();
        let words = Words { messages, records, notes };
        let script = script_names(&setup.surroundings.faults.script, &topology, words);
        let protocol = setup.choice.label();
        let ignored = ignored(&setup.surroundings);
        let name = printable(file.as_deref().unwrap_or(&scenario.name));
        let experiment = setup.build().map_err(|error| (name, error))?;
        Ok(Loaded {
            file,
            name: scenario.name.clone(),
            protocol,
            digest: scenario.digest,
            mode: scenario.mode.clone(),
            expected: expectation(&scenario.expect),
            required: scenario.required.clone(),
            script,
            ignored,
            options: Vec::new(),
            scenario: scenario.clone(),
            experiment,
        })
    }

    /// Records one seed, and names the run by a token.
    pub(crate) fn record(&self, seed: u64) -> Recorded {
        let (outcome, trace) = self.experiment.record(seed);
        let token = Token::new(self.place(), self.digest, &outcome, &trace);
        Recorded { outcome, trace, token }
    }

    /// Names a path without a clock that violates this property; none if it is too long for that.
    pub(crate) fn path_token(
        &self,
        schedule: &Schedule,
        trace: &Trace,
        property: &str,
    ) -> Option<String> {
        let digest = self.scenario.of_paths(schedule.bounds, property).digest;
        PathToken::new((self.place(), digest), schedule, trace, property).text()
    }

    /// The same, to walk along such a path.
    pub(crate) fn of_paths(&self, token: &PathToken) -> Result<Loaded, Failure> {
        let scenario = self.scenario.of_paths(token.schedule.bounds, &token.property);
        Loaded::new(self.file.clone(), &scenario, scenario.setup())
    }

    /// Where tokens say that it comes from.
    fn place(&self) -> &str {
        self.file.as_deref().unwrap_or(crate::commands::demo::PLACE)
    }
}

/// A recorded run.
pub(crate) struct Recorded {
    pub(crate) outcome: Outcome,
    pub(crate) trace: Trace,
    pub(crate) token: Token,
}

impl Recorded {
    /// Its steps; those that lead to its first violation, if it has one.
    pub(crate) fn steps(&self, form: Form) -> Vec<Line> {
        let violation = self.outcome.violations.first().map(|violation| violation.step);
        steps(&self.trace, violation, form)
    }
}

/// What an exploration has no use for, although it is about what goes wrong.
fn ignored(surroundings: &Surroundings) -> Vec<String> {
    let Surroundings { faults, network, .. } = surroundings;
    let mut all = Vec::new();
    if !faults.script.is_empty() || faults.swarm.kinds().next().is_some() {
        all.push("faults".to_owned());
    }
    let of_network = network.fault_kinds();
    all.extend(of_network.iter().map(|kind| format!("{} of the network", kind.name())));
    all
}

/// The scenario of a file.
pub(crate) fn read(path: &Path) -> Result<Scenario, Failure> {
    scenario(&source(path)?)
}

/// The text of a file.
pub(crate) fn source(path: &Path) -> Result<Source, Failure> {
    Source::read(path).map_err(|unreadable| {
        let (source, diagnostic) = *unreadable;
        Failure::Usage(diagnostic.render(&source, true))
    })
}

/// The scenario of a text, or all that is wrong with it.
pub(crate) fn scenario(source: &Source) -> Result<Scenario, Failure> {
    parse(source).map_err(|diagnostics| {
        let texts: Vec<String> = diagnostics.iter().map(|d| d.render(source, true)).collect();
        Failure::Usage(texts.join("\n\n"))
    })
}

fn expectation(expect: &Expect) -> Expectation {
    match expect {
        Expect::Holds => Expectation::Holds,
        Expect::Vacuous => Expectation::Vacuous,
        Expect::Inconclusive => Expectation::Inconclusive,
        Expect::Violates(properties) => {
            let name = |property: &Property| property.name().to_owned();
            Expectation::Violates(properties.iter().map(name).collect())
        }
    }
}

/// The files that paths stand for: a directory stands for every `*.ron` below it, sorted. Links to
/// directories are not followed.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            below(path, &mut files)?;
            if files.len() == before {
                let path = printable(&path.display().to_string());
                return Err(Failure::Usage(format!("error: there is no *.ron file in {path}")));
            }
            files[before..].sort();
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn below(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        let name = printable(&directory.display().to_string());
        Failure::Usage(format!("error: cannot read {name}: {error}"))
    };
    for entry in std::fs::read_dir(directory).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = entry.path();
        // Version control and editors hide their own there.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(cannot)?.is_dir() {
            below(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ron") {
            files.push(path);
        }
    }
    Ok(())
}
