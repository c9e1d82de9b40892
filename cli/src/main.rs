//! `dtxsim`: arguments as typed, a validated plan, runs, a report, an exit code.
//!
//! *Invariant:* standard output is the result and nothing else, and the same for the same input,
//! whatever the machine and the number of threads.

mod args;
mod commands;
mod exit;
mod interrupt;
mod load;
mod panic;
mod progress;
mod screen;
mod trial;

use clap::Parser;

use args::Cli;
use exit::{ExitCode, Failure};
use screen::say;

fn main() -> std::process::ExitCode {
    panic::install();
    let code = match Cli::try_parse() {
        Ok(cli) => panic::guard(|| ended(commands::run(cli))),
        Err(error) => {
            // Help that nobody reads is as good as help that was read.
            let _ = error.print();
            if error.use_stderr() { ExitCode::Usage } else { ExitCode::Fine }
        }
    };
    code.into()
}

fn ended(result: Result<ExitCode, Failure>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(Failure::Unread) => ExitCode::Fine,
        Err(Failure::Usage(text)) => {
            say(&text);
            ExitCode::Usage
        }
        Err(Failure::Output(error)) => {
            say(&format!("error: cannot write the result: {error}"));
            ExitCode::Usage
        }
    }
}
