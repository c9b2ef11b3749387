//! What can go wrong while figures are made, each with one message for a person.

use std::io;
use std::path::PathBuf;

/// Why nothing was drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// Neither a sweep nor a run, nor figures.
    #[error(
        "{} {}: expected the folder of `rcsim sweep` (with runs.csv) or of `rcsim run --out` (with result.json), or of \
         figures (with figures.json), or the CSV of one figure",
        .0.display(), if .0.exists() { "holds nothing to draw" } else { "is not there" }
    )]
    NothingThere(PathBuf),
    /// A file that has not the form it should have.
    #[error("{}{}: {what}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<u64>,
        /// What is wrong.
        what: String,
    },
    /// A key or measure that the table does not have, or that cannot serve.
    #[error("{0}")]
    Choice(String),
    /// Reading failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Writing failed.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file or folder, by the name that it was to have.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The drawing library failed.
    #[error("drawing failed: {0}")]
    Draw(String),
}

impl PlotError {
    /// Is the machine at fault (a full disk), rather than what the user gave?
    pub fn is_of_the_machine(&self) -> bool {
        match self {
            Self::Io { error, .. } | Self::Write { error, .. } => {
                !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
            Self::Draw(_) => true,
            Self::NothingThere(_) | Self::Damaged { .. } | Self::Choice(_) => false,
        }
    }
}
