//! `rcsim expand`: a scenario in its long form.

use std::path::PathBuf;

use super::exit::{Ending, Failure, UserError};
use super::output::{self, OutFile};
use crate::scenario;

/// Arguments of `expand`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim expand my.toml
  rcsim expand my.toml --set topology.pairs=1000 --out thousand.toml

Includes, templates, counts, ranges and [topology] are written out, and every --set is applied. The result is the same \
scenario: its runs have the same digests. Comments are dropped. If the scenario names other files, keep the result in \
the same folder.")]
pub(super) struct Args {
    /// The scenario file
    scenario: PathBuf,
    /// Sets a key first, as in `topology.pairs=1000`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Writes to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replaces the file if it exists
    #[arg(long, requires = "out")]
    force: bool,
}

/// Writes the long form.
pub(super) fn expand(args: &Args) -> Result<Ending, Failure> {
    if args.scenario.as_os_str() == "-" {
        return Err(UserError::NotAFile(args.scenario.clone()).into());
    }
    let text = scenario::expand(&args.scenario, &args.set)
        .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
    let Some(path) = &args.out else {
        output::write(&text)?;
        return Ok(Ending::AsExpected);
    };
    if path.exists() && !args.force {
        return Err(UserError::Exists(path.clone()).into());
    }
    if let Some(file) = OutFile::begin(Some(path))? {
        file.finish(&text)?;
    }
    Ok(Ending::AsExpected)
}
