//! What `size` found, for JSON: one object, durations in seconds, rates in bit/s, sizes in bytes.

/// What was found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SizeResult {
    /// Version of this contract.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// The stem of the scenario's file.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The scheme.
    pub scheme: &'static str,
    /// The targets, as figure, comparison and limit.
    pub targets: Vec<String>,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// All runs.
    pub runs: u64,
    /// What was sized, in its order; each was sized with what was found before it.
    pub sized: Vec<SizedResult>,
    /// Runs that broke a check which the scheme promises to keep, and that no shortage explains.
    pub broken_promises: Vec<BrokenPromise>,
    /// Checks that broke in runs of a scheme that does not promise them, with the number of runs.
    pub broken_unpromised: Vec<BrokenCheck>,
}

/// One thing that was sized.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SizedResult {
    /// `line`, `local-cache` or `remote-cache`.
    pub what: &'static str,
    /// The keys that were set.
    pub keys: Vec<String>,
    /// The unit of all values here.
    pub unit: &'static str,
    /// Enough in every run: the greatest of the least values, seed by seed.
    pub enough: u64,
    /// Their mean over seeds; null where a seed met the targets at the smallest value tried, so that its least is not known.
    pub mean: Option<f64>,
    /// Student's interval of 95 % of that mean; null with one seed, and where the mean is.
    pub low_95: Option<f64>,
    /// See `low_95`.
    pub high_95: Option<f64>,
    /// Another seed needs more than `enough` with at most this chance: 1 / (seeds + 1).
    pub exceeded_by_another_seed: f64,
    /// The least value of each seed.
    pub by_seed: Vec<LeastOfSeed>,
    /// Was every value enough for a seed that is above one which was, in all runs that were made?
    pub monotone: bool,
    /// The run that shows it one step below; null if the smallest cache that a scenario takes is enough.
    pub below: Option<BelowResult>,
    /// The figures of the targets at values around it.
    pub curve: Vec<CurvePoint>,
}

/// What one seed needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LeastOfSeed {
    /// The seed.
    pub seed: u64,
    /// The least value tried at which the targets were met.
    pub enough: u64,
    /// The greatest value tried at which they were not; null if they always were.
    pub not_enough: Option<u64>,
}

/// A run in which the target is not met.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BelowResult {
    /// Its seed.
    pub seed: u64,
    /// Its value.
    pub value: u64,
    /// What was not met, a phrase each.
    pub unmet: Vec<String>,
    /// The scenario in the folder of `--out`, of which `rcsim run` fails; null if no scenario takes so small a value.
    pub file: Option<String>,
}

/// A point of the curve.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CurvePoint {
    /// The figure.
    pub figure: String,
    /// The value.
    pub value: u64,
    /// Runs behind it.
    pub runs: u64,
    /// Of these, how many met all targets.
    pub met: u64,
    /// The mean of the figure; null if no run measured it.
    pub mean: Option<f64>,
    /// Student's interval of 95 %.
    pub low_95: Option<f64>,
    /// See `low_95`.
    pub high_95: Option<f64>,
}

/// A run that broke its promise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BrokenPromise {
    /// The seed.
    pub seed: u64,
    /// What it was run with, as `KEY=VALUE`.
    pub set: Vec<String>,
    /// The checks.
    pub checks: Vec<&'static str>,
}

/// A check that broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BrokenCheck {
    /// The check.
    pub check: &'static str,
    /// In so many runs.
    pub runs: u64,
}
