//! Distribution tables: 4,096 values that jitter is multiplied by, 8,192 being 1.
//!
//! `normal`, `pareto` and `paretonormal` are made by their formulas (iproute2 `netem/normal.c`, `pareto.c`,
//! `paretonormal.c`, the last two after `NISTnet`, public domain). `experimental` is made of a file of measured round
//! trips that is not here.

use std::io::BufRead;
use std::sync::Arc;

/// What one jitter is in a table.
pub const SCALE: i64 = 8_192;
/// Values of a table that is made by a formula.
const SIZE: i32 = 4_096;
/// tc takes no longer ones.
const LONGEST: usize = 16 * 1_024;

/// A distribution table: its name, and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// As `distribution` names it.
    pub name: String,
    /// The values, of which each is as likely.
    pub values: Arc<[i16]>,
}

impl Table {
    /// The names of the tables that are made by a formula.
    pub const NAMES: [&'static str; 3] = ["normal", "pareto", "paretonormal"];

    /// The table of that name, if there is a formula for it.
    pub fn named(name: &str) -> Option<Self> {
        let value: fn(i32) -> f64 = match name {
            "normal" => |i| normal(4 * i),
            "pareto" => pareto,
            "paretonormal" => |i| {
                // In integers, and towards zero, as the generator divides.
                let sum = normal(4 * i) as i32 + 3 * pareto_of(4 * i) as i32;
                f64::from(sum / 4)
            },
            _ => return None,
        };
        let values = (0..SIZE).map(|i| value(i).clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16);
        Some(Self { name: name.to_owned(), values: values.collect() })
    }

    /// Mean and standard deviation of what jitter is multiplied by.
    pub fn moments(&self) -> (f64, f64) {
        let count = self.values.len() as f64;
        let scaled = |value: &i16| f64::from(*value) / SCALE as f64;
        let mean = self.values.iter().map(scaled).sum::<f64>() / count;
        let square = self.values.iter().map(scaled).map(|value| value * value).sum::<f64>() / count;
        (mean, (square - mean * mean).max(0.0).sqrt())
    }
}

/// The i-th of 16,384 values of the inverse of the normal law, on a grid of steps of 1/20,000 from -10 up: the last
/// place of the grid at which 16,384 F, rounded, is i.
fn normal(i: i32) -> f64 {
    const STEPS_PER_ONE: f64 = 20_000.0;
    let place = |step: i32| -10.0 + f64::from(step) / STEPS_PER_ONE;
    let share = |x: f64| 0.5 + 0.5 * libm::erf(x / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (0, 401_000);
    while high - low > 1 {
        let middle = i32::midpoint(low, high);
        if libm::rint(16_384.0 * share(place(middle))) as i32 <= i {
            low = middle;
        } else {
            high = middle;
        }
    }
    libm::rint(place(low) * SCALE as f64)
}

/// The Pareto law of shape 3, (x - 1.5) 4/3, cut at 4: its inverse at (65,536 - 16 i) / 65,536.
fn pareto(i: i32) -> f64 {
    pareto_at(f64::from(65_536 - 16 * i) / 65_536.0)
}

/// The same by steps of 1/16,384.
fn pareto_of(i: i32) -> f64 {
    pareto_at(f64::from(65_536 - 4 * i) / 65_536.0)
}

fn pareto_at(above: f64) -> f64 {
    let value = (1.0 / libm::pow(above, 1.0 / 3.0) - 1.5) * (4.0 / 3.0) * SCALE as f64;
    libm::rint(value.min(32_767.0))
}

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// Something is no integer that fits.
    #[error("line {line}: expected integers from -32768 to 32767, found {found:?}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// What was found.
        found: String,
    },
    /// There are too many values, or none.
    #[error("expected 1 to 16,384 values, found {0}")]
    Count(&'static str),
}

/// The table in a `.dist` file as tc has them: integers, `#` begins a line of comment.
///
/// # Errors
/// When it cannot be read, or holds anything else.
pub fn read_table(name: &str, file: impl BufRead) -> Result<Table, TableError> {
    let mut values = Vec::new();
    // No table is longer: 16,384 values of 7 characters, and some comment.
    for (index, line) in file.take(1 << 20).lines().enumerate() {
        let line = line?;
        if line.starts_with('#') {
            continue;
        }
        for word in line.split_whitespace() {
            let found = || TableError::Value { line: index + 1, found: word.chars().take(20).collect() };
            values.push(word.parse::<i16>().map_err(|_| found())?);
            if values.len() > LONGEST {
                return Err(TableError::Count("more"));
            }
        }
    }
    if values.is_empty() {
        return Err(TableError::Count("none"));
    }
    Ok(Table { name: name.to_owned(), values: values.into() })
}
