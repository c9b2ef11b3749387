//! `rcsim trace info`: what a recorded workload is like, before it is used.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::exit::{Ending, Failure, UserError};
use super::output::{self, OutFile};
use crate::report::text;
use crate::report::trace_info;
use crate::scenario;
use crate::world::SimulateError;

/// Arguments of `trace`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  rcsim trace info scenarios/traces/pgbench.csv
  rcsim trace info src1_0.csv.gz src1_1.csv.gz --out src1.svg")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Summarises a trace: rate, sizes, shares, working set, bursts, volumes
    Info(Info),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  rcsim trace info scenarios/traces/pgbench.csv
  rcsim trace info log.csv.gz data.csv.gz --format json
  rcsim trace info table.txt --columns '{ time = 1, offset = 2, length = 3, separator = \" \" }'")]
struct Info {
    /// Files of one recording, which share a clock
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The format of the files [default: recognised by content]
    #[arg(long, value_name = "FORMAT")]
    read_as: Option<String>,
    /// The columns of a table in another format, written as `columns` in a scenario
    #[arg(long, value_name = "TABLE", conflicts_with = "read_as")]
    columns: Option<String>,
    /// What is printed: text for a person, or one JSON object on one line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Also draws requests over time into this file (.svg or .png)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// One object on one line
    Json,
}

/// Does what the subcommand says.
pub(super) fn trace(args: &Args) -> Result<Ending, Failure> {
    let Command::Info(info) = &args.command;
    if let Some(out) = &info.out
        && !out
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("svg") || end.eq_ignore_ascii_case("png"))
    {
        return Err(UserError::PictureName(out.clone()).into());
    }
    output::apart(info.files.iter().map(PathBuf::as_path), &[("--out", info.out.as_deref())])?;
    let out = OutFile::begin(info.out.as_deref())?;
    let reading = scenario::trace_reading(info.read_as.as_deref(), info.columns.as_deref())
        .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
    let files: Vec<&Path> = info.files.iter().map(PathBuf::as_path).collect();
    let summary = crate::hardware::trace_file::summarise(&files, &reading).map_err(SimulateError::Trace)?;
    if let (Some(file), Some(path)) = (out, &info.out) {
        let png = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
        file.finish(trace_info::drawing(&summary, png)?)?;
    }
    match info.format {
        Format::Text => output::write(&text::trace_info(&summary, output::style()))?,
        Format::Json => output::write(&trace_info::json(&summary))?,
    }
    Ok(Ending::AsExpected)
}
