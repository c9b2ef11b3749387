//! `rcsim schema`: the JSON Schema of the scenario file or of a study's file, for editors.

use super::exit::{Ending, Failure};
use super::output;
use crate::{scenario, study};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim schema > scenario.schema.json
  rcsim schema study > study.schema.json

An editor with taplo checks and completes a file whose first line is `#:schema ./study.schema.json`.")]
pub(super) struct Args {
    /// The file that it is of
    #[arg(value_enum, default_value_t)]
    file: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// A scenario
    #[default]
    Scenario,
    /// A study (`rcsim study`)
    Study,
}

/// Prints the schema.
pub(super) fn schema(args: &Args) -> Result<Ending, Failure> {
    let schema = match args.file {
        Kind::Scenario => scenario::schema(),
        Kind::Study => study::schema(),
    };
    output::write(&format!("{schema:#}\n"))?;
    Ok(Ending::AsExpected)
}
