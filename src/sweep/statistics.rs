//! What the runs of a sweep say together: `points.csv` and `paired.csv`.
//!
//! A run is one independent replication, its value one observation. Means have Student's interval of 95%, shares of true
//! and false that of Clopper and Pearson; a single run has none, and none has a mean where too few runs saw what
//! the measure depends on. `interval` says which it is, `note` why there is none. In `paired.csv` every value of every varied
//! key is set against the key's first value, all other keys being equal, by the differences of runs with the same seed:
//! under common random numbers both saw the same writes and the same network fate, and most of what varies from seed to
//! seed cancels.

use std::collections::BTreeMap;
use std::io::Write;

use super::flat::{Cell, shortest};
use super::observation::{CONFIDENCE, Observation, derived, estimate};
use super::table::{self, Columns, Failure};
use super::{Folder, Journal, Plan, SweepError};
use crate::measures::{Event, Seen, event_column, lookup, rarest};
use crate::metrics::{Basis, Estimate};

/// Name of the table of points.
pub const POINTS_NAME: &str = "points.csv";
/// Name of the table of paired differences.
pub const PAIRED_NAME: &str = "paired.csv";

/// What is measured, but says nothing as a mean.
const NO_MEASURES: [&str; 1] = ["schema"];

const FIGURES: [&str; 11] = [
    "n",
    "mean",
    "half_width_95",
    "min",
    "max",
    "low_95",
    "high_95",
    "interval",
    "seen_runs",
    "outstanding",
    "note",
];

/// What the runs of a point observed.
#[derive(Default)]
pub(super) struct Observed {
    /// Of each measure, by seed.
    values: BTreeMap<String, Vec<(u64, Observation)>>,
    /// Every run, whether it has a value of a measure or not.
    seeds: Vec<u64>,
}

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
            let observed = observe(plan, journal, point)?;
            for measure in &measures(columns) {
                let Some(values) = observed.values.get(measure) else { continue };
                out.write_field(point.to_string())?;
                write_point(&mut out, plan, point)?;
                out.write_field(measure)?;
                let observations: Vec<Observation> =
                    values.iter().map(|&(_, observation)| observation).collect();
                let seen = observed.seen(measure);
                let summary = Summary {
                    estimate: estimate(measure, &observations, &seen),
                    values: observations.iter().map(|observation| observation.value).collect(),
                    is_share: observations.iter().all(|observation| observation.is_flag),
                    seen: rarest(measure, &seen).map(|(event, runs)| (event, runs, seen.len())),
                    outstanding: observed.outstanding(measure),
                };
                out.write_record(summary.cells())?;
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
                let (ours, theirs) = (observe(plan, journal, point)?, observe(plan, journal, against)?);
                for measure in &measures(columns) {
                    let Some(summary) = difference(measure, &ours, &theirs) else { continue };
                    out.write_field(axis.name())?;
                    out.write_field(axis.text(plan.indices(point)[index]))?;
                    out.write_field(axis.text(0))?;
                    out.write_field(point.to_string())?;
                    out.write_field(against.to_string())?;
                    write_point(&mut out, plan, point)?;
                    out.write_field(measure)?;
                    out.write_record(summary.cells())?;
                }
            }
        }
        out.flush()?;
        Ok(())
    })
}

