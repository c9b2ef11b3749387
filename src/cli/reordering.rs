//! `rcsim reordering`: RFC 4737 and RFC 5236 of a log of arrivals.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::number::whole;
use super::output;
use crate::arrivals::{Log, LogError};
use crate::metrics::reordering::{ArrivalLog, Copy};
use crate::report::{ArrivalLogResult, LogCounts};

/// Arguments of `reordering`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// CSV file of time, sequence number and optionally size, in the order of arrival; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What is printed: text for a person, or one JSON object on one line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// An arrival more than N arrivals after the first with a larger number counts as lost
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = whole::<u64>(1, 100_000_000))]
    threshold: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

const EXAMPLES: &str = "\
Examples:
  rcsim reordering arrivals.csv
  rcsim reordering arrivals.csv --format json
  tshark -r capture.pcapng -T fields -E separator=, -e frame.time_epoch -e rtp.seq | rcsim reordering -

A line holds the time of an arrival (seconds, or with a unit: 12.5ms), its sequence number and perhaps its size in \
bytes. A header (time, sequence, size) names the columns; without one their position does. Duplicates do not count \
(RFC 4737, section 3.3). Memory is bounded by --threshold, not by the log.";

/// Measures the log.
pub(super) fn reordering(args: &Args) -> Result<Ending, Failure> {
    let name = args.file.display().to_string();
    let result = if args.file.as_os_str() == "-" {
        measure(&name, io::stdin().lock(), args.threshold)?
    } else {
        measure(&name, BufReader::new(open(&args.file)?), args.threshold)?
    };
    let text = match args.format {
        Format::Json => result.json(),
        Format::Text => result.page(output::style()),
    };
    output::write(&text)?;
    Ok(Ending::AsExpected)
}

fn open(path: &Path) -> Result<File, Failure> {
    let error = |message: String, is_of_the_machine| {
        Failure::from(LogError {
            name: path.display().to_string(),
            line: 0,
            column: 0,
            message,
            is_of_the_machine,
        })
    };
    if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        return Err(error("found a folder; expected a CSV file of arrivals".into(), false));
    }
    File::open(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => error("found no such file; expected a CSV file of arrivals".into(), false),
        _ => error(format!("cannot be opened: {cause}"), true),
    })
}

fn measure(name: &str, source: impl BufRead, threshold: u64) -> Result<ArrivalLogResult, LogError> {
    let mut log = Log::new(name, source);
    let mut order = ArrivalLog::new(threshold);
    let mut counts = LogCounts::default();
    for arrival in log.by_ref() {
        let arrival = arrival?;
        counts.lines += 1;
        match order.on_arrived(arrival.number, arrival.at, arrival.bytes.unwrap_or(0)) {
            Copy::Duplicate => counts.duplicates += 1,
            Copy::TooLate => counts.beyond_threshold += 1,
            Copy::First => {
                let number = arrival.number;
                let (least, greatest) = counts.numbers.unwrap_or((number, number));
                counts.numbers = Some((least.min(number), greatest.max(number)));
            }
        }
    }
    Ok(ArrivalLogResult::new(name, threshold, counts, log.has_sizes(), &order.finish().summary()))
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        if error.is_of_the_machine {
            Self::Machine(MachineError::Log(error))
        } else {
            Self::User(UserError::Log(error))
        }
    }
}
