use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::exit::{ExitCode, Failure};
use crate::screen::Screen;

/// A script that teaches a shell the command line.
pub(crate) fn completions(args: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dtxsim", &mut script);
    Screen::new().print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Fine)
}
