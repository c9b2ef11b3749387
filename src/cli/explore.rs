//! `rcsim explore`: every interleaving of a small scenario.

use std::path::PathBuf;
use std::time::Instant;

use super::exit::{Ending, Failure, UserError};
use super::output;
use super::run::Format;
use super::threads::Threads;
use crate::explore::{self, ExploreError, Progress, Stop};
use crate::report::{ExplorationResult, text};
use crate::running::memory;
use crate::scenario;
use crate::units::{SimDuration, quantity};

const EXAMPLES: &str = "\
Examples:
  rcsim explore my.toml                                within the bounds of [explore]
  rcsim explore my.toml --set explore.writes=3 --set explore.losses=0
  rcsim explore my.toml --set protocol.rules=literal   how the literal text breaks the order
  rcsim explore my.toml --memory 16GiB --for 10min --format json

Exit codes: 0 every check holds in the whole scope; 1 a counterexample; 2 bad usage or scenario; 3 memory or time ran out before the whole scope was seen.";

const THREADS: &str = "Threads, at most 4 per CPU; the result does not depend on them [default: all CPUs]";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, mut_arg("threads", |arg| arg.help(THREADS)))]
pub(super) struct Args {
    /// The scenario file; `-` is standard input
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Sets a key of the scenario, as in `explore.writes=3`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Stops when the program uses this much memory, as in `16GiB` [default: what is free]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Stops after this time, as in `10min`
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<SimDuration>,
    /// Leaves out no interleaving because others say the same: more states, the same verdicts
    #[arg(long)]
    unreduced: bool,
    #[command(flatten)]
    threads: Threads,
    /// What is printed: text for a person, or the result as one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn size(text: &str) -> Result<u64, String> {
    quantity::parse_size(text).map_err(|error| error.to_string())
}

fn duration(text: &str) -> Result<SimDuration, String> {
    quantity::parse_duration(text).map_err(|error| error.to_string())
}

/// Explores the scenario.
pub(super) fn explore(args: &Args) -> Result<Ending, Failure> {
    let scenario = scenario::load(&args.scenario, &args.set)
        .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
    let began = now();
    let mut watch = |_: &Progress| {
        let over = args.time.is_some_and(|time| began.elapsed().as_secs_f64() > time.as_secs_f64());
        let full = match args.memory {
            Some(most) => memory::used().unwrap_or(0) > most,
            None => memory::is_short(),
        };
        match (full, over) {
            (true, _) => Some(Stop::Memory),
            (false, true) => Some(Stop::Time),
            (false, false) => None,
        }
    };
    let pool = args.threads.pool(u64::MAX).map_err(Failure::from)?;
    let (about, found) = pool.install(|| explore::explore(&scenario, !args.unreduced, &mut watch))?;
    let result = ExplorationResult::new(&about, &found);
    match args.format {
        Format::Json => output::write(&result.line())?,
        Format::Text => {
            let spent = text::Spent { seconds: began.elapsed().as_secs_f64(), memory: memory::peak() };
            output::write(&text::exploration(&about, &found, &result, spent, output::style()))?;
        }
    }
    Ok(match (result.is_broken(), found.stopped) {
        (true, _) => Ending::NotAsExpected,
        (false, Some(_)) => Ending::CutShort,
        (false, None) => Ending::AsExpected,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it took is told to a person, and is no part of the result"
)]
fn now() -> Instant {
    Instant::now()
}

impl From<ExploreError> for Failure {
    fn from(error: ExploreError) -> Self {
        match error {
            ExploreError::Simulate(error) => error.into(),
            error => Self::User(UserError::Explore(error)),
        }
    }
}
