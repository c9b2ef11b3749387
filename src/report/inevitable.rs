//! When a violation became likely, and when certain (`run --inevitable`), as a result.

use crate::explain::Inevitability;
use crate::metrics::Proportion;
use crate::units::SimTime;

/// Confidence of the interval beside each share.
const CONFIDENCE: f64 = 0.95;

/// In how many draws the first violation happens, by the instant from which on the run was drawn anew.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct InevitableResult {
    /// The check that broke.
    pub check: &'static str,
    /// When it did, in nanoseconds.
    pub at_ns: u64,
    /// Draws from each instant.
    pub draws: u32,
    /// The first instant from which on the violation happens in half of the draws or more, and from every later one.
    pub likely_ns: Option<u64>,
    /// The same for every draw.
    pub certain_ns: Option<u64>,
    /// The curve, by instant.
    pub instants: Vec<InstantResult>,
}

/// A point of the curve.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct InstantResult {
    /// What was due from this instant on was drawn anew, in nanoseconds.
    pub at_ns: u64,
    /// In how many draws the violation happens.
    pub broken: u32,
    /// Of all draws.
    pub share: f64,
    /// Lower end of the 95 % interval of the share (Clopper, Pearson).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl From<&Inevitability> for InevitableResult {
    fn from(found: &Inevitability) -> Self {
        let instant = |&(at, broken): &(SimTime, u32)| {
            let share = Proportion::of(broken, found.draws, CONFIDENCE);
            let Proportion { share, low, high } =
                share.unwrap_or(Proportion { share: 0.0, low: 0.0, high: 1.0 });
            InstantResult { at_ns: at.as_ns(), broken, share, low, high }
        };
        Self {
            check: found.check.name(),
            at_ns: found.at.as_ns(),
            draws: found.draws,
            likely_ns: found.likely().map(SimTime::as_ns),
            certain_ns: found.certain().map(SimTime::as_ns),
            instants: found.instants.iter().map(instant).collect(),
        }
    }
}
