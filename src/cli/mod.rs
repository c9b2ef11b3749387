//! The command line: one file per subcommand; here they are listed and dispatched.
//!
//! | room | does |
//! |---|---|
//! | `run` | runs scenarios over seeds, checks, prints verdicts |
//! | `sweep`, `merge` | run the cross product of keys and seeds; put shards together |
//! | `regress` | replays the shipped scenarios against the golden file |
//! | `plot` | draws what a results folder holds |
//! | `validate`, `init`, `schema`, `completions` | help with scenario files and shells |
//! | `exit` | the exit code, and whose fault an error is |
//! | `in_order` | many jobs on several threads, results in order |
//! | `progress`, `output` | what a terminal shows |
//!
//! Nothing is simulated, judged or formatted here: that is `world`, `checker` and `report`.

mod completions;
mod exit;
mod export;
mod in_order;
mod init;
mod merge;
mod output;
mod plot;
mod progress;
mod regress;
mod run;
#[cfg(feature = "schema")]
mod schema;
mod sweep;
mod validate;

pub use exit::{Ending, Failure, MachineError, UserError};

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Simulates asynchronous remote copy between storage arrays, and checks at every instant that the remote
/// write order matches the local order.
#[derive(Debug, Parser)]
#[command(name = "rcsim", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  rcsim init my.toml                              a commented scenario to start from
  rcsim run my.toml                               run it, check the order, print the figures
  rcsim run my.toml --set protocol.scheme=none    the same writes and network without numbering

Exit codes: 0 every run met its [expect]; 1 a run did not; 2 bad usage or scenario; 3 the machine failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs scenarios, checks the order at every event, prints verdicts and figures
    Run(run::Args),
    /// Runs the cross product of scenario keys over seeds, in parallel, into one table
    Sweep(sweep::Args),
    /// Puts the shards of a sweep together
    Merge(merge::Args),
    /// Replays the shipped scenarios and tells what changed since the golden file was made
    Regress(regress::Args),
    /// Draws the results of a sweep or of a run, and a page that shows them
    Plot(plot::Args),
    /// Checks scenarios without running them
    Validate(validate::Args),
    /// Writes a commented scenario to start from
    Init(init::Args),
    /// Prints the JSON Schema of the scenario file
    #[cfg(feature = "schema")]
    Schema(schema::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
}

/// Does what the command line says; says on standard error what went wrong.
pub fn main() -> ExitCode {
    let ending = match Cli::try_parse() {
        Ok(cli) => dispatch(cli.command),
        Err(message) => Err(Failure::Arguments(message)),
    };
    if let Err(failure) = &ending {
        failure.tell();
    }
    exit::code(&ending)
}

fn dispatch(command: Command) -> Result<Ending, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Regress(args) => regress::regress(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Init(args) => init::init(&args),
        #[cfg(feature = "schema")]
        Command::Schema(args) => schema::schema(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example() {
        for command in <Cli as clap::CommandFactory>::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = format!("rcsim {}", command.get_name());
            assert!(help.contains(&example), "{}: {help}", command.get_name());
        }
    }
}
