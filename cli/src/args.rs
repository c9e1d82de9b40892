//! The arguments, as typed.

mod explore;
mod walk;

use std::ops::Range;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use explore::{Explore, Within};
pub(crate) use walk::Walks;

/// What does this way of coordinating writes do when messages are late, lost or doubled and
/// machines die?
///
/// Runs protocols for distributed transactions in a deterministic world: one seed is one run, byte
/// for byte. Or explores every interleaving, with so many failures in each, or walks at random
/// where that is too much. Checks named properties all along, counts what runs cost, and hands
/// back failures that are short and can be read and replayed.
#[derive(Parser, Debug)]
#[command(name = "dtxsim", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  it holds, or came out as the scenario expects
  1  a property is violated, or something else came out than expected
  2  wrong use, an unusable scenario or token, a token whose run has drifted
  3  no answer: interrupted, a bound was hit, or the evidence is vacuous
  4  the same seed gave two different runs
  5  a bug of dtxsim";

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show a broken protocol fail, and the repaired one survive the same faults
    Demo(Demo),
    /// Run scenarios and report what came out; one that is explored has no seeds
    Run(Run),
    /// Explore every interleaving of scenarios, with so many failures in each, or walk at random
    Explore(Explore),
    /// Run every scenario of files and directories, and compare with what they expect
    Check(Check),
    /// Draw the states that the processes of scenarios go through, in Mermaid
    States(States),
    /// Run or explore one scenario under several protocols, and show them side by side
    Compare(Compare),
    /// Run one seed, or walk along one path, again, step by step, from a token or from a file
    Replay(Replay),
    /// Make a failing run or path short: what can be left out of it is
    Shrink(Shrink),
    /// List protocols, their broken variants, properties, and modes
    List,
    /// Compare measured messages, writes and delays with formulas, published if there are any
    Bench(Bench),
    /// Leave out every effect of every correct protocol, one at a time, and tell who notices
    #[cfg(feature = "mutants")]
    Mutants(Mutants),
    /// Print completions for a shell
    Completions(Completions),
}

#[derive(Args, Debug)]
pub(crate) struct Demo {}

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Run this seed only
    #[arg(long, value_name = "N", value_parser = seed, conflicts_with = "seeds")]
    pub(crate) seed: Option<u64>,
    /// Run these seeds instead of the file's, the end excluded
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Range<u64>>,
    /// Go on after the first violation
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Scenario files, and directories to search for *.ron
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args, Debug)]
pub(crate) struct States {
    /// Scenario files; they are explored, whatever their mode, and what happens in any of them is
    /// drawn
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    // What follows has a heading of its own.
    #[command(flatten)]
    pub(crate) within: Within,
}

#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// A scenario file; its own `protocol`, `check` and `expect` are left out
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Protocols as they stand in scenarios, with commas between them, such as
    /// "saga, tcc(tries: sequential)" [default: every family, by its name]
    #[arg(long, value_name = "LIST")]
    pub(crate) protocols: Vec<String>,
    /// Run these seeds instead of the file's, the end excluded
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Range<u64>>,
    /// How many threads; the result does not depend on it [default: all processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// How to print the result; `json` is a report a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    // What follows has a heading of its own.
    #[command(flatten)]
    pub(crate) within: Within,
}

#[derive(Args, Debug)]
pub(crate) struct Common {
    /// How many threads; the result does not depend on it [default: all processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// How to show the steps of a counterexample [default: diagram]; if it is said, `run` shows a
    /// single run that fails nothing as well
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) trace: Option<Trace>,
    /// Draw with ASCII characters only; a terminal whose locale is not UTF-8 has it so anyway
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Show a counterexample as it was found, not made short
    #[arg(long)]
    pub(crate) no_shrink: bool,
}

/// How to show steps.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trace {
    /// A sequence diagram of the steps that matter
    Diagram,
    /// A list of the steps that matter
    List,
    /// A list of all steps and all effects
    Full,
    /// Nothing
    None,
}

/// How to print a result.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Text for people
    Human,
    /// One JSON object a line
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// A token (dtx1-.. or dtxp1-..), or a scenario file together with --seed
    #[arg(value_name = "TOKEN|FILE")]
    pub(crate) what: String,
    /// The scenario of the token, if it is not where it was
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub(crate) scenario: Option<PathBuf>,
    /// The seed to run
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Make a timed run of a path (dtxp1-..): the same steps with a clock, judged by its monitors;
    /// if there are no times for them, say which steps contradict each other
    #[arg(long, conflicts_with = "seed")]
    pub(crate) timed: bool,
    /// How to print a timed run of a path [default: human]
    #[arg(long, value_enum, requires = "timed")]
    pub(crate) format: Option<Format>,
    /// How to show the steps
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Trace::Full)]
    pub(crate) trace: Trace,
    /// Draw with ASCII characters only; a terminal whose locale is not UTF-8 has it so anyway
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Shrink {
    /// A token (dtx1-.. or dtxp1-..), or a scenario file together with --seed
    #[arg(value_name = "TOKEN|FILE")]
    pub(crate) what: String,
    /// The scenario of the token, if it is not where it was
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub(crate) scenario: Option<PathBuf>,
    /// The seed whose run fails
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// The property that must stay violated [default: the first that is]
    #[arg(long, value_name = "NAME")]
    pub(crate) property: Option<String>,
    /// How to show the steps
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Trace::Diagram)]
    pub(crate) trace: Trace,
    /// Draw with ASCII characters only; a terminal whose locale is not UTF-8 has it so anyway
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Compare for 2 to N participants
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u64).range(2..=62))]
    pub(crate) participants: u64,
    /// Make the protocol send one message too many, to see that it is noticed
    #[arg(long, hide = true)]
    pub(crate) inject_extra_message: bool,
}

#[cfg(feature = "mutants")]
#[derive(Args, Debug)]
pub(crate) struct Mutants {
    /// Scenario files, and directories to search for *.ron
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only what is put out in files whose path has this in it
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Leave scenarios out with more states, or more steps
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    pub(crate) most: u64,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

fn seed(text: &str) -> Result<u64, String> {
    let seed: u64 = text.parse().map_err(|_| "a seed is a number from 0".to_owned())?;
    // Seeds are run as a range without its end.
    if seed == u64::MAX { Err(format!("the last seed is {}", u64::MAX - 1)) } else { Ok(seed) }
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let form = || "expected A..B, such as 0..1000".to_owned();
    let (start, end) = text.split_once("..").ok_or_else(form)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| form());
    let (start, end) = (number(start)?, number(end)?);
    if start < end { Ok(start..end) } else { Err(format!("{start}..{end} has no seed in it")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seeds_are_ranges_without_their_end() {
        assert_eq!(seeds("3..7"), Ok(3..7));
        for wrong in ["", "3", "7..3", "3..3", "a..b", "3..=7", "-1..3", "3..7..9"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
        assert!(seed("18446744073709551615").is_err() && seed("18446744073709551614").is_ok());
    }
}
