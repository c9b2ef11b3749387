//! `rcsim merge`: folders of one sweep become one.

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

  rcsim merge out/seeds-1-to-5 out/seeds-6-to-8 --out out/merged

The folders are shards of one sweep, or sweeps of one scenario with other seeds or other values of the varied keys. \
The tables are byte for byte those of one sweep over all of them. Every line of every folder is checked.

Exit codes: 0 the table was written; 2 runs are missing, or a folder is damaged or of another sweep; \
3 the machine failed, or one run has two different results.")]
pub(super) struct Args {
    /// Folders of one sweep; a run that stands in several is compared
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Folder for the merged sweep; it appears complete or not at all
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Puts the folders together.
pub(super) fn merge(args: &Args) -> Result<Ending, Failure> {
    let runs = sweep::merge::merge(&args.folders, &args.out)?;
    let folders = plural(args.folders.len(), "folder");
    output::write(&format!("{} runs of {folders}: {}\n", count(runs), args.out.display()))?;
    Ok(Ending::AsExpected)
}
