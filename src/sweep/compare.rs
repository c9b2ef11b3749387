//! Two results side by side: runs, or sweeps, of one scenario or of two, of one version or of two.
//!
//! A run is paired with that of the other side which has the same values of the varied keys and the same seed (of
//! several scenarios: the same name). Differences are those of `paired.csv`, B less A, with the same intervals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::flat::{Cell, flatten};
use super::statistics::{Difference, Observed, difference_of};
use super::{SweepError, table};

/// What is compared unless it is said.
pub const MEASURES: [&str; 8] = [
    "broken",
    "response_time.mean_s",
    "received_lag.mean_s",
    "received_lag.p99_s",
    "applied_lag.mean_s",
    "rpo.mean_s",
    "rpo.max_s",
    "wan.retransmitted",
];

/// A folder's only run.
const RUN: &str = "result.json";
/// A folder's several runs.
const RUNS: &str = "results.jsonl";

/// Everything that both sides have.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// By point in the order of A, then by measure.
    pub rows: Vec<Row>,
    /// Runs of A without a partner, and of B.
    pub alone: (usize, usize),
    /// Runs that both have with the same digest, and runs that both have.
    pub same_digest: (usize, usize),
}

/// One measure at one point.
#[derive(Clone, Debug)]
pub struct Row {
    /// `KEY=VALUE, ..`, or the name of the scenario.
    pub point: String,
    /// The measure's column.
    pub measure: String,
    /// B less A, run by run.
    pub difference: Difference,
}

/// A run: its row, by point and seed.
type Side = Vec<(String, u64, Vec<(String, Cell)>)>;

/// Compares what the folders (or a `result.json`) `a` and `b` hold, by `measures`.
///
/// # Errors
/// When one holds nothing to compare, nothing is in both, or a measure is in neither.
pub fn compare(a: &Path, b: &Path, measures: &[String]) -> Result<Comparison, SweepError> {
    let (ours, theirs) = (read(a)?, read(b)?);
    let of = |side: &Side| -> BTreeMap<(String, u64), usize> {
        side.iter().enumerate().map(|(index, (point, seed, _))| ((point.clone(), *seed), index)).collect()
    };
    let (at_a, at_b) = (of(&ours), of(&theirs));
    let both = at_a.keys().filter(|name| at_b.contains_key(*name)).count();
    if both == 0 {
        return Err(SweepError::Input(format!(
            "no run of {} has a partner in {}: the same values of the varied keys and the same seed",
            a.display(),
            b.display()
        )));
    }
    let mut comparison =
        Comparison { alone: (at_a.len() - both, at_b.len() - both), ..Comparison::default() };
    let mut points: Vec<&str> = Vec::new();
    for (point, seed, row) in &ours {
        if let Some(&index) = at_b.get(&(point.clone(), *seed)) {
            if !points.contains(&point.as_str()) {
                points.push(point);
            }
            let digest = |row: &[(String, Cell)]| row.iter().find(|(name, _)| name == "digest").cloned();
            comparison.same_digest.1 += 1;
            comparison.same_digest.0 += usize::from(digest(row) == digest(&theirs[index].2));
        }
    }
    let observe = |side: &Side, point: &str| {
        let mut observed = Observed::default();
        let mut runs: Vec<_> = side.iter().filter(|(of, ..)| of == point).collect();
        runs.sort_by_key(|(_, seed, _)| *seed);
        for (_, seed, row) in runs {
            observed.add(*seed, row.clone());
        }
        observed
    };
    let mut found = BTreeSet::new();
    for point in points {
        let (one, other) = (observe(&ours, point), observe(&theirs, point));
        for measure in measures {
            if let Some(difference) = difference_of(measure, &other, &one) {
                found.insert(measure);
                comparison.rows.push(Row { point: point.to_owned(), measure: measure.clone(), difference });
            }
        }
    }
    match measures.iter().find(|measure| !found.contains(measure) && !MEASURES.contains(&measure.as_str())) {
        Some(measure) => Err(SweepError::Input(format!(
            "--measure {measure}: no number of that name in both; measures are columns of runs.csv, such as \
             received_lag.mean_s"
        ))),
        None => Ok(comparison),
    }
}

fn read(path: &Path) -> Result<Side, SweepError> {
    let failed = |error, path: &Path| SweepError::file("read", path, error);
    let lines = |path: &Path, name: fn(&[(String, Cell)]) -> String| -> Result<Side, SweepError> {
        let text = std::fs::read_to_string(path).map_err(|error| failed(error, path))?;
        let mut side = Side::new();
        for (number, line) in text.lines().enumerate() {
            let damaged = || SweepError::Input(format!("{}:{}: it is no result", path.display(), number + 1));
            let row = flatten(line).map_err(|_| damaged())?;
            let seed =
                row.iter().find(|(name, _)| name == "seed").and_then(|(_, cell)| cell.csv().parse().ok());
            side.push((name(&row), seed.ok_or_else(damaged)?, row));
        }
        Ok(side)
    };
    if path.join(table::JSONL_NAME).is_file() {
        // The varied keys stand between the point and the seed.
        return lines(&path.join(table::JSONL_NAME), |row| {
            let keys = row.iter().skip_while(|(name, _)| name != "point").skip(1);
            let keys = keys.take_while(|(name, _)| name != "seed");
            keys.map(|(name, cell)| format!("{name}={}", cell.csv())).collect::<Vec<_>>().join(", ")
        });
    }
    if path.join(RUNS).is_file() {
        return lines(&path.join(RUNS), |row| {
            let name = row.iter().find(|(name, _)| name == "scenario");
            name.map_or_else(String::new, |(_, cell)| cell.csv().to_owned())
        });
    }
    let run = if path.is_dir() { path.join(RUN) } else { path.to_owned() };
    if run.is_file() {
        return lines(&run, |_| String::new());
    }
    Err(SweepError::Input(match super::folder::unfinished(path)? {
        Some(how_far) => how_far,
        None => format!(
            "{} {}: expected the folder of `rcsim sweep` (with runs.jsonl) or of `rcsim run --out` (with results.jsonl or \
             result.json)",
            path.display(),
            if path.exists() { "holds nothing to compare" } else { "is not there" }
        ),
    }))
}
