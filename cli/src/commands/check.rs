use dtxsim_reports::Report;
use dtxsim_reports::human::{Entry, summary};

use super::{form_of, jobs, shrink_all};
use crate::args::{Check, Format};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::load::{Loaded, files};
use crate::screen::{Screen, say};
use crate::trial::short::Shrink;
use crate::trial::{self, Plan};

/// What became of a file.
enum Fate {
    Ran(Box<Report>),
    Unusable,
    NotRun,
}

/// Runs every scenario as it is written, and compares with what it expects.
pub(crate) fn check(args: &Check) -> Result<ExitCode, Failure> {
    let files = files(&args.paths)?;
    let form = form_of(&args.common)?;
    interrupt::watch();
    let (mut screen, mut code) = (Screen::new(), ExitCode::Fine);
    let human = args.common.format == Format::Human;
    let shrink = match shrink_all(&args.common) {
        // What comes out as expected is but a line.
        Shrink::Always if human => Shrink::Surprises,
        shrink => shrink,
    };
    let plan = Plan { seeds: None, jobs: jobs(args.common.jobs), keep_going: false, shrink };
    let mut fates = Vec::new();
    for file in files {
        let name = file.display().to_string();
        if interrupt::happened() {
            code = code.and(ExitCode::Open);
            fates.push((name, Fate::NotRun));
            continue;
        }
        let loaded = match Loaded::read(&file) {
            Ok(loaded) => loaded,
            Err(Failure::Usage(text)) => {
                say(&text);
                code = code.and(ExitCode::Usage);
                fates.push((name, Fate::Unusable));
                continue;
            }
            Err(other) => return Err(other),
        };
        let trial = trial::run(&loaded, &plan);
        code = code.and(ExitCode::of(&trial.report));
        let surprise = !trial.report.as_expected;
        if !human || surprise {
            screen.report(&trial, args.common.format, form)?;
        }
        if human && surprise {
            screen.print("\n")?;
        }
        fates.push((name, Fate::Ran(Box::new(trial.report))));
    }
    if human {
        let entries: Vec<_> = fates.iter().map(|(file, fate)| entry(file, fate)).collect();
        screen.print(&summary(&entries, true))?;
    }
    Ok(code)
}

fn entry<'a>(file: &'a str, fate: &'a Fate) -> Entry<'a> {
    match fate {
        Fate::Ran(report) => Entry::Ran(report),
        Fate::Unusable => Entry::Unusable { file },
        Fate::NotRun => Entry::NotRun { file },
    }
}
