//! What is wrong with a trace, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// A trace that cannot be used: one place, what was found there and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The kind of error, for example `trace-number`: stable, for scripts to match.
    pub id: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Line, from 1; 0 if the error is of the file as a whole.
    pub line: u64,
    /// Column in bytes, from 1; 0 if the error is of the file as a whole.
    pub column: u32,
    /// What was found and what was expected.
    pub message: String,
}

impl TraceError {
    /// An error of the file as a whole.
    pub(super) fn of_file(path: &Path, id: &'static str, message: String) -> Self {
        Self { id, path: path.to_owned(), line: 0, column: 0, message }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for TraceError {}

/// What is wrong with one line, before file and line are known.
#[derive(Debug)]
pub(super) struct LineFault {
    pub(super) id: &'static str,
    /// Bytes of the line before the fault.
    pub(super) at: usize,
    pub(super) message: String,
}

impl LineFault {
    pub(super) fn new(id: &'static str, at: usize, message: impl Into<String>) -> Self {
        Self { id, at, message: message.into() }
    }
}

/// A piece of the file as a message can show it: on one line, short, whatever bytes it holds.
pub(super) fn quoted(found: &[u8]) -> String {
    const LONGEST: usize = 40;
    match found.get(..LONGEST) {
        Some(start) if found.len() > LONGEST => format!("`{}...`", start.escape_ascii()),
        _ => format!("`{}`", found.escape_ascii()),
    }
}
