//! Scenario files, good and bad.

mod arguments;
mod bad;
mod builder;
mod cost;
mod damaged;
mod good;
#[cfg(feature = "schema")]
mod schema;
mod tape;
mod topology;

use std::path::{Path, PathBuf};

use super::{Diagnostic, Scenario, parse};

/// The example of DESIGN, section 7, to the letter.
const DESIGN: &str = include_str!("design.toml");

/// The folder of the shipped scenarios.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The example with each of these pieces replaced.
fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(DESIGN.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

/// Reads `text` with these arguments; relative files are those of this folder.
fn read(text: &str, set: &[&str]) -> Result<Scenario, Box<Diagnostic>> {
    let set: Vec<String> = set.iter().map(|&argument| argument.to_owned()).collect();
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/tests");
    parse("test.toml", text, &base, &set)
}

/// Reads what must be good.
fn good(text: &str, set: &[&str]) -> Scenario {
    read(text, set).unwrap_or_else(|error| panic!("{error}"))
}
