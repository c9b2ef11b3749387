//! `rcsim merge`: shards of a sweep become one table.

use std::path::PathBuf;

use super::exit::{Ending, Failure};
use super::output;
use crate::report::text::{count, plural};
use crate::sweep;

/// Arguments of `merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  rcsim merge out/shard-1 out/shard-2 out/shard-3 --out out/merged

The table is byte for byte that of the same sweep in one process. Every line of every shard is checked.

Exit codes: 0 the table was written; 2 a shard is missing, unfinished, damaged or of another sweep;
3 the machine failed, or one run has two different results.")]
pub(super) struct Args {
    /// Folders of the shards; one that holds runs of another is compared with it
    #[arg(required = true, value_name = "DIR")]
    shards: Vec<PathBuf>,
    /// Writes the whole sweep there: whole or not at all
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Puts the shards together.
pub(super) fn merge(args: &Args) -> Result<Ending, Failure> {
    let runs = sweep::merge::merge(&args.shards, &args.out)?;
    let shards = plural(args.shards.len(), "folder");
    output::write(&format!("{} runs of {shards}: {}\n", count(runs), args.out.display()))?;
    Ok(Ending::AsExpected)
}
