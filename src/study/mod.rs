//! A study in one file: scenarios, what varies, seeds, figures, expectations. Read and checked here, run elsewhere.
//!
//! | room | does |
//! |---|---|
//! | `file` | the tables and keys of the file |
//! | `given` | a TOML value as `--set` and `--vary` take it |
//! | `read` | the file becomes a [`Study`], checked against its scenarios before anything runs |
//! | `names` | measures by the names that people use |
//! | `schema` | its JSON Schema, from the same declarations |
//! | `judge` | expectations held against `points.csv` |
//!
//! It does not simulate, draw or write: a study is one sweep and its figures, and those are `sweep` and `report`.

mod file;
mod given;
mod judge;
mod names;
mod read;
#[cfg(feature = "schema")]
mod schema;

#[cfg(test)]
mod tests;

pub use judge::{Judged, judge};
pub use read::{StudyError, load};

#[cfg(feature = "schema")]
pub use schema::schema;

use std::path::PathBuf;

use crate::report::plot::Choice;
use crate::scenario::figures::{Comparison, Kind};
use crate::sweep::Seeds;
use crate::sweep::until::Share;

/// What a study asks for.
#[derive(Clone, Debug)]
pub struct Study {
    /// Heading of its page.
    pub title: Option<String>,
    /// The scenario files; of several, which one it is is an axis.
    pub scenarios: Vec<PathBuf>,
    /// `KEY=VALUE`, at every point.
    pub set: Vec<String>,
    /// Axes, as `--vary` takes them; the last varies fastest.
    pub vary: Vec<String>,
    /// The seeds of every point.
    pub seeds: Seeds,
    /// Seeds are added at each point until a mean is known so well.
    pub until: Option<Until>,
    /// `--warm-up`: `auto` or a time.
    pub warm_up: Option<String>,
    /// Figures; those that `plot` chooses, if there are none.
    pub figures: Vec<Choice>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
}

/// `[until_ci]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    /// The column.
    pub measure: String,
    /// Half the interval, as a share of the mean.
    pub within: Share,
    /// Most seeds of a point.
    pub max_seeds: u64,
}

/// What a limit is held against, at each point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// The mean over runs.
    #[default]
    Mean,
    /// The whole 95 % interval of the mean; none is not met.
    Interval,
    /// The value of every run.
    EveryRun,
}

impl Of {
    /// Every one by its name in a file.
    pub const ALL: [(&'static str, Self); 3] =
        [("mean", Self::Mean), ("interval", Self::Interval), ("every-run", Self::EveryRun)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }
}

/// One limit of one figure, at the points of a study that it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The points: those where each key has one of these values. Nothing: all points.
    pub only: Vec<(String, Vec<String>)>,
    /// What is held against the limit.
    pub of: Of,
    /// The figure as the file names it.
    pub name: String,
    /// Its column.
    pub column: String,
    /// What it is.
    pub kind: Kind,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in the unit of the column.
    pub limit: f64,
    /// The limit as it was written.
    pub written: String,
}
