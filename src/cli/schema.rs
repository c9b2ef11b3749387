//! `rcsim schema`: the JSON Schema of the scenario file, for editors.

use super::exit::{Ending, Failure};
use super::output;
use crate::scenario;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  rcsim schema > scenario.schema.json")]
pub(super) struct Args {}

/// Prints the schema.
pub(super) fn schema(_args: &Args) -> Result<Ending, Failure> {
    output::write(&format!("{:#}\n", scenario::schema()))?;
    Ok(Ending::AsExpected)
}
