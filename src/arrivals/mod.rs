//! A log of arrivals from a CSV file or standard input, read as a stream: time, sequence number, perhaps a size.
//!
//! - **Columns** go by the header's names (`time`, `sequence`, `size`, and common other names), in any order and
//!   among others. Without a header they are time, sequence number and size.
//! - **Time** is in seconds (`12.5`, `1e-3`) or has a unit (`12.5ms`), and never decreases: lines stand in the order
//!   of arrival.
//! - A byte order mark, CRLF, spaces, quotes, empty lines and lines that begin with `#` are tolerated.
//!
//! Memory does not depend on the log. It says what a line holds, and measures nothing.

mod line;

use std::fmt;
use std::io::BufRead;

use crate::units::SimTime;
use line::{Columns, Fault};

/// No line is longer, in bytes.
const LONGEST_LINE: u64 = 65_536;

/// One arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// Its sequence number: order counts, and for RFC 5236 that neighbours differ by 1.
    pub number: u64,
    /// Its size in bytes, where the log has one.
    pub bytes: Option<u32>,
}

/// A log that cannot be read, or cannot be understood: one place, what was found and what was expected.
#[derive(Debug)]
pub struct LogError {
    /// What the user calls the log.
    pub name: String,
    /// Line, from 1; 0 if the error is of the log as a whole.
    pub line: u64,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
    /// The machine did not let us read, and the log is not to blame.
    pub is_of_the_machine: bool,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for LogError {}

/// The arrivals of a log, in its order. Ends after the first error.
#[derive(Debug)]
pub struct Log<R> {
    name: String,
    source: R,
    line: u64,
    text: Vec<u8>,
    columns: Option<Columns>,
    latest: Option<SimTime>,
    finished: bool,
}

impl<R: BufRead> Log<R> {
    /// Reads `source`, which messages call `name`.
    pub fn new(name: impl Into<String>, source: R) -> Self {
        Self {
            name: name.into(),
            source,
            line: 0,
            text: Vec::new(),
            columns: None,
            latest: None,
            finished: false,
        }
    }

    /// Does the log have sizes? Known after the first arrival.
    pub fn has_sizes(&self) -> bool {
        self.columns.as_ref().is_some_and(Columns::has_size)
    }

    fn error(&self, at: usize, message: String, is_of_the_machine: bool) -> LogError {
        LogError { name: self.name.clone(), line: self.line, column: at + 1, message, is_of_the_machine }
    }

    /// The next line into `text`, without its end; false at the end of the log.
    fn read_line(&mut self) -> Result<bool, LogError> {
        self.text.clear();
        let mut source = std::io::Read::take(&mut self.source, LONGEST_LINE + 1);
        let read = source.read_until(b'\n', &mut self.text);
        self.line += 1;
        match read {
            Err(error) => {
                self.line = 0;
                Err(self.error(0, format!("cannot be read: {error}"), true))
            }
            Ok(0) => Ok(false),
            Ok(length) if length as u64 > LONGEST_LINE => {
                let message = format!("found a line of more than {LONGEST_LINE} bytes; expected a CSV file");
                Err(self.error(0, message, false))
            }
            Ok(_) => {
                while matches!(self.text.last(), Some(b'\n' | b'\r')) {
                    self.text.pop();
                }
                Ok(true)
            }
        }
    }

    fn read_on(&mut self) -> Result<Option<Arrival>, LogError> {
        while self.read_line()? {
            // A byte order mark is not part of the first field, yet columns count it.
            let mark = b"\xef\xbb\xbf";
            let skipped = if self.line == 1 && self.text.starts_with(mark) { mark.len() } else { 0 };
            let text = &self.text[skipped..];
            if text.iter().all(u8::is_ascii_whitespace) || text.starts_with(b"#") {
                continue;
            }
            let parsed = if let Some(columns) = &self.columns {
                columns.parse(text).map(Some)
            } else {
                Columns::of_first_line(text).and_then(|(columns, is_header)| {
                    let columns = self.columns.insert(columns);
                    if is_header { Ok(None) } else { columns.parse(text).map(Some) }
                })
            };
            let fault = |Fault { at, message }| self.error(skipped + at, message, false);
            let Some(arrival) = parsed.map_err(fault)? else { continue };
            if let Some(latest) = self.latest.filter(|&latest| arrival.at < latest) {
                let message = format!(
                    "found the time {} s after {} s; expected lines in the order of arrival",
                    arrival.at.as_secs_f64(),
                    latest.as_secs_f64()
                );
                let at = self.columns.as_ref().map_or(0, |columns| columns.time_at(&self.text[skipped..]));
                return Err(self.error(skipped + at, message, false));
            }
            self.latest = Some(arrival.at);
            return Ok(Some(arrival));
        }
        if self.latest.is_none() {
            self.line = 0;
            return Err(self.error(
                0,
                "found no arrival; expected lines of time,sequence[,size]".into(),
                false,
            ));
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Log<R> {
    type Item = Result<Arrival, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let item = self.read_on().transpose();
        self.finished = !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests;
