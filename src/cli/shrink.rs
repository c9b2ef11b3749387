//! `rcsim shrink`: the smallest scenario that breaks the same check in the same way.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::number::whole;
use super::output;
use super::run::{Format, command};
use crate::making::{Making, home_of};
use crate::report::ShrunkResult;
use crate::scenario;
use crate::shrink::{ShrinkError, Shrunk, shrink as smallest};
use crate::words::Check;

const EXAMPLES: &str = "\
Examples:
  rcsim shrink my.toml --seed 7 > small.toml     the smallest scenario that breaks as my.toml does
  rcsim shrink my.toml --check causal            of several broken checks, this one
  rcsim shrink failure.toml --out small.toml     a failure of `rcsim hunt`
  rcsim run small.toml --explain                 tells it as a proof

Exit codes: 0 it was found; 2 the order holds, bad usage or scenario; 3 the machine failed.";

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
    /// Sets a key of the scenario, as in `wan.loss=0.01`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The check that is to stay broken [default: the one that breaks first]
    #[arg(long, value_name = "CHECK", value_parser = check)]
    check: Option<Check>,
    /// Writes the scenario to this file; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What is printed: the scenario, or an object that holds it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn check(name: &str) -> Result<Check, String> {
    Check::from_name(name).ok_or_else(|| {
        format!("expected the name of a check; there are: {}", Check::ALL.map(Check::name).join(", "))
    })
}

/// Shrinks the scenario.
pub(super) fn shrink(args: &Args) -> Result<Ending, Failure> {
    let mut scenario = scenario::load(&args.scenario, &args.set)
        .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
    scenario.run.seed = args.seed.unwrap_or(scenario.run.seed);
    let shrunk = smallest(&scenario, args.check)?;
    let origin = command("shrink", &args.scenario, scenario.run.seed, &args.set);
    let text = file(&shrunk, &origin);
    if let Some(path) = &args.out {
        put(path, &text)?;
    }
    match (args.format, &args.out) {
        (Format::Json, _) => output::write(&ShrunkResult::new(&shrunk, &text).line())?,
        (Format::Text, None) => output::write(&text)?,
        (Format::Text, Some(path)) => {
            output::write(&format!(
                "{}\n{}\n",
                ShrunkResult::new(&shrunk, &text).sentence(),
                path.display()
            ))?;
        }
    }
    Ok(Ending::AsExpected)
}

/// The scenario under a comment that says where it came from.
pub(super) fn file(shrunk: &Shrunk, origin: &str) -> String {
    let said = ShrunkResult::new(shrunk, "").sentence();
    let comment: String = [said.as_str(), &format!("From: {origin}")]
        .iter()
        .flat_map(|text| crate::report::text::wrap(text, "# ", 2))
        .map(|line| if line.starts_with('#') { line + "\n" } else { format!("# {}\n", line.trim_start()) })
        .collect();
    format!("{comment}{}", shrunk.text)
}

/// Writes a file: whole or not at all.
pub(super) fn put(path: &Path, text: &str) -> Result<(), MachineError> {
    let failed = |source| MachineError::File { path: path.to_owned(), source };
    let (home, name) = (home_of(path).unwrap_or(Path::new(".")), path.file_name().unwrap_or_default());
    let mut making = Making::file(home, &name.to_string_lossy()).map_err(failed)?;
    making.writer().write_all(text.as_bytes()).map_err(failed)?;
    making.finish(|unfinished| fs::rename(unfinished, path)).map_err(failed)
}

impl From<ShrinkError> for Failure {
    fn from(error: ShrinkError) -> Self {
        match error {
            ShrinkError::Simulate(error) => error.into(),
            error => Self::User(UserError::Shrink(error)),
        }
    }
}
