//! Reads a file of measured delays: one duration with its unit (`20.5ms`) per line, `#` begins a comment.
//!
//! The file is somebody's: a line without an end, too many lines, bytes that are no text are errors, and at no
//! time is more of it in memory than the values and one line.

use std::io::{self, BufRead, Read};

use crate::units::SimDuration;
use crate::units::quantity::{QuantityError, parse_duration};

/// This many values are enough for any distribution, and fit into memory (32 MiB).
const MOST_VALUES: usize = 1 << 22;
/// No line that holds one duration is longer, in bytes.
const LONGEST_LINE: u64 = 1_024;

/// Why a file of delays cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EmpiricalError {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A line holds no duration.
    #[error("line {line}: {error}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        error: QuantityError,
    },
    /// A line is no text, or has no end.
    #[error("line {line}: expected a duration such as \"20ms\", found {found}")]
    NoText {
        /// The line, from 1.
        line: usize,
        /// What was found.
        found: &'static str,
    },
    /// Not one line holds a value.
    #[error("holds no value: expected one duration such as \"20ms\" per line")]
    Empty,
    /// More values than are any use.
    #[error("line {line}: more than {MOST_VALUES} values")]
    TooMany {
        /// The first line too many, from 1.
        line: usize,
    },
}

/// The delays in `file`, in its order.
///
/// # Errors
/// When it cannot be read, or a line is neither a duration nor empty; there is at least one value otherwise.
pub fn read_empirical(mut file: impl BufRead) -> Result<Vec<SimDuration>, EmpiricalError> {
    let mut values = Vec::new();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        if bytes.len() as u64 == LONGEST_LINE && !bytes.ends_with(b"\n") {
            return Err(EmpiricalError::NoText { line, found: "a line of more than 1,023 bytes" });
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| EmpiricalError::NoText { line, found: "bytes that are not UTF-8" })?;
        // A byte order mark is no part of the first value.
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let value = text.split_once('#').map_or(text, |(value, _comment)| value).trim();
        if value.is_empty() {
            continue;
        }
        if values.len() == MOST_VALUES {
            return Err(EmpiricalError::TooMany { line });
        }
        values.push(parse_duration(value).map_err(|error| EmpiricalError::Line { line, error })?);
    }
    if values.is_empty() { Err(EmpiricalError::Empty) } else { Ok(values) }
}
