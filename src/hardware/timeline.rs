//! A line over time, from a file: from each row on, how many bits it carries, and what it adds in loss and delay.
//!
//! ```text
//! time, bandwidth, loss, delay
//! 0s, 100Mbit/s, 0, 0ms
//! 30s, 20Mbit/s, 0.01, 5ms
//! ```
//! The first line names the columns, of which `time` must be one; `#` begins a comment. A row holds until the next
//! one, the last for ever. What a row says is what a brown-out would: loss beside the line's own, delay on top of its
//! own, bandwidth at most.

use std::io::{self, BufRead, Read};

use crate::hardware::link::BrownOut;
use crate::units::quantity::{parse_bandwidth, parse_duration};
use crate::units::{SimDuration, SimTime};

/// This many rows are enough for any line: one a second for twelve days.
const MOST_ROWS: usize = 1 << 20;
/// No row is longer, in bytes.
const LONGEST_LINE: u64 = 1_024;

/// What a line does from one instant to the next (not included).
pub type Span = (SimTime, SimTime, BrownOut);

/// A line over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The file, as the scenario names it.
    pub file: String,
    /// Its rows, in the order of time.
    pub spans: Vec<Span>,
}

impl Timeline {
    /// Does it limit the bandwidth at any time?
    pub fn thins(&self) -> bool {
        self.spans.iter().any(|(_, _, row)| row.bandwidth.is_some())
    }
}

/// Why a file is no line over time.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Something is wrong at a place.
    #[error("line {line}: {title}")]
    Row {
        /// The line, from 1.
        line: usize,
        /// The column of the text, from 1.
        column: usize,
        /// What was expected, and what was found.
        title: String,
    },
}

/// A column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Time,
    Bandwidth,
    Loss,
    Delay,
}

impl Column {
    const ALL: [(&'static str, Self); 4] =
        [("time", Self::Time), ("bandwidth", Self::Bandwidth), ("loss", Self::Loss), ("delay", Self::Delay)];
}

/// The rows of `file`.
///
/// # Errors
/// When it cannot be read, or a place in it is not what it should be.
pub fn read_timeline(mut file: impl BufRead) -> Result<Vec<Span>, TimelineError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut rows: Vec<(SimTime, BrownOut)> = Vec::new();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let wrong = |column: usize, title: String| TimelineError::Row { line, column, title };
        let text = std::str::from_utf8(&bytes).ok().filter(|text| (text.len() as u64) < LONGEST_LINE);
        let text = text.ok_or_else(|| wrong(1, "expected a row of text, found none".into()))?;
        let text = text.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default();
        if text.trim().is_empty() {
            continue;
        }
        let mut offset = 1;
        let cells = text.split(',').map(|cell| {
            let at = offset + (cell.len() - cell.trim_start().len());
            offset += cell.len() + 1;
            (at, cell.trim())
        });
        if columns.is_empty() {
            for (at, cell) in cells {
                let known = Column::ALL.iter().find(|(name, _)| *name == cell.to_ascii_lowercase());
                let known = known.map(|&(_, column)| column).filter(|column| !columns.contains(column));
                let title =
                    || format!("expected one of time, bandwidth, loss, delay, each once, found {cell:?}");
                columns.push(known.ok_or_else(|| wrong(at, title()))?);
            }
            if !columns.contains(&Column::Time) || columns.len() < 2 {
                return Err(wrong(1, "expected the columns `time` and at least one other".into()));
            }
            continue;
        }
        let cells: Vec<_> = cells.collect();
        if cells.len() != columns.len() {
            let title = format!("expected {} values, found {}", columns.len(), cells.len());
            return Err(wrong(1, title));
        }
        let (mut from, mut row) =
            (SimTime::ZERO, BrownOut { loss: 0.0, delay: SimDuration::ZERO, bandwidth: None });
        for (column, (at, cell)) in columns.iter().zip(cells) {
            let not = |expected: &str| wrong(at, format!("expected {expected}, found {cell:?}"));
            let duration = || parse_duration(cell).map_err(|_| not("a duration such as \"20ms\""));
            match column {
                Column::Time => {
                    from = SimTime::ZERO + duration()?;
                    if rows.last().is_some_and(|&(before, _)| from <= before) {
                        return Err(not("a later time than in the row before"));
                    }
                }
                Column::Bandwidth => {
                    row.bandwidth =
                        parse_bandwidth(cell).map_err(|_| not("a bandwidth such as \"1Gbit/s\""))?;
                }
                Column::Loss => {
                    let loss = cell.parse().ok().filter(|loss| (0.0..=1.0).contains(loss));
                    row.loss = loss.ok_or_else(|| not("a number from 0 to 1"))?;
                }
                Column::Delay => row.delay = duration()?,
            }
        }
        if rows.len() == MOST_ROWS {
            return Err(wrong(1, format!("expected at most {MOST_ROWS} rows, found more")));
        }
        rows.push((from, row));
    }
    if rows.is_empty() {
        return Err(TimelineError::Row { line: 1, column: 1, title: "expected rows, found none".into() });
    }
    let ends = rows.iter().skip(1).map(|&(from, _)| from).chain([SimTime::MAX]);
    Ok(rows.iter().zip(ends).map(|(&(from, row), to)| (from, to, row)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_until_the_next() {
        let text = "time, loss, bandwidth\n# calm\n0s, 0, 1Gbit/s\n\n1.5s, 0.25, unlimited # noisy\r\n";
        let at = |ms: u64| SimTime::ZERO + SimDuration::from_ms(ms);
        let row = |loss, bandwidth| BrownOut { loss, delay: SimDuration::ZERO, bandwidth };
        assert_eq!(
            read_timeline(text.as_bytes()).unwrap(),
            [(at(0), at(1_500), row(0.0, Some(1_000_000_000))), (at(1_500), SimTime::MAX, row(0.25, None))]
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let told = |text: &str| match read_timeline(text.as_bytes()).unwrap_err() {
            TimelineError::Row { line, column, title } => format!("{line}:{column} {title}"),
            TimelineError::Read(error) => error.to_string(),
        };
        assert_eq!(told(""), "1:1 expected rows, found none");
        assert_eq!(told("time\n"), "1:1 expected the columns `time` and at least one other");
        assert!(told("time,los\n").starts_with("1:6 expected one of time, bandwidth, loss, delay"));
        assert_eq!(told("time,loss\n0s\n"), "2:1 expected 2 values, found 1");
        assert_eq!(told("time,loss\n0s, 2\n"), "2:5 expected a number from 0 to 1, found \"2\"");
        assert!(told("time,loss\n1s,0\n1s,0\n").starts_with("3:1 expected a later time"));
        assert!(told("time,delay\n1s,1 parsec\n").starts_with("2:4 expected a duration"));
        assert!(told("time,bandwidth\n1s,1GiB\n").starts_with("2:4 expected a bandwidth"));
    }
}
