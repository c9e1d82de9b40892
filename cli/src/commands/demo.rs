use dtxsim_core::verdict::Verdict;
use dtxsim_protocols::Setup;
use dtxsim_reports::Report;
use dtxsim_scenarios::{Scenario, Source};

use crate::args::Trace;
use crate::exit::{ExitCode, Failure};
use crate::load::{Loaded, scenario};
use crate::screen::{HUMAN, Screen, form, say};
use crate::trial::short::Shrink;
use crate::trial::{self, Plan};

/// What tokens of the demo call their scenario.
pub(crate) const PLACE: &str = "<demo>";

const TEXT: &str = include_str!("../demo.ron");

const BROKEN: &str = "\
Money moves between two banks, by two-phase commit with one forced write left
out: the coordinator tells the banks to commit before its own decision is on
disk. It crashes just then, and restarts.
";

const REPAIRED: &str = "\
The same seed and the same crash, but the coordinator forces its decision first:
";

const NEXT: &str = "\
Next: `dtxsim list` shows what there is, `dtxsim run FILE` runs a scenario.
";

/// A broken protocol fails; the repaired one survives the same.
pub(crate) fn demo() -> Result<ExitCode, Failure> {
    let (mut screen, form) = (Screen::new(), form(Trace::Diagram, false));
    screen.print(&format!("{}{BROKEN}\n", HUMAN.heading("1. Broken")))?;
    let broken = trial::run(&broken()?, &plan(None));
    screen.print(&HUMAN.render_briefly(&broken.report, &broken.steps(form)))?;
    let Some(seed) = caught(&broken.report) else {
        say("internal error: the broken protocol was not caught");
        return Ok(ExitCode::Internal);
    };
    screen.print(&format!("\n{}{REPAIRED}\n", HUMAN.heading("2. Repaired")))?;
    let repaired = repaired()?;
    screen.print(&HUMAN.lines(&repaired.record(seed).steps(form)))?;
    let report = trial::run(&repaired, &plan(Some(seed))).report;
    screen.print(&format!("\n{}\n{NEXT}", HUMAN.render_briefly(&report, &[])))?;
    if report.verdict == Verdict::Holds {
        Ok(ExitCode::Fine)
    } else {
        say("internal error: the repaired protocol did not survive");
        Ok(ExitCode::Internal)
    }
}

/// The seed of the run that shows what is broken.
fn caught(report: &Report) -> Option<u64> {
    let example = report.counterexample.as_ref()?;
    example.seed.filter(|_| report.verdict == Verdict::Violated && report.as_expected)
}

fn plan(seed: Option<u64>) -> Plan {
    let seeds = seed.map(|seed| seed..seed + 1);
    // Both runs are shown whole, to be compared.
    Plan { seeds, jobs: 1, keep_going: false, shrink: Shrink::Never }
}

/// The scenario of the demo.
pub(crate) fn broken() -> Result<Loaded, Failure> {
    let scenario = demo_scenario()?;
    Loaded::new(None, &scenario, scenario.setup())
}

/// The same, but the protocol does what it should.
fn repaired() -> Result<Loaded, Failure> {
    let scenario = demo_scenario()?;
    let mut setup: Setup = scenario.setup();
    setup.choice = setup.choice.repaired();
    let loaded = Loaded::new(None, &scenario, setup)?;
    Ok(Loaded { expected: dtxsim_reports::Expectation::Holds, ..loaded })
}

fn demo_scenario() -> Result<Scenario, Failure> {
    scenario(&Source::new(PLACE, TEXT))
}