/// Every measure: columns, then what is derived from them.
fn measures(columns: &Columns) -> Vec<String> {
    let mut measures: Vec<String> =
        columns.measures().filter(|measure| !NO_MEASURES.contains(measure)).map(str::to_owned).collect();
    measures.extend(["loss".to_owned(), "broken".to_owned()]);
    let checks = columns.names().filter_map(|name| name.strip_prefix("order.checks."));
    measures.extend(checks.map(|check| format!("broken.{check}")));
    measures
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

fn observe(plan: &Plan, journal: &Journal, point: u64) -> Result<Observed, SweepError> {
    let mut observed = Observed::default();
    for run in journal.runs_of(point).filter(|run| plan.holds(*run)) {
        observed.add(run.seed, table::row(journal, run)?);
    }
    Ok(observed)
}

impl Observed {
    /// Takes in the row of a run; runs come in the order of seeds.
    pub(super) fn add(&mut self, seed: u64, row: Vec<(String, Cell)>) {
        self.seeds.push(seed);
        let derived = derived(&row);
        for (name, cell) in row.into_iter().chain(derived) {
            if let Some(value) = cell.measure() {
                // What it saw is asked for measure by measure.
                let seen = Seen::default();
                let observation = Observation { value, is_flag: matches!(cell, Cell::Bool(_)), seen };
                self.values.entry(name).or_default().push((seed, observation));
            }
        }
    }

    /// What each run saw of the events on which `measure` may hang, in the order of seeds.
    fn seen(&self, measure: &str) -> Vec<Seen> {
        // Event by event, since each column is looked up once.
        let columns = Event::ALL.map(|event| self.values.get(&event_column(event, measure)));
        let times = |column: Option<&Vec<(u64, Observation)>>, seed: u64| {
            let column = column?;
            let place = column.binary_search_by_key(&seed, |(seed, _)| *seed).ok()?;
            Some(column[place].1.value > 0.0)
        };
        self.seeds.iter().map(|&seed| columns.map(|column| times(column, seed))).collect()
    }

    /// Spans of a measure that had not ended when their run did, over all runs.
    fn outstanding(&self, measure: &str) -> f64 {
        let column = lookup(measure).and_then(|known| known.outstanding);
        let runs = column.filter(|column| column != measure).and_then(|column| self.values.get(&column));
        runs.map_or(0.0, |runs| runs.iter().map(|(_, observation)| observation.value).sum())
    }
}

/// Ours less theirs, for every seed that both have; `None` if there is none.
fn difference(measure: &str, ours: &Observed, theirs: &Observed) -> Option<Summary> {
    let outstanding = ours.outstanding(measure) + theirs.outstanding(measure);
    let (our_values, their_values) = (ours.values.get(measure)?, theirs.values.get(measure)?);
    let of_seed: BTreeMap<u64, Observation> = their_values.iter().copied().collect();
    let pairs: Vec<(Observation, Observation)> =
        our_values.iter().filter_map(|(seed, our)| Some((*our, *of_seed.get(seed)?))).collect();
    if pairs.is_empty() {
        return None;
    }
    // An event that either side saw makes a difference.
    let either = |(our, their): (&Option<bool>, &Option<bool>)| match (our, their) {
        (None, None) => None,
        _ => Some(*our == Some(true) || *their == Some(true)),
    };
    let theirs_seen: BTreeMap<u64, Seen> = theirs.seeds.iter().copied().zip(theirs.seen(measure)).collect();
    let both = ours
        .seeds
        .iter()
        .zip(ours.seen(measure))
        .filter_map(|(seed, our)| Some((our, *theirs_seen.get(seed)?)));
    let seen: Vec<Seen> = both
        .map(|(our, their)| {
            let mut seen = Seen::default();
            seen.iter_mut().zip(our.iter().zip(&their)).for_each(|(seen, sides)| *seen = either(sides));
            seen
        })
        .collect();
    let rare = rarest(measure, &seen).map(|(event, runs)| (event, runs, seen.len()));
    let values: Vec<f64> = pairs.iter().map(|(our, their)| our.value - their.value).collect();
    let is_share = pairs.iter().all(|(our, their)| our.is_flag && their.is_flag);
    let estimate = if is_share {
        let flags: Vec<(bool, bool)> =
            pairs.iter().map(|(our, their)| (our.value > 0.5, their.value > 0.5)).collect();
        Estimate::of_share_difference(&flags, CONFIDENCE)
    } else {
        Estimate::of_mean(&values, rare.map(|(_, runs, of)| (runs, of)), CONFIDENCE)
    };
    Some(Summary { estimate, values, is_share, seen: rare, outstanding })
}

/// A paired difference, for one who writes no table.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Mean over the runs of one side.
    pub from: f64,
    /// Mean over the same runs of the other.
    pub to: f64,
    /// Of the differences.
    pub estimate: Estimate,
    /// Why there is no interval, or what it does not know; empty if there is nothing to say.
    pub note: String,
}

/// `ours` less `theirs` in a measure, over the seeds that both have; `None` if there is none.
pub(super) fn difference_of(measure: &str, ours: &Observed, theirs: &Observed) -> Option<Difference> {
    let summary = difference(measure, ours, theirs)?;
    let estimate = summary.estimate?;
    let (our_values, their_values) = (ours.values.get(measure)?, theirs.values.get(measure)?);
    let of_seed = |seed| our_values.binary_search_by_key(&seed, |&(seed, _)| seed).is_ok();
    let both = their_values.iter().filter(|&&(seed, _)| of_seed(seed));
    let values: Vec<f64> = both.map(|(_, observation)| observation.value).collect();
    let from = values.iter().sum::<f64>() / values.len() as f64;
    Some(Difference { from, to: from + estimate.mean, estimate, note: summary.note() })
}

/// The last cells of a row.
struct Summary {
    estimate: Option<Estimate>,
    values: Vec<f64>,
    is_share: bool,
    /// The rarest event, the runs that saw it, and all runs.
    seen: Option<(Event, usize, usize)>,
    outstanding: f64,
}

impl Summary {
    /// In the order of [`FIGURES`].
    fn cells(&self) -> [String; FIGURES.len()] {
        let known = self.estimate.as_ref();
        let ends = known.and_then(|known| known.interval);
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A share lies as it lies in its interval: half a width would say that it is in the middle.
        let half_width = known.filter(|_| !self.is_share).and_then(Estimate::half_width);
        // An exact interval needs no event to have been seen.
        let seen = self.seen.filter(|_| !self.is_share);
        [
            self.values.len().to_string(),
            known.map(|known| shortest(known.mean)).unwrap_or_default(),
            half_width.map(shortest).unwrap_or_default(),
            shortest(least),
            shortest(greatest),
            ends.map(|(low, _)| shortest(low)).unwrap_or_default(),
            ends.map(|(_, high)| shortest(high)).unwrap_or_default(),
            known.map(|known| known.basis.name().to_owned()).unwrap_or_default(),
            seen.map(|(_, runs, _)| runs.to_string()).unwrap_or_default(),
            (self.outstanding as u64).to_string(),
            self.note(),
        ]
    }

    fn note(&self) -> String {
        let mut notes = Vec::new();
        let basis = self.estimate.as_ref().map(|known| known.basis);
        if let (Some(Basis::Rare), Some((event, runs, of))) = (basis, self.seen) {
            notes.push(format!(
                "no interval: only {runs} of {of} runs {}, too few to bound the error of the mean",
                event.seen()
            ));
        }
        if basis == Some(Basis::OneRun) {
            notes.push("no interval: one run cannot tell its error".to_owned());
        }
        if self.outstanding > 0.0 {
            notes.push(format!("lower bound: {} outstanding, the longest of all", self.outstanding as u64));
        }
        notes.join("; ")
    }
}
