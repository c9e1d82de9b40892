use dtxsim_core::Nanos;
use dtxsim_core::verdict::Verdict;
use dtxsim_protocols::{SetupError, families};
use dtxsim_reports::table::{Cell, Table};
use dtxsim_reports::{Extent, Form, PropertyReport, Report, printable};
use dtxsim_scenarios::{Mode, Scenario, Source, Unfit, parse_as, split_protocols};

use super::jobs;
use crate::args::{Compare, Format};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::{Loaded, source};
use crate::screen::{HUMAN, Screen, say};
use crate::trial::short::Shrink;
use crate::trial::{self, Plan};

/// A protocol, and what became of it.
struct Row {
    protocol: String,
    fate: Fate,
}

enum Fate {
    Ran(Box<Report>),
    /// It cannot express the scenario, and why.
    Cannot(String),
    NotRun,
}

/// Why a scenario does not run under a protocol.
enum Misfit {
    /// What was typed is no protocol, or the options are no use; the whole text.
    Mistyped(String),
    /// The protocol cannot express it; why, in a line and in full.
    Cannot { why: String, whole: String },
}

/// Runs one scenario under several protocols, and shows them side by side.
pub(crate) fn compare(args: &Compare) -> Result<ExitCode, Failure> {
    let source = source(&args.file)?;
    let (mut rows, mut ready, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for protocol in protocols(args) {
        let loaded = match read(args, &source, &protocol) {
            Ok(loaded) => Ok(loaded),
            // Of those that nobody typed, some are no protocol without more.
            Err(Misfit::Mistyped(whole)) if !args.protocols.is_empty() => {
                return Err(Failure::Usage(whole));
            }
            Err(Misfit::Mistyped(whole)) => Err(("its name alone does not do".to_owned(), whole)),
            Err(Misfit::Cannot { why, whole }) => Err((why, whole)),
        };
        let fate = match &loaded {
            Ok(_) => Fate::NotRun,
            Err((why, whole)) => {
                reasons.push(whole.clone());
                Fate::Cannot(why.clone())
            }
        };
        ready.push(loaded.ok());
        rows.push(Row { protocol, fate });
    }
    if ready.iter().all(Option::is_none) {
        reasons.dedup();
        return Err(Failure::Usage(reasons.join("\n\n")));
    }
    interrupt::watch();
    // What it costs is counted over all seeds, whatever is violated in some.
    let plan = Plan {
        seeds: args.seeds.clone(),
        jobs: jobs(args.jobs),
        keep_going: true,
        shrink: Shrink::Never,
    };
    let mut screen = Screen::new();
    let mut code = ExitCode::Fine;
    for (row, loaded) in rows.iter_mut().zip(&ready) {
        let Some(loaded) = loaded else { continue };
        if interrupt::happened() {
            code = code.and(ExitCode::Open);
            continue;
        }
        let mut trial = trial::run(loaded, &plan);
        // A token names a file, and the file names another protocol.
        trial.report.counterexample.iter_mut().for_each(|example| example.token = None);
        code = code.and(code_of(&trial.report));
        if args.format == Format::Json {
            screen.report(&trial, Format::Json, Form::None)?;
        }
        row.fate = Fate::Ran(Box::new(trial.report));
    }
    match args.format {
        Format::Human => screen.print(&page(&source.name, &rows))?,
        Format::Json => {
            for (row, excuse) in rows.iter().filter_map(|row| Some((row, row.excuse()?))) {
                say(&format!("{}: {excuse}", row.protocol));
            }
        }
    }
    Ok(code)
}

/// That something is violated is what a comparison is for; that there is no answer is not.
fn code_of(report: &Report) -> ExitCode {
    match report.verdict {
        Verdict::Nondeterministic => ExitCode::Nondeterministic,
        Verdict::Holds | Verdict::Violated if !report.runs.interrupted => ExitCode::Fine,
        Verdict::Holds | Verdict::Violated | Verdict::Vacuous | Verdict::Inconclusive => {
            ExitCode::Open
        }
    }
}

/// Those that were asked for; else every family by its name.
fn protocols(args: &Compare) -> Vec<String> {
    let asked = args.protocols.iter().flat_map(|list| split_protocols(list));
    let asked: Vec<String> = asked.map(str::to_owned).collect();
    if !asked.is_empty() {
        return asked;
    }
    families().iter().map(|family| family.name.to_owned()).collect()
}

/// The scenario under another protocol.
fn read(args: &Compare, source: &Source, protocol: &str) -> Result<Loaded, Misfit> {
    let scenario = parse_as(source, protocol).map_err(|unfit| {
        let Unfit { source, diagnostics, is_mistyped } = unfit;
        let texts: Vec<String> = diagnostics.iter().map(|d| d.render(&source, true)).collect();
        let why = diagnostics.first().map_or(String::new(), |first| first.message.clone());
        let whole = texts.join("\n\n");
        if is_mistyped { Misfit::Mistyped(whole) } else { Misfit::Cannot { why, whole } }
    })?;
    let scenario = within(args, scenario, protocol)?;
    let setup = scenario.setup();
    let file = args.file.display().to_string();
    let loaded = Loaded::build(Some(file), &scenario, setup);
    loaded.map_err(|(_, SetupError(why))| cannot(protocol, why))
}

fn cannot(protocol: &str, why: String) -> Misfit {
    let whole = format!("error: {protocol} cannot run this: {why}");
    Misfit::Cannot { why, whole }
}

/// The scenario within the bounds of the command line.
fn within(args: &Compare, scenario: Scenario, protocol: &str) -> Result<Scenario, Misfit> {
    let options = args.within.options();
    let Mode::Explore(mut explore) = scenario.mode.clone() else {
        return match options.first() {
            None => Ok(scenario),
            Some(option) => Err(Misfit::Mistyped(format!(
                "error: `{option}` is for what is explored, and this runs seeds\n\
                 help: leave it out, or write `explore: (..)` in the scenario"
            ))),
        };
    };
    if let (Some(_), Some(option)) = (&args.seeds, options.first()) {
        let text = format!("error: `{option}` is for what is explored, and `--seeds` runs seeds");
        return Err(Misfit::Mistyped(text));
    }
    args.within.apply(&mut explore);
    let scenario = scenario.in_mode(Mode::Explore(explore));
    let setup = scenario.setup();
    let mut objections = explore.objections(&setup.choice, &setup.business, &setup.placement);
    objections.extend(explore.asymmetry(&setup));
    match objections.into_iter().next() {
        None => Ok(scenario),
        Some(objection) => Err(cannot(protocol, objection.message)),
    }
}

impl Row {
    /// Why there is nothing to be compared.
    fn excuse(&self) -> Option<String> {
        match &self.fate {
            Fate::Ran(_) => None,
            Fate::Cannot(why) => Some(format!("cannot express it: {why}")),
            Fate::NotRun => Some("not run, for it was interrupted".to_owned()),
        }
    }
}

fn page(name: &str, rows: &[Row]) -> String {
    let protocols =
        if rows.len() == 1 { "1 protocol" } else { &format!("{} protocols", rows.len()) };
    let first = ran(rows).next().map(|(_, report)| report);
    let is_explored = first.is_some_and(|report| report.states.is_some());
    let what = match first {
        Some(report) if is_explored => {
            let within = report.exploration.as_ref().map(|explored| explored.within.clone());
            format!("explored within: {}", within.unwrap_or_default())
        }
        Some(report) if report.walk.is_some() => "sampled by random walks".to_owned(),
        Some(report) => format!("sampled by {} runs each", report.runs.asked),
        None => "not run".to_owned(),
    };
    let mut text = HUMAN.heading(&format!("{} under {protocols}, {what}", printable(name)));
    text += &if is_explored { explored(rows) } else { sampled(rows) };
    let mut excuses = Table::default();
    for row in rows {
        if let Some(excuse) = row.excuse() {
            excuses.row(vec![Cell::new(&row.protocol), Cell::new(excuse)]);
        }
    }
    if excuses.is_empty() { text } else { text + "\n" + &excuses.render(2, true) }
}

fn explored(rows: &[Row]) -> String {
    let mut table =
        Table::headed(&["protocol", "verdict", "states", "transitions", "steps to it", "what"]);
    for (protocol, report) in ran(rows) {
        let states = report.states;
        let number = |of: fn(&Extent) -> u64| {
            Cell::number(states.as_ref().map_or("-".to_owned(), |extent| of(extent).to_string()))
        };
        let steps = report.counterexample.as_ref().map(|example| example.step.to_string());
        table.row(vec![
            Cell::new(protocol),
            Cell::new(report.verdict.name()),
            number(|extent| extent.distinct),
            number(|extent| extent.transitions),
            Cell::number(steps.unwrap_or_else(|| "-".to_owned())),
            Cell::new(what(report)),
        ]);
    }
    table.render(2, true)
}

fn sampled(rows: &[Row]) -> String {
    let mut table = Table::headed(&[
        "protocol", "verdict", "answered", "person", "msgs", "forced", "p50", "p99", "what",
    ]);
    for (protocol, report) in ran(rows) {
        let made = report.requests.made;
        let each = |count: u64| Cell::number(per(count, made));
        let time =
            |time: Option<Nanos>| Cell::number(time.map_or("-".to_owned(), |t| t.to_string()));
        let persons = report.intervals.get("needs-person").map_or(0, |sum| sum.open);
        table.row(vec![
            Cell::new(protocol),
            Cell::new(report.verdict.name()),
            Cell::number(format!("{}/{made}", report.requests.answered)),
            Cell::number(persons.to_string()),
            each(report.messages.total),
            each(report.writes.forced),
            time(report.latency.p50_ns),
            time(report.latency.p99_ns),
            Cell::new(what(report)),
        ]);
    }
    let what = "person: transactions that a person must see to; \
                msgs, forced: for each transaction that was asked for; p50, p99: until its answer";
    let mut legend = Table::default();
    legend.row(vec![Cell::new(what)]);
    table.render(2, true) + "\n" + &legend.render(2, true)
}

fn ran(rows: &[Row]) -> impl Iterator<Item = (&str, &Report)> {
    rows.iter().filter_map(|row| match &row.fate {
        Fate::Ran(report) => Some((row.protocol.as_str(), &**report)),
        Fate::Cannot(_) | Fate::NotRun => None,
    })
}

/// What is violated, and in how many runs if there are several; or what there was no evidence of.
fn what(report: &Report) -> String {
    let violated = report.properties.iter().filter(|p| p.verdict == Verdict::Violated);
    let each = |property: &PropertyReport| match property.evidence.violations {
        0 | 1 => property.name.to_owned(),
        runs => format!("{} ({runs} of {} runs)", property.name, report.runs.done),
    };
    let mut all: Vec<String> = violated.map(each).collect();
    if report.verdict == Verdict::Vacuous {
        let unjudged = report.properties.iter().filter(|p| p.verdict == Verdict::Vacuous);
        all.extend(unjudged.map(|property| format!("no {} to judge", property.name)));
        let unfelt: Vec<&str> = report.unfelt.iter().map(|unfelt| unfelt.kind.name()).collect();
        all.extend((!unfelt.is_empty()).then(|| format!("never felt: {}", unfelt.join(", "))));
    }
    all.join("; ")
}

/// So many for each, to a tenth.
fn per(count: u64, of: u64) -> String {
    if of == 0 {
        return "-".to_owned();
    }
    let tenths = (u128::from(count) * 10 + u128::from(of) / 2) / u128::from(of);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_rounded_to_a_tenth() {
        assert_eq!([per(0, 3), per(10, 4), per(2, 3), per(7, 0)], ["0.0", "2.5", "0.7", "-"]);
    }
}
