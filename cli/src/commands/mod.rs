//! One file a command.

mod bench;
mod check;
mod completions;
pub(crate) mod demo;
mod explore;
mod list;
mod replay;
mod run;

use crate::args::{Cli, Command, Common};
use crate::exit::{ExitCode, Failure};

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(_) => demo::demo(),
        Command::Run(args) => run::run(&args),
        Command::Explore(args) => explore::explore(&args),
        Command::Check(args) => check::check(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::List => list::list(),
        Command::Bench(args) => bench::bench(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

/// How many threads to use.
fn jobs(common: &Common) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    common.jobs.map_or_else(all, usize::from)
}
