//! Scenario files, good and bad.

mod good;
mod tape;

use std::path::{Path, PathBuf};

use super::{Diagnostic, Scenario, parse};

/// The folder of the shipped scenarios.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Reads `text` with these arguments; relative files are those of the demos.
fn read(text: &str, set: &[&str]) -> Result<Scenario, Box<Diagnostic>> {
    let set: Vec<String> = set.iter().map(|&argument| argument.to_owned()).collect();
    parse("test.toml", text, &shipped().join("demos"), &set)
}
