//! JSON: one object, one line. Floats are the shortest that read back as the same number.

use serde::Serialize;

use super::RunResult;

/// Name of the file that holds the result of one run.
pub const FILE_NAME: &str = "result.json";

/// The result of a run on one line, with its line end.
pub fn line(result: &RunResult) -> String {
    to_line(result)
}

/// The result of a run as a value.
pub fn value(result: &RunResult) -> serde_json::Value {
    // Every key is a text.
    serde_json::to_value(result).unwrap_or_default()
}

/// `value` on one line, with its line end.
pub(super) fn to_line<T: Serialize>(value: &T) -> String {
    let mut line = match serde_json::to_string(value) {
        Ok(line) => line,
        // Only a map with keys that are no strings, or a refusing `Serialize`, could fail; we have neither.
        Err(error) => unreachable!("a result is always JSON: {error}"),
    };
    line.push('\n');
    line
}
