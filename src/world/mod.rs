//! Wires protocol to hardware: hosts, systems, paths and the remote site, over one agenda of events.
//!
//! Here nothing is decided about order: the protocol decides, the hardware does, the judge watches.

pub mod build;
pub mod event;
pub mod judge;
mod network;
mod remote_site;
mod run;
mod seam;
pub mod tape;

pub use judge::Judgement;
pub use run::World;

use crate::hardware::trace_file::TraceError;
use crate::metrics::Options;
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::SimTime;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the observers say.
    pub judgement: Judgement,
    /// Sequence counters in the local systems; 0 for a scheme without numbers.
    pub sequence_counters: u64,
    /// Writes to units without a pair, completed.
    pub local_only: u64,
    /// Writes that a full local cache made wait: with any of them, other schemes see other writes.
    pub delayed_by_cache: u64,
    /// Events of the agenda.
    pub events: u64,
    /// When the run ended.
    pub ended_at: SimTime,
}

/// Why a run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A trace could not be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Runs a scenario, measured as `options` say; `progress` is told the simulated time now and then.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate(
    scenario: &Scenario,
    options: Options,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    simulate_observed(scenario, options, (), progress)
}

/// As [`simulate`], with every record shown to `observer` too. Observers are composed statically: `()` costs nothing.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate_observed(
    scenario: &Scenario,
    options: Options,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    let settings = build::settings(scenario);
    World::new(scenario, &settings, options, observer)?.run(progress)
}

#[cfg(test)]
mod tests;
