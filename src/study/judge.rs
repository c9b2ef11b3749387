//! Holds expectations against the points of a finished sweep, as `points.csv` has them.

use std::path::Path;

use super::{Expectation, Of};
use crate::sweep::SweepError;
use crate::sweep::statistics::POINTS_NAME;

/// One expectation at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The point, as `KEY=VALUE, ..`.
    pub point: String,
    /// The place of the expectation among those of the study.
    pub expectation: usize,
    /// What was held against the limit, in the unit of the column: one number, or the two ends of what was found.
    pub found: Option<(f64, f64)>,
    /// Is the limit met? What was not measured does not meet it.
    pub is_met: bool,
}

/// Holds every expectation against every point that it is for, in the order of expectations, then of points.
///
/// # Errors
/// When the folder has no `points.csv`, or a damaged one.
pub fn judge(
    folder: &Path,
    keys: &[String],
    expectations: &[Expectation],
) -> Result<Vec<Judged>, SweepError> {
    let points = read(&folder.join(POINTS_NAME), keys, expectations)?;
    let mut judged = Vec::new();
    for (place, expectation) in expectations.iter().enumerate() {
        for point in points.iter().filter(|point| is_of(expectation, keys, point)) {
            let row = point.rows.iter().find(|row| row.measure == expectation.column);
            let found = row.and_then(|row| row.held(expectation.of));
            let holds = |value: f64| expectation.comparison.holds(value, expectation.limit);
            let is_met = found.is_some_and(|(low, high)| holds(low) && holds(high));
            let shown: Vec<String> =
                keys.iter().zip(&point.values).map(|(key, value)| format!("{key}={value}")).collect();
            let shown = if shown.is_empty() { "all runs".to_owned() } else { shown.join(", ") };
            judged.push(Judged { point: shown, expectation: place, found, is_met });
        }
    }
    Ok(judged)
}

/// Is the expectation for this point?
fn is_of(expectation: &Expectation, keys: &[String], point: &Point) -> bool {
    expectation.only.iter().all(|(key, values)| {
        let place = keys.iter().position(|known| known == key);
        place.is_some_and(|place| values.contains(&point.values[place]))
    })
}

/// A point and its measures.
struct Point {
    number: String,
    values: Vec<String>,
    rows: Vec<Row>,
}

/// A measure at a point.
struct Row {
    measure: String,
    mean: Option<f64>,
    interval: Option<(f64, f64)>,
    range: Option<(f64, f64)>,
}

impl Row {
    fn held(&self, of: Of) -> Option<(f64, f64)> {
        match of {
            Of::Mean => self.mean.map(|mean| (mean, mean)),
            Of::Interval => self.interval,
            Of::EveryRun => self.range,
        }
    }
}

/// Every point, with the rows of measures that are expected of.
fn read(path: &Path, keys: &[String], expectations: &[Expectation]) -> Result<Vec<Point>, SweepError> {
    let failed = |error: csv::Error| SweepError::file("read", path, error);
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let headers = reader.headers().map_err(failed)?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let places: Option<Vec<usize>> = keys.iter().map(|key| column(key)).collect();
    let damaged = || SweepError::Input(format!("{} is not that of this study", path.display()));
    let (Some(places), Some(point), Some(measure)) = (places, column("point"), column("measure")) else {
        return Err(damaged());
    };
    let mut points: Vec<Point> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let number = |name: &str| column(name).and_then(|place| cell(place).parse::<f64>().ok());
        if points.last().is_none_or(|last| last.number != cell(point)) {
            let values = places.iter().map(|&place| cell(place).to_owned()).collect();
            points.push(Point { number: cell(point).to_owned(), values, rows: Vec::new() });
        }
        if expectations.iter().any(|expectation| expectation.column == cell(measure))
            && let Some(last) = points.last_mut()
        {
            last.rows.push(Row {
                measure: cell(measure).to_owned(),
                mean: number("mean"),
                interval: number("low_95").zip(number("high_95")),
                range: number("min").zip(number("max")),
            });
        }
    }
    Ok(points)
}
