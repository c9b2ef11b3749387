//! The command line: one file per subcommand; here they are listed and dispatched.
//!
//! | room | does |
//! |---|---|
//! | `run` | runs scenarios over seeds, checks, prints verdicts |
//! | `explain` | runs one scenario and tells why its order broke |
//! | `explore` | every interleaving of a small scenario |
//! | `hunt` | random worlds beyond any scope |
//! | `shrink` | the smallest scenario that breaks in the same way |
//! | `size`, `size_folder` | the least line rate and cache that keep a target; the folder of it |
//! | `study` | a sweep, its figures and what is expected of it, from one file |
//! | `sweep`, `merge` | run the cross product of keys and seeds; put shards together |
//! | `compare` | two results side by side |
//! | `regress` | replays the shipped scenarios against the golden file |
//! | `plot` | draws what a results folder holds |
//! | `reordering` | measures a user's log of arrivals |
//! | `trace` | says what a recorded workload is like |
//! | `sweep_table`, `figures` | the points of a sweep on a terminal; estimates with their intervals |
//! | `expand` | a scenario in its long form |
//! | `export` | where `run` writes facts for other programs |
//! | `validate`, `init`, `schema`, `completions` | help with scenario files and shells |
//! | `exit` | the exit code, and whose fault an error is |
//! | `in_order` | many jobs on several threads, results in order |
//! | `threads`, `number` | how many of them; whole numbers among the arguments |
//! | `one` | a single run among the arguments |
//! | `memory` | the end of memory is told |
//! | `signals` | an interrupted command leaves nothing unfinished |
//! | `progress`, `output` | what a terminal shows |
//!
//! Nothing is simulated, judged or formatted here: that is `world`, `checker` and `report`. What the Python package does
//! too is in `running`.

mod compare;
mod completions;
mod exit;
mod expand;
mod explain;
mod explore;
mod export;
mod figures;
mod hunt;
mod in_order;
mod init;
mod memory;
mod merge;
mod number;
mod one;
mod output;
mod plot;
mod progress;
mod regress;
mod reordering;
mod run;
#[cfg(feature = "schema")]
mod schema;
mod shrink;
mod signals;
mod size;
mod size_folder;
mod study;
mod sweep;
mod sweep_table;
mod threads;
mod trace;
mod validate;

pub use exit::{Ending, Failure, MachineError, UserError};

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};

use crate::report::text;

/// Columns of help where there is no terminal.
const MOST_HELP: usize = 100;

/// Simulates asynchronous remote copy between storage arrays, and checks at every instant that the remote
/// write order matches the local order.
#[derive(Debug, Parser)]
#[command(name = "rcsim", version, after_help = EXAMPLES)]
struct Cli {
    /// Colours of what is printed
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true,
        help = "Colours the text: auto, always or never"
    )]
    color: output::Color,
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
    /// Runs a scenario and explains why its order broke: proof, story of the writes, cause and remedy
    Explain(explain::Args),
    /// Explores every interleaving of a small scenario, with losses, duplicates and a disaster in every state
    Explore(explore::Args),
    /// Tries random worlds beyond any scope: order, liveness, rare states; one rule broken on purpose must be found
    Hunt(hunt::Args),
    /// Finds the smallest scenario that breaks the same check in the same way
    Shrink(shrink::Args),
    /// Finds the least line rate and the least caches that keep a recovery point, or any other target
    Size(size::Args),
    /// Runs the cross product of scenarios, keys and seeds, in parallel, into one table
    Sweep(sweep::Args),
    /// Runs, draws and judges a study that one file describes: scenarios, what varies, seeds, figures, expectations
    Study(study::Args),
    /// Merges the shards of a sweep into one table
    Merge(merge::Args),
    /// Compares two runs, sweeps or versions: paired differences with intervals
    Compare(compare::Args),
    /// Replays scenarios and reports what changed since the golden file was made
    Regress(regress::Args),
    /// Draws figures and a page from the results of a sweep or a run
    Plot(plot::Args),
    /// Measures a log of arrivals: RFC 4737 and RFC 5236
    Reordering(reordering::Args),
    /// Summarises a recorded workload
    Trace(trace::Args),
    /// Checks scenarios without running them
    Validate(validate::Args),
    /// Writes out the includes, templates, counts, ranges and generated topologies of a scenario
    Expand(expand::Args),
    /// Writes a commented scenario to start from
    Init(init::Args),
    /// Prints the JSON Schema of the scenario file, or of a study's
    #[cfg(feature = "schema")]
    Schema(schema::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
}

/// Does what the command line says; says on standard error what went wrong.
pub fn main() -> ExitCode {
    signals::watch();
    memory::watch();
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    output::choose(output::color_of(&words));
    let ending = match parse() {
        Ok(cli) => dispatch(cli.command),
        Err(message) => Err(Failure::Arguments(message)),
    };
    signals::end_if_interrupted();
    if let Err(failure) = &ending {
        failure.tell();
    }
    exit::code(&ending)
}

/// Reads the command line; help is as wide as the terminal, and in colour where that was chosen.
fn parse() -> Result<Cli, clap::Error> {
    let columns = output::columns().unwrap_or(MOST_HELP).clamp(text::LEAST_WIDTH, text::MOST_WIDTH);
    let color = if output::style().colour { clap::ColorChoice::Always } else { clap::ColorChoice::Never };
    let command = <Cli as CommandFactory>::command().term_width(columns).color(color);
    Cli::from_arg_matches(&command.try_get_matches()?)
}

fn dispatch(command: Command) -> Result<Ending, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Explore(args) => explore::explore(&args),
        Command::Hunt(args) => hunt::hunt(&args),
        Command::Shrink(args) => shrink::shrink(&args),
        Command::Size(args) => size::size(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Study(args) => study::study(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Regress(args) => regress::regress(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Reordering(args) => reordering::reordering(&args),
        Command::Trace(args) => trace::trace(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Expand(args) => expand::expand(&args),
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
