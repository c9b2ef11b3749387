//! Wires protocol to hardware: hosts, systems, paths and the remote site, over one agenda of events.
//!
//! Here nothing is decided about order: the protocol decides, the hardware does, the judge watches.

pub mod build;
mod control;
mod disk_units;
pub mod event;
mod faults;
mod hosts;
pub mod judge;
mod local_site;
mod network;
mod oracle;
mod parts;
mod remote_site;
mod run;
mod seam;
mod stage;
pub mod tape;
mod watchers;
mod writes;

pub use judge::Judgement;
pub use run::World;

use oracle::Oracle;

use crate::engine::random::Streams;
use crate::hardware::trace_file::TraceError;
use crate::metrics::Options;
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::{GroupId, SimTime};

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
    /// Times that write data found a remote cache full: refused and resent, or held back by `in-order-transport`.
    pub refused_by_cache: u64,
    /// Writes that hosts issued again after a crash.
    pub retried: u64,
    /// What the slow oracle found, where it was asked for.
    pub oracle: Option<OracleReport>,
    /// Events of the agenda.
    pub events: u64,
    /// When the run ended.
    pub ended_at: SimTime,
}

/// What the slow oracle found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OracleReport {
    /// Disasters tried.
    pub disasters: u64,
    /// Of these, how many left an image that is not the local data of one moment.
    pub broken: u64,
    /// Where oracle and streaming checker differ: a bug of one of them.
    pub disagreements: Vec<Disagreement>,
}

/// Oracle and streaming checker differ on the image of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The instant of the disaster.
    pub at: SimTime,
    /// The group.
    pub group: GroupId,
    /// In what they differ.
    pub what: &'static str,
}

/// At which instants the slow oracle pulls the plug.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disasters {
    /// Number of random disaster times, within the time in which hosts write.
    pub random: u32,
    /// These instants.
    pub chosen: Vec<SimTime>,
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

/// As [`simulate`], with the slow oracle: at each of `disasters` a copy of the world loses its local site. Takes memory
/// for every write and block of the run.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate_with_oracle(
    scenario: &Scenario,
    options: Options,
    disasters: &Disasters,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    let settings = build::settings(scenario);
    let oracle = Oracle::new(&build::preamble(scenario), Streams::new(scenario.run.seed), disasters);
    World::new(scenario, &settings, options, ())?.with_oracle(oracle).run(progress)
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
