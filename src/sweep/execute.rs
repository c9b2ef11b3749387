//! Runs what the journal lacks, on all threads of the pool that it is called in.
//!
//! A run is a function of its point and seed alone; the journal takes results as they come. When a run fails or
//! the journal cannot be written, no further run is begun, and what is in the journal stays.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::flat::Cell;
use super::observation::Observation;
use super::{Journal, Plan, RunKey, SweepError};
use crate::measures::MAIN;

/// Finds the result of a run: a JSON object (DESIGN, section 6) on one line.
pub type Simulate<'a> = &'a (dyn Fn(RunKey) -> Result<String, SweepError> + Sync);

/// Called with the number of runs before they start, and then after each of them.
pub trait Watch: Sync {
    /// The number of further runs that are due.
    fn on_due(&self, runs: u64);
    /// A run ended and is in the journal.
    fn on_finished(&self);
}

/// Runs everything that is due until nothing more is.
///
/// # Errors
/// When a run cannot be simulated, the journal not be written, or the measure that decides on replications is
/// not among the results.
pub fn execute(
    plan: &Plan,
    journal: &mut Journal,
    simulate: Simulate,
    watch: &dyn Watch,
) -> Result<(), SweepError> {
    loop {
        let due = plan.due(journal);
        if due.is_empty() {
            return journal.sync();
        }
        watch.on_due(due.len() as u64);
        let shared = Mutex::new(&mut *journal);
        due.par_iter().try_for_each(|&run| {
            let result = simulate(run)?;
            let mut journal = shared.lock().unwrap_or_else(PoisonError::into_inner);
            journal.append(run, result.trim_end())?;
            if let Some(until) = plan.until()
                && !journal.is_measured(run)
            {
                return Err(no_measure(&until.measure, plan, run, &result));
            }
            watch.on_finished();
            Ok(())
        })?;
    }
}

/// Has the result of a run a value for the measure that decides on replications, if one does?
///
/// # Errors
/// When it has not: measures of that kind are proposed.
pub fn check_measure(plan: &Plan, run: RunKey, result: &str) -> Result<(), SweepError> {
    let Some(until) = plan.until() else { return Ok(()) };
    let row = super::flat::flatten(result).unwrap_or_default();
    match Observation::of(&row, &until.measure) {
        Some(_) => Ok(()),
        None => Err(no_measure(&until.measure, plan, run, result)),
    }
}

fn no_measure(measure: &str, plan: &Plan, run: RunKey, result: &str) -> SweepError {
    let row = super::flat::flatten(result).unwrap_or_default();
    let place = format!("point {} ({}), seed {}", run.point, plan.describe(run.point), run.seed);
    if let Some((_, cell)) = row.iter().find(|(name, _)| name == measure) {
        let what = if *cell == Cell::Null { "it was not measured" } else { "it is not a number" };
        return SweepError::Input(format!("--measure {measure}: {what} in {place}"));
    }
    let mut names: Vec<&str> =
        row.iter().filter(|(_, cell)| cell.measure().is_some()).map(|(name, _)| name.as_str()).collect();
    // The nearest first: those that share the most words of the path.
    let words = |name: &str| measure.split(['.', '_']).filter(|word| name.contains(*word)).count();
    names.sort_by_key(|name| (std::cmp::Reverse(words(name)), !MAIN.contains(name)));
    names.truncate(5);
    SweepError::Input(format!("--measure {measure}: no such measure; there are {}, ..", names.join(", ")))
}
