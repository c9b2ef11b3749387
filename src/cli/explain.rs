//! `rcsim explain`: runs a scenario and tells why its order broke.

use std::path::PathBuf;

use super::exit::{Ending, Failure, UserError};
use super::number::whole;
use super::output;
use super::run::{Format, command};
use crate::explain::{self, Detail, Wanted};
use crate::metrics::Options;
use crate::report::{ExplanationResult, RunResult, json, text};
use crate::scenario;
use crate::world::simulate;

const EXAMPLES: &str = "\
Examples:
  rcsim explain my.toml                  the first violation: proof, story and cause
  rcsim explain my.toml --full           every fact about its writes
  rcsim explain my.toml --set wan.loss=0.01 --seed 7

Exit codes as of `rcsim run`: 0 the run met its [expect]; 1 it did not; 2 bad usage or scenario; 3 the machine failed.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The scenario file; `-` is standard input
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Overrides the scenario's seed
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX))]
    seed: Option<u64>,
    /// Sets a key of the scenario, as in `wan.loss=0.01` or `host.H1.workload.rate=50/s`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Lists every fact; by default repeats are folded, and the middle of a long story is left out
    #[arg(long)]
    full: bool,
    /// What is printed: text for a person, or the result with its explanation as one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the scenario, and explains its first violation.
pub(super) fn explain(args: &Args) -> Result<Ending, Failure> {
    let mut scenario = scenario::load(&args.scenario, &args.set)
        .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
    scenario.run.seed = args.seed.unwrap_or(scenario.run.seed);
    let outcome = simulate(&scenario, Options::default(), &mut |_| {})?;
    let mut result = RunResult::new(&scenario, &outcome);
    let detail = if args.full { Detail::Full } else { Detail::Brief };
    let explanation = match outcome.judgement.verdict.first_violation() {
        Some(violation) => Some(explain::explain(&scenario, violation, Wanted { detail, cause: true })?),
        None => None,
    };
    result.explanation = explanation.as_ref().map(ExplanationResult::from);
    match args.format {
        Format::Json => output::write(&json::line(&result))?,
        Format::Text => {
            let replay = command("run", &args.scenario, scenario.run.seed, &args.set);
            let told = explanation.as_ref().map(|explanation| (explanation, detail));
            output::write(&text::explanation_page(&scenario, &result, told, &replay, output::style()))?;
        }
    }
    Ok(if result.expected { Ending::AsExpected } else { Ending::NotAsExpected })
}
