//! The smallest scenario that breaks in the same way, as one JSON object.

use serde::Serialize;

use super::text::plural;
use crate::shrink::{Shrunk, Size};

/// The result of `rcsim shrink`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShrunkResult {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// The check that breaks.
    pub check: &'static str,
    /// What was shrunk.
    pub from: SizeResult,
    /// What is left.
    pub to: SizeResult,
    /// Runs that it took.
    pub runs: u64,
    /// The search went on until nothing more could be taken away.
    pub complete: bool,
    /// Other seeds with which it was run.
    pub other_seeds: u64,
    /// With how many of them it breaks in the same way.
    pub alike: u64,
    /// The scenario.
    pub scenario: String,
}

/// How large a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeResult {
    pub writes: u64,
    pub pairs: u64,
    pub systems: u64,
    pub groups: u64,
    pub faults: u64,
    pub lost: u64,
    pub scripted: u64,
}

impl From<Size> for SizeResult {
    fn from(size: Size) -> Self {
        let Size { writes, pairs, systems, groups, faults, lost, scripted } = size;
        Self { writes, pairs, systems, groups, faults, lost, scripted }
    }
}

impl SizeResult {
    fn words(self) -> String {
        let parts = [
            plural(self.writes as usize, "write"),
            plural(self.pairs as usize, "pair"),
            plural(self.systems as usize, "system"),
            plural(self.faults as usize, "fault"),
            plural(self.lost as usize, "lost packet"),
        ];
        parts.join(", ")
    }
}

impl ShrunkResult {
    /// From what was found; `scenario` is its file.
    pub fn new(shrunk: &Shrunk, scenario: &str) -> Self {
        Self {
            schema: 1,
            rcsim: env!("CARGO_PKG_VERSION"),
            check: shrunk.check.name(),
            from: shrunk.from.into(),
            to: shrunk.to.into(),
            runs: shrunk.runs,
            complete: !shrunk.gave_up,
            other_seeds: shrunk.other_seeds,
            alike: shrunk.alike,
            scenario: scenario.to_owned(),
        }
    }

    /// What was made of what.
    pub fn sentence(&self) -> String {
        let complete = if self.complete { "" } else { "; the search was ended early" };
        let seeds = match self.alike {
            alike if alike == self.other_seeds => String::new(),
            0 => format!(" It takes its seed: with none of {} others it breaks alike.", self.other_seeds),
            alike => {
                format!(" It breaks alike with {alike} of {} other seeds, not with any.", self.other_seeds)
            }
        };
        format!(
            "{} breaks with {}, in place of {} ({}{complete}).{seeds}",
            self.check,
            self.to.words(),
            self.from.words(),
            plural(self.runs as usize, "run"),
        )
    }

    /// The result on one line, with its line end.
    pub fn line(&self) -> String {
        super::json::to_line(self)
    }
}
