//! Why a sweep stopped, by whose fault: that decides the exit code.

use std::fmt::Display;
use std::path::Path;

/// Why a sweep stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// What was asked for or given is wrong: exit code 2.
    #[error("{0}")]
    Input(String),
    /// The machine failed us: exit code 3.
    #[error("{0}")]
    Machine(String),
    /// Whoever asked for it wants no more of it.
    #[error("the sweep was stopped")]
    Stopped,
}

impl SweepError {
    /// Wrong input.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    /// A file could not be read or written.
    pub fn file(doing: &str, path: &Path, error: impl Display) -> Self {
        Self::Machine(format!("cannot {doing} {}: {error}", path.display()))
    }
}
