//! The table of a sweep: `runs.csv` and `runs.jsonl`, a row per run, ordered by (point, seed).
//!
//! Columns: `run` (from 0), `point`, each varied key under its own name, `seed`, each varied key that is a quantity
//! in words as a number (`wan.delay_s`), then the result of the run in dotted paths. Columns are those of all runs together, in the order in which they first appear; where a run
//! has none, the cell is empty (CSV) or `null` (JSON Lines). Rows are read from the journal one by one: memory
//! does not grow with the sweep.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::flat::{self, Cell};
use super::statistics;
use super::{Folder, Journal, Plan, RunKey, SweepError, Unit, Value};

/// Name of the table as CSV. It is the last to appear: where it stands, the others do.
pub const CSV_NAME: &str = "runs.csv";
/// Name of the table as JSON Lines.
pub const JSONL_NAME: &str = "runs.jsonl";

/// Every table, in the order in which they appear.
pub const NAMES: [&str; 4] = [statistics::POINTS_NAME, statistics::PAIRED_NAME, JSONL_NAME, CSV_NAME];

/// The columns that come from results.
#[derive(Debug, Default)]
pub struct Columns {
    names: Vec<String>,
    /// Taken by a varied key or the seed.
    taken: BTreeSet<String>,
    /// Numbers or booleans in some run.
    measures: BTreeSet<String>,
}

impl Columns {
    fn of(plan: &Plan, journal: &Journal) -> Result<Self, SweepError> {
        let mut taken: BTreeSet<String> = plan.keys().map(str::to_owned).collect();
        taken.extend(["run", "point", "seed"].map(str::to_owned));
        taken.extend(numeric(plan));
        let mut columns = Self { taken, ..Self::default() };
        let mut seen = BTreeSet::new();
        for run in plan.finished(journal) {
            let row = row(journal, run)?;
            // Nearly every row has the columns of the one before: no place is looked up then.
            let mut known = 0;
            for (name, cell) in row {
                if columns.taken.contains(&name) {
                    continue;
                }
                if cell.measure().is_some() && !columns.measures.contains(&name) {
                    columns.measures.insert(name.clone());
                }
                if columns.names.get(known) == Some(&name) {
                    known += 1;
                } else if seen.insert(name.clone()) {
                    columns.names.push(name);
                    known = columns.names.len();
                }
            }
            if seen.len() < columns.names.len() {
                seen.extend(columns.names.iter().cloned());
            }
        }
        Ok(columns)
    }

    /// All of them, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The columns that hold measures, in order.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| self.measures.contains(*name))
    }

    /// The cells of a row, one per column.
    fn cells(&self, mut row: Vec<(String, Cell)>) -> Vec<Cell> {
        row.retain(|(name, _)| !self.taken.contains(name));
        if row.len() == self.names.len()
            && row.iter().zip(&self.names).all(|((name, _), column)| name == column)
        {
            return row.into_iter().map(|(_, cell)| cell).collect();
        }
        let mut found: std::collections::BTreeMap<String, Cell> = row.into_iter().collect();
        self.names.iter().map(|name| found.remove(name).unwrap_or(Cell::Null)).collect()
    }
}

/// A run's result as a row.
pub(super) fn row(journal: &Journal, run: RunKey) -> Result<Vec<(String, Cell)>, SweepError> {
    let result = journal.result(run)?;
    flat::flatten(&result).map_err(|error| {
        SweepError::Input(format!(
            "the result of point {}, seed {} is not a result: {error}",
            run.point, run.seed
        ))
    })
}

/// Writes every table of a finished sweep or shard.
///
/// # Errors
/// When the journal cannot be read or a table not be written.
pub fn write_all(folder: &Folder, plan: &Plan, journal: &Journal) -> Result<(), SweepError> {
    let columns = Columns::of(plan, journal)?;
    statistics::write_points(folder, plan, journal, &columns)?;
    statistics::write_paired(folder, plan, journal, &columns)?;
    write(folder, JSONL_NAME, |out| jsonl(out, plan, journal, &columns))?;
    write(folder, CSV_NAME, |out| csv(out, plan, journal, &columns))
}

/// Writes a file whose content may fail for another reason than the file.
pub(super) fn write(
    folder: &Folder,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), SweepError> {
    let mut elsewhere = None;
    let written = folder.write(name, |out| match fill(out) {
        Ok(()) => Ok(()),
        Err(Failure::Writing(error)) => Err(error),
        Err(Failure::Reading(error)) => {
            elsewhere = Some(error);
            Err(io::Error::other("not read"))
        }
    });
    elsewhere.map_or(written, Err)
}

/// Why a table could not be written.
#[derive(Debug)]
pub enum Failure {
    /// The table's own file.
    Writing(io::Error),
    /// The journal.
    Reading(SweepError),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Self::Writing(error.into())
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        Self::Reading(error)
    }
}

/// The columns that hold the quantities of varied keys as numbers.
pub(super) fn numeric(plan: &Plan) -> Vec<String> {
    let keys: Vec<&str> = plan.keys().collect();
    plan.units().into_iter().map(|(key, unit)| format!("{}{}", keys[key], unit.suffix())).collect()
}

/// What stands in them at a point: nothing for a word such as `unlimited`.
pub(super) fn numbers(plan: &Plan, values: &[Value]) -> Vec<Cell> {
    let number = |(key, _): (usize, Unit)| match values[key].quantity() {
        Some((_, number)) => Cell::Number(number, flat::shortest(number)),
        None => Cell::Null,
    };
    plan.units().into_iter().map(number).collect()
}

fn csv(out: &mut dyn Write, plan: &Plan, journal: &Journal, columns: &Columns) -> Result<(), Failure> {
    let mut out = csv::Writer::from_writer(out);
    let numeric = numeric(plan);
    let names = numeric.iter().chain(&columns.names).map(String::as_str);
    out.write_record(["run", "point"].into_iter().chain(plan.keys()).chain(["seed"]).chain(names))?;
    for (number, run) in plan.finished(journal).enumerate() {
        let cells = columns.cells(row(journal, run)?);
        let values = plan.values(run.point);
        out.write_field(number.to_string())?;
        out.write_field(run.point.to_string())?;
        for value in &values {
            out.write_field(&value.text)?;
        }
        out.write_field(run.seed.to_string())?;
        for cell in numbers(plan, &values).iter().chain(&cells) {
            out.write_field(cell.csv())?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()?;
    Ok(())
}

fn jsonl(out: &mut dyn Write, plan: &Plan, journal: &Journal, columns: &Columns) -> Result<(), Failure> {
    let names = numeric(plan).iter().chain(&columns.names).map(|name| flat::quoted(name)).collect::<Vec<_>>();
    for (number, run) in plan.finished(journal).enumerate() {
        let values = plan.values(run.point);
        write!(out, "{{\"run\":{number},\"point\":{}", run.point)?;
        for (key, value) in plan.keys().zip(&values) {
            let text = if value.bare { value.text.clone() } else { flat::quoted(&value.text) };
            write!(out, ",{}:{text}", flat::quoted(key))?;
        }
        write!(out, ",\"seed\":{}", run.seed)?;
        let cells = numbers(plan, &values).into_iter().chain(columns.cells(row(journal, run)?));
        for (name, cell) in names.iter().zip(cells) {
            write!(out, ",{name}:{}", cell.json())?;
        }
        out.write_all(b"}\n")?;
    }
    Ok(())
}
