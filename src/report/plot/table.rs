//! The table of a sweep, `runs.csv`: a row per run. Reads it and groups its rows by point; measures nothing.
//!
//! Columns: `run`, `point`, each varied key under its own name, `seed`, then the result in dotted paths.

use std::path::{Path, PathBuf};

use super::error::PlotError;
use super::measure;
use crate::measures::{Event, MAIN, Seen, event_column, lookup};

/// Name of the file.
pub const FILE_NAME: &str = "runs.csv";

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The line of each row.
    lines: Vec<u64>,
    /// Varied keys stand from column 2 up to here.
    seed_column: usize,
}

/// The runs of one point: the same values of every varied key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The value of each varied key, in the order of columns.
    pub values: Vec<String>,
    /// Indices of its rows.
    pub rows: Vec<usize>,
}

impl Table {
    /// Reads the table of the sweep in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read or is not a table of a sweep.
    pub fn read(folder: &Path) -> Result<Option<Self>, PlotError> {
        let path = folder.join(FILE_NAME);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PlotError::Io { path, error }),
        };
        Self::parse(path, &text).map(Some)
    }

    fn parse(path: PathBuf, text: &[u8]) -> Result<Self, PlotError> {
        let damaged = |line, what: String| PlotError::Damaged { path: path.clone(), line, what };
        let mut reader = csv::Reader::from_reader(text);
        let unreadable = |error: csv::Error| {
            let line = error.position().map(csv::Position::line);
            let what = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("expected {expected_len} fields as in the header, found {len}")
                }
                csv::ErrorKind::Utf8 { .. } => "expected text in UTF-8".to_owned(),
                _ => error.to_string(),
            };
            damaged(line, what)
        };
        let header = reader.headers().map_err(unreadable)?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        let seed_column = columns.iter().position(|column| column == "seed");
        let (Some(seed_column), Some("run"), Some("point")) =
            (seed_column, columns.first().map(String::as_str), columns.get(1).map(String::as_str))
        else {
            let what = "expected the header of a sweep: run, point, varied keys, seed, measures";
            return Err(damaged(Some(1), what.to_owned()));
        };
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            lines.push(record.position().map_or(0, csv::Position::line));
            rows.push(record.iter().map(str::to_owned).collect());
        }
        if rows.is_empty() {
            return Err(damaged(None, "there is no run in it: nothing to draw".to_owned()));
        }
        Ok(Self { path, columns, rows, lines, seed_column })
    }

    /// The varied keys.
    pub fn keys(&self) -> &[String] {
        self.columns.get(2..self.seed_column).unwrap_or(&[])
    }

    /// Every column that may be a measure.
    pub fn measures(&self) -> &[String] {
        self.columns.get(self.seed_column + 1..).unwrap_or(&[])
    }

    /// How many runs.
    pub fn runs(&self) -> usize {
        self.rows.len()
    }

    /// The runs of each point, in the order of the table.
    pub fn points(&self) -> Vec<Runs> {
        let mut points: Vec<Runs> = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let values = &row[2..self.seed_column];
            match points.iter_mut().rev().find(|point| point.values == values) {
                Some(point) => point.rows.push(index),
                None => points.push(Runs { values: values.to_vec(), rows: vec![index] }),
            }
        }
        points
    }

    /// Does it have such a column, or what a measure is made of?
    pub fn has(&self, measure: &str) -> bool {
        if let Some(column) = measure::verdict_column(measure) {
            return self.column(&column).is_some();
        }
        match measure {
            measure::LOSS => self.column("wan.lost").is_some() && self.column("wan.offered").is_some(),
            _ => self.column(measure).is_some(),
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The text in `column` of `rows`.
    pub fn texts<'a>(&'a self, rows: &'a [usize], column: &str) -> impl Iterator<Item = &'a str> {
        let column = self.column(column);
        rows.iter().filter_map(move |&row| column.map(|column| self.rows[row][column].as_str()))
    }

    /// What was measured in `rows`, without the runs that measured nothing.
    ///
    /// # Errors
    /// When a cell is neither a number nor empty, or there is no such measure.
    pub fn numbers(&self, rows: &[usize], measure: &str) -> Result<Vec<f64>, PlotError> {
        if measure == measure::LOSS {
            let lost = self.numbers(rows, "wan.lost")?;
            let offered = self.numbers(rows, "wan.offered")?;
            return Ok(lost.iter().zip(&offered).filter(|(_, of)| **of > 0.0).map(|(l, o)| l / o).collect());
        }
        let Some(column) = self.column(measure) else {
            return Err(PlotError::Choice(self.no_such(measure)));
        };
        let cells = rows.iter().map(|&row| (row, self.rows[row][column].as_str()));
        cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(row, cell)| self.number(row, measure, cell))
            .collect()
    }

    fn number(&self, row: usize, measure: &str, cell: &str) -> Result<f64, PlotError> {
        match cell {
            "true" => return Ok(1.0),
            "false" => return Ok(0.0),
            _ => {}
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(PlotError::Damaged {
                path: self.path.clone(),
                line: self.lines.get(row).copied(),
                what: format!("column `{measure}`: expected a number, found `{cell}`"),
            }),
        }
    }

    /// Which events each of `rows` saw, on which `measure` may hang.
    ///
    /// # Errors
    /// When a cell is no number.
    pub fn seen(&self, rows: &[usize], measure: &str) -> Result<Vec<Seen>, PlotError> {
        let mut found = vec![Seen::default(); rows.len()];
        for (place, event) in Event::ALL.into_iter().enumerate() {
            let name = event_column(event, measure);
            let Some(column) = self.column(&name) else { continue };
            for (seen, &row) in found.iter_mut().zip(rows) {
                let cell = self.rows[row][column].as_str();
                if !cell.is_empty() {
                    seen[place] = Some(self.number(row, &name, cell)? > 0.0);
                }
            }
        }
        Ok(found)
    }

    /// The values of a measure that is true or false in each run that has one, or a share of verdicts; `None` if it is
    /// not.
    pub fn flags(&self, rows: &[usize], measure: &str) -> Option<Vec<bool>> {
        let verdicts = measure::verdict_column(measure);
        let column = verdicts.as_deref().unwrap_or(measure);
        let words = if verdicts.is_some() { ["broken", "holds"] } else { ["true", "false"] };
        let mut flags = Vec::new();
        for cell in self.texts(rows, column) {
            match words.iter().position(|word| *word == cell) {
                Some(place) => flags.push(place == 0),
                // Nothing was checked, or the run has no value.
                None if verdicts.is_some() || cell.is_empty() => {}
                None => return None,
            }
        }
        (verdicts.is_some() || !flags.is_empty()).then_some(flags)
    }

    /// Spans of a measure that had not ended when their run did, over `rows`.
    ///
    /// # Errors
    /// When a cell is no number.
    pub fn outstanding(&self, rows: &[usize], measure: &str) -> Result<u64, PlotError> {
        match lookup(measure)
            .and_then(|known| known.outstanding)
            .filter(|column| self.column(column).is_some())
        {
            Some(column) => Ok(self.numbers(rows, &column)?.iter().sum::<f64>() as u64),
            None => Ok(0),
        }
    }

    /// How many of `rows` have `broken` in `column`, and how many have a verdict there.
    pub fn broken(&self, rows: &[usize], column: &str) -> (u32, u32) {
        let (mut broken, mut of) = (0, 0);
        for verdict in self.texts(rows, column) {
            of += u32::from(matches!(verdict, "holds" | "broken"));
            broken += u32::from(verdict == "broken");
        }
        (broken, of)
    }

    /// What to say of a measure or key that is not there.
    pub fn no_such(&self, name: &str) -> String {
        let known = self.columns.iter().map(String::as_str).chain([measure::BROKEN, measure::LOSS]);
        let nearest = known.map(|known| (distance(name, known), known)).min();
        let path = self.path.display();
        // A name that shares little with any is not a typo.
        if let Some((_, meant)) = nearest.filter(|(distance, _)| *distance <= 1 + name.len() / 4) {
            return format!("{path} has no column `{name}`; did you mean `{meant}`?");
        }
        let list = |names: Vec<&str>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        let swept = self.keys().iter().map(String::as_str).collect();
        let measures = MAIN.into_iter().filter(|name| self.column(name).is_some()).collect();
        format!("{path} has no column `{name}`. Swept: {}; measures: {}, ..", list(swept), list(measures))
    }
}

/// Insertions, deletions and replacements from one text to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (place, right) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}
