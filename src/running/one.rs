//! One run: simulated, and what is told of it.

use crate::explain::{Explanation, Wanted, explain};
use crate::metrics::Options;
use crate::report::{ExplanationResult, RunResult};
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::SimTime;
use crate::world::{
    Disasters, Outcome, SimulateError, simulate_observed, simulate_on_two_cores, simulate_with_oracle,
};

/// How a run is simulated. The outcome depends on `options` and `disasters` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// What is measured.
    pub options: Options,
    /// Number of random disaster times at which the slow oracle compares a copy of the run with the checker.
    pub disasters: u32,
    /// Does the judge have a processor of its own?
    pub on_two_cores: bool,
}

/// Simulates a run. Where there are `disasters`, `observer` sees nothing.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulated(
    scenario: &Scenario,
    how: RunOptions,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    match how.disasters {
        0 if how.on_two_cores => simulate_on_two_cores(scenario, how.options, observer, progress),
        0 => simulate_observed(scenario, how.options, observer, progress),
        random => {
            let disasters = Disasters { random, chosen: vec![] };
            simulate_with_oracle(scenario, how.options, &disasters, progress)
        }
    }
}

/// The result of a run and, if it is `wanted` and the order broke, why it broke.
///
/// # Errors
/// When a trace cannot be read again.
pub fn explained(
    scenario: &Scenario,
    outcome: &Outcome,
    wanted: Option<Wanted>,
) -> Result<(RunResult, Option<Explanation>), SimulateError> {
    let mut result = RunResult::new(scenario, outcome);
    let explanation = match (outcome.judgement.verdict.first_violation(), wanted) {
        (Some(violation), Some(wanted)) => Some(explain(scenario, violation, wanted)?),
        _ => None,
    };
    result.explanation = explanation.as_ref().map(ExplanationResult::from);
    Ok((result, explanation))
}
