//! A mutation run: every effect of every correct protocol is left out, one at a time, and the
//! library and the tables of costs are asked whether they notice.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use dtxsim_core::mutants::{Site, leave_out, sites};
use dtxsim_core::verdict::Verdict;
use dtxsim_scenarios::Mode;

use super::bench;
use crate::args::Mutants;
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::{Loaded, files};
use crate::screen::{Screen, say};
use crate::trial::short::Shrink;
use crate::trial::{self, Plan, Trial};

/// A mutant may have so many times the states that the protocol has: what has more is too much to
/// tell whether it would ever come out as expected.
const GROWTH: u64 = 8;

/// For how many participants costs are compared.
const PARTICIPANTS: u64 = 3;

/// A scenario of the library that comes out as expected.
struct Job {
    file: PathBuf,
    loaded: Loaded,
    /// From where effects are put out in it.
    sites: BTreeSet<Site>,
    /// States that were explored, or steps that were run: how long it takes.
    work: u64,
}

/// How a mutant was noticed.
enum Fate {
    /// A scenario came out otherwise, with these words.
    Scenario(PathBuf, String),
    /// It has too many states to tell, and nothing else was noticed.
    CutShort(PathBuf),
    /// Only costs are not what the formulas say.
    Costs,
    /// Nobody noticed; so many scenarios went through that line.
    Survived(usize),
}

/// Leaves out one effect after the other, and prints who noticed.
pub(crate) fn mutants(args: &Mutants) -> Result<ExitCode, Failure> {
    interrupt::watch();
    let mut screen = Screen::new();
    let jobs = jobs(args)?;
    let (_, costs) = sites(|| bench::wrong(PARTICIPANTS));
    let mut all: BTreeSet<Site> = costs.clone();
    all.extend(jobs.iter().flat_map(|job| &job.sites));
    if let Some(within) = &args.only {
        all.retain(|site| site.file.contains(within.as_str()));
    }
    if all.is_empty() && !interrupt::happened() {
        return Err(Failure::Usage("error: there is nothing to leave out".to_owned()));
    }
    std::panic::set_hook(Box::new(|_| ()));
    let mut sources = BTreeMap::new();
    let (mut counts, mut survivors) = ([0; 4], String::new());
    for site in &all {
        if interrupt::happened() {
            break;
        }
        leave_out(Some(*site));
        let fate = fate(&jobs, *site, costs.contains(site));
        leave_out(None);
        let line = format!("{}  {}", describe(*site, &mut sources), told(&fate));
        screen.print(&format!("{line}\n"))?;
        counts[match fate {
            Fate::Scenario(..) => 0,
            Fate::Costs => 1,
            Fate::CutShort(_) => 2,
            Fate::Survived(_) => 3,
        }] += 1;
        if matches!(fate, Fate::Survived(_) | Fate::CutShort(_)) {
            survivors += &format!("  {line}\n");
        }
    }
    let [scenarios, costs, cut_short, survived] = counts;
    let tried = scenarios + costs + cut_short + survived;
    let rest = if tried < all.len() { format!(" of {}", all.len()) } else { String::new() };
    screen.print(&format!(
        "\n{tried}{rest} mutants: {scenarios} noticed by scenarios, {costs} by costs alone, \
         {cut_short} cut short, {survived} survived\n{survivors}"
    ))?;
    Ok(if tried < all.len() {
        ExitCode::Open
    } else if cut_short + survived > 0 {
        ExitCode::Violated
    } else {
        ExitCode::Fine
    })
}

/// The scenarios of correct protocols, the quickest first.
fn jobs(args: &Mutants) -> Result<Vec<Job>, Failure> {
    let mut jobs = Vec::new();
    for file in files(&args.paths)? {
        let loaded = Loaded::read(&file)?;
        if loaded.scenario.setup().choice.broken().is_some() {
            continue;
        }
        let (report, sites) = sites(|| run(&loaded).report);
        let states = report.states.map(|states| states.distinct);
        let work = states.unwrap_or(report.steps);
        if interrupt::happened() {
            break;
        }
        if !report.as_expected {
            say(&format!("left out, for it does not come out as expected: {}", file.display()));
            continue;
        }
        if work > args.most {
            say(&format!("left out, for it is too large: {}", file.display()));
            continue;
        }
        let loaded = capped(loaded, states);
        jobs.push(Job { file, loaded, sites, work });
    }
    jobs.sort_by_key(|job| job.work);
    Ok(jobs)
}

fn run(loaded: &Loaded) -> Trial {
    let shrink = Shrink::Never;
    trial::run(loaded, &Plan { seeds: None, jobs: 1, keep_going: false, shrink })
}

/// With a cap of [`GROWTH`] times the states that it has.
fn capped(mut loaded: Loaded, states: Option<u64>) -> Loaded {
    if let (Mode::Explore(within), Some(states)) = (&mut loaded.mode, states) {
        within.caps.states = within.caps.states.min(states * GROWTH + 1_000);
    }
    loaded
}

fn fate(jobs: &[Job], site: Site, costs: bool) -> Fate {
    let through = || jobs.iter().filter(|job| job.sites.contains(&site));
    let mut cut_short = None;
    for job in through() {
        let Ok(trial) = catch_unwind(AssertUnwindSafe(|| run(&job.loaded))) else {
            return Fate::Scenario(job.file.clone(), "it panics".to_owned());
        };
        let report = trial.report;
        if !report.as_expected && !interrupt::happened() {
            if report.verdict == Verdict::Inconclusive {
                cut_short = cut_short.or(Some(job.file.clone()));
                continue;
            }
            let words = report.missed.unwrap_or_else(|| report.verdict.name().to_owned());
            return Fate::Scenario(job.file.clone(), words);
        }
    }
    let wrong = || catch_unwind(|| bench::wrong(PARTICIPANTS)).map_or(true, |wrong| wrong > 0);
    match cut_short {
        _ if costs && wrong() => Fate::Costs,
        Some(file) => Fate::CutShort(file),
        None => Fate::Survived(through().count()),
    }
}

/// The effect as it stands in the source, if that is at hand.
fn describe(site: Site, sources: &mut BTreeMap<&'static str, String>) -> String {
    let Site { file, line, part, .. } = site;
    let source = sources
        .entry(file)
        .or_insert_with(|| std::fs::read_to_string(Path::new(file)).unwrap_or_default());
    let text = source.lines().nth(line as usize - 1).unwrap_or_default().trim();
    format!("{file}:{line} without the {} of `{text}`", part.name())
}

fn told(fate: &Fate) -> String {
    match fate {
        Fate::Scenario(file, words) => format!("noticed by {}: {words}", file.display()),
        Fate::CutShort(file) => format!("CUT SHORT in {}", file.display()),
        Fate::Costs => "noticed by costs".to_owned(),
        Fate::Survived(scenarios) => format!("SURVIVED {scenarios} scenarios"),
    }
}
