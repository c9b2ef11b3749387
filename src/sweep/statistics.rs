//! What the runs of a sweep say together: `points.csv` and `paired.csv`.
//!
//! A run is one independent replication, its value one observation; intervals are Student's, of 95%. In
//! `paired.csv` every value of every varied key is set against the key's first value, all other keys being
//! equal, by the differences of runs with the same seed: under common random numbers both saw the same writes
//! and the same network fate, and most of what varies from seed to seed cancels. A boolean counts as 0 or 1. The
//! interval of a single run is unknown and left empty.

use std::collections::BTreeMap;
use std::io::Write;

use super::flat::{Cell, shortest};
use super::table::{self, Columns, Failure};
use super::until::CONFIDENCE;
use super::{Folder, Journal, Plan, SweepError};
use crate::metrics::Interval;

/// Name of the table of points.
pub const POINTS_NAME: &str = "points.csv";
/// Name of the table of paired differences.
pub const PAIRED_NAME: &str = "paired.csv";

/// What is measured, but says nothing as a mean.
const NO_MEASURES: [&str; 1] = ["schema"];

const FIGURES: [&str; 5] = ["n", "mean", "half_width_95", "min", "max"];

/// The values of each measure at a point, by seed.
type Values = BTreeMap<String, Vec<(u64, f64)>>;

/// Writes per point and measure: n, mean, half the width of the interval, least and greatest value.
///
/// # Errors
/// When the journal cannot be read or the table not be written.
pub fn write_points(
    folder: &Folder,
    plan: &Plan,
    journal: &Journal,
    columns: &Columns,
) -> Result<(), SweepError> {
    table::write(folder, POINTS_NAME, |out| {
        let mut out = csv::Writer::from_writer(out);
        let numeric = table::numeric(plan);
        let keys = plan.keys().chain(numeric.iter().map(String::as_str));
        out.write_record(["point"].into_iter().chain(keys).chain(["measure"]).chain(FIGURES))?;
        for point in points(plan, journal) {
            let values = values(plan, journal, point)?;
            for measure in measures(columns) {
                let Some(values) = values.get(measure) else { continue };
                out.write_field(point.to_string())?;
                write_point(&mut out, plan, point)?;
                out.write_field(measure)?;
                let values: Vec<f64> = values.iter().map(|&(_, value)| value).collect();
                figures(&mut out, &values)?;
            }
        }
        out.flush()?;
        Ok(())
    })
}

/// Writes, for each varied key and each of its values but the first, the paired differences from the first.
///
/// # Errors
/// As [`write_points`].
pub fn write_paired(
    folder: &Folder,
    plan: &Plan,
    journal: &Journal,
    columns: &Columns,
) -> Result<(), SweepError> {
    table::write(folder, PAIRED_NAME, |out| {
        let mut out = csv::Writer::from_writer(out);
        let numeric = table::numeric(plan);
        let keys = plan.keys().chain(numeric.iter().map(String::as_str));
        let head = ["key", "value", "against", "point", "against_point"];
        out.write_record(head.into_iter().chain(keys).chain(["measure"]).chain(FIGURES))?;
        for (index, axis) in plan.axes().iter().enumerate() {
            for point in points(plan, journal) {
                let against = plan.first_along(index, point);
                if against == point {
                    continue;
                }
                let (ours, theirs) = (values(plan, journal, point)?, values(plan, journal, against)?);
                for measure in measures(columns) {
                    let (Some(ours), Some(theirs)) = (ours.get(measure), theirs.get(measure)) else {
                        continue;
                    };
                    let differences = differences(ours, theirs);
                    if differences.is_empty() {
                        continue;
                    }
                    out.write_field(axis.name())?;
                    out.write_field(axis.text(plan.indices(point)[index]))?;
                    out.write_field(axis.text(0))?;
                    out.write_field(point.to_string())?;
                    out.write_field(against.to_string())?;
                    write_point(&mut out, plan, point)?;
                    out.write_field(measure)?;
                    figures(&mut out, &differences)?;
                }
            }
        }
        out.flush()?;
        Ok(())
    })
}

fn measures(columns: &Columns) -> impl Iterator<Item = &str> {
    columns.measures().filter(|measure| !NO_MEASURES.contains(measure))
}

/// The values of a point, then those that are quantities as numbers.
fn write_point<W: Write>(out: &mut csv::Writer<W>, plan: &Plan, point: u64) -> Result<(), Failure> {
    let values = plan.values(point);
    for value in &values {
        out.write_field(&value.text)?;
    }
    for cell in table::numbers(plan, &values) {
        out.write_field(cell.csv())?;
    }
    Ok(())
}

/// The points that have a run, in order.
fn points(plan: &Plan, journal: &Journal) -> Vec<u64> {
    let mut points: Vec<u64> = plan.finished(journal).map(|run| run.point).collect();
    points.dedup();
    points
}

fn values(plan: &Plan, journal: &Journal, point: u64) -> Result<Values, SweepError> {
    let mut values = Values::new();
    for run in journal.runs_of(point).filter(|run| plan.holds(*run)) {
        for (name, cell) in table::row(journal, run)? {
            if let Some(value) = Cell::measure(&cell) {
                values.entry(name).or_default().push((run.seed, value));
            }
        }
    }
    Ok(values)
}

/// Ours less theirs, for every seed that both have. Both are in the order of seeds.
fn differences(ours: &[(u64, f64)], theirs: &[(u64, f64)]) -> Vec<f64> {
    let theirs: BTreeMap<u64, f64> = theirs.iter().copied().collect();
    ours.iter().filter_map(|(seed, value)| theirs.get(seed).map(|their| value - their)).collect()
}

/// Ends a row with n, mean, half width, least and greatest.
fn figures<W: Write>(out: &mut csv::Writer<W>, values: &[f64]) -> Result<(), Failure> {
    let (mean, half_width) = match Interval::of(values, CONFIDENCE) {
        Some(interval) => (shortest(interval.mean), shortest(interval.half_width)),
        None => Default::default(),
    };
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    out.write_record([values.len().to_string(), mean, half_width, shortest(least), shortest(greatest)])?;
    Ok(())
}
