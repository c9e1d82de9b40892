//! One file a command.

mod bench;
mod check;
mod compare;
mod completions;
pub(crate) mod demo;
mod explore;
mod list;
#[cfg(feature = "mutants")]
mod mutants;
mod replay;
mod run;
mod shrink;
mod states;

use dtxsim_reports::Form;

use crate::args::{Cli, Command, Common, Format, Trace};
use crate::exit::{ExitCode, Failure};
use crate::screen::form;
use crate::trial::short::Shrink;

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(_) => demo::demo(),
        Command::Run(args) => run::run(&args),
        Command::Explore(args) => explore::explore(&args),
        Command::Check(args) => check::check(&args),
        Command::States(args) => states::states(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Shrink(args) => shrink::shrink(&args),
        Command::List => list::list(),
        Command::Bench(args) => bench::bench(&args),
        #[cfg(feature = "mutants")]
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

/// How many threads to use.
fn jobs(wanted: Option<u16>) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    wanted.map_or_else(all, usize::from)
}

/// Whether counterexamples that are shown are made short.
fn shrink_all(common: &Common) -> Shrink {
    if common.no_shrink { Shrink::Never } else { Shrink::Always }
}

/// The form of the steps of a counterexample.
fn form_of(common: &Common) -> Result<Form, Failure> {
    if common.trace.is_some() && common.format == Format::Json {
        let text = "error: `--trace` is for people: leave out `--format json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(form(common.trace.unwrap_or(Trace::Diagram), common.ascii))
}
